import { contentBox } from '../server/inference/borders.js';
import { resample } from '../server/inference/resample.js';
import type { Picture } from '../server/inference/types.js';

/** What is kept of a picture to recognise it again, whatever its size, quality or exposure. */
export interface Fingerprint {
  /** Two times 32 bits: signs of the lowest frequencies against their median. */
  perceptual: [number, number];
  /** Two times 32 bits: whether brightness rises from each cell to the next. */
  difference: [number, number];
  /** 48 by 48 grey values. */
  thumbnail: Uint8Array;
}

const side = 48;
const dctSide = 32;
const low = 8;

/** Basis of the discrete cosine transform (type II) for the eight lowest frequencies. */
const cosines = Array.from({ length: low }, (_, k) =>
  Array.from({ length: dctSide }, (_unused, n) => Math.cos((Math.PI * k * (2 * n + 1)) / (2 * dctSide))),
);

function pack(bits: boolean[]): [number, number] {
  const word = (from: number) =>
    bits.slice(from, from + 32).reduce((value, bit) => ((value << 1) | (bit ? 1 : 0)) >>> 0, 0);
  return [word(0), word(32)];
}

/** Perceptual hash by the lowest 8 by 8 frequencies of a 32 by 32 picture (Zauner 2010, pHash). */
function perceptualHash(values: Float32Array): [number, number] {
  const rows = cosines.map((basis) =>
    Array.from({ length: dctSide }, (_, y) =>
      basis.reduce((sum, cosine, x) => sum + cosine * (values[y * dctSide + x] ?? 0), 0),
    ),
  );
  const frequencies = cosines.flatMap((basis) =>
    rows.map((row) => basis.reduce((sum, cosine, y) => sum + cosine * (row[y] ?? 0), 0)),
  );
  // The first is the mean brightness, which tells the exposure only.
  const sorted = frequencies.slice(1).sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1] ?? 0;
  return pack(frequencies.map((value, i) => i > 0 && value > median));
}

/** Difference hash over 9 by 8 cells (Krawetz 2013, "Kind of like that"). */
function differenceHash(values: Float32Array): [number, number] {
  return pack(
    Array.from({ length: 64 }, (_, i) => {
      const at = (i >> 3) * 9 + (i & 7);
      return (values[at + 1] ?? 0) > (values[at] ?? 0);
    }),
  );
}

/** What two prints of one film have in common, whatever their size, frame and brightness. */
export function fingerprint(picture: Picture): Fingerprint {
  const thumbnail = Uint8Array.from(resample(picture, contentBox(picture), side, side), Math.round);
  const small: Picture = { width: side, height: side, pixels: thumbnail };
  const whole = { x: 0, y: 0, width: side, height: side };
  return {
    perceptual: perceptualHash(resample(small, whole, dctSide, dctSide)),
    difference: differenceHash(resample(small, whole, 9, 8)),
    thumbnail,
  };
}

function ones(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Bits in which two hashes differ, 0 to 64. */
export function hammingDistance(a: readonly [number, number], b: readonly [number, number]): number {
  return ones(a[0] ^ b[0]) + ones(a[1] ^ b[1]);
}
