// DICOM files of nobody for tests: seeded pixels, any transfer syntax, any attribute overridden.
import { createHash } from 'node:crypto';
import { encodeFrame } from './dicom-encoders.js';
import {
  elementHeader,
  encapsulate,
  extendedOffsets,
  writePart10,
  type DicomElements,
} from './dicom-writer.js';

/** Transfer syntaxes by short name. */
export const SYNTAX = {
  implicit: '1.2.840.10008.1.2',
  explicit: '1.2.840.10008.1.2.1',
  bigEndian: '1.2.840.10008.1.2.2',
  deflated: '1.2.840.10008.1.2.1.99',
  rle: '1.2.840.10008.1.2.5',
  jpegBaseline: '1.2.840.10008.1.2.4.50',
  jpegExtended: '1.2.840.10008.1.2.4.51',
  jpegLossless: '1.2.840.10008.1.2.4.57',
  jpegLosslessSv1: '1.2.840.10008.1.2.4.70',
  jpegLsLossless: '1.2.840.10008.1.2.4.80',
  jpegLsNear: '1.2.840.10008.1.2.4.81',
  jpeg2000Lossless: '1.2.840.10008.1.2.4.90',
  jpeg2000: '1.2.840.10008.1.2.4.91',
  htj2kLossless: '1.2.840.10008.1.2.4.201',
  htj2kLosslessRpcl: '1.2.840.10008.1.2.4.202',
  htj2k: '1.2.840.10008.1.2.4.203',
} as const;

export type SyntaxName = keyof typeof SYNTAX;

const SOP_CLASS: Record<string, string> = {
  DX: '1.2.840.10008.5.1.4.1.1.1.1',
  CR: '1.2.840.10008.5.1.4.1.1.1',
  CT: '1.2.840.10008.5.1.4.1.1.2',
  OT: '1.2.840.10008.5.1.4.1.1.7',
};

export interface DicomOptions {
  /** Everything random follows from it; also the UIDs. 1 unless told. */
  seed?: number;
  modality?: 'DX' | 'CR' | 'CT' | 'OT';
  /** 64 unless told. */
  rows?: number;
  /** 48 unless told. */
  columns?: number;
  frames?: number;
  /** Stored values of all frames, samples interleaved; a seeded phantom unless told. */
  pixels?: ArrayLike<number>;
  /** One frame each, as they lie in the file: native bytes or coded streams, instead of `pixels`. */
  frameBytes?: Uint8Array[];
  /** 1 and 32 with `frameBytes` only. */
  bitsAllocated?: 1 | 8 | 16 | 32;
  bitsStored?: number;
  highBit?: number;
  signed?: boolean;
  samplesPerPixel?: 1 | 3;
  planar?: boolean;
  /** Multiple component transform of JPEG 2000 colours; true unless told. */
  colourTransform?: boolean;
  /** VR of native pixels; the usual one for their size unless told. */
  pixelVr?: 'OB' | 'OW';
  photometric?: string;
  syntax?: SyntaxName;
  /** Fragments per encapsulated frame; 1 unless told. */
  fragments?: number;
  offsetTable?: 'basic' | 'empty' | 'extended';
  /** Largest error of JPEG-LS near-lossless; 3 unless told. */
  near?: number;
  /** Predictor of JPEG lossless 1..7; 1 unless told. */
  predictor?: number;
  patientId?: string;
  issuerOfPatientId?: string;
  patientName?: string;
  patientBirthDate?: string;
  patientSex?: string;
  studyUid?: string;
  seriesUid?: string;
  sopUid?: string;
  sopClassUid?: string;
  studyDate?: string;
  studyTime?: string;
  studyDescription?: string;
  seriesDescription?: string;
  accessionNumber?: string;
  instanceNumber?: number;
  bodyPart?: string;
  viewPosition?: string;
  slope?: number;
  intercept?: number;
  windowCenter?: number | number[];
  windowWidth?: number | number[];
  /** Added last; null removes an element. Tags are `ggggeeee`. */
  elements?: Record<string, DicomElements[string] | null>;
}

/** A UID under 2.25 that follows from a text. */
export function uidOf(text: string): string {
  const digest = createHash('sha256').update(text).digest();
  return `2.25.${(BigInt(`0x${digest.subarray(0, 15).toString('hex')}`) + 1n).toString()}`;
}

