import { byId } from './dom.js';
import { loadPixels, type ImageView } from './image-view.js';
import { Prefetch } from './prefetch.js';
import type { StackSlice } from './stack.js';
import { locale, text } from './texts.js';
import type { Window } from './window.js';

/** Windows in Hounsfield units. */
export const presets: Record<string, Window> = {
  lung: { center: -600, width: 1500 },
  mediastinum: { center: 40, width: 400 },
};
const first: Window = { center: -600, width: 1500 };
/** Slices kept: at 512 x 512 one is 1 MiB. */
const capacity = 48;
const ahead = 10;
const behind = 3;

/** Which slice a mark or an event means. */
export interface Place {
  sopInstanceUid: string;
  frameNumber: number;
}

interface Handlers {
  /** A slice is on the screen. */
  shown(slice: StackSlice): void;
  failed(error: unknown): void;
}

/** Scrolls through a stack: wheel, keys and slider, its number and place told, neighbours loaded before. */
export class StackView {
  readonly #view: ImageView;
  readonly #handlers: Handlers;
  readonly #slider = byId<HTMLInputElement>('slice');
  readonly #prefetch: Prefetch<ImageData>;
  #slices: StackSlice[] = [];
  #marks: readonly Place[] = [];
  #index = 0;
  #direction = 1;
  #shown: StackSlice | null = null;
  readonly #rendered = new Map<string, { slice: StackSlice; window: Window }>();

  constructor(view: ImageView, handlers: Handlers) {
    this.#view = view;
    this.#handlers = handlers;
    this.#prefetch = new Prefetch(
      loadPixels,
      capacity,
      (key, picture) => this.#show(key, picture),
      (key, error) => this.#rendered.get(key)?.slice === this.#slices[this.#index] && handlers.failed(error),
    );
    this.#slider.addEventListener('input', () => this.goTo(Number(this.#slider.value) - 1));
  }

  get isOpen(): boolean {
    return this.#slices.length > 0;
  }

  /** The slice on the screen. */
  get shown(): StackSlice | null {
    return this.#shown;
  }

  /** @param start the slice to begin with; the middle when it is not among them */
  open(slices: StackSlice[], start: Place | null): void {
    this.close();
    this.#slices = slices;
    this.#slider.max = String(slices.length);
    byId('stack').hidden = byId('presets').hidden = false;
    const index = start === null ? -1 : this.#find(start);
    this.goTo(index >= 0 ? index : Math.floor(slices.length / 2));
  }

  close(): void {
    this.#slices = [];
    this.#rendered.clear();
    this.#prefetch.clear();
    this.#shown = null;
    this.mark([]);
    byId('stack').hidden = byId('presets').hidden = true;
  }

  /** Marks slices along the slider. */
  mark(places: readonly Place[]): void {
    this.#marks = places;
    const marks = byId('marks');
    marks.setAttribute('viewBox', `0 0 ${Math.max(1, this.#slices.length - 1)} 1`);
    const width = Math.max(0.4, this.#slices.length / 150);
    marks.replaceChildren(
      ...places.flatMap((place) => {
        const index = this.#find(place);
        if (index < 0) return [];
        const mark = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
        const shape = { x: index - width / 2, y: 0, width, height: 1 };
        for (const [name, value] of Object.entries(shape)) mark.setAttribute(name, String(value));
        return [mark];
      }),
    );
  }

  /** Goes to a slice; false when it is not in this stack. */
  goToPlace(place: Place): boolean {
    const index = this.#find(place);
    if (index < 0) return false;
    this.goTo(index);
    return true;
  }

  step(by: number): void {
    this.goTo(this.#index + by);
  }

  /** @param index 0 first; beyond an end it is the end */
  goTo(index: number): void {
    if (!this.isOpen) return;
    const next = Math.min(this.#slices.length - 1, Math.max(0, index));
    if (next !== this.#index) this.#direction = next > this.#index ? 1 : -1;
    this.#index = next;
    this.#slider.value = String(next + 1);
    this.#want();
  }

  usePreset(name: string): void {
    const preset = presets[name];
    if (!preset || !this.isOpen) return;
    this.#view.startFrom(preset);
    this.#want();
  }

  /** Tells again where the reader is, after a change of language too. */
  tell(): void {
    const slice = this.#shown;
    if (!slice) return;
    const values = { number: this.#slices.indexOf(slice) + 1, count: this.#slices.length };
    const format = new Intl.NumberFormat(locale(), { maximumFractionDigits: 1 });
    const place =
      slice.positionMm === null ? '' : text('slicePlace', { mm: format.format(slice.positionMm) });
    const isMarked = this.#marks.some((mark) => this.#is(slice, mark));
    const told = `${text('sliceNumber', values)}${place}${isMarked ? text('sliceMarked') : ''}`;
    byId('slice-reading').textContent = told;
    this.#slider.setAttribute('aria-valuetext', told);
  }

  #is(slice: StackSlice, { sopInstanceUid, frameNumber }: Place): boolean {
    return slice.sopInstanceUid === sopInstanceUid && slice.frameNumber === frameNumber;
  }

  #find(place: Place): number {
    return this.#slices.findIndex((slice) => this.#is(slice, place));
  }

  #keyOf(index: number): string | null {
    const slice = this.#slices[index];
    if (!slice) return null;
    const window = this.#view.window ?? first;
    const key = `${slice.renderedUrl}?window=${window.center.toFixed(2)},${window.width.toFixed(2)},linear`;
    this.#rendered.set(key, { slice, window });
    return key;
  }

  #want(): void {
    this.#rendered.clear();
    const offsets = [
      0,
      ...Array.from({ length: ahead }, (_, i) => (i + 1) * this.#direction),
      ...Array.from({ length: behind }, (_, i) => -(i + 1) * this.#direction),
    ];
    const keys = offsets.map((offset) => this.#keyOf(this.#index + offset));
    this.#prefetch.want(keys.filter((key) => key !== null));
  }

  #show(key: string, picture: ImageData): void {
    const rendered = this.#rendered.get(key);
    if (!rendered) return;
    this.#shown = rendered.slice;
    this.#view.next(rendered.slice, picture, rendered.window);
    this.tell();
    this.#handlers.shown(rendered.slice);
  }
}
