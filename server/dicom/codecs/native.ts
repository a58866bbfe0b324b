import type { ImageDescription } from '../image.js';
import type { DecodedFrame } from './decoded.js';

const hostIsLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function words(bytes: Uint8Array, littleEndian: boolean): Uint16Array {
  // Copied by the constructor: a Buffer's own slice would share its memory, at any alignment.
  const even = new Uint8Array(bytes.subarray(0, bytes.length & ~1));
  if (littleEndian && hostIsLittleEndian) return new Uint16Array(even.buffer);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out = new Uint16Array(bytes.length >> 1);
  for (let i = 0; i < out.length; i++) out[i] = view.getUint16(i * 2, littleEndian);
  return out;
}

function interleaved(planes: Uint8Array | Uint16Array, pixels: number): Uint16Array {
  const out = new Uint16Array(planes.length);
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < 3; c++) out[i * 3 + c] = planes[c * pixels + i] ?? 0;
  }
  return out;
}

/** YBR_FULL_422: two luminances, then the chroma both share (PS3.3 C.7.6.3.1.2). */
function from422(values: Uint8Array | Uint16Array, pixels: number): Uint16Array {
  const out = new Uint16Array(pixels * 3);
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
 * @param frameIndex needed for one-bit pixels, whose frames need not begin at a byte
 */
export function decodeNative(
  bytes: Uint8Array,
  image: ImageDescription,
  frameIndex: number,
  littleEndian: boolean,
): DecodedFrame {
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
  const raw = bitsAllocated === 16 ? words(bytes, littleEndian) : new Uint8Array(bytes);
  if (samplesPerPixel !== 3) return { ...shape, precision: bitsAllocated, values: raw };
  const is422 = photometric === 'YBR_FULL_422' || photometric === 'YBR_PARTIAL_422';
  const values = is422 ? from422(raw, pixels) : image.planar ? interleaved(raw, pixels) : raw;
  return { ...shape, precision: bitsAllocated, values };
}
