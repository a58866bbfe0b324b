import { html, nothing, type ReactiveController, type ReactiveControllerHost } from 'lit';
import { ref } from 'lit/directives/ref.js';
import type { Connection } from '../api/http.js';
import type { Texts } from '../texts/texts.js';
import { fetchBitmap, paint } from './canvas.js';

/** The small coronal picture of a CT triage. Without it the numbers beside it still say everything. */
export class LungMap implements ReactiveController {
  private address: string | null = null;
  private image: ImageBitmap | null = null;
  private loading = new AbortController();

  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  hostDisconnected(): void {
    this.follow(null, null);
  }

  /** Fetches the map when its address is a new one; null forgets it. */
  follow(address: string | null, connection: Connection | null): void {
    if (address === this.address) return;
    this.address = address;
    this.loading.abort();
    this.loading = new AbortController();
    this.image?.close();
    this.image = null;
    if (address === null || connection === null) return;
    const { signal } = this.loading;
    fetchBitmap(connection, address, signal).then(
      (image) => {
        if (signal.aborted) return;
        this.image = image;
        this.host.requestUpdate();
      },
      () => undefined,
    );
  }

  view(t: Texts) {
    const { image } = this;
    if (image === null) return nothing;
    return html`<canvas
      class="lung-map"
      role="img"
      aria-label=${t.lungMapAlt}
      ${ref(paint([{ image, opacity: 1 }]))}
    ></canvas>`;
  }
}
