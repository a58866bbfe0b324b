import { html, nothing, type LitElement, type ReactiveController } from 'lit';
import type { ReviewVerdict, TriageFieldsFragment } from '../operations/generated/operations.js';
import type { Formats, Texts } from '../texts/texts.js';

/** What a review may hold beside its verdict. */
export interface Given {
  finding?: string | null;
  severityLevel?: number | null;
  comment?: string | null;
}

/** The reader's own judgement: what was said so far, and the forms to say it. */
export class Reviewing implements ReactiveController {
  private form: 'MODIFIED' | 'REJECTED' | null = null;
  private isIncomplete = false;
  /** What was typed into a form that another result took away. */
  private lost: string | null = null;

  /** @param save records a review; resolves to whether that succeeded */
  constructor(
    private readonly host: LitElement,
    private readonly save: (verdict: ReviewVerdict, given: Given) => Promise<boolean>,
  ) {
    host.addController(this);
  }

  hostDisconnected(): void {
    this.close();
  }

  close(): void {
    this.lost = null;
    this.set(null);
  }

  /** Another result is there: what is being written was about the one before. */
  interrupt(): void {
    if (this.form === null) return;
    const typed = this.host.renderRoot.querySelector<HTMLTextAreaElement>('form textarea')?.value ?? '';
    this.set(null);
    this.lost = typed.trim();
  }

  /** Tells that a review was not saved, with what was typed. */
  lostView(t: Texts) {
    if (this.lost === null) return nothing;
    return html`<p class="alert" role="alert">
      ${t.reviewLost} ${this.lost === '' ? '' : `“${this.lost}”`}
    </p>`;
  }

  view({ review, result }: TriageFieldsFragment, t: Texts, f: Formats, busy: boolean) {
    // A picture that was not judged may show any of the findings that have a name.
    const labels = result?.model.labels ?? Object.keys(t.findings);
    return html`<div class="review">
      <h3>${t.review}</h3>
      ${review === null ? nothing : saidView(review, t, f)}
      ${this.form === null ? this.choiceView(t, busy) : this.formView(labels, t, busy)}
    </div>`;
  }

  private choiceView(t: Texts, busy: boolean) {
    const button = (label: string, act: () => unknown) =>
      html`<button type="button" aria-disabled=${busy} @click=${act}>${label}</button>`;
    return html`<p class="row">
      ${button(t.accept, () => this.save('ACCEPTED', {}))} ${button(t.modify, () => this.open('MODIFIED'))}
      ${button(t.reject, () => this.open('REJECTED'))}
    </p>`;
  }

  private formView(labels: readonly string[], t: Texts, busy: boolean) {
    const option = (value: string | number, label: string) => html`<option value=${value}>${label}</option>`;
    const choices =
      this.form === 'REJECTED'
        ? nothing
        : html`<label>
              ${t.foundInstead}
              <select name="finding">
                ${option('', t.unchanged)} ${labels.map((code) => option(code, t.findings[code] ?? code))}
              </select>
            </label>
            <label>
              ${t.levelInstead}
              <select name="level">
                ${option('', t.unchanged)}
                ${[1, 2, 3].map((level) => option(level, t.level(level, t.levels[level - 1] ?? '')))}
              </select>
            </label>`;
    const onKey = ({ key }: KeyboardEvent) => key === 'Escape' && void this.leave();
    return html`<form @submit=${(event: SubmitEvent) => this.submit(event)} @keydown=${onKey}>
      ${choices}
      <label>${t.comment}<textarea name="comment" maxlength="2000" rows="2"></textarea></label>
      ${this.isIncomplete ? html`<p class="alert" role="alert">${t.needsChange}</p>` : nothing}
      <p class="row">
        <button class="main" aria-disabled=${busy}>${t.save}</button>
        <button type="button" @click=${() => this.leave()}>${t.back}</button>
      </p>
    </form>`;
  }

  private async submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const { form } = this;
    if (form === null) return;
    const data = new FormData(event.target as HTMLFormElement);
    const text = (name: string) => (data.get(name) as string | null)?.trim() || null;
    const [finding, level, comment] = [text('finding'), text('level'), text('comment')];
    this.isIncomplete = form === 'MODIFIED' && finding === null && level === null;
    this.host.requestUpdate();
    if (this.isIncomplete) return;
    const changes = { finding, severityLevel: level === null ? null : Number(level) };
    if (await this.save(form, form === 'MODIFIED' ? { ...changes, comment } : { comment })) this.close();
  }

  private async open(form: 'MODIFIED' | 'REJECTED'): Promise<void> {
    this.lost = null;
    this.set(form);
    await this.focusOn('form select, form textarea');
  }

  private async leave(): Promise<void> {
    this.close();
    await this.focusOn('.review button');
  }

  private set(form: 'MODIFIED' | 'REJECTED' | null): void {
    this.form = form;
    this.isIncomplete = false;
    this.host.requestUpdate();
  }

  private async focusOn(selector: string): Promise<void> {
    await this.host.updateComplete;
    this.host.renderRoot.querySelector<HTMLElement>(selector)?.focus();
  }
}

type Review = NonNullable<TriageFieldsFragment['review']>;

function saidView(
  { verdict, finding, severityLevel, reviewer, reviewedAt, comment }: Review,
  t: Texts,
  f: Formats,
) {
  return html`<p>
    <strong>${t.verdict[verdict]}</strong>
    ${finding === null ? '' : `${t.findings[finding] ?? finding} `}
    ${severityLevel === null ? '' : `${t.levelShort(severityLevel)} `}
    <span class="quiet">
      ${t.by(reviewer === 'local' ? t.localReviewer : reviewer, f.instant(reviewedAt))}
    </span>
    ${comment === null ? nothing : html`<br />${comment}`}
  </p>`;
}
