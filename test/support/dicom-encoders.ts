// Encoders of pixel frames for tests, by the codecs' own encoders where they have one.
import { nativeBytes, type CompleteOptions } from './dicom-factory.js';
import { encodeRle } from './rle-encoder.js';

/** Encodes one frame in the options' transfer syntax. */
export async function encodeFrame(values: number[], options: CompleteOptions): Promise<Uint8Array> {
  if (options.syntax === 'rle') return encodeRle(nativeBytes(values, { ...options, planar: false }), options);
  throw new Error(`the factory cannot write ${options.syntax}`);
}
