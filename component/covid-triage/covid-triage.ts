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
import { resultView } from './result-view.js';
import { Reviewing, type Given } from './reviewing.js';
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
  private readonly reviewing = new Reviewing(this, (verdict, given) => this.review(verdict, given));
  private feed: Feed<TriageChangedSubscription, TriageChangedSubscriptionVariables> | null = null;

  override willUpdate(changed: PropertyValues): void {
    const causes = ['patientId', 'patientIssuer', 'studyUid', 'endpoint', 'tokenProvider', 'results'];
    if (!this.hasUpdated || causes.some((name) => changed.has(name))) this.restart();
  }

  protected override restart(): void {
    this.running.abort();
    this.running = new AbortController();
    this.evidence.close();
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
    if (triage?.id !== this.triage?.id) this.evidence.close();
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

  /** Shows the picture that was judged with what weighed most in it. */
  private async showEvidence(triage: TriageFieldsFragment): Promise<void> {
    const { signal } = this.running;
    try {
      await this.evidence.show(triage, this.connection, signal);
    } catch (error) {
      if (!signal.aborted) this.fault = this.report(error);
    }
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
      ${faultView(this.fault, this.line, this.triage !== null, t)} ${this.bodyView()}
      ${courseView(this.course, this.triage?.id ?? null, t, this.formats, (uid) => this.openStudy(uid))}
    </section>`;
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
        return html`${waitingView(triage, t)} ${cancel()}`;
      case 'SUCCEEDED':
        return html`${triage.result === null ? nothing : resultView(triage, triage.result, t, f)}
        ${this.results === null ? this.evidence.view(triage, t, () => this.showEvidence(triage)) : nothing}
        ${review()}`;
      case 'ABSTAINED':
        return html`${problemView(triage, t)} ${review()}`;
      case 'FAILED':
        return html`${problemView(triage, t)} ${retry()}`;
      case 'CANCELLED':
        return html`<p>${t.cancelled}</p>
          ${retry()}`;
    }
  }

  private action(label: string, operation: object, id: string) {
    if (this.results !== null) return nothing;
    const act = () => this.act(operation as Operation<{ outcome: Outcome }, { id: string }>, { id });
    return html`<p class="row">
      <button type="button" aria-disabled=${this.busy} @click=${act}>${label}</button>
    </p>`;
  }
}
