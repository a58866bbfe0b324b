import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Fault } from '../api/fault.js';
import { Feed, type Line } from '../api/feed.js';
import { send } from '../api/http.js';
import type { WorklistFieldsFragment } from '../operations/generated/operations.js';
import { anyTriageChanged, worklistPage } from '../operations/read.js';
import { shared } from '../styles.js';
import { faultView, problemText, TriageElement } from '../triage-element.js';
import { styles } from './styles.js';

const pageSize = 20;

/**
 * The reading list, most urgent first as the server sorts it, kept up to date.
 *
 * @fires covid-triage-open-study - The reader chose a study; detail.studyInstanceUid
 * @fires covid-triage-auth-required - The server wants a (new) sign-in
 * @fires covid-triage-error - Something failed; detail.code
 */
export class CovidTriageWorklist extends TriageElement {
  static override styles = [shared, styles];

  @state() private entries: readonly WorklistFieldsFragment[] | null = null;
  @state() private hasMore = false;
  @state() private isUpdated = false;
  @state() private line: Line = 'connecting';
  @state() private fault: Fault | null = null;
  private pages = 1;
  private feed: Feed<unknown, never> | null = null;

  override willUpdate(changed: PropertyValues): void {
    if (!this.hasUpdated || changed.has('endpoint') || changed.has('tokenProvider')) this.restart();
  }

  protected override restart(): void {
    this.running.abort();
    this.running = new AbortController();
    Object.assign(this, { entries: null, hasMore: false, isUpdated: false, fault: null, line: 'connecting' });
    this.pages = 1;
    const { signal } = this.running;
    this.feed = new Feed({
      connection: this.connection,
      operation: anyTriageChanged as never,
      variables: {} as never,
      signal,
      load: () => this.load(signal),
      changed: () => this.feed?.soon(500),
      line: (line) => (this.line = line),
      failed: (fault) => {
        this.fault = this.report(fault);
      },
    });
  }

  private async load(signal: AbortSignal): Promise<void> {
    const entries: WorklistFieldsFragment[] = [];
    let after: string | null = null;
    let more = true;
    for (let page = 0; page < this.pages && more; page++) {
      const variables: { first: number; after: string | null } = { first: pageSize, after };
      const { worklist } = await send(this.connection, worklistPage, variables, signal);
      entries.push(...worklist.nodes);
      after = worklist.pageInfo.endCursor;
      more = worklist.pageInfo.hasNextPage;
    }
    if (signal.aborted) return;
    const order = (list: readonly WorklistFieldsFragment[] | null) => list?.map(({ id }) => id).join(' ');
    // Said to those who do not see it move; not for the first reading.
    this.isUpdated = this.entries !== null && order(this.entries) !== order(entries);
    Object.assign(this, { entries, hasMore: more, fault: null });
  }

  private showMore(): void {
    this.pages++;
    this.feed?.soon(0);
  }

  protected override render(): TemplateResult {
    const { texts: t, entries, fault, line } = this;
    return html`<section aria-label=${t.worklist} lang=${t.tag}>
      <h2 tabindex="-1">${t.worklist}</h2>
      <p class="hidden" role="status">${this.isUpdated ? t.updated : ''}</p>
      ${faultView(fault, line, entries !== null, t)}
      ${
        entries === null
          ? fault
            ? nothing
            : html`<p class="quiet">${t.loading}</p>`
          : entries.length === 0
            ? html`<p class="quiet">${t.worklistEmpty}</p>`
            : html`<ol>
                ${repeat(
                  entries,
                  ({ id }) => id,
                  (entry) => html`<li>${this.entryView(entry)}</li>`,
                )}
              </ol>`
      }
      ${
        this.hasMore
          ? html`<button class="more" type="button" @click=${() => this.showMore()}>${t.more}</button>`
          : nothing
      }
    </section>`;
  }

  private entryView({ patient, study, status, result, problem, review, priority }: WorklistFieldsFragment) {
    const { texts: t, formats: f } = this;
    const { studyInstanceUid } = study;
    const open = () => this.emit('open-study', { studyInstanceUid });
    const urgency = priority === 'ROUTINE' ? '' : `${priority === 'STAT' ? t.stat : t.urgent} · `;
    const verdict = result
      ? `${t.findings[result.topFinding.code] ?? result.topFinding.code} ${f.percent(result.topFinding.probability)}`
      : problem
        ? problemText(t, problem).message
        : t.status[status];
    const level = result?.severity ? ` · ${t.levelShort(result.severity.level)}` : '';
    return html`<button class="entry" type="button" @click=${open}>
      <strong>${patient.name ?? t.noName}</strong>
      <span class="quiet">${f.day(study.studiedAt, t.unknownDate)}</span>
      <span class="wide quiet">${patient.id}</span>
      <span class="wide">${urgency}${verdict}${level}${review ? ` · ${t.verdict[review.verdict]}` : ''}</span>
    </button>`;
  }
}
