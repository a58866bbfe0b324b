import { dicomError } from '../../problems.js';
import { buildHuffmanTable, type HuffmanTable } from './huffman.js';

export interface JpegComponent {
  id: number;
  /** Sampling factors 1..4. */
  h: number;
  v: number;
  quantisation: number;
}

/** The frame header of ITU-T T.81 B.2.2, or of T.87 for JPEG-LS. */
export interface JpegFrameHeader {
  /** Second byte of the SOF marker: 0xc0 baseline, 0xc1 extended, 0xc3 lossless, 0xf7 JPEG-LS. */
  process: number;
  precision: number;
  width: number;
  height: number;
  components: JpegComponent[];
}

export interface ScanHeader {
  components: { component: number; dc: number; ac: number }[];
  /** Start of spectral selection; in lossless scans the predictor. */
  start: number;
  end: number;
  /** Successive approximation, low: in lossless scans the point transform. */
  low: number;
  high: number;
}

/** What the markers before a scan have set. */
export interface JpegState {
  frame: JpegFrameHeader | null;
  quantisation: (Uint16Array | undefined)[];
  dc: (HuffmanTable | undefined)[];
  ac: (HuffmanTable | undefined)[];
  restartInterval: number;
  /** Adobe's colour transform: 0 none, 1 YCbCr; null where it is not said. */
  adobeTransform: number | null;
  jfif: boolean;
}

/** @throws DomainError PIXELS_CORRUPT, always */
export function corrupt(reason: string): never {
  throw dicomError('PIXELS_CORRUPT', `the JPEG stream is damaged: ${reason}`);
}

/** A segment's payload as unsigned numbers, bounds checked. */
class Segment {
  constructor(
    private readonly bytes: Uint8Array,
    public at: number,
    readonly end: number,
  ) {}
  byte(): number {
    if (this.at >= this.end) corrupt('a marker segment is too short');
    return this.bytes[this.at++] ?? 0;
  }
  word(): number {
    return this.byte() * 256 + this.byte();
  }
  get left(): number {
    return this.end - this.at;
  }
}

function readFrame(process: number, segment: Segment): JpegFrameHeader {
  const precision = segment.byte();
  const height = segment.word();
  const width = segment.word();
  const count = segment.byte();
  if (count < 1 || count > 4) corrupt('the number of components');
  const components = Array.from({ length: count }, () => {
    const id = segment.byte();
    const sampling = segment.byte();
    const component = { id, h: sampling >> 4, v: sampling & 15, quantisation: segment.byte() };
    if (component.h < 1 || component.h > 4 || component.v < 1 || component.v > 4) corrupt('sampling factors');
    return component;
  });
  return { process, precision, width, height, components };
}

function readQuantisation(segment: Segment, state: JpegState): void {
  while (segment.left > 0) {
    const head = segment.byte();
    const wide = head >> 4 === 1;
    if (head >> 4 > 1 || (head & 15) > 3) corrupt('a quantisation table');
    state.quantisation[head & 15] = Uint16Array.from({ length: 64 }, () =>
      wide ? segment.word() : segment.byte(),
    );
  }
}

function readHuffman(segment: Segment, state: JpegState): void {
  while (segment.left > 0) {
    const head = segment.byte();
    if (head >> 4 > 1 || (head & 15) > 3) corrupt('a Huffman table');
    const counts = Array.from({ length: 16 }, () => segment.byte());
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (total > 256) corrupt('a Huffman table');
    const symbols = Uint8Array.from({ length: total }, () => segment.byte());
    const table = buildHuffmanTable(counts, symbols) ?? corrupt('a Huffman table');
    (head >> 4 === 0 ? state.dc : state.ac)[head & 15] = table;
  }
}

function readScan(segment: Segment, frame: JpegFrameHeader): ScanHeader {
  const count = segment.byte();
  if (count < 1 || count > frame.components.length) corrupt('the components of a scan');
  const components = Array.from({ length: count }, () => {
    const id = segment.byte();
    const tables = segment.byte();
    const component = frame.components.findIndex((one) => one.id === id);
    if (component < 0) corrupt('a scan of a component that is not there');
    return { component, dc: tables >> 4, ac: tables & 15 };
  });
  const start = segment.byte();
  const end = segment.byte();
  const approximation = segment.byte();
  return { components, start, end, high: approximation >> 4, low: approximation & 15 };
}

function readAdobe(segment: Segment, bytes: Uint8Array, state: JpegState): void {
  const text = Buffer.from(bytes.subarray(segment.at, segment.at + 5)).toString('latin1');
  if (segment.left >= 12 && text === 'Adobe') state.adobeTransform = bytes[segment.at + 11] ?? null;
}

const SOI = 0xd8;
const EOI = 0xd9;

/**
 * Walks the markers of a JPEG stream (ITU-T T.81 Annex B).
 *
 * @param onScan decodes a scan's entropy-coded data from a position, gives the position of the marker after it
 * @returns the state after EOI, or after the last scan where the end marker alone is missing
 * @throws DomainError PIXELS_CORRUPT
 */
export function walkJpeg(
  bytes: Uint8Array,
  onScan: (state: JpegState, frame: JpegFrameHeader, scan: ScanHeader, at: number) => number,
): JpegState {
  const state: JpegState = {
    frame: null,
    quantisation: [],
    dc: [],
    ac: [],
    restartInterval: 0,
    adobeTransform: null,
    jfif: false,
  };
  if (bytes[0] !== 0xff || bytes[1] !== SOI) corrupt('it does not begin as one');
  let at = 2;
  let scans = 0;
  while (at < bytes.length) {
    if (bytes[at] !== 0xff) {
      if (scans > 0 && bytes.subarray(at).every((byte) => byte === 0)) return state;
      corrupt(`a marker is expected at byte ${at}`);
    }
    while (bytes[at] === 0xff) at++;
    const marker = bytes[at++] ?? corrupt('it ends too early');
    if (marker === EOI) return state;
    const length = (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
    if (length < 2 || at + length > bytes.length) corrupt('a marker segment is cut off');
    const segment = new Segment(bytes, at + 2, at + length);
    at += length;
    if (marker === 0xc4) readHuffman(segment, state);
    else if (marker === 0xdb) readQuantisation(segment, state);
    else if (marker === 0xdd) state.restartInterval = segment.word();
    else if (marker === 0xe0) state.jfif = true;
    else if (marker === 0xee) readAdobe(segment, bytes, state);
    else if (marker === 0xda) {
      const { frame } = state;
      if (frame === null) corrupt('a scan before the frame header');
      scans++;
      at = onScan(state, frame, readScan(segment, frame), at);
    } else if (marker === 0xf7 || (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc8 && marker !== 0xcc)) {
      if (state.frame !== null) corrupt('two frame headers');
      state.frame = readFrame(marker, segment);
    }
  }
  if (scans === 0) corrupt('it holds no picture');
  return state;
}
