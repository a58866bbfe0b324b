import { html, nothing, type ReactiveController, type ReactiveControllerHost } from 'lit';
import { ref } from 'lit/directives/ref.js';
import { Fault } from '../api/fault.js';
import { send, type Connection } from '../api/http.js';
import type { StudyPicturesQuery } from '../operations/generated/operations.js';
import { studyPictures } from '../operations/read.js';
import { fetchBitmap, paint, type Layer } from './canvas.js';

/** One frame of a study, and what is laid over it. */
export interface Wanted {
  studyInstanceUid: string;
  sopInstanceUid: string;
  frameNumber: number;
  overlay: { url: string; opacity: number } | null;
  /** What the picture shows, for those who do not see it; also its caption. */
  label: string;
}

/** How many instances of a series are listed at most, by {@link studyPictures}. */
const listedInstances = 1_000;

type Series = NonNullable<StudyPicturesQuery['study']>['series'];

/** The address of a frame as it is rendered; null when the study does not hold it. */
function addressOf(series: Series, { sopInstanceUid, frameNumber }: Wanted): string | null {
  const listed = series.flatMap(({ instances }) => instances);
  // A series may be longer than the list: its other instances have the same address but for their UID.
  const long = series.find(({ instances }) => instances.length >= listedInstances)?.instances[0];
  const rendered =
    listed.find((one) => one.sopInstanceUid === sopInstanceUid)?.renderedUrl ??
    long?.renderedUrl.replace(long.sopInstanceUid, sopInstanceUid);
  if (rendered === undefined) return null;
  return frameNumber > 1 ? rendered.replace(/rendered$/, `frames/${frameNumber}/rendered`) : rendered;
}

/** A frame of the study with an overlay; fetched only when asked for. The newest wish counts. */
export class Picture implements ReactiveController {
  private shown: { layers: Layer[]; label: string } | null = null;
  private loading: AbortController | null = null;
  private listed: { studyInstanceUid: string; series: Series } | null = null;

  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  get isShown(): boolean {
    return this.shown !== null;
  }

  get isLoading(): boolean {
    return this.loading !== null;
  }

  hostDisconnected(): void {
    this.close();
  }

  /** @throws Fault when the pictures cannot be had; of kind `aborted` when they are no longer wanted */
  async show(wanted: Wanted, connection: Connection): Promise<void> {
    this.loading?.abort();
    const own = (this.loading = new AbortController());
    this.host.requestUpdate();
    try {
      const layers = await this.fetch(wanted, connection, own.signal);
      if (own.signal.aborted) throw new Fault('aborted', 'ABORTED');
      this.forget();
      this.shown = { layers, label: wanted.label };
    } finally {
      if (this.loading === own) this.loading = null;
      this.host.requestUpdate();
    }
  }

  private async fetch(wanted: Wanted, connection: Connection, signal: AbortSignal): Promise<Layer[]> {
    const { studyInstanceUid, overlay } = wanted;
    if (this.listed?.studyInstanceUid !== studyInstanceUid) {
      const { study } = await send(connection, studyPictures, { studyInstanceUid }, signal);
      this.listed = { studyInstanceUid, series: study?.series ?? [] };
    }
    const address = addressOf(this.listed.series, wanted);
    if (address === null) throw new Fault('server', 'PICTURE_UNAVAILABLE');
    const layer = async (url: string, opacity: number) => ({
      image: await fetchBitmap(connection, url, signal),
      opacity,
    });
    return Promise.all([layer(address, 1), ...(overlay ? [layer(overlay.url, overlay.opacity)] : [])]);
  }

  close(): void {
    this.loading?.abort();
    this.loading = null;
    this.listed = null;
    if (this.shown === null) return;
    this.forget();
    this.host.requestUpdate();
  }

  private forget(): void {
    for (const { image } of this.shown?.layers ?? []) image.close();
    this.shown = null;
  }

  view() {
    const { shown } = this;
    if (shown === null) return nothing;
    return html`<canvas
      class="picture"
      role="img"
      aria-label=${shown.label}
      ${ref(paint(shown.layers))}
    ></canvas>`;
  }
}
