import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { styleMap } from 'lit/directives/style-map.js';
import { Fault } from '../api/fault.js';
import { Feed, type Line } from '../api/feed.js';
import { fetchPicture, send } from '../api/http.js';
import type {
  CourseFieldsFragment,
  ReviewVerdict,
  TriageChangedSubscription,
  TriageChangedSubscriptionVariables,
  TriageFieldsFragment,
} from '../operations/generated/operations.js';
import type { Operation } from '../operations/operation.js';
import { patientTriage, studyPictures, studyTriage, triageChanged } from '../operations/read.js';
import { cancelTriage, requestTriage, retryTriage, reviewTriage } from '../operations/write.js';
import { shared } from '../styles.js';
import { problemText, TriageElement } from '../triage-element.js';
import { courseView, resultView } from './result-view.js';
import { styles } from './styles.js';

type Outcome =
  | { __typename: string; triage: TriageFieldsFragment }
  | { __typename: string; code: string; message: string };
type Gap = 'unknownPatient' | 'unknownStudy' | 'mismatch';

/**
 * The AI triage of one study beside the patient's record.
 *
 * @slot severity - Replaces how the extent of lung involvement is shown
 * @csspart findings - The probabilities
 * @csspart severity - Level and score
 * @csspart course - The patient's triages over time
 * @csspart facts - Model, engine and time
 * @fires covid-triage-ready - What was asked for has been read for the first time
 * @fires covid-triage-requested - A triage was asked for; detail has its id
 * @fires covid-triage-changed - A triage changed
 * @fires covid-triage-reviewed - A review was recorded
 * @fires covid-triage-open-study - The reader wants another study; detail.studyInstanceUid
 * @fires covid-triage-auth-required - The server wants a (new) sign-in
 * @fires covid-triage-error - Something failed; detail.code
 * @cssprop --covid-triage-background - Ground
 * @cssprop --covid-triage-color - Text
 * @cssprop --covid-triage-muted-color - Secondary text
 * @cssprop --covid-triage-border-color - Lines
 * @cssprop --covid-triage-soft-background - Ground of bars and notes
 * @cssprop --covid-triage-accent-color - Bars and main button
 * @cssprop --covid-triage-on-accent-color - Text of the main button
 * @cssprop --covid-triage-alert-color - Notes that need attention
 * @cssprop --covid-triage-font - Font shorthand
 */
export class CovidTriage extends TriageElement {
  static override styles = [shared, styles];

  /** DICOM Patient ID. */
  @property({ attribute: 'patient-id' }) patientId = '';
  /** DICOM Study Instance UID; the patient's newest current triage when empty. */
  @property({ attribute: 'study-uid' }) studyUid = '';
  /** A triage, or several, newest first: shown as they are, and nothing is sent. */
  @property({ attribute: false }) results: TriageFieldsFragment | TriageFieldsFragment[] | null = null;

  @state() private triage: TriageFieldsFragment | null = null;
  @state() private course: readonly CourseFieldsFragment[] = [];
  @state() private target = '';
  @state() private gap: Gap | null = null;
  @state() private loaded = false;
  @state() private line: Line = 'connecting';
  @state() private fault: Fault | null = null;
  @state() private busy = false;
  @state() private form: 'MODIFIED' | 'REJECTED' | null = null;
  @state() private formProblem = '';
  @state() private picture: { ground: string; overlay: string; opacity: number } | null = null;
  private feed: Feed<TriageChangedSubscription, TriageChangedSubscriptionVariables> | null = null;

  override willUpdate(changed: PropertyValues): void {
    const causes = ['patientId', 'studyUid', 'endpoint', 'tokenProvider', 'results'];
    if (!this.hasUpdated || causes.some((name) => changed.has(name))) this.restart();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.closePicture();
  }

  protected override restart(): void {
    this.running.abort();
    this.running = new AbortController();
    this.closePicture();
    Object.assign(this, {
      triage: null,
      course: [],
      target: '',
      gap: null,
      loaded: false,
      line: 'connecting',
    });
    Object.assign(this, { fault: null, busy: false, form: null, formProblem: '' });
    this.feed = null;
    if (this.results !== null) {
      const given = Array.isArray(this.results) ? this.results : [this.results];
      this.triage = given[0] ?? null;
      this.course = given;
      this.loaded = true;
      return;
    }
    if (this.patientId === '' && this.studyUid === '') return;
    const { signal } = this.running;
    const variables: TriageChangedSubscriptionVariables =
      this.studyUid === '' ? { patientId: this.patientId } : { studyInstanceUid: this.studyUid };
    this.feed = new Feed({
      connection: this.connection,
      operation: triageChanged,
      variables,
      signal,
      load: () => this.load(signal),
      changed: ({ triageChanged: changed }) => {
        if (changed.id === this.triage?.id) this.triage = changed;
        this.emit('changed', { triageId: changed.id, status: changed.status });
        this.feed?.soon();
      },
      line: (line) => (this.line = line),
      failed: (fault) => {
        this.fault = this.report(fault);
      },
    });
  }

