import { sharesChroma } from '../extent.js';
import type { ImageDescription } from '../image.js';
import { dicomError } from '../problems.js';
import type { DecodedFrame } from './decoded.js';

type Raw = Uint8Array | Uint16Array | Uint32Array;

/** Little-endian pixels of 8, 16 or 32 bits. */
function cells(bytes: Uint8Array, bits: number): Raw {
  // Copied by the constructor: a Buffer's own slice would share its memory, at any alignment.
  const copy = new Uint8Array(bytes.subarray(0, bytes.length - (bytes.length % (bits / 8))));
  if (bits === 8) return copy;
  return bits === 16 ? new Uint16Array(copy.buffer) : new Uint32Array(copy.buffer);
}

function interleaved(planes: Raw, pixels: number): Raw {
  const out = planes.slice();
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < 3; c++) out[i * 3 + c] = planes[c * pixels + i] ?? 0;
  }
  return out;
}

/** YBR_FULL_422: two luminances, then the chroma both share (PS3.3 C.7.6.3.1.2). */
function from422(values: Raw, pixels: number): Raw {
  const out = new Uint32Array(pixels * 3);
  for (let i = 0; i < pixels; i++) {
    const pair = (i >> 1) * 4;
    out[i * 3] = values[pair + (i & 1)] ?? 0;
    out[i * 3 + 1] = values[pair + 2] ?? 0;
    out[i * 3 + 2] = values[pair + 3] ?? 0;
  }
  return out;
}

/**
 * Reads a frame of uncompressed pixels (PS3.5 8.1).
 *
 * @param bytes in little-endian order
 * @param frameIndex needed for one-bit pixels, whose frames need not begin at a byte
 * @throws DomainError PIXELS_CORRUPT when pixels that share chroma are odd in number
 */
export function decodeNative(bytes: Uint8Array, image: ImageDescription, frameIndex: number): DecodedFrame {
  const { rows, columns, samplesPerPixel, bitsAllocated, photometric } = image;
  const pixels = rows * columns;
  const shape = { width: columns, height: rows, components: samplesPerPixel, signed: false, colours: null };
  if (bitsAllocated === 1) {
    const shift = (pixels * frameIndex) % 8;
    const values = new Uint8Array(pixels * samplesPerPixel);
    for (let i = 0; i < values.length; i++) {
      values[i] = ((bytes[(i + shift) >> 3] ?? 0) >> ((i + shift) & 7)) & 1;
    }
    return { ...shape, precision: 1, values };
  }
  const raw = cells(bytes, bitsAllocated);
  if (samplesPerPixel !== 3) return { ...shape, precision: bitsAllocated, values: raw };
  if (sharesChroma(photometric)) {
    if (columns % 2 === 1) throw dicomError('PIXELS_CORRUPT', 'an odd number of columns cannot share chroma');
    return { ...shape, precision: bitsAllocated, values: from422(raw, pixels) };
  }
  const values = image.planar ? interleaved(raw, pixels) : raw;
  return { ...shape, precision: bitsAllocated, values };
}