/** Uniform numbers 0..1 that follow from a seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A soft phantom with two dark lung-like ovals and noise, from `low` to `high`; different for each seed. */
export function phantomPixels(
  seed: number,
  rows: number,
  columns: number,
  low: number,
  high: number,
): number[] {
  const random = randomOf(seed);
  const shift = random() * 0.2 - 0.1;
  const out: number[] = [];
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const u = x / columns - 0.5;
      const v = y / rows - 0.5 + shift;
      const lung = (center: number) => Math.exp(-(((u - center) / 0.13) ** 2 + (v / 0.28) ** 2));
      const body = 0.85 - 0.6 * u * u - 0.55 * (lung(-0.22) + lung(0.22));
      const value = Math.min(1, Math.max(0, body + (random() - 0.5) * 0.04));
      out.push(Math.round(low + value * (high - low)));
    }
  }
  return out;
}

/** Options with every default filled in. */
function complete(options: DicomOptions) {
  const { seed = 1, modality = 'DX', rows = 64, columns = 48, frames = 1, samplesPerPixel = 1 } = options;
  const eightBit = options.syntax === 'jpegBaseline' || samplesPerPixel === 3;
  const bitsAllocated = options.bitsAllocated ?? (eightBit || (options.bitsStored ?? 12) <= 8 ? 8 : 16);
  const bitsStored = options.bitsStored ?? (bitsAllocated === 8 ? 8 : 12);
  const signed = options.signed ?? false;
  const low = signed ? -(2 ** (bitsStored - 1)) : 0;
  const high = (signed ? 2 ** (bitsStored - 1) : 2 ** bitsStored) - 1;
  const pixels =
    options.pixels ??
    Array.from({ length: frames * samplesPerPixel }, (_, i) =>
      phantomPixels(seed * 1000 + i, rows, columns, low, high),
    ).flat();
  return {
    ...options,
    ...{ seed, modality, rows, columns, frames, samplesPerPixel, bitsAllocated, bitsStored, signed, pixels },
    highBit: options.highBit ?? bitsStored - 1,
    syntax: options.syntax ?? 'explicit',
    photometric: options.photometric ?? (samplesPerPixel === 3 ? 'RGB' : 'MONOCHROME2'),
    planar: options.planar ?? false,
    colourTransform: options.colourTransform ?? samplesPerPixel === 3,
    fragments: options.fragments ?? 1,
    near: options.near ?? 3,
    predictor: options.predictor ?? 1,
  };
}

export type CompleteOptions = ReturnType<typeof complete>;

function attributes(o: CompleteOptions): DicomElements {
  const study = o.studyUid ?? uidOf(`study ${o.seed}`);
  const sop = o.sopUid ?? uidOf(`instance ${o.seed}`);
  const elements: Record<string, DicomElements[string] | null> = {
    '00080005': ['CS', 'ISO_IR 100'],
    '00080008': ['CS', o.modality === 'CT' ? 'ORIGINAL\\PRIMARY\\AXIAL' : 'ORIGINAL\\PRIMARY'],
    '00080016': ['UI', o.sopClassUid ?? SOP_CLASS[o.modality] ?? ''],
    '00080018': ['UI', sop],
    '00080020': ['DA', o.studyDate ?? '20200315'],
    '00080030': ['TM', o.studyTime ?? '101500'],
    '00080050': ['SH', o.accessionNumber ?? `A${o.seed}`],
    '00080060': ['CS', o.modality],
    '00081030': ['LO', o.studyDescription ?? 'Chest'],
    '0008103e': ['LO', o.seriesDescription ?? 'Chest frontal'],
    '00100010': ['PN', o.patientName ?? `Test^Patient${o.seed}`],
    '00100020': ['LO', o.patientId ?? `P${o.seed}`],
    '00100021': o.issuerOfPatientId === undefined ? null : ['LO', o.issuerOfPatientId],
    '00100030': ['DA', o.patientBirthDate ?? '19600101'],
    '00100040': ['CS', o.patientSex ?? 'O'],
    '00180015': ['CS', o.bodyPart ?? 'CHEST'],
    '00185101': o.modality === 'CT' ? null : ['CS', o.viewPosition ?? 'PA'],
    '0020000d': ['UI', study],
    '0020000e': ['UI', o.seriesUid ?? uidOf(`series ${o.seed}`)],
    '00200011': ['IS', 1],
    '00200013': ['IS', o.instanceNumber ?? 1],
    '00280002': ['US', o.samplesPerPixel],
    '00280004': ['CS', o.photometric],
    '00280006': o.samplesPerPixel === 3 ? ['US', o.planar ? 1 : 0] : null,
    '00280008': o.frames > 1 ? ['IS', o.frames] : null,
    '00280010': ['US', o.rows],
    '00280011': ['US', o.columns],
    '00280100': ['US', o.bitsAllocated],
    '00280101': ['US', o.bitsStored],
    '00280102': ['US', o.highBit],
    '00280103': ['US', o.signed ? 1 : 0],
    '00281050': o.windowCenter === undefined ? null : ['DS', o.windowCenter],
    '00281051': o.windowWidth === undefined ? null : ['DS', o.windowWidth],
    '00281052': o.slope === undefined && o.intercept === undefined ? null : ['DS', o.intercept ?? 0],
    '00281053': o.slope === undefined && o.intercept === undefined ? null : ['DS', o.slope ?? 1],
    ...o.elements,
  };
  return Object.fromEntries(
    Object.entries(elements).filter((entry): entry is [string, DicomElements[string]] => entry[1] !== null),
  );
}

