import openjpeg from '@cornerstonejs/codec-openjpeg/decodewasmjs';
import openjph from '@cornerstonejs/codec-openjph/wasmjs';
import { dicomError } from '../problems.js';
import type { DecodedFrame } from './decoded.js';
import { decodeInFreshModule, type StreamShape } from './wasm.js';

const SOC = 0xff4f;
const SIZ = 0xff51;
const SOT = 0xff90;
const EOC = 0xffd9;

function corrupt(reason: string): never {
  throw dicomError('PIXELS_CORRUPT', `the JPEG 2000 stream is damaged: ${reason}`);
}

/** The codestream inside a JP2 file, which some senders put into DICOM against PS3.5 A.4.4; else the bytes as they are. */
function codestream(bytes: Uint8Array, view: DataView): Uint8Array {
  if (view.byteLength < 12 || view.getUint32(4) !== 0x6a502020) return bytes;
  for (let at = 0; at + 8 <= view.byteLength;) {
    const length = view.getUint32(at);
    if (view.getUint32(at + 4) === 0x6a703263)
      return bytes.subarray(at + 8, length === 0 ? undefined : at + length);
    if (length < 8) break;
    at += length;
  }
  return corrupt('its container holds no picture');
}

/** SIZ, the size of picture and components (ITU-T T.800 A.5.1). */
function readSize(view: DataView): StreamShape {
  if (view.byteLength < 45 || view.getUint16(0) !== SOC || view.getUint16(2) !== SIZ) {
    corrupt('it does not begin as one');
  }
  const components = view.getUint16(40);
  if (components < 1 || components > 4 || view.byteLength < 42 + components * 3) corrupt('its components');
  const depth = view.getUint8(42);
  for (let c = 0; c < components; c++) {
    const same = view.getUint8(42 + c * 3) === depth;
    const full = view.getUint8(43 + c * 3) === 1 && view.getUint8(44 + c * 3) === 1;
    if (!same || !full) corrupt('its components differ');
  }
  return {
    width: view.getUint32(8) - view.getUint32(16),
    height: view.getUint32(12) - view.getUint32(20),
    components,
    precision: (depth & 0x7f) + 1,
    signed: depth >= 0x80,
  };
}

/**
 * Walks the tile parts: they must follow one another up to the end marker. The decoders paint what they have of a cut
 * stream without a word.
 */
function checkTileParts(view: DataView): void {
  let at = 2;
  while (at + 4 <= view.byteLength && view.getUint16(at) !== SOT) {
    if (view.getUint8(at) !== 0xff) corrupt('a marker is expected');
    at += 2 + view.getUint16(at + 2);
  }
  let parts = 0;
  while (at + 12 <= view.byteLength && view.getUint16(at) === SOT) {
    parts++;
    const length = view.getUint32(at + 6);
    if (length === 0) {
      // The last part reaches to the end marker; at most one byte of padding follows that.
      at = view.byteLength - (view.getUint16(view.byteLength - 2) === EOC ? 2 : 3);
      break;
    }
    if (length < 14) corrupt('a tile part is too short');
    at += length;
  }
  if (parts === 0) corrupt('it holds no picture');
  if (at + 2 > view.byteLength || view.getUint16(at) !== EOC) corrupt('it is cut off');
}

/**
 * Decodes JPEG 2000 (ITU-T T.800, OpenJPEG) or High-Throughput JPEG 2000 (T.814, OpenJPH).
 *
 * @param check sees the stream's own size before anything is allocated
 * @throws DomainError PIXELS_CORRUPT
 */
export async function decodeJpeg2000(
  bytes: Uint8Array,
  highThroughput: boolean,
  check: (shape: StreamShape) => void,
): Promise<DecodedFrame> {
  const stream = codestream(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  const shape = readSize(view);
  check(shape);
  checkTileParts(view);
  const frame = highThroughput
    ? await decodeInFreshModule(openjph, 'HTJ2KDecoder', stream, shape)
    : await decodeInFreshModule(openjpeg, 'J2KDecoder', stream, shape);
  // The multiple component transform is undone by the decoder: three components are RGB by now.
  return frame;
}
