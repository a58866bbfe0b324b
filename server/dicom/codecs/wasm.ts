import { asCorrupt, dicomError } from '../problems.js';
import type { DecodedFrame } from './decoded.js';

/** Size and depth that a stream's own header gives, read before a decoder sees it. */
export interface StreamShape {
  width: number;
  height: number;
  components: number;
  precision: number;
}

/** Values of a decoder's output, which is bytes up to 8 bits, else little-endian words. */
function toValues(bytes: Uint8Array, precision: number): Uint8Array | Uint16Array {
  // A copy: the output lies in the decoder's own memory.
  const copy = bytes.slice();
  return precision <= 8 ? copy : new Uint16Array(copy.buffer);
}

/**
 * Decodes one frame in a module instance of its own: a decoder used again after a corrupt frame can give the picture
 * before it. The stream must be unsigned. What the decoder gives must be what the stream's header promised, or it is an error.
 *
 * @throws DomainError PIXELS_CORRUPT
 */
export async function decodeInFreshModule(
  factory: WasmFactory,
  decoderName: 'JpegLSDecoder' | 'J2KDecoder' | 'HTJ2KDecoder',
  bytes: Uint8Array,
  shape: StreamShape,
): Promise<DecodedFrame> {
  const errors: string[] = [];
  const note = (line: string) => {
    if (/\berror\b/i.test(line)) errors.push(line);
  };
  const fail = (reason: string) => dicomError('PIXELS_CORRUPT', `the coded frame is damaged: ${reason}`);
  const codec = await factory({ print: note, printErr: note });
  try {
    const decoder = new codec[decoderName]();
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    decoder.decode();
    if (errors.length > 0) throw fail('the decoder reports an error');
    const info = decoder.getFrameInfo();
    const output = decoder.getDecodedBuffer();
    const samples = shape.width * shape.height * shape.components;
    const matches =
      info.width === shape.width &&
      info.height === shape.height &&
      info.componentCount === shape.components &&
      info.bitsPerSample === shape.precision &&
      output.length === samples * (shape.precision <= 8 ? 1 : 2);
    if (!matches) throw fail('what was decoded is not what its header says');
    const values = toValues(output, shape.precision);
    const planar = decoder.getInterleaveMode?.() === 0 && shape.components > 1;
    return { ...shape, signed: false, values: planar ? interleaved(values, shape) : values, colours: null };
  } catch (error) {
    throw asCorrupt(error, 'the coded frame');
  }
}

function interleaved(values: DecodedFrame['values'], { components, width, height }: StreamShape) {
  const pixels = width * height;
  const out = values.slice();
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < components; c++) out[i * components + c] = values[c * pixels + i] ?? 0;
  }
  return out;
}
