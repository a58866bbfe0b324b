import { readItems, type DataSet } from './dataset.js';
import type { LookupTable, VoiFunction, VoiTransform } from './frame.js';
import { lookupTable, paletteOf, type Palette } from './lookup-tables.js';
import { dicomError } from './problems.js';
import { decimalOf, decimalsOf, numbersOf, stringOf, wordOf } from './values.js';

/** The image pixel module (PS3.3 C.7.6.3): how frames are stored. */
export interface ImageDescription {
  rows: number;
  columns: number;
  numberOfFrames: number;
  samplesPerPixel: number;
  /** 1, 8, 16 or 32. */
  bitsAllocated: number;
  bitsStored: number;
  highBit: number;
  signed: boolean;
  /** True when samples lie plane by plane. */
  planar: boolean;
  photometric: string;
  pixelAspectRatio: number;
  /** Inclusive range of stored values that are padding. */
  padding: { low: number; high: number } | null;
  palette: Palette | null;
}

/** Modality LUT module (PS3.3 C.11.1): a table, or a line. */
export interface ModalityTransform {
  slope: number;
  intercept: number;
  table: LookupTable | null;
}

/** Frames beyond this many samples are refused before anything is allocated for them. */
export const MAX_FRAME_SAMPLES = 64 * 1024 * 1024;

const TAG_SHARED_GROUPS = 0x52009229;
const TAG_FRAME_GROUPS = 0x52009230;

/** Vertical over horizontal size of a pixel: of the detector, or said outright (PS3.3 C.7.6.3.1.7). */
function pixelAspectRatio(set: DataSet, frame: DataSet | null): number {
  const pairs = [
    decimalsOf(set, 0x00280034),
    decimalsOf(frame ?? set, 0x00280030),
    decimalsOf(set, 0x00181164),
  ];
  for (const [vertical = 0, horizontal = 0] of pairs) {
    const ratio = vertical / horizontal;
    if (ratio > 0.05 && ratio < 20) return ratio;
  }
  return 1;
}

/** The item that holds a frame's macro: its own functional group, else the shared one (PS3.3 C.7.6.16). */
export function functionalGroup(set: DataSet, frameIndex: number, tag: number): DataSet | null {
  const own = readItems(set, TAG_FRAME_GROUPS)[frameIndex];
  const shared = readItems(set, TAG_SHARED_GROUPS)[0];
  for (const group of [own, shared]) {
    const item = group && readItems(group, tag)[0];
    if (item) return item;
  }
  return null;
}

/** Signed as the pixels are: their sign decides, and some senders write US for SS all the same (PS3.3 C.7.5.1.1.2). */
function paddingOf(set: DataSet, signed: boolean): ImageDescription['padding'] {
  const [value, limit] = [0x00280120, 0x00280121].map((tag) => {
    const word = wordOf(set, tag);
    return word !== null && signed && word > 0x7fff ? word - 0x10000 : word;
  });
  if (value == null) return null;
  return { low: Math.min(value, limit ?? value), high: Math.max(value, limit ?? value) };
}

/**
 * Reads how frames are stored.
 *
 * @throws DomainError PIXELS_CORRUPT when the description contradicts itself, DICOM_TOO_LARGE for frames of more than
 * MAX_FRAME_SAMPLES, SYNTAX_NOT_SUPPORTED for kinds of pixels that are not decoded
 */
export function describeImage(set: DataSet): ImageDescription {
  if (set.elements.has(0x7fe00008) || set.elements.has(0x7fe00009)) {
    throw dicomError('SYNTAX_NOT_SUPPORTED', 'floating point pixel data is not supported');
  }
  const rows = wordOf(set, 0x00280010) ?? 0;
  const columns = wordOf(set, 0x00280011) ?? 0;
  const samplesPerPixel = wordOf(set, 0x00280002) ?? 1;
  const bitsAllocated = wordOf(set, 0x00280100) ?? 0;
  const bitsStored = wordOf(set, 0x00280101) ?? bitsAllocated;
  const highBit = wordOf(set, 0x00280102) ?? bitsStored - 1;
  const signed = wordOf(set, 0x00280103) === 1;
  if (rows === 0 || columns === 0) throw dicomError('PIXELS_CORRUPT', 'the image does not tell its size');
  if (![1, 8, 16, 32].includes(bitsAllocated) || (samplesPerPixel !== 1 && samplesPerPixel !== 3)) {
    const kind = `${samplesPerPixel} samples of ${bitsAllocated} bits`;
    throw dicomError('SYNTAX_NOT_SUPPORTED', `pixels of ${kind} are not supported`);
  }
  if (bitsStored < 1 || bitsStored > bitsAllocated || highBit >= bitsAllocated || highBit + 1 < bitsStored) {
    throw dicomError('PIXELS_CORRUPT', 'bits allocated, bits stored and high bit contradict each other');
  }
  if (rows * columns * samplesPerPixel > MAX_FRAME_SAMPLES) {
    throw dicomError('DICOM_TOO_LARGE', `a frame of ${columns} x ${rows} pixels is too large`);
  }
  const photometric = stringOf(set, 0x00280004) ?? (samplesPerPixel === 3 ? 'RGB' : 'MONOCHROME2');
  return {
    ...{ rows, columns, samplesPerPixel, bitsAllocated, bitsStored, highBit, signed, photometric },
    numberOfFrames: Math.max(1, Math.trunc(decimalOf(set, 0x00280008) ?? 1)),
    planar: wordOf(set, 0x00280006) === 1,
    pixelAspectRatio: pixelAspectRatio(set, functionalGroup(set, 0, 0x00289110)),
    padding: paddingOf(set, signed),
    palette: photometric === 'PALETTE COLOR' ? paletteOf(set, signed) : null,
  };
}

/** The modality transform of a frame; the identity where the file has none. */
export function modalityOf(set: DataSet, frameIndex: number, signed: boolean): ModalityTransform {
  const item = readItems(set, 0x00283000)[0];
  const table = item === undefined ? null : lookupTable(item, 0x00283002, 0x00283006, signed);
  const from = functionalGroup(set, frameIndex, 0x00289145) ?? set;
  return {
    table,
    slope: decimalOf(from, 0x00281053) ?? 1,
    intercept: decimalOf(from, 0x00281052) ?? 0,
  };
}

function voiFunction(name: string | null): VoiFunction {
  return name === 'SIGMOID' || name === 'LINEAR_EXACT' ? name : 'LINEAR';
}

/**
 * The VOI transform of a frame (PS3.3 C.11.2); windows that break its rules are left out.
 *
 * @param signedInput true when values that enter the VOI LUT may be negative
 */
export function voiOf(set: DataSet, frameIndex: number, signedInput: boolean): VoiTransform {
  const from = functionalGroup(set, frameIndex, 0x00289132) ?? set;
  const name = voiFunction(stringOf(from, 0x00281056));
  const widths = numbersOf(from, 0x00281051);
  const windows = numbersOf(from, 0x00281050)
    .map((center, i) => ({ center, width: widths[i] ?? NaN }))
    .filter(({ center, width }) => Number.isFinite(center) && (name === 'LINEAR' ? width >= 1 : width > 0));
  const item = readItems(from, 0x00283010)[0];
  const table = item === undefined ? null : lookupTable(item, 0x00283002, 0x00283006, signedInput);
  return { function: name, windows, table };
}
