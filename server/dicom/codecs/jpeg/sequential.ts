import type { DecodedFrame } from '../decoded.js';
import { inverseDct, ZIGZAG } from './dct.js';
import { BitReader, type HuffmanTable } from './huffman.js';
import { corrupt, walkJpeg, type JpegFrameHeader, type JpegState, type ScanHeader } from './markers.js';

/** Samples of one component, on a grid of whole minimum coded units. */
interface Plane {
  h: number;
  v: number;
  /** Blocks per line and column that hold picture. */
  blocksWide: number;
  blocksHigh: number;
  stride: number;
  samples: Uint16Array;
  predictor: number;
  /** Block lines decoded, to tell a missing scan. */
  decoded: boolean;
}

interface Coder {
  plane: Plane;
  dc: HuffmanTable;
  ac: HuffmanTable;
  quantisation: Uint16Array;
}

function makePlanes(frame: JpegFrameHeader): { planes: Plane[]; hMax: number; vMax: number } {
  const hMax = Math.max(...frame.components.map(({ h }) => h));
  const vMax = Math.max(...frame.components.map(({ v }) => v));
  const unitsWide = Math.ceil(frame.width / (8 * hMax));
  const unitsHigh = Math.ceil(frame.height / (8 * vMax));
  const planes = frame.components.map(({ h, v }): Plane => {
    const stride = unitsWide * h * 8;
    return {
      ...{ h, v, stride, predictor: 0, decoded: false },
      blocksWide: Math.ceil(Math.ceil((frame.width * h) / hMax) / 8),
      blocksHigh: Math.ceil(Math.ceil((frame.height * v) / vMax) / 8),
      samples: new Uint16Array(stride * unitsHigh * v * 8),
    };
  });
  return { planes, hMax, vMax };
}

const block = new Float64Array(64);

function decodeBlock(reader: BitReader, coder: Coder, column: number, row: number, precision: number): void {
  const { plane, dc, ac, quantisation } = coder;
  block.fill(0);
  const size = reader.symbol(dc);
  if (size > 15) corrupt('a coefficient out of range');
  plane.predictor += reader.difference(size);
  block[0] = plane.predictor * (quantisation[0] ?? 1);
  let flat = true;
  for (let k = 1; k < 64; k++) {
    const symbol = reader.symbol(ac);
    const bits = symbol & 15;
    if (bits === 0) {
      if (symbol !== 0xf0) {
        if (symbol !== 0) corrupt('a code that does not exist');
        break;
      }
      k += 15;
      continue;
    }
    k += symbol >> 4;
    if (k > 63) corrupt('more coefficients than a block has');
    block[ZIGZAG[k] ?? 0] = reader.difference(bits) * (quantisation[k] ?? 1);
    flat = false;
  }
  const level = 2 ** (precision - 1);
  const max = 2 ** precision - 1;
  const { samples, stride } = plane;
  let at = row * 8 * stride + column * 8;
  if (flat) {
    const value = Math.min(max, Math.max(0, Math.round((block[0] ?? 0) / 8 + level)));
    for (let y = 0; y < 8; y++, at += stride) samples.fill(value, at, at + 8);
    return;
  }
  inverseDct(block);
  for (let y = 0; y < 8; y++, at += stride) {
    for (let x = 0; x < 8; x++) {
      const value = Math.round((block[y * 8 + x] ?? 0) + level);
      samples[at + x] = value < 0 ? 0 : value > max ? max : value;
    }
  }
}

