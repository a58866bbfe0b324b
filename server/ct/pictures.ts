// Small pictures of what was found, as RGBA values; nothing here knows of files or of HTTP.
import type { VolumePlan } from './volume-builder.js';
import type { CtVolume, Mask } from './volume.js';

export interface RgbaPicture {
  width: number;
  height: number;
  /** width * height * 4 values, row by row. */
  pixels: Uint8Array;
}

const glass = 1;
const solid = 2;
/**
 * Sky blue for ground glass, vermillion for consolidation: told apart with every kind of colour blindness, and by
 * lightness (Wong 2011, doi:10.1038/nmeth.1618).
 */
const colours = { [glass]: [86, 180, 233], [solid]: [213, 94, 0] } as const;
const opacities = { [glass]: 105, [solid]: 150 } as const;
const edgeOpacity = 235;
/** The lung window. */
const window = { centre: -600, width: 1500 };

const greyOf = (hu: number) =>
  Math.min(255, Math.max(0, Math.round((255 * (hu - window.centre + window.width / 2)) / window.width)));

/**
 * One slab of a map as the slices in it are stored: rows and columns turned back from the volume's directions.
 *
 * @returns plan.slice.columns * plan.slice.rows values, row by row
 */
export function slabAsStored(plan: VolumePlan, map: Mask, slab: number): Mask {
  const { width, height, flipColumns, flipRows, transpose, slice } = plan;
  const base = slab * width * height;
  const stored = new Uint8Array(width * height);
  for (let j = 0; j < height; j++) {
    const row = flipRows ? height - 1 - j : j;
    for (let i = 0; i < width; i++) {
      const column = flipColumns ? width - 1 - i : i;
      const to = transpose ? column * slice.columns + row : row * slice.columns + column;
      stored[to] = map[base + j * width + i] ?? 0;
    }
  }
  return stored;
}

/**
 * What is involved in a slice, with a darker edge, transparent elsewhere; to be laid over its picture. The mask's
 * steps are smoothed away.
 *
 * @param mask 0, 1 ground glass, 2 consolidation, over the whole slice
 * @param size of the mask
 * @param shown width and height of the result
 */
export function sliceOverlay(
  mask: Mask,
  size: { columns: number; rows: number },
  shown: { width: number; height: number },
): RgbaPicture {
  const { width, height } = shown;
  const kinds = new Uint8Array(width * height);
  const at = (x: number, y: number) =>
    mask[
      Math.min(size.rows - 1, Math.max(0, y)) * size.columns + Math.min(size.columns - 1, Math.max(0, x))
    ] ?? 0;
  for (let row = 0, p = 0; row < height; row++) {
    const y = ((row + 0.5) * size.rows) / height - 0.5;
    const top = Math.floor(y);
    for (let column = 0; column < width; column++, p++) {
      const x = ((column + 0.5) * size.columns) / width - 0.5;
      const left = Math.floor(x);
      const near = [at(left, top), at(left + 1, top), at(left, top + 1), at(left + 1, top + 1)];
      const shares = [
        (1 - x + left) * (1 - y + top),
        (x - left) * (1 - y + top),
        (1 - x + left) * (y - top),
        (x - left) * (y - top),
      ];
      let [any, dense] = [0, 0];
      near.forEach((kind, i) => {
        if (kind !== 0) any += shares[i] ?? 0;
        if (kind === solid) dense += shares[i] ?? 0;
      });
      if (any >= 0.5) kinds[p] = dense * 2 >= any ? solid : glass;
    }
  }
  const pixels = new Uint8Array(width * height * 4);
  for (let p = 0; p < kinds.length; p++) {
    const kind = kinds[p];
    if (kind !== glass && kind !== solid) continue;
    const isEdge = [p - 1, p + 1, p - width, p + width].some((other) => kinds[other] !== kind);
    pixels.set(colours[kind], p * 4);
    pixels[p * 4 + 3] = isEdge ? edgeOpacity : opacities[kind];
  }
  return { width, height, pixels };
}

/** Where more of the depth is involved, the colour is full. */
const fullColour = 0.6;
const chestGrey = 34;

/**
 * The lungs from the front, the patient's right on the left: in each column the mean density of the lungs in grey, and
 * the share of its depth that is involved as colour, between that of ground glass and that of consolidation; the rest
 * of the chest stays dark. Rows are as high as they are wide in the body.
 */
export function coronalMap(volume: CtVolume, sides: Mask, map: Mask): RgbaPicture {
  const { width, height, depth, spacing, hu } = volume;
  const plane = width * height;
  const [body, lung, density, glasses, solids] = [0, 1, 2, 3, 4].map(() => new Float32Array(width * depth));
  if (!body || !lung || !density || !glasses || !solids) throw new Error('unreachable');
  const add = (sums: Float32Array, cell: number, value: number) => (sums[cell] = (sums[cell] ?? 0) + value);
  for (let k = 0, at = 0; k < depth; k++) {
    for (let p = 0; p < plane; p++, at++) {
      const cell = k * width + (p % width);
      const value = hu[at] ?? 0;
      if (value > -300) add(body, cell, 1);
      if (!sides[at]) continue;
      add(lung, cell, 1);
      // A consolidation's own density is told by its colour.
      add(density, cell, Math.min(value, -600));
      if (map[at] === glass) add(glasses, cell, 1);
      else if (map[at] === solid) add(solids, cell, 1);
    }
  }
  // A mean of neighbours: what is involved is seen, not the grain of single columns.
  const near = (sums: Float32Array, i: number, k: number) => {
    let total = 0;
    for (let z = Math.max(0, k - 1); z <= Math.min(depth - 1, k + 1); z++) {
      for (let x = Math.max(0, i - 1); x <= Math.min(width - 1, i + 1); x++)
        total += sums[z * width + x] ?? 0;
    }
    return total;
  };
  const rows = Math.max(1, Math.round((depth * spacing[2]) / spacing[0]));
  const pixels = new Uint8Array(width * rows * 4);
  for (let row = 0; row < rows; row++) {
    const k = Math.min(depth - 1, Math.floor(((rows - 1 - row + 0.5) * depth) / rows));
    for (let i = 0; i < width; i++) {
      const cell = k * width + i;
      const here = lung[cell] ?? 0;
      let grey = (body[cell] ?? 0) > 0.15 * height ? chestGrey : 0;
      let strength = 0;
      let dense = 0;
      if (here > 0) {
        grey = 50 + greyOf((density[cell] ?? 0) / here);
        const involved = near(glasses, i, k) + near(solids, i, k);
        strength = 0.92 * Math.min(1, involved / near(lung, i, k) / fullColour);
        dense = involved > 0 ? near(solids, i, k) / involved : 0;
      }
      const at = (row * width + i) * 4;
      for (const c of [0, 1, 2] as const) {
        const colour = colours[glass][c] + dense * (colours[solid][c] - colours[glass][c]);
        pixels[at + c] = Math.round(grey + strength * (colour - grey));
      }
      pixels[at + 3] = 255;
    }
  }
  return { width, height: rows, pixels };
}