  private async load(signal: AbortSignal): Promise<void> {
    const { patientId, studyUid } = this;
    let course: readonly CourseFieldsFragment[] = [];
    let triage: TriageFieldsFragment | null = null;
    let gap: Gap | null = null;
    let target = studyUid;
    if (studyUid !== '') {
      const { study } = await send(this.connection, studyTriage, { studyInstanceUid: studyUid }, signal);
      if (study === null) gap = 'unknownStudy';
      else if (patientId !== '' && study.patient.id !== patientId) gap = 'mismatch';
      else [triage, course] = [study.latestTriage, study.patient.triages];
    } else {
      const { patient } = await send(this.connection, patientTriage, { patientId }, signal);
      if (patient === null) gap = 'unknownPatient';
      else [triage, course] = [patient.latestTriage, patient.triages];
      target = triage?.study.studyInstanceUid ?? patient?.studies[0]?.studyInstanceUid ?? '';
    }
    // The patient may have changed while the answer was on its way.
    if (signal.aborted) return;
    if (triage?.id !== this.triage?.id) this.closePicture();
    Object.assign(this, { triage, course, gap, target: gap === null ? target : '', fault: null });
    if (!this.loaded) this.emit('ready', { triageId: triage?.id ?? null });
    this.loaded = true;
  }

  /** Does one mutation; what it answers is shown at once. True when it succeeded. */
  private async act<Variables>(
    operation: Operation<{ outcome: Outcome }, Variables>,
    variables: Variables,
  ): Promise<boolean> {
    if (this.busy) return false;
    const { signal } = this.running;
    this.busy = true;
    this.fault = null;
    try {
      const { outcome } = await send(this.connection, operation, variables, signal);
      if (signal.aborted) return false;
      if (!('triage' in outcome)) throw new Fault('server', outcome.code, outcome.message);
      this.triage = outcome.triage;
      this.feed?.soon();
      return true;
    } catch (error) {
      if (!signal.aborted) this.fault = this.report(error);
      return false;
    } finally {
      if (!signal.aborted) this.busy = false;
    }
  }

  private async ask(): Promise<void> {
    const input = { studyInstanceUid: this.target };
    if (
      await this.act(requestTriage as Operation<{ outcome: Outcome }, { input: typeof input }>, { input })
    ) {
      this.emit('requested', { triageId: this.triage?.id ?? null, studyInstanceUid: this.target });
    }
  }

  private async review(
    verdict: ReviewVerdict,
    given: { finding?: string | null; severityLevel?: number | null; comment?: string | null } = {},
  ): Promise<void> {
    const triageId = this.triage?.id;
    if (triageId === undefined) return;
    const input = { triageId, verdict, ...given };
    if (await this.act(reviewTriage as Operation<{ outcome: Outcome }, { input: typeof input }>, { input })) {
      this.form = null;
      this.emit('reviewed', { triageId, verdict });
    }
  }

  private saveForm(event: SubmitEvent): void {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    const text = (name: string) => (data.get(name) as string | null)?.trim() || null;
    const comment = text('comment');
    if (this.form === 'REJECTED') {
      void this.review('REJECTED', { comment });
      return;
    }
    const finding = text('finding');
    const level = text('level');
    this.formProblem = finding === null && level === null ? this.texts.needsChange : '';
    if (this.formProblem !== '') return;
    void this.review('MODIFIED', { finding, severityLevel: level === null ? null : Number(level), comment });
  }

  private async openForm(form: 'MODIFIED' | 'REJECTED'): Promise<void> {
    this.form = form;
    this.formProblem = '';
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>('form select, form textarea')?.focus();
  }

  private async closeForm(): Promise<void> {
    this.form = null;
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>('.review button')?.focus();
  }

