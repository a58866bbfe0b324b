import type { DecodedFrame } from '../decoded.js';
import { BitReader } from './huffman.js';
import { corrupt, walkJpeg, type JpegFrameHeader, type JpegState, type ScanHeader } from './markers.js';

/** Prediction from left, above and above-left (ITU-T T.81 table H.1). */
function predict(predictor: number, left: number, above: number, corner: number): number {
  switch (predictor) {
    case 1:
      return left;
    case 2:
      return above;
    case 3:
      return corner;
    case 4:
      return left + above - corner;
    case 5:
      return left + ((above - corner) >> 1);
    case 6:
      return above + ((left - corner) >> 1);
    default:
      return (left + above) >> 1;
  }
}

interface Target {
  values: Uint16Array;
  decoded: boolean[];
}

function decodeScan(
  bytes: Uint8Array,
  at: number,
  state: JpegState,
  frame: JpegFrameHeader,
  scan: ScanHeader,
  { values, decoded }: Target,
): number {
  const { start: predictor, low: pointTransform } = scan;
  if (predictor < 1 || predictor > 7 || pointTransform >= frame.precision) corrupt('the predictor');
  const { width, height } = frame;
  const stride = frame.components.length;
  const coders = scan.components.map(({ component, dc }) => {
    if (decoded[component]) corrupt('a component comes twice');
    decoded[component] = true;
    return { component, table: state.dc[dc] ?? corrupt('a Huffman table is missing') };
  });
  if (state.restartInterval % width !== 0) corrupt('restarts inside a line');
  const linesPerRestart = state.restartInterval / width;
  const first = 2 ** (frame.precision - pointTransform - 1);
  const max = 2 ** (frame.precision - pointTransform) - 1;
  const reader = new BitReader(bytes, at);
  const line = width * stride;
  for (let y = 0; y < height; y++) {
    const restart = linesPerRestart > 0 && y > 0 && y % linesPerRestart === 0;
    if (restart) reader.restart(y / linesPerRestart - 1);
    const top = y === 0 || restart;
    for (let x = 0; x < width; x++) {
      for (const { component, table } of coders) {
        const to = y * line + x * stride + component;
        let prediction: number;
        if (top) prediction = x === 0 ? first : (values[to - stride] ?? 0);
        else if (x === 0) prediction = values[to - line] ?? 0;
        else {
          const left = values[to - stride] ?? 0;
          const above = values[to - line] ?? 0;
          const corner = values[to - line - stride] ?? 0;
          prediction = predict(predictor, left, above, corner);
        }
        const size = reader.symbol(table);
        if (size > 16) corrupt('a difference out of range');
        const difference = size === 16 ? 32_768 : reader.difference(size);
        const value = (prediction + difference) & 0xffff;
        if (value > max) corrupt('a value out of range');
        values[to] = value;
      }
    }
  }
  return reader.markerPosition();
}

/**
 * Decodes JPEG lossless (ITU-T T.81 process 14, any selection value, 2 to 16 bits), strictly.
 *
 * @param check sees the frame header before anything is allocated
 * @throws DomainError PIXELS_CORRUPT
 */
export function decodeLosslessJpeg(bytes: Uint8Array, check: (frame: JpegFrameHeader) => void): DecodedFrame {
  let target: Target | null = null;
  let shift = 0;
  const { frame } = walkJpeg(bytes, (state, header, scan, at) => {
    if (target === null) {
      if (header.process !== 0xc3 || header.precision < 2 || header.precision > 16)
        corrupt('not the process it says');
      if (header.components.some(({ h, v }) => h !== 1 || v !== 1)) corrupt('subsampled lossless components');
      check(header);
      const samples = header.width * header.height * header.components.length;
      target = { values: new Uint16Array(samples), decoded: [] };
    }
    shift = scan.low;
    return decodeScan(bytes, at, state, header, scan, target);
  });
  const { values, decoded } = (target as Target | null) ?? corrupt('it holds no picture');
  if (frame === null) corrupt('it holds no picture');
  const components = frame.components.length;
  if (decoded.filter(Boolean).length !== components) corrupt('a component is missing');
  return {
    width: frame.width,
    height: frame.height,
    components,
    precision: frame.precision,
    signed: false,
    values: shift === 0 ? values : values.map((value) => value << shift),
    colours: null,
  };
}
