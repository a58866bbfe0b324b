export type { DicomHeader } from './header.js';
export { parseHeader, parseHeaderPrefix } from './header.js';
export {
  checkPixelDataLength,
  createFragmentCheck,
  type FragmentCheck,
  type PixelDataExtent,
} from './extent.js';
export { createStreamCheck, type StreamCheck } from './stream-check.js';
export type { DisplayFrame, GrayFrame, LookupTable, VoiFunction, VoiTransform, Window } from './frame.js';
export { decodeFrame, pixelDigest } from './decode.js';
export { frameInfos, type FrameInfo } from './slice.js';
export { toHounsfield, type HounsfieldSlice, type ReducedSize } from './hounsfield.js';
export { toDisplay, type DisplayOptions } from './display.js';
export { decodableSyntaxes, transferSyntax, type TransferSyntax } from './syntaxes.js';
export { createDecodePool, type DecodePool, type DecodePoolOptions } from './decode-pool.js';
