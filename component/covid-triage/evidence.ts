import { html, nothing, type ReactiveController, type ReactiveControllerHost } from 'lit';
import { ref } from 'lit/directives/ref.js';
import { Fault } from '../api/fault.js';
import { fetchPicture, send, type Connection } from '../api/http.js';
import type { TriageFieldsFragment } from '../operations/generated/operations.js';
import { studyPictures } from '../operations/read.js';
import type { Texts } from '../texts/texts.js';

type Explanation = NonNullable<NonNullable<TriageFieldsFragment['result']>['explanation']>;

interface Shown {
  ground: string;
  overlay: string;
  opacity: number;
}

/** The picture that was judged, under the map of what weighed most; fetched only when asked for. */
export class Evidence implements ReactiveController {
  private shown: Shown | null = null;
  private isLoading = false;

  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  hostDisconnected(): void {
    this.close();
  }

  /** @throws Fault when the pictures cannot be had; nothing is shown once the signal is aborted */
  async show(triage: TriageFieldsFragment, connection: Connection, signal: AbortSignal): Promise<void> {
    const explanation = triage.result?.explanation;
    if (!explanation || this.isLoading) return;
    this.setLoading(true);
    try {
      const shown = await this.fetch(triage, explanation, connection, signal);
      if (shown === null) return;
      this.close();
      this.shown = shown;
    } finally {
      this.setLoading(false);
    }
  }

  private async fetch(
    { study: { studyInstanceUid } }: TriageFieldsFragment,
    { sopInstanceUid: judgedUid, frameNumber, heatmapUrl, opacity }: Explanation,
    connection: Connection,
    signal: AbortSignal,
  ): Promise<Shown | null> {
    const { study } = await send(connection, studyPictures, { studyInstanceUid }, signal);
    const instances = study?.series.flatMap(({ instances: some }) => some) ?? [];
    const judged = instances.find(({ sopInstanceUid }) => sopInstanceUid === judgedUid);
    if (!judged) throw new Fault('server', 'PICTURE_UNAVAILABLE');
    const { renderedUrl } = judged;
    const groundUrl =
      frameNumber > 1 ? renderedUrl.replace(/rendered$/, `frames/${frameNumber}/rendered`) : renderedUrl;
    const [ground, overlay] = await Promise.all(
      [groundUrl, heatmapUrl].map((url) => fetchPicture(connection, url, signal)),
    );
    if (signal.aborted || !ground || !overlay) return null;
    return { ground: URL.createObjectURL(ground), overlay: URL.createObjectURL(overlay), opacity };
  }

  private setLoading(isLoading: boolean): void {
    this.isLoading = isLoading;
    this.host.requestUpdate();
  }

  close(): void {
    if (this.shown === null) return;
    URL.revokeObjectURL(this.shown.ground);
    URL.revokeObjectURL(this.shown.overlay);
    this.shown = null;
    this.host.requestUpdate();
  }

  view({ result }: TriageFieldsFragment, t: Texts, show: () => Promise<void>) {
    if (!result?.explanation) return nothing;
    const { shown, isLoading } = this;
    const label = isLoading ? t.loading : shown === null ? t.showWhere : t.hideWhere;
    const toggle = () => (shown === null ? void show() : this.close());
    return html`<p class="row">
        <button type="button" aria-expanded=${shown !== null} aria-disabled=${isLoading} @click=${toggle}>
          ${label}
        </button>
      </p>
      ${shown === null ? nothing : pictureView(shown, t)}`;
  }
}

function pictureView({ ground, overlay, opacity }: Shown, t: Texts) {
  // Set through the object model: a strict Content-Security-Policy refuses style attributes.
  const fade = (element?: Element) => {
    if (element instanceof HTMLElement) element.style.opacity = String(opacity);
  };
  return html`<div class="picture">
    <img src=${ground} alt=${t.pictureAlt} />
    <img class="overlay" src=${overlay} alt="" ${ref(fade)} />
  </div>`;
}
