import { html, nothing, type ReactiveControllerHost } from 'lit';
import type { Connection } from '../api/http.js';
import type { TriageFieldsFragment } from '../operations/generated/operations.js';
import type { Texts } from '../texts/texts.js';
import { Picture } from './picture.js';

/** The X-ray that was judged, under the map of what weighed most. */
export class Evidence {
  private readonly picture: Picture;

  constructor(host: ReactiveControllerHost) {
    this.picture = new Picture(host);
  }

  /** @throws Fault when the pictures cannot be had */
  async show({ study, result }: TriageFieldsFragment, connection: Connection, t: Texts): Promise<void> {
    if (!result?.explanation || this.picture.isLoading) return;
    const { sopInstanceUid, frameNumber, heatmapUrl, opacity } = result.explanation;
    const { studyInstanceUid } = study;
    const overlay = { url: heatmapUrl, opacity };
    const place = { studyInstanceUid, sopInstanceUid, frameNumber };
    await this.picture.show({ ...place, overlay, label: t.pictureAlt }, connection);
  }

  close(): void {
    this.picture.close();
  }

  view({ result }: TriageFieldsFragment, t: Texts, show: () => Promise<void>) {
    if (!result?.explanation) return nothing;
    const { isShown, isLoading } = this.picture;
    const label = isLoading ? t.loading : isShown ? t.hideWhere : t.showWhere;
    const toggle = () => (isShown ? this.close() : void show());
    return html`<p class="row">
        <button type="button" aria-expanded=${isShown} aria-disabled=${isLoading} @click=${toggle}>
          ${label}
        </button>
      </p>
      ${this.picture.view()}`;
  }
}
