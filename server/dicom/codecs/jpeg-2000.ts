import openjpeg from '@cornerstonejs/codec-openjpeg/decodewasmjs';
import openjph from '@cornerstonejs/codec-openjph/wasmjs';
import { dicomError } from '../problems.js';
import type { DecodedFrame } from './decoded.js';
import { decodeInFreshModule, type StreamShape } from './wasm.js';

const SOC = 0xff4f;
const SIZ = 0xff51;
const COD = 0xff52;
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
function readSize(view: DataView): StreamShape & { signed: boolean } {
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
 * Walks the main header and the tile parts, which must follow one another up to the end marker: the decoders paint what
 * they have of a cut stream without a word.
 *
 * @returns whether a multiple component transform is used (T.800 A.6.1)
 */
function checkMainHeader(view: DataView): boolean {
  let transformed = false;
  let at = 2;
  while (at + 9 <= view.byteLength && view.getUint16(at) !== SOT) {
    if (view.getUint8(at) !== 0xff) corrupt('a marker is expected');
    if (view.getUint16(at) === COD) transformed = view.getUint8(at + 8) === 1;
    at += 2 + view.getUint16(at + 2);
  }
  checkTileParts(view, at);
  return transformed;
}

function checkTileParts(view: DataView, start: number): void {
  let at = start;
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

/** Signed picture values lie in the range of unsigned ones, less this (T.800 Annex G.1). */
function levelOf({ precision }: StreamShape): number {
  return 2 ** (precision - 1);
}

/** The same stream marked unsigned. The packaged decoders cut negative values of narrow pixels off, or wrap them. */
function asUnsigned(stream: Uint8Array, components: number): Uint8Array {
  const copy = new Uint8Array(stream);
  for (let c = 0; c < components; c++) copy[42 + c * 3] = (copy[42 + c * 3] ?? 0) & 0x7f;
  return copy;
}

/**
 * Without a multiple component transform OpenJPH gives all lines of one component before the next, but its wrapper takes
 * them as coming in turns. This puts every line where it belongs.
 */
function withLinesInPlace(values: DecodedFrame['values'], { width, components, height }: StreamShape) {
  const out = values.slice();
  for (let line = 0; line < height * components; line++) {
    const from = Math.floor(line / components) * width * components + (line % components);
    const to = (line % height) * width * components + Math.floor(line / height);
    for (let x = 0; x < width; x++) out[to + x * components] = values[from + x * components] ?? 0;
  }
  return out;
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
  const { signed, ...shape } = readSize(view);
  check(shape);
  const transformed = checkMainHeader(view);
  const unsigned = signed ? asUnsigned(stream, shape.components) : stream;
  const frame = highThroughput
    ? await decodeInFreshModule(openjph, 'HTJ2KDecoder', unsigned, shape)
    : await decodeInFreshModule(openjpeg, 'J2KDecoder', unsigned, shape);
  const inTurns = highThroughput && shape.components > 1 && !transformed;
  const values = inTurns ? withLinesInPlace(frame.values, shape) : frame.values;
  // The multiple component transform is undone by the decoder: three components are RGB by now.
  if (!signed) return { ...frame, values };
  const level = levelOf(shape);
  return { ...frame, signed, values: Int32Array.from(values, (value) => value - level) };
}
