import { adjust, lookUp, readWindow, type DefaultWindow, type Window } from './window.js';

export interface ShownPicture {
  /** WADO-RS rendered address, relative to the origin. */
  renderedUrl: string;
}

export interface Overlay {
  url: string;
  /** 0 to 1. */
  opacity: number;
}

/** Shows one picture on a canvas: window, zoom, place, overlay. Knows nothing of patients. */
export class ImageView {
  #canvas: HTMLCanvasElement;
  #onWindow: (window: Window | null) => void;
  #base: ImageData | null = null;
  #processed = document.createElement('canvas');
  #overlay: { image: ImageBitmap; opacity: number } | null = null;
  #overlayShown = false;
  #first: DefaultWindow | null = null;
  #rendered: Window | null = null;
  #window: Window | null = null;
  #zoom = 1;
  #offset = { x: 0, y: 0 };
  #loading = new AbortController();
  #overlayLoading = new AbortController();
  #renderTimer: ReturnType<typeof setTimeout> | undefined;
  #url = '';

  /** @param onWindow told of every window shown; null when no picture is shown or its units are unknown */
  constructor(canvas: HTMLCanvasElement, onWindow: (window: Window | null) => void) {
    this.#canvas = canvas;
    this.#onWindow = onWindow;
    new ResizeObserver(() => this.#draw()).observe(canvas);
  }

  /** Clears the picture at once: another patient's must never stay on the screen. */
  clear(): void {
    this.#loading.abort();
    this.#loading = new AbortController();
    clearTimeout(this.#renderTimer);
    this.#base = null;
    this.#first = this.#rendered = this.#window = null;
    this.setOverlay(null);
    this.#onWindow(null);
    this.#draw();
  }

  /** @throws Error with the HTTP status when the picture cannot be had; AbortError when another one came between */
  async show(picture: ShownPicture): Promise<void> {
    this.clear();
    const { signal } = this.#loading;
    this.#url = picture.renderedUrl;
    const [base, first] = await Promise.all([
      loadPixels(picture.renderedUrl, signal),
      readWindow(picture.renderedUrl.replace(/\/rendered.*$/, '/metadata'), signal),
    ]);
    signal.throwIfAborted();
    this.#base = base;
    this.#first = this.#rendered = first;
    this.#processed.width = base.width;
    this.#processed.height = base.height;
    this.reset();
  }

  /** The window that is shown; null when no picture is, or its units are unknown. */
  get window(): Window | null {
    return this.#first?.known ? this.#window : null;
  }

  /**
   * Shows the next picture of a stack: window, zoom and place stay, the overlay of the one before goes.
   * @param rendered the window that its pixels were rendered with
   */
  next(picture: ShownPicture, base: ImageData, rendered: Window): void {
    this.setOverlay(null);
    this.#url = picture.renderedUrl;
    this.#base = base;
    this.#rendered = rendered;
    Object.assign(this.#processed, { width: base.width, height: base.height });
    if (this.#window === null) {
      this.startFrom(rendered);
      return;
    }
    this.#setWindow(this.#window);
  }

  /** Shows a window, and lets a reset come back to it. */
  startFrom(window: Window): void {
    this.#first = { ...window, known: true };
    this.#setWindow({ ...window });
  }

  /** Lays an overlay of the picture's own geometry over it, or takes it away. */
  setOverlay(overlay: Overlay | null): void {
    this.#overlayLoading.abort();
    this.#overlayLoading = new AbortController();
    this.#overlay = null;
    this.#draw();
    if (overlay === null) return;
    const { signal } = this.#overlayLoading;
    loadBitmap(overlay.url, signal)
      .then((image) => {
        if (signal.aborted) return;
        this.#overlay = { image, opacity: overlay.opacity };
        this.#draw();
      })
      // A missing explanation must not take the picture away.
      .catch(() => undefined);
  }

  showOverlay(shown: boolean): void {
    this.#overlayShown = shown;
    this.#draw();
  }

  reset(): void {
    if (!this.#first) return;
    this.#zoom = 1;
    this.#offset = { x: 0, y: 0 };
    this.#setWindow({ center: this.#first.center, width: this.#first.width });
  }

  /** Zooms by a factor about a place on the canvas in CSS pixels; its middle unless told. */
  zoomBy(factor: number, at = this.#middle()): void {
    const zoom = Math.min(20, Math.max(0.5, this.#zoom * factor));
    const change = zoom / this.#zoom;
    const middle = this.#middle();
    this.#offset.x = at.x - middle.x - (at.x - middle.x - this.#offset.x) * change;
    this.#offset.y = at.y - middle.y - (at.y - middle.y - this.#offset.y) * change;
    this.#zoom = zoom;
    this.#draw();
  }

  /** Moves the picture by CSS pixels. */
  moveBy(x: number, y: number): void {
    this.#offset = { x: this.#offset.x + x, y: this.#offset.y + y };
    this.#draw();
  }

  /** Changes the window by shares of the first one. */
  windowBy(level: number, widen: number): void {
    if (this.#window && this.#first) this.#setWindow(adjust(this.#window, this.#first, level, widen));
  }

  #middle() {
    return { x: this.#canvas.clientWidth / 2, y: this.#canvas.clientHeight / 2 };
  }

  #setWindow(window: Window): void {
    this.#window = window;
    this.#onWindow(this.#first?.known ? window : null);
    this.#process();
    this.#draw();
    clearTimeout(this.#renderTimer);
    if (this.#first?.known && !this.#isRenderedWith(window))
      this.#renderTimer = setTimeout(() => void this.#renderByServer(window), 300);
  }

  #isRenderedWith({ center, width }: Window): boolean {
    return this.#rendered?.center === center && this.#rendered.width === width;
  }

  /** The stored bits hold more than eight: what the preview flattened comes back with the server's rendering. */
  async #renderByServer(window: Window): Promise<void> {
    const { signal } = this.#loading;
    const address = this.#url;
    const query = `window=${window.center.toFixed(2)},${window.width.toFixed(2)},linear`;
    try {
      const base = await loadPixels(`${address}${address.includes('?') ? '&' : '?'}${query}`, signal);
      if (signal.aborted || this.#window !== window || this.#url !== address) return;
      this.#base = base;
      this.#rendered = window;
      this.#process();
      this.#draw();
    } catch {
      // The preview stays.
    }
  }

  #process(): void {
    const context = this.#processed.getContext('2d');
    if (!this.#base || !this.#rendered || !this.#window || !context) return;
    const table = lookUp(this.#rendered, this.#window);
    const { data, width, height } = this.#base;
    const result = new ImageData(width, height);
    for (let i = 0; i < data.length; i += 4) {
      result.data[i] = table[data[i] ?? 0] ?? 0;
      result.data[i + 1] = table[data[i + 1] ?? 0] ?? 0;
      result.data[i + 2] = table[data[i + 2] ?? 0] ?? 0;
      result.data[i + 3] = 255;
    }
    context.putImageData(result, 0, 0);
  }

  #draw(): void {
    const canvas = this.#canvas;
    const ratio = devicePixelRatio;
    const width = Math.round(canvas.clientWidth * ratio);
    const height = Math.round(canvas.clientHeight * ratio);
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const context = canvas.getContext('2d');
    if (!context) return;
    context.clearRect(0, 0, width, height);
    if (!this.#base) return;
    const scale = Math.min(width / this.#base.width, height / this.#base.height) * this.#zoom;
    const w = this.#base.width * scale;
    const h = this.#base.height * scale;
    const x = (width - w) / 2 + this.#offset.x * ratio;
    const y = (height - h) / 2 + this.#offset.y * ratio;
    context.imageSmoothingQuality = 'high';
    context.drawImage(this.#processed, x, y, w, h);
    if (!this.#overlay || !this.#overlayShown) return;
    context.globalAlpha = this.#overlay.opacity;
    context.drawImage(this.#overlay.image, x, y, w, h);
    context.globalAlpha = 1;
  }
}

async function loadBitmap(url: string, signal: AbortSignal): Promise<ImageBitmap> {
  const response = await fetch(url, { headers: { accept: 'image/png, image/jpeg;q=0.8' }, signal });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return createImageBitmap(await response.blob());
}

/** Fetches a picture as pixels. @throws Error with the HTTP status */
export async function loadPixels(url: string, signal: AbortSignal): Promise<ImageData> {
  const bitmap = await loadBitmap(url, signal);
  const canvas = document.createElement('canvas');
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no canvas');
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
