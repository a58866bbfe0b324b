// Small pictures of what was found, as RGBA values; nothing here knows of files or of HTTP.
import type { CtVolume, Mask } from './volume.js';

export interface RgbaPicture {
  width: number;
  height: number;
  /** width * height * 4 values, row by row. */
  pixels: Uint8Array;
}

/** Ground glass amber, consolidation red: told apart by lightness too, for readers who see no red. */
const colours = { 1: [255, 190, 60], 2: [220, 40, 60] } as const;
/** The lung window. */
const window = { centre: -600, width: 1500 };

const greyOf = (hu: number) =>
  Math.min(255, Math.max(0, Math.round((255 * (hu - window.centre + window.width / 2)) / window.width)));

/**
 * What is involved in one slab of the volume, transparent elsewhere, to be laid over any slice in it: its picture
 * covers the same field, so it is stretched to the slice's size.
 */
export function slabOverlay({ width, height }: CtVolume, map: Mask, slab: number): RgbaPicture {
  const pixels = new Uint8Array(width * height * 4);
  for (let p = 0; p < width * height; p++) {
    const kind = map[slab * width * height + p];
    if (kind !== 1 && kind !== 2) continue;
    pixels.set(colours[kind], p * 4);
    pixels[p * 4 + 3] = 160;
  }
  return { width, height, pixels };
}

/**
 * The chest from the front, the patient's right on the left: in each column the mean density of the lungs, and the
 * share of its depth that is involved as colour. Rows are as high as they are wide in the body.
 */
export function coronalMap(volume: CtVolume, sides: Mask, map: Mask): RgbaPicture {
  const { width, height, depth, spacing, hu } = volume;
  const plane = width * height;
  const rows = Math.max(1, Math.round((depth * spacing[2]) / spacing[0]));
  const pixels = new Uint8Array(width * rows * 4);
  for (let row = 0; row < rows; row++) {
    const k = Math.min(depth - 1, Math.floor(((rows - 1 - row + 0.5) * depth) / rows));
    for (let i = 0; i < width; i++) {
      let [lung, lungHu, all, allHu, glass, solid] = [0, 0, 0, 0, 0, 0];
      for (let at = k * plane + i, j = 0; j < height; j++, at += width) {
        const value = hu[at] ?? 0;
        if (value > -900 || sides[at]) {
          all++;
          allHu += value;
        }
        if (!sides[at]) continue;
        lung++;
        lungHu += value;
        if (map[at] === 1) glass++;
        else if (map[at] === 2) solid++;
      }
      const grey = lung > 0 ? greyOf(lungHu / lung) : all > 4 ? greyOf(allHu / all) * 0.55 : 0;
      const involved = lung > 0 ? (glass + solid) / lung : 0;
      const colour = solid > glass ? colours[2] : colours[1];
      // The square root makes a thin involved layer visible beside a deep one.
      const strength = 0.8 * Math.sqrt(involved);
      const at = (row * width + i) * 4;
      for (const c of [0, 1, 2] as const) pixels[at + c] = Math.round(grey + strength * (colour[c] - grey));
      pixels[at + 3] = 255;
    }
  }
  return { width, height: rows, pixels };
}
