import type { Box } from '../borders.js';
import { clamp } from '../numbers.js';
import { resample } from '../resample.js';
import type { Picture } from '../types.js';

/** Longer side of the picture on which the lungs are sought: a lung is found as well as on the whole one. */
const searchSide = 128;
/** Dark parts smaller than this share of the picture are airways, bowel gas and holes in bones. */
const leastPart = 0.008;
/** Lungs narrower than this share of the body were found in part only: the other one runs into the picture's edge. */
const leastShare = 0.55;

/**
 * The grey value that parts air and lung from tissue best, by the variance between the two (Otsu 1979,
 * doi:10.1109/TSMC.1979.4310076): windows differ from figure to figure.
 */
function splitOf(values: Float32Array): number {
  const histogram = new Float64Array(256);
  for (const value of values) {
    const bin = Math.round(clamp(value, 0, 255));
    histogram[bin] = (histogram[bin] ?? 0) + 1;
  }
  const total = histogram.reduce((sum, count, grey) => sum + count * grey, 0);
  let [below, sum, best, split] = [0, 0, -1, 128];
  histogram.forEach((count, grey) => {
    below += count;
    sum += count * grey;
    const above = values.length - below;
    if (below === 0 || above === 0) return;
    const between = below * above * (sum / below - (total - sum) / above) ** 2;
    if (between > best) [best, split] = [between, grey];
  });
  return split + 0.5;
}

/** Labels 4-connected parts of a mask from 1 on; gives the number of pixels of each, that of label 0 being 0. */
function partsOf(mask: Uint8Array, width: number): { labels: Uint16Array; sizes: number[] } {
  const labels = new Uint16Array(mask.length);
  const sizes = [0];
  const stack: number[] = [];
  for (let seed = 0; seed < mask.length; seed++) {
    if (!mask[seed] || labels[seed]) continue;
    const label = sizes.length;
    let size = 0;
    labels[seed] = label;
    stack.push(seed);
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      size++;
      const x = at % width;
      const next = [x > 0 ? at - 1 : -1, x < width - 1 ? at + 1 : -1, at - width, at + width];
      for (const neighbour of next) {
        if (!mask[neighbour] || labels[neighbour]) continue;
        labels[neighbour] = label;
        stack.push(neighbour);
      }
    }
    sizes.push(size);
  }
  return { labels, sizes };
}

/** Sets a pixel when all (`erode`) or any of its four neighbours and itself are set; the edge counts as its inside. */
function spread(mask: Uint8Array, width: number, erode: boolean): Uint8Array {
  const height = mask.length / width;
  return mask.map((own, at) => {
    const x = at % width;
    const y = Math.floor(at / width);
    const near = [
      own,
      x > 0 ? mask[at - 1] : own,
      x < width - 1 ? mask[at + 1] : own,
      y > 0 ? mask[at - width] : own,
      y < height - 1 ? mask[at + width] : own,
    ];
    return (erode ? near.every(Boolean) : near.some(Boolean)) ? 1 : 0;
  });
}

/** The body's tissue: what is bright, without the table, whose thin shell an opening removes. */
function fleshOf(bright: Uint8Array, width: number): Uint8Array {
  const opened = spread(spread(bright, width, true), width, false);
  const { labels, sizes } = partsOf(opened, width);
  const largest = sizes.indexOf(Math.max(...sizes));
  return opened.map((set, at) => (set && labels[at] === largest ? 1 : 0));
}

/** The box of set pixels; null for none. */
function boxOf(mask: Uint8Array, width: number): Box | null {
  let [left, top, right, bottom] = [width, mask.length, -1, -1];
  mask.forEach((set, at) => {
    if (!set) return;
    const x = at % width;
    const y = Math.floor(at / width);
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  });
  return right < 0 ? null : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

/**
 * The part of an axial chest slice that holds the lungs, with some room around: what lies outside of them, and how much
 * of it a figure shows, tells where a picture comes from and not what the patient has. Of a slice whose
 * lungs are not found it is the body, and of one without a body the whole picture.
 *
 * It works on figures at any display window and on slices shown in the lung window alike. The lungs are what is dark,
 * is large and is not joined to a corner of the picture: figures are often cut so that the lungs reach their edges.
 *
 * @param margin room around, share of the lungs' width and height
 */
export function lungCrop(picture: Picture, margin: number): Box {
  const { width, height } = picture;
  const whole = { x: 0, y: 0, width, height };
  const scale = Math.min(1, searchSide / Math.max(width, height));
  const columns = Math.max(1, Math.round(width * scale));
  const rows = Math.max(1, Math.round(height * scale));
  const small = resample(picture, whole, columns, rows);
  const split = splitOf(small);
  const flesh = fleshOf(
    Uint8Array.from(small, (value) => (value > split ? 1 : 0)),
    columns,
  );
  const { labels, sizes } = partsOf(
    flesh.map((set) => (set ? 0 : 1)),
    columns,
  );
  const last = columns * rows - 1;
  const outside = new Set([0, columns - 1, last - columns + 1, last].map((corner) => labels[corner]));
  const lungs = Uint8Array.from(labels, (label) =>
    !outside.has(label) && (sizes[label] ?? 0) >= leastPart * labels.length ? 1 : 0,
  );
  const body = boxOf(flesh, columns);
  const both = boxOf(lungs, columns);
  const found = both && body && both.width >= leastShare * body.width ? both : body;
  if (!found || found.width < columns / 8 || found.height < rows / 8) return whole;
  const from = (start: number, length: number) => Math.max(0, Math.floor((start - margin * length) / scale));
  const to = (start: number, length: number, end: number) =>
    Math.min(end, Math.ceil((start + (1 + margin) * length) / scale));
  const x = from(found.x, found.width);
  const y = from(found.y, found.height);
  return {
    x,
    y,
    width: to(found.x, found.width, width) - x,
    height: to(found.y, found.height, height) - y,
  };
}
