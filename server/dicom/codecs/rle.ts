import { dicomError } from '../problems.js';
import type { ImageDescription } from '../image.js';
import type { DecodedFrame } from './decoded.js';

function corrupt(reason: string): never {
  throw dicomError('PIXELS_CORRUPT', `the RLE frame is damaged: ${reason}`);
}

/** Unpacks one segment into every `step`-th byte; it must fill them exactly (PS3.5 G.3.2). */
function unpack(segment: Uint8Array, out: Uint8Array, first: number, step: number): void {
  let to = first;
  for (let at = 0; at < segment.length && to < out.length;) {
    const control = segment[at++] ?? 0;
    if (control === 128) continue;
    const literal = control < 128;
    const count = literal ? control + 1 : 257 - control;
    if (at + (literal ? count : 1) > segment.length) corrupt('a run is cut off');
    if (to + (count - 1) * step >= out.length) corrupt('a segment is longer than its plane');
    for (let i = 0; i < count; i++, to += step) out[to] = segment[literal ? at + i : at] ?? 0;
    at += literal ? count : 1;
  }
  if (to < out.length) corrupt('a segment is shorter than its plane');
}

/**
 * Decodes RLE (PS3.5 Annex G): one segment for each byte of a sample, the most significant first.
 *
 * @throws DomainError PIXELS_CORRUPT
 */
export function decodeRle(bytes: Uint8Array, image: ImageDescription): DecodedFrame {
  const { rows, columns, samplesPerPixel, bitsAllocated } = image;
  const bytesPerSample = bitsAllocated / 8;
  const wanted = bytesPerSample * samplesPerPixel;
  if (bytes.length < 64) corrupt('its header is cut off');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== wanted) corrupt(`it has ${view.getUint32(0, true)} of ${wanted} segments`);
  const offsets = Array.from({ length: wanted }, (_, i) => view.getUint32(4 + 4 * i, true));
  const ascending = offsets.every((offset, i) => offset >= 64 && offset > (offsets[i - 1] ?? 0));
  if (!ascending || (offsets.at(-1) ?? 0) >= bytes.length) corrupt('its segments are out of order');
  const stride = wanted;
  const raw = new Uint8Array(rows * columns * stride);
  offsets.forEach((offset, i) => {
    const sample = Math.floor(i / bytesPerSample);
    const significance = bytesPerSample - 1 - (i % bytesPerSample);
    unpack(bytes.subarray(offset, offsets[i + 1]), raw, sample * bytesPerSample + significance, stride);
  });
  const values = bytesPerSample === 2 ? new Uint16Array(raw.buffer) : raw;
  return {
    width: columns,
    height: rows,
    components: samplesPerPixel,
    precision: bitsAllocated,
    signed: false,
    values,
    colours: null,
  };
}