  private async showPicture(): Promise<void> {
    const { triage, connection } = this;
    const { signal } = this.running;
    const explanation = triage?.result?.explanation;
    if (!triage || !explanation) return;
    try {
      const { studyInstanceUid } = triage.study;
      const { study } = await send(connection, studyPictures, { studyInstanceUid }, signal);
      const instances = study?.series.flatMap(({ instances: some }) => some) ?? [];
      const shown = instances.find(({ sopInstanceUid }) => sopInstanceUid === explanation.sopInstanceUid);
      if (!shown) throw new Fault('server', 'PICTURE_UNAVAILABLE', this.texts.pictureFailed);
      const { frameNumber } = explanation;
      const address =
        frameNumber > 1
          ? shown.renderedUrl.replace(/rendered$/, `frames/${frameNumber}/rendered`)
          : shown.renderedUrl;
      const [ground, overlay] = await Promise.all(
        [address, explanation.heatmapUrl].map((url) => fetchPicture(connection, url, signal)),
      );
      if (signal.aborted || this.triage?.id !== triage.id || !ground || !overlay) return;
      const { opacity } = explanation;
      this.picture = { ground: URL.createObjectURL(ground), overlay: URL.createObjectURL(overlay), opacity };
    } catch (error) {
      if (!signal.aborted) this.fault = this.report(error);
    }
  }

  private closePicture(): void {
    if (this.picture === null) return;
    URL.revokeObjectURL(this.picture.ground);
    URL.revokeObjectURL(this.picture.overlay);
    this.picture = null;
  }

  private openStudy(studyInstanceUid: string): void {
    this.emit('open-study', { studyInstanceUid });
  }

  protected override render(): TemplateResult {
    const t = this.texts;
    return html`<section aria-label=${t.title} lang=${t.tag}>
      <header>
        <h2>${t.title}</h2>
        <span class="label">${t.notForDiagnosis}</span>
      </header>
      <p class="hidden" role="status">${this.triage ? t.status[this.triage.status] : ''}</p>
      ${this.faultView()} ${this.bodyView()}
      ${courseView(this.course, this.triage?.id ?? null, t, this.formats, (uid) => this.openStudy(uid))}
    </section>`;
  }

  private faultView() {
    const { texts: t, fault, line } = this;
    if (fault?.kind === 'auth') return html`<p class="alert" role="alert">${t.signIn}</p>`;
    if (line === 'offline') {
      return html`<p class="alert" role="alert">${t.offline} ${this.triage ? t.stale : ''}</p>`;
    }
    if (fault === null) return nothing;
    const { message, advice } = problemText(t, fault);
    return html`<p class="alert" role="alert">${message} ${advice}</p>`;
  }

  private bodyView() {
    const { texts: t, triage } = this;
    if (this.patientId === '' && this.studyUid === '' && this.results === null) {
      return html`<p class="quiet">${t.noStudy}</p>`;
    }
    if (this.gap !== null) return html`<p class="alert">${t[this.gap]}</p>`;
    if (!this.loaded) return this.fault ? nothing : html`<p class="quiet">${t.loading}</p>`;
    if (triage === null) {
      return html`<p class="quiet">${t.none}</p>
        ${this.target === '' ? nothing : this.requestButton()}`;
    }
    return html`${triage.superseded ? html`<p class="alert">${t.superseded}</p>` : nothing}
    ${this.statusView(triage)} ${this.reviewView(triage)}`;
  }

  private requestButton() {
    const { texts: t } = this;
    const label = this.busy ? t.requesting : t.request;
    return html`<button class="main" type="button" ?disabled=${this.busy} @click=${() => this.ask()}>
      ${label}
    </button>`;
  }

  private statusView(triage: TriageFieldsFragment) {
    const { texts: t, formats: f } = this;
    switch (triage.status) {
      case 'QUEUED':
      case 'RUNNING':
        return html`<p>
            <strong>${t.status[triage.status]}</strong>
            <span class="quiet">
              ${triage.queuePosition === null ? nothing : t.queuePosition(triage.queuePosition)}
              ${triage.estimatedSecondsLeft === null ? nothing : t.secondsLeft(triage.estimatedSecondsLeft)}
            </span>
          </p>
          ${
            triage.progress === null
              ? html`<progress aria-label=${t.progress}></progress>`
              : html`<progress aria-label=${t.progress} .value=${triage.progress}></progress>`
          }
          ${this.action(t.cancel, cancelTriage, triage.id)}`;
      case 'SUCCEEDED':
        return triage.result === null
          ? nothing
          : html`${resultView(triage, triage.result, t, f)} ${this.pictureView(triage)}`;
      case 'ABSTAINED':
      case 'FAILED': {
        const { problem } = triage;
        if (problem === null) return html`<p>${t.status[triage.status]}</p>`;
        const { message, advice } = problemText(t, problem);
        return html`<p class="alert"><strong>${t.status[triage.status]}.</strong> ${message}</p>
          <h3>${t.nextStep}</h3>
          <p>${advice}</p>
          ${problem.detail === null ? nothing : html`<p class="quiet">${t.detail}: ${problem.detail}</p>`}
          ${triage.status === 'FAILED' ? this.action(t.retry, retryTriage, triage.id) : nothing}`;
      }
      case 'CANCELLED':
        return html`<p>${t.cancelled}</p>
          ${this.action(t.retry, retryTriage, triage.id)}`;
    }
  }

