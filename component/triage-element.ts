import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import { asFault, type Fault } from './api/fault.js';
import type { Line } from './api/feed.js';
import type { Connection, TokenProvider } from './api/http.js';
import { formats, textsFor, type Formats, type Texts } from './texts/texts.js';

/** An attribute that is taken away is one that was never set. */
export const orEmpty = (value: string | null): string => value ?? '';

/** What both elements share: where the server is, language, colours, events. */
export abstract class TriageElement extends LitElement {
  /** GraphQL URL; `/graphql` on the module's own origin when empty. */
  @property({ converter: orEmpty }) endpoint = '';
  /** BCP 47 tag, `en` or `zh-CN`; the page's language when empty. */
  @property({ converter: orEmpty }) locale = '';
  /** `light`, `dark` or `auto`. */
  @property({ reflect: true, converter: (value) => value ?? 'auto' }) theme = 'auto';
  /** Gives a bearer token before each request. */
  @property({ attribute: false }) tokenProvider: TokenProvider | null = null;

  /** Ends whatever was started for what is shown now. */
  protected running = new AbortController();

  protected get texts(): Texts {
    return textsFor(this.locale || document.documentElement.lang || navigator.language);
  }

  protected get formats(): Formats {
    return formats(this.texts);
  }

  protected get connection(): Connection {
    const endpoint = this.endpoint || new URL('/graphql', import.meta.url).href;
    return { endpoint: new URL(endpoint, document.baseURI).href, tokenProvider: this.tokenProvider };
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.restart();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.running.abort();
  }

  /** A button that was pressed may be gone afterwards: who works by keyboard must not fall out of the element. */
  override update(changed: PropertyValues): void {
    const root = this.renderRoot as ShadowRoot;
    const hadFocus = root.activeElement !== null;
    super.update(changed);
    if (hadFocus && root.activeElement === null) root.querySelector<HTMLElement>('h2')?.focus();
  }

  /** Forgets everything and begins anew. */
  protected abstract restart(): void;

  /** Events bubble out of every shadow root and carry ids and codes only. */
  protected emit(name: string, detail: Record<string, string | number | null> = {}): void {
    this.dispatchEvent(new CustomEvent(`covid-triage-${name}`, { detail, bubbles: true, composed: true }));
  }

  /** Tells the page of a failure; null when nobody waits for the answer any more. */
  protected report(error: unknown): Fault | null {
    const fault = asFault(error);
    if (fault.kind === 'aborted') return null;
    this.emit(fault.kind === 'auth' ? 'auth-required' : 'error', { code: fault.code });
    return fault;
  }
}

const badAnswer = ({ problems }: Texts) => problems['BAD_ANSWER'] ?? { message: '', advice: '' };

/** A sentence and what to do, in the reader's language where the code is known, in the server's words otherwise. */
export function problemText(
  { problems }: Texts,
  { code, message, advice = '' }: { code: string; message: string; advice?: string },
): { message: string; advice: string } {
  return problems[code] ?? { message, advice };
}

/**
 * What stands between the reader and what is true now.
 *
 * @param isStale whether something older is shown all the same
 */
export function faultView(
  fault: Fault | null,
  line: Line,
  isStale: boolean,
  t: Texts,
): TemplateResult | typeof nothing {
  const alert = (text: string) => html`<p class="alert" role="alert">${text}</p>`;
  const withAge = (text: string) => alert(isStale ? `${text} ${t.stale}` : text);
  if (fault?.kind === 'auth') return withAge(t.signIn);
  if (line === 'offline') return withAge(t.offline);
  if (fault !== null) {
    // What the server says of a request is for integrators: a reader gets words in the own language.
    const { message, advice } = problemText(t, { ...badAnswer(t), code: fault.code });
    return alert(`${message} ${advice}`);
  }
  return line === 'polling' ? html`<p class="quiet" role="status">${t.polling}</p>` : nothing;
}
