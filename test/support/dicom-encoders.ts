// Encoders of pixel frames for tests: the codecs' own where they have one, small ones of ours for the rest.
import charls from '@cornerstonejs/codec-charls/wasmjs';
import openjpeg from '@cornerstonejs/codec-openjpeg/wasmjs';
import openjph from '@cornerstonejs/codec-openjph/wasmjs';
import sharp from 'sharp';
import { nativeBytes, type CompleteOptions } from './dicom-factory.js';
import { encodeExtendedJpeg, encodeLosslessJpeg } from './jpeg-encoders.js';
import { encodeRle } from './rle-encoder.js';

/** A module's settings; a fresh object each time, since the codecs write into it. */
const quiet = () => ({ print: () => undefined, printErr: () => undefined });
/** Resolution, position, component, layer: what the RPCL syntax asks for. */
const RPCL = 2;

function frameInfo(options: CompleteOptions) {
  return {
    width: options.columns,
    height: options.rows,
    bitsPerSample: options.bitsStored,
    componentCount: options.samplesPerPixel,
    isSigned: false,
    isUsingColorTransform: options.colourTransform,
  };
}

/**
 * Samples as the JPEG 2000 encoders take them: in bytes or words, signed ones moved up to unsigned, since these encoders
 * spoil signed bytes. `markSigned` tells the stream of it: a sign is nothing but that move (ITU-T T.800 G.1).
 */
function encoderInput(values: number[], { signed, bitsStored }: CompleteOptions): Uint8Array {
  const level = signed ? 2 ** (bitsStored - 1) : 0;
  const moved = values.map((value) => value + level);
  return new Uint8Array((bitsStored <= 8 ? Uint8Array.from(moved) : Uint16Array.from(moved)).buffer);
}

function markSigned(stream: Uint8Array, { signed, samplesPerPixel }: CompleteOptions): Uint8Array {
  const copy = Buffer.from(stream);
  for (let c = 0; signed && c < samplesPerPixel; c++) copy[42 + c * 3] = (copy[42 + c * 3] ?? 0) | 0x80;
  return copy;
}

async function jpegLs(values: number[], options: CompleteOptions, near: number): Promise<Uint8Array> {
  const codec = await charls(quiet());
  const encoder = new codec.JpegLSEncoder();
  const unsigned = { ...options, highBit: options.bitsStored - 1, planar: false };
  const native = nativeBytes(values, { ...unsigned, bitsAllocated: options.bitsStored <= 8 ? 8 : 16 });
  encoder.getDecodedBuffer(frameInfo(options)).set(native);
  encoder.setNearLossless?.(near);
  if (options.samplesPerPixel === 3) encoder.setInterleaveMode?.(2);
  encoder.encode();
  return Buffer.from(encoder.getEncodedBuffer());
}

async function jpeg2000(values: number[], options: CompleteOptions, lossless: boolean): Promise<Uint8Array> {
  const codec = await openjpeg(quiet());
  const encoder = new codec.J2KEncoder();
  encoder.getDecodedBuffer(frameInfo(options)).set(encoderInput(values, options));
  encoder.setDecompositions?.(3);
  encoder.setQuality?.(lossless, 0);
  if (!lossless) encoder.setCompressionRatio?.(0, 8);
  encoder.encode();
  return markSigned(encoder.getEncodedBuffer(), options);
}

/**
 * Without a colour transform OpenJPH takes all lines of one component before the next, but its wrapper hands them over in
 * turns. This lays the lines so that the stream holds the picture that was meant.
 */
function linesInTurns(values: number[], { rows, columns, samplesPerPixel: n }: CompleteOptions): number[] {
  return values.map((_, i) => {
    const line = Math.floor(i / (columns * n)) * n + (i % n);
    const x = Math.floor(i / n) % columns;
    return values[((line % rows) * columns + x) * n + Math.floor(line / rows)] ?? 0;
  });
}

async function htj2k(values: number[], options: CompleteOptions): Promise<Uint8Array> {
  const codec = await openjph(quiet());
  const encoder = new codec.HTJ2KEncoder();
  const planes = options.samplesPerPixel > 1 && !options.colourTransform;
  const ordered = planes ? linesInTurns(values, options) : values;
  encoder.getDecodedBuffer(frameInfo(options)).set(encoderInput(ordered, options));
  encoder.setQuality?.(options.syntax !== 'htj2k', 0.002);
  encoder.setDecompositions?.(3);
  if (options.syntax === 'htj2kLosslessRpcl') encoder.setProgressionOrder?.(RPCL);
  encoder.encode();
  return markSigned(encoder.getEncodedBuffer(), options);
}

async function jpegBaseline(values: number[], options: CompleteOptions): Promise<Uint8Array> {
  const { columns: width, rows: height, samplesPerPixel: channels } = options;
  const image = sharp(Uint8Array.from(values), { raw: { width, height, channels } });
  const grey = channels === 1 ? image.toColourspace('b-w') : image;
  return grey.jpeg({ quality: 95, chromaSubsampling: '4:4:4', mozjpeg: false }).toBuffer();
}

/** Encodes one frame in the options' transfer syntax. */
export async function encodeFrame(values: number[], options: CompleteOptions): Promise<Uint8Array> {
  switch (options.syntax) {
    case 'rle':
      return encodeRle(nativeBytes(values, { ...options, planar: false }), options);
    case 'jpegBaseline':
      return jpegBaseline(values, options);
    case 'jpegExtended':
      return encodeExtendedJpeg(values, options.columns, options.rows, options.bitsStored > 8 ? 12 : 8);
    case 'jpegLossless':
    case 'jpegLosslessSv1': {
      const mask = 2 ** options.bitsStored - 1;
      const predictor = options.syntax === 'jpegLosslessSv1' ? 1 : options.predictor;
      const unsigned = values.map((value) => value & mask);
      return encodeLosslessJpeg(unsigned, options, predictor);
    }
    case 'jpegLsLossless':
      return jpegLs(values, options, 0);
    case 'jpegLsNear':
      return jpegLs(values, options, options.near);
    case 'jpeg2000Lossless':
    case 'jpeg2000':
      return jpeg2000(values, options, options.syntax === 'jpeg2000Lossless');
    case 'htj2kLossless':
    case 'htj2kLosslessRpcl':
    case 'htj2k':
      return htj2k(values, options);
    case 'implicit':
    case 'explicit':
    case 'bigEndian':
    case 'deflated':
      throw new Error(`${options.syntax} is not encapsulated`);
  }
}