  private action(label: string, operation: object, id: string) {
    if (this.results !== null) return nothing;
    const act = () => this.act(operation as Operation<{ outcome: Outcome }, { id: string }>, { id });
    return html`<p class="row">
      <button type="button" ?disabled=${this.busy} @click=${act}>${label}</button>
    </p>`;
  }

  private pictureView({ result }: TriageFieldsFragment) {
    const { texts: t, picture } = this;
    if (!result?.explanation || this.results !== null) return nothing;
    const toggle = () => (picture === null ? void this.showPicture() : this.closePicture());
    return html`<p class="row">
        <button type="button" aria-expanded=${picture !== null} @click=${toggle}>
          ${picture === null ? t.showWhere : t.hideWhere}
        </button>
      </p>
      ${
        picture === null
          ? nothing
          : html`<div class="picture">
              <img src=${picture.ground} alt=${t.pictureAlt} />
              <img
                class="overlay"
                src=${picture.overlay}
                alt=""
                style=${styleMap({ opacity: String(picture.opacity) })}
              />
            </div>`
      }`;
  }

  private reviewView({ status, review, result }: TriageFieldsFragment) {
    const { texts: t, formats: f } = this;
    if (this.results !== null || (status !== 'SUCCEEDED' && status !== 'ABSTAINED')) return nothing;
    return html`<div class="review">
      <h3>${t.review}</h3>
      ${
        review === null
          ? nothing
          : html`<p>
              <strong>${t.verdict[review.verdict]}</strong>
              ${review.finding === null ? '' : `${t.findings[review.finding] ?? review.finding} `}
              ${review.severityLevel === null ? '' : `${t.levelShort(review.severityLevel)} `}
              <span class="quiet">
                ${t.by(review.reviewer === 'local' ? t.localReviewer : review.reviewer, f.instant(review.reviewedAt))}
              </span>
              ${review.comment === null ? nothing : html`<br />${review.comment}`}
            </p>`
      }
      ${
        this.form === null
          ? html`<p class="row">
              <button type="button" ?disabled=${this.busy} @click=${() => this.review('ACCEPTED')}>
                ${t.accept}
              </button>
              <button type="button" ?disabled=${this.busy} @click=${() => this.openForm('MODIFIED')}>
                ${t.modify}
              </button>
              <button type="button" ?disabled=${this.busy} @click=${() => this.openForm('REJECTED')}>
                ${t.reject}
              </button>
            </p>`
          : this.formView(result?.model.labels ?? [])
      }
    </div>`;
  }

  private formView(labels: readonly string[]) {
    const { texts: t } = this;
    const choices =
      this.form === 'REJECTED'
        ? nothing
        : html`<label>
              ${t.foundInstead}
              <select name="finding">
                <option value="">${t.unchanged}</option>
                ${labels.map((code) => html`<option value=${code}>${t.findings[code] ?? code}</option>`)}
              </select>
            </label>
            <label>
              ${t.levelInstead}
              <select name="level">
                <option value="">${t.unchanged}</option>
                ${[1, 2, 3].map((level) => html`<option value=${level}>${t.level(level, t.levels[level - 1] ?? '')}</option>`)}
              </select>
            </label>`;
    return html`<form @submit=${this.saveForm}>
      ${choices}
      <label>${t.comment}<textarea name="comment" maxlength="2000" rows="2"></textarea></label>
      ${this.formProblem === '' ? nothing : html`<p class="alert" role="alert">${this.formProblem}</p>`}
      <p class="row">
        <button class="main" ?disabled=${this.busy}>${t.save}</button>
        <button type="button" @click=${() => this.closeForm()}>${t.back}</button>
      </p>
    </form>`;
  }
}
