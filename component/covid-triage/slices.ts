import { html, nothing, type ReactiveControllerHost, type TemplateResult } from 'lit';
import type { Connection } from '../api/http.js';
import type { TriageFieldsFragment } from '../operations/generated/operations.js';
import type { Formats, Texts } from '../texts/texts.js';
import { Picture } from './picture.js';

type Result = NonNullable<TriageFieldsFragment['result']>;
export type Slice = Result['slices'][number];

const overlayKinds = ['REGIONS', 'HEATMAP', 'NONE'] as const;
type OverlayKind = (typeof overlayKinds)[number];
/** A heatmap covers the whole slice; regions bring a transparency of their own. */
const heatmapOpacity = 0.5;

/** The slices that a reader should look at, strongest first. */
export function evidenceOf({ slices }: Result): Slice[] {
  return slices
    .filter(({ evidence }) => evidence)
    .sort((one, other) => other.covidProbability - one.covidProbability);
}

/** The slices of a CT series that carry the verdict, as buttons, and the chosen one as a picture. */
export class Slices {
  private readonly picture: Picture;
  private chosen: Slice | null = null;
  private kind: OverlayKind = 'REGIONS';

  constructor(private readonly host: ReactiveControllerHost) {
    this.picture = new Picture(host);
  }

  close(): void {
    this.chosen = null;
    this.picture.close();
  }

  choose(slice: Slice): void {
    this.chosen = slice;
    this.host.requestUpdate();
  }

  /** @throws Fault when the pictures cannot be had */
  async show({ study }: TriageFieldsFragment, connection: Connection, t: Texts, f: Formats): Promise<void> {
    if (this.chosen === null) return;
    const { sopInstanceUid, frameNumber, positionMm } = this.chosen;
    const { studyInstanceUid } = study;
    const label = t.sliceAlt(f.score(positionMm), t.overlayKinds[this.kind]);
    const overlay = overlayOf(this.chosen, this.kind);
    await this.picture.show({ studyInstanceUid, sopInstanceUid, frameNumber, overlay, label }, connection);
  }

  /**
   * @param chose a slice was chosen
   * @param changed the chosen slice wants another overlay
   */
  view(
    result: Result,
    t: Texts,
    f: Formats,
    chose: (slice: Slice) => void,
    changed: () => void,
  ): TemplateResult | typeof nothing {
    const slices = evidenceOf(result);
    if (slices.length === 0) return nothing;
    const { isShown, isLoading } = this.picture;
    return html`<h3 id="slices">${t.slices}</h3>
      <ul class="slices" part="slices" aria-labelledby="slices">
        ${slices.map((slice) => html`<li>${this.buttonView(slice, t, f, chose)}</li>`)}
      </ul>
      ${isLoading ? html`<p class="quiet" role="status">${t.loading}</p>` : nothing}
      ${
        isShown
          ? html`${this.overlayView(t, changed)} ${this.picture.view()}
              <p class="row"><button type="button" @click=${() => this.leave()}>${t.hideWhere}</button></p>`
          : nothing
      }`;
  }

  private buttonView(slice: Slice, t: Texts, f: Formats, chose: (slice: Slice) => void) {
    const position = f.score(slice.positionMm);
    const probability = f.percent(slice.covidProbability);
    const share = slice.involvementPercent === null ? null : f.percent(slice.involvementPercent / 100);
    return html`<button
      type="button"
      aria-current=${slice.index === this.chosen?.index}
      @click=${() => chose(slice)}
    >
      <span>${position} mm</span>
      <strong><span class="hidden">${t.sliceProbability}</span> ${probability}</strong>
      <span class="quiet">${share === null ? '' : t.sliceShare(share)}</span>
    </button>`;
  }

  private overlayView(t: Texts, changed: () => void) {
    const choose = ({ target }: Event) => {
      const { value } = target as HTMLSelectElement;
      this.kind = overlayKinds.find((kind) => kind === value) ?? 'NONE';
      changed();
    };
    return html`<label class="row overlay">
        ${t.overlay}
        <select name="overlay" .value=${this.kind} @change=${choose}>
          ${overlayKinds.map(
            (kind) =>
              html`<option value=${kind} ?selected=${kind === this.kind}>${t.overlayKinds[kind]}</option>`,
          )}
        </select>
      </label>
      ${this.kind === 'REGIONS' ? html`<p class="quiet">${t.overlayLegend}</p>` : nothing}`;
  }

  private leave(): void {
    this.close();
    this.host.requestUpdate();
  }
}

function overlayOf({ overlayUrl, heatmapUrl }: Slice, kind: OverlayKind) {
  switch (kind) {
    case 'REGIONS':
      return overlayUrl === null ? null : { url: overlayUrl, opacity: 1 };
    case 'HEATMAP':
      return heatmapUrl === null ? null : { url: heatmapUrl, opacity: heatmapOpacity };
    case 'NONE':
      return null;
  }
}
