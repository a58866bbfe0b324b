import type { DecodedFrame } from './codecs/decoded.js';
import type { StoredValues } from './frame.js';
import type { ImageDescription } from './image.js';

/**
 * Stored values as PS3.5 8.1.1 means them: the bits up to the high bit, with their sign. Bits outside, where old
 * overlays lie, are dropped. Samples of the size that native pixel data has are changed in place, since a film is
 * large and codecs hand their samples over.
 *
 * @returns one value per sample, interleaved
 */
export function toStoredValues(decoded: DecodedFrame, image: ImageDescription): StoredValues {
  const { bitsStored, bitsAllocated, highBit, signed } = image;
  const { values } = decoded;
  if (decoded.signed && signed) return values;
  const shift = decoded.precision === bitsAllocated ? highBit + 1 - bitsStored : 0;
  const unsigned = values instanceof Uint16Array || values instanceof Uint8Array;
  if (unsigned && !signed && shift === 0 && bitsStored >= decoded.precision) return values;
  const extend = 32 - bitsStored;
  // 32 unsigned bits need an array of their own; all else fits in signed ones.
  const out =
    sameSize(values, signed) ??
    (signed || bitsStored < 32 ? new Int32Array(values) : new Uint32Array(values));
  if (signed) for (let i = 0; i < out.length; i++) out[i] = ((out[i] ?? 0) << (extend - shift)) >> extend;
  else for (let i = 0; i < out.length; i++) out[i] = ((out[i] ?? 0) << (extend - shift)) >>> extend;
  return out;
}

/** The same memory, read with the sign that the file states; null for samples that are not words. */
function sameSize(values: StoredValues, signed: boolean): Int16Array | Uint16Array | null {
  if (!(values instanceof Uint16Array)) return null;
  return signed ? new Int16Array(values.buffer, values.byteOffset, values.length) : values;
}
