import type { Box } from '../borders.js';
import type { SlicePicture } from './types.js';

/** Longer side of the grid on which the lungs are sought, pixels. */
const searchSide = 128;
/** Between air or lung and soft tissue, where a voxel is half of each; Hounsfield units. */
const airLimit = -400;
/** Parts smaller than this share of the picture are airways and bowel gas. */
const leastPart = 0.004;
/** Lungs narrower than this share of the body were found in part only. */
const leastShare = 0.45;

/** Every n-th pixel of a slice, as many as `searchSide` holds: 1 for tissue. */
function tissueOf({ width, height, hounsfield }: SlicePicture, step: number) {
  const columns = Math.ceil(width / step);
  const rows = Math.ceil(height / step);
  const mask = new Uint8Array(columns * rows);
  for (let at = 0; at < mask.length; at++) {
    const value = hounsfield[Math.floor(at / columns) * step * width + (at % columns) * step] ?? airLimit;
    mask[at] = value > airLimit ? 1 : 0;
  }
  return { mask, columns };
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
 * The part of an axial slice that holds the lungs, with some room around: published figures are cut so, without table,
 * arms and the air around. Of a slice whose lungs are not found it is the body, and of one without a body the whole.
 * The lungs are what is air, is large, lies in the body and is not joined to a corner of the picture.
 *
 * @param margin room around, share of the lungs' width and height
 */
export function lungCrop(slice: SlicePicture, margin: number): Box {
  const { width, height } = slice;
  const step = Math.max(1, Math.ceil(Math.max(width, height) / searchSide));
  const { mask, columns } = tissueOf(slice, step);
  const flesh = fleshOf(mask, columns);
  const { labels, sizes } = partsOf(
    flesh.map((set) => (set ? 0 : 1)),
    columns,
  );
  const last = mask.length - 1;
  const outside = new Set([0, columns - 1, last - columns + 1, last].map((corner) => labels[corner]));
  const lungs = Uint8Array.from(labels, (label) =>
    !outside.has(label) && (sizes[label] ?? 0) >= leastPart * labels.length ? 1 : 0,
  );
  const body = boxOf(flesh, columns);
  const both = boxOf(lungs, columns);
  const found = both && body && both.width >= leastShare * body.width ? both : body;
  if (!found || found.width < columns / 8) return { x: 0, y: 0, width, height };
  const span = (start: number, length: number, end: number): [start: number, length: number] => {
    const from = Math.max(0, Math.floor((start - margin * length) * step));
    return [from, Math.min(end, Math.ceil((start + (1 + margin) * length) * step)) - from];
  };
  const [x, across] = span(found.x, found.width, width);
  const [y, down] = span(found.y, found.height, height);
  return { x, y, width: across, height: down };
}