/** The stored values of one frame, samples interleaved. */
export function frameValues(o: CompleteOptions, frame: number): number[] {
  const size = o.rows * o.columns * o.samplesPerPixel;
  return Array.from({ length: size }, (_, i) => o.pixels[frame * size + i] ?? 0);
}

/** Stored values as native bytes: shifted to the high bit, masked, planar where asked. */
export function nativeBytes(values: number[], o: CompleteOptions, bigEndian = false): Buffer {
  const shift = o.highBit + 1 - o.bitsStored;
  const mask = 2 ** o.bitsStored - 1;
  const pixels = o.rows * o.columns;
  const ordered =
    o.planar && o.samplesPerPixel === 3
      ? Array.from(
          { length: values.length },
          (_, i) => values[(i % pixels) * 3 + Math.floor(i / pixels)] ?? 0,
        )
      : values;
  const buffer = Buffer.alloc((ordered.length * o.bitsAllocated) / 8);
  ordered.forEach((value, i) => {
    const word = ((value & mask) << shift) & (2 ** o.bitsAllocated - 1);
    if (o.bitsAllocated === 8) buffer[i] = word;
    else if (bigEndian) buffer.writeUInt16BE(word, i * 2);
    else buffer.writeUInt16LE(word, i * 2);
  });
  return buffer;
}

function split(bytes: Uint8Array, parts: number): Uint8Array[] {
  const size = Math.max(2, 2 * Math.ceil(bytes.length / parts / 2));
  const out: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) out.push(bytes.subarray(at, at + size));
  return out;
}

/**
 * Makes a valid DICOM file of a person who does not exist.
 *
 * @returns the bytes of the Part 10 file; the same for the same options
 */
export async function makeDicom(options: DicomOptions = {}): Promise<Buffer> {
  const o = complete(options);
  const syntax = SYNTAX[o.syntax];
  const elements = attributes(o);
  if (['implicit', 'explicit', 'bigEndian', 'deflated'].includes(o.syntax)) {
    const bigEndian = o.syntax === 'bigEndian';
    const explicit = o.syntax !== 'implicit';
    const frames =
      o.frameBytes ??
      Array.from({ length: o.frames }, (_, i) => nativeBytes(frameValues(o, i), o, bigEndian));
    const body = Buffer.concat(frames);
    const padded = body.length % 2 === 0 ? body : Buffer.concat([body, Buffer.alloc(1)]);
    const vr = o.pixelVr ?? (o.bitsAllocated === 8 && explicit ? 'OB' : 'OW');
    const header = elementHeader('7fe00010', vr, padded.length, { bigEndian, explicit });
    return writePart10(elements, syntax, Buffer.concat([header, padded]));
  }
  const frames: Uint8Array[][] = [];
  for (let i = 0; i < o.frames; i++) {
    frames.push(split(o.frameBytes?.[i] ?? (await encodeFrame(frameValues(o, i), o)), o.fragments));
  }
  if (o.offsetTable === 'extended') {
    const { offsets, lengths } = extendedOffsets(frames);
    elements['7fe00001'] = ['OV', offsets];
    elements['7fe00002'] = ['OV', lengths];
  }
  return writePart10(elements, syntax, encapsulate(frames, o.offsetTable === 'basic' ? 'basic' : 'empty'));
}