function decodeScan(
  bytes: Uint8Array,
  at: number,
  state: JpegState,
  frame: JpegFrameHeader,
  scan: ScanHeader,
  planes: Plane[],
): number {
  if (scan.start !== 0 || scan.end !== 63 || scan.low !== 0 || scan.high !== 0)
    corrupt('the scan is not sequential');
  const coders = scan.components.map(({ component, dc, ac }): Coder => {
    const plane = planes[component] ?? corrupt('a component');
    if (plane.decoded) corrupt('a component comes twice');
    plane.decoded = true;
    return {
      plane,
      dc: state.dc[dc] ?? corrupt('a Huffman table is missing'),
      ac: state.ac[ac] ?? corrupt('a Huffman table is missing'),
      quantisation:
        state.quantisation[frame.components[component]?.quantisation ?? 0] ??
        corrupt('a quantisation table is missing'),
    };
  });
  const [only] = coders;
  const single = coders.length === 1 && only ? only.plane : null;
  const hMax = Math.max(...planes.map(({ h }) => h));
  const vMax = Math.max(...planes.map(({ v }) => v));
  const unitsWide = single?.blocksWide ?? Math.ceil(frame.width / (8 * hMax));
  const unitsHigh = single?.blocksHigh ?? Math.ceil(frame.height / (8 * vMax));
  const reader = new BitReader(bytes, at);
  const total = unitsWide * unitsHigh;
  for (let unit = 0; unit < total; unit++) {
    if (state.restartInterval > 0 && unit > 0 && unit % state.restartInterval === 0) {
      reader.restart(unit / state.restartInterval - 1);
      for (const { plane } of coders) plane.predictor = 0;
    }
    const x = unit % unitsWide;
    const y = Math.floor(unit / unitsWide);
    for (const coder of coders) {
      const { h, v } = single ? { h: 1, v: 1 } : coder.plane;
      for (let j = 0; j < v; j++) {
        for (let i = 0; i < h; i++) decodeBlock(reader, coder, x * h + i, y * v + j, frame.precision);
      }
    }
  }
  return reader.markerPosition();
}

function interleave(frame: JpegFrameHeader, planes: Plane[], hMax: number, vMax: number): Uint16Array {
  const { width, height } = frame;
  const count = planes.length;
  const out = new Uint16Array(width * height * count);
  planes.forEach(({ samples, stride, h, v }, c) => {
    for (let y = 0; y < height; y++) {
      const line = Math.floor((y * v) / vMax) * stride;
      let to = y * width * count + c;
      for (let x = 0; x < width; x++, to += count) out[to] = samples[line + Math.floor((x * h) / hMax)] ?? 0;
    }
  });
  return out;
}

/** Colours as JFIF and Adobe's marker say; null where the stream says nothing. */
function coloursOf(state: JpegState, count: number): DecodedFrame['colours'] {
  if (count !== 3) return null;
  if (state.adobeTransform !== null) return state.adobeTransform === 0 ? 'RGB' : 'YBR';
  return state.jfif ? 'YBR' : null;
}

/**
 * Decodes JPEG baseline and extended sequential (ITU-T T.81 processes 1, 2, 4), 8 and 12 bits, strictly: whatever a
 * tolerant decoder would paint over with grey is an error here.
 *
 * @param check sees the frame header before anything is allocated
 * @throws DomainError PIXELS_CORRUPT
 */
export function decodeSequentialJpeg(
  bytes: Uint8Array,
  check: (frame: JpegFrameHeader) => void,
): DecodedFrame {
  let made: ReturnType<typeof makePlanes> | null = null;
  const state = walkJpeg(bytes, (current, frame, scan, at) => {
    if (made === null) {
      const sequential = frame.process === 0xc0 || frame.process === 0xc1;
      if (!sequential || (frame.precision !== 8 && frame.precision !== 12))
        corrupt('not the process it says');
      check(frame);
      made = makePlanes(frame);
    }
    for (const plane of made.planes) plane.predictor = 0;
    return decodeScan(bytes, at, current, frame, scan, made.planes);
  });
  const { frame } = state;
  const { planes, hMax, vMax } =
    (made as ReturnType<typeof makePlanes> | null) ?? corrupt('it holds no picture');
  if (frame === null || !planes.every(({ decoded }) => decoded)) corrupt('a component is missing');
  return {
    width: frame.width,
    height: frame.height,
    components: planes.length,
    precision: frame.precision,
    signed: false,
    values: interleave(frame, planes, hMax, vMax),
    colours: coloursOf(state, planes.length),
  };
}
