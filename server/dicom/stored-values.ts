import type { DecodedFrame } from './codecs/decoded.js';
import type { ImageDescription } from './image.js';

/** 32 unsigned bits need an array of their own; all else fits in signed ones. */
export type StoredValues = Int32Array | Uint32Array;

/**
 * Stored values as PS3.5 8.1.1 means them: the bits up to the high bit, with their sign. Bits outside, where old
 * overlays lie, are dropped.
 *
 * @returns one value per sample, interleaved
 */
export function toStoredValues(decoded: DecodedFrame, image: ImageDescription): StoredValues {
  const { bitsStored, bitsAllocated, highBit, signed } = image;
  const out = signed || bitsStored < 32 ? new Int32Array(decoded.values) : new Uint32Array(decoded.values);
  if (decoded.signed && signed) return out;
  const shift = decoded.precision === bitsAllocated ? highBit + 1 - bitsStored : 0;
  const extend = 32 - bitsStored;
  if (signed) {
    for (let i = 0; i < out.length; i++) out[i] = ((out[i] ?? 0) << (extend - shift)) >> extend;
  } else {
    for (let i = 0; i < out.length; i++) out[i] = ((out[i] ?? 0) << (extend - shift)) >>> extend;
  }
  return out;
}
