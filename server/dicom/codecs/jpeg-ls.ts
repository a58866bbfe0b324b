import charls from '@cornerstonejs/codec-charls/decodewasmjs';
import type { DecodedFrame } from './decoded.js';
import { corrupt } from './jpeg/markers.js';
import { decodeInFreshModule, type StreamShape } from './wasm.js';

const SOF55 = 0xf7;

/** The frame header of a JPEG-LS stream (ITU-T T.87 C.2.2). */
function readShape(bytes: Uint8Array): StreamShape {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) corrupt('it does not begin as one');
  const word = (i: number) => (bytes[i] ?? 0) * 256 + (bytes[i + 1] ?? 0);
  for (let at = 2; at + 10 <= bytes.length; at += 2 + word(at + 2)) {
    while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at++;
    const marker = bytes[at] === 0xff ? (bytes[at + 1] ?? 0) : corrupt('a marker is expected');
    if (marker === 0xda || marker === 0xd9) break;
    if (marker !== SOF55) continue;
    const components = bytes[at + 9] ?? 0;
    return {
      precision: bytes[at + 4] ?? 0,
      height: word(at + 5),
      width: word(at + 7),
      components,
    };
  }
  return corrupt('its frame header is missing');
}

/**
 * Decodes JPEG-LS, lossless and near-lossless (ITU-T T.87), by CharLS.
 *
 * @param check sees the stream's own size before anything is allocated
 * @throws DomainError PIXELS_CORRUPT
 */
export async function decodeJpegLs(
  bytes: Uint8Array,
  check: (shape: StreamShape) => void,
): Promise<DecodedFrame> {
  const shape = readShape(bytes);
  check(shape);
  return decodeInFreshModule(charls, 'JpegLSDecoder', bytes, shape);
}
