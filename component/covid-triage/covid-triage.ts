import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { Fault } from '../api/fault.js';
import { Feed, type Line } from '../api/feed.js';
import { send } from '../api/http.js';
import type {
  CourseFieldsFragment,
  ReviewVerdict,
  TriageChangedSubscription,
  TriageChangedSubscriptionVariables,
  TriageFieldsFragment,
} from '../operations/generated/operations.js';
import type { Operation } from '../operations/operation.js';
import { patientTriage, studyTriage, triageChanged } from '../operations/read.js';
import { cancelTriage, requestTriage, retryTriage, reviewTriage } from '../operations/write.js';
import { shared } from '../styles.js';
import { faultView, orEmpty, TriageElement } from '../triage-element.js';
import { courseView } from './course-view.js';
import { completed } from './completed.js';
import { Evidence } from './evidence.js';
import { LungMap } from './lung-map.js';
import { resultView } from './result-view.js';
import { Reviewing, type Given } from './reviewing.js';
import { Slices, type Slice } from './slices.js';
import { problemView, waitingView } from './state-view.js';
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
 * @csspart pneumonia-kind - Bacterial or viral, where pneumonia leads
 * @csspart severity - Level and score
 * @csspart involvement - Of a CT, the share of the lungs that is involved
 * @csspart slices - Of a CT, the slices to look at
 * @csspart course - The patient's triages over time
 * @csspart facts - Model, engine and time
 * @fires covid-triage-ready - What was asked for has been read for the first time
 * @fires covid-triage-requested - A triage was asked for; detail has its id
 * @fires covid-triage-changed - A triage changed
 * @fires covid-triage-reviewed - A review was recorded
 * @fires covid-triage-open-study - The reader wants another study; detail.studyInstanceUid
 * @fires covid-triage-slice - The reader chose a slice of a CT: detail.triageId, .sopInstanceUid, .frameNumber (1 first) and
 *   .index (0 is the lowest)
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
  @property({ attribute: 'patient-id', converter: orEmpty }) patientId = '';
  /** DICOM Issuer of Patient ID; needed only where several issuers use the same IDs. */
  @property({ attribute: 'patient-issuer', converter: orEmpty }) patientIssuer = '';
  /** DICOM Study Instance UID; the patient's newest current triage when empty. */
  @property({ attribute: 'study-uid', converter: orEmpty }) studyUid = '';
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
  private readonly evidence = new Evidence(this);
  private readonly slices = new Slices(this);
  private readonly lungMap = new LungMap(this);
  private readonly reviewing = new Reviewing(this, (verdict, given) => this.review(verdict, given));
  private feed: Feed<TriageChangedSubscription, TriageChangedSubscriptionVariables> | null = null;

  override willUpdate(changed: PropertyValues): void {
    const causes = ['patientId', 'patientIssuer', 'studyUid', 'endpoint', 'tokenProvider', 'results'];
    if (!this.hasUpdated || causes.some((name) => changed.has(name))) this.restart();
  }

  override updated(): void {
    const { lungMapUrl = null } = this.triage?.result?.involvement ?? {};
    this.lungMap.follow(this.results === null ? lungMapUrl : null, this.connection);
  }

  protected override restart(): void {
    this.running.abort();
    this.running = new AbortController();
    this.closePictures();
    this.reviewing.close();
    Object.assign(this, { triage: null, course: [], target: '', gap: null, loaded: false });
    Object.assign(this, { line: 'connecting', fault: null, busy: false });
    this.feed = null;
    if (this.results !== null) {
      const given = (Array.isArray(this.results) ? this.results : [this.results]).map(completed);
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
      const issuer = this.patientIssuer || null;
      const { patient } = await send(this.connection, patientTriage, { patientId, issuer }, signal);
      if (patient === null) gap = 'unknownPatient';
      else [triage, course] = [patient.latestTriage, patient.triages];
      target = triage?.study.studyInstanceUid ?? patient?.studies[0]?.studyInstanceUid ?? '';
    }
    // The patient may have changed while the answer was on its way.
    if (signal.aborted) return;
    if (triage?.id !== this.triage?.id) {
      this.closePictures();
      this.reviewing.interrupt();
    }
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

  private async review(verdict: ReviewVerdict, given: Given): Promise<boolean> {
    const triageId = this.triage?.id;
    if (triageId === undefined) return false;
    const input = { triageId, verdict, ...given };
    const operation = reviewTriage as Operation<{ outcome: Outcome }, { input: typeof input }>;
    const isDone = await this.act(operation, { input });
    if (isDone) this.emit('reviewed', { triageId, verdict });
    return isDone;
  }

  private closePictures(): void {
    this.evidence.close();
    this.slices.close();
  }

  /** Waits for a picture; tells when it cannot be had. */
  private async awaitPicture(loading: Promise<void>): Promise<void> {
    try {
      await loading;
      this.fault = null;
    } catch (error) {
      const fault = this.report(error);
      if (fault !== null) this.fault = fault;
    }
  }

  /** Shows a slice here, and tells the page, whose viewer may go there too. */
  private chooseSlice(triage: TriageFieldsFragment, slice: Slice): void {
    const { sopInstanceUid, frameNumber, index } = slice;
    this.slices.choose(slice);
    this.emit('slice', { triageId: triage.id, sopInstanceUid, frameNumber, index });
    this.showSlice(triage);
  }

  private showSlice(triage: TriageFieldsFragment): void {
    // A triage that the page gave is shown without asking the server for anything.
    if (this.results !== null) return;
    void this.awaitPicture(this.slices.show(triage, this.connection, this.texts, this.formats));
  }

  private openStudy(studyInstanceUid: string): void {
    this.emit('open-study', { studyInstanceUid });
  }

  protected override render(): TemplateResult {
    const t = this.texts;
    return html`<section aria-label=${t.title} lang=${t.tag}>
      <header>
        <h2 tabindex="-1">${t.title}</h2>
        <span class="label">${t.notForDiagnosis}</span>
      </header>
      <p class="hidden" role="status">${this.triage ? t.status[this.triage.status] : ''}</p>
      ${faultView(this.fault, this.line, this.triage !== null, t)} ${this.reviewing.lostView(t)}
      ${this.bodyView()}
      ${courseView(this.course, this.triage?.id ?? null, t, this.formats, (uid) => this.openStudy(uid))}
    </section>`;
  }

  private bodyView() {
    const { texts: t, triage } = this;
    if (this.patientId === '' && this.studyUid === '' && this.results === null) {
      return html`<p class="quiet">${t.noStudy}</p>`;
    }
    if (this.gap !== null) return html`<p class="alert" role="alert">${t[this.gap]}</p>`;
    if (!this.loaded) return this.fault ? nothing : html`<p class="quiet">${t.loading}</p>`;
    if (triage === null) {
      const before = this.course.some(({ study }) => study.studyInstanceUid === this.target);
      return html`<p class=${before ? 'alert' : 'quiet'}>${before ? t.outdated : t.none}</p>
        ${this.target === '' ? nothing : this.requestButton()}`;
    }
    return html`${triage.superseded ? html`<p class="alert">${t.superseded}</p>` : nothing}
    ${this.stateView(triage)}`;
  }

  private requestButton() {
    const { texts: t } = this;
    const label = this.busy ? t.requesting : t.request;
    return html`<button class="main" type="button" aria-disabled=${this.busy} @click=${() => this.ask()}>
      ${label}
    </button>`;
  }

  private stateView(triage: TriageFieldsFragment) {
    const { texts: t, formats: f, busy } = this;
    const cancel = () => this.action(t.cancel, cancelTriage, triage.id);
    const retry = () => this.action(t.retry, retryTriage, triage.id);
    const review = () => (this.results === null ? this.reviewing.view(triage, t, f, busy) : nothing);
    switch (triage.status) {
      case 'QUEUED':
      case 'RUNNING':
        return html`${waitingView(triage, t, f)} ${cancel()}`;
      case 'SUCCEEDED':
        return html`${triage.result === null ? nothing : this.resultView(triage, triage.result)} ${review()}`;
      case 'ABSTAINED':
        return html`${problemView(triage, t)} ${review()}`;
      case 'FAILED':
        return html`${problemView(triage, t)} ${retry()}`;
      case 'CANCELLED':
        return html`<p>${t.cancelled}</p>
          ${retry()}`;
    }
  }

  private resultView(triage: TriageFieldsFragment, result: NonNullable<TriageFieldsFragment['result']>) {
    const { texts: t, formats: f } = this;
    const showWhere = () => this.awaitPicture(this.evidence.show(triage, this.connection, t));
    const isCt = result.slices.length > 0;
    return html`${resultView(triage, result, t, f, this.lungMap.view(t))}
    ${this.slices.view(
      result,
      t,
      f,
      (slice) => this.chooseSlice(triage, slice),
      () => this.showSlice(triage),
    )}
    ${isCt || this.results !== null ? nothing : this.evidence.view(triage, t, showWhere)}`;
  }

  private action(label: string, operation: object, id: string) {
    if (this.results !== null) return nothing;
    const act = () => this.act(operation as Operation<{ outcome: Outcome }, { id: string }>, { id });
    return html`<p class="row">
      <button type="button" aria-disabled=${this.busy} @click=${act}>${label}</button>
    </p>`;
  }
}
