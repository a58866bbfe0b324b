// A small DICOM Part 10 writer for tests: any transfer syntax, broken on purpose where a test asks for it.
import { deflateRawSync } from 'node:zlib';

/** One element's value: text, numbers of its VR, raw bytes, or the items of a sequence. */
export type Value = string | number | number[] | Uint8Array | DicomElements[];

/** Elements by tag `ggggeeee` (lower-case hex), as VR and value. */
export type DicomElements = Record<string, [vr: string, value: Value]>;

export interface Encoding {
  bigEndian: boolean;
  explicit: boolean;
}

const LONG_VR = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);
const UNDEFINED_LENGTH = 0xffffffff;

function numbers(vr: string, values: number[], little: boolean): Buffer {
  const size =
    { US: 2, SS: 2, OW: 2, UL: 4, SL: 4, FL: 4, OF: 4, FD: 8, OD: 8, OV: 8, OB: 1, AT: 4 }[vr] ?? 2;
  const buffer = Buffer.alloc(values.length * size);
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  values.forEach((value, i) => {
    const at = i * size;
    if (vr === 'FL' || vr === 'OF') view.setFloat32(at, value, little);
    else if (vr === 'FD' || vr === 'OD') view.setFloat64(at, value, little);
    else if (vr === 'OV') view.setBigUint64(at, BigInt(value), little);
    else if (vr === 'AT') {
      view.setUint16(at, value >>> 16, little);
      view.setUint16(at + 2, value & 0xffff, little);
    } else if (size === 4) view.setUint32(at, value >>> 0, little);
    else if (size === 2) view.setUint16(at, value & 0xffff, little);
    else buffer[at] = value;
  });
  return buffer;
}

function uint16(value: number, little: boolean): Buffer {
  const buffer = Buffer.alloc(2);
  if (little) buffer.writeUInt16LE(value);
  else buffer.writeUInt16BE(value);
  return buffer;
}

function uint32(value: number, little: boolean): Buffer {
  const buffer = Buffer.alloc(4);
  if (little) buffer.writeUInt32LE(value);
  else buffer.writeUInt32BE(value);
  return buffer;
}

function valueBytes(vr: string, value: Value, encoding: Encoding): Buffer {
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (typeof value === 'string') return Buffer.from(value, 'latin1');
  if (typeof value === 'number') {
    return vr === 'IS' || vr === 'DS'
      ? Buffer.from(String(value))
      : numbers(vr, [value], !encoding.bigEndian);
  }
  if (value.every((one) => typeof one === 'number')) {
    return vr === 'IS' || vr === 'DS'
      ? Buffer.from(value.join('\\'))
      : numbers(vr, value, !encoding.bigEndian);
  }
  const little = !encoding.bigEndian;
  const items = (value as DicomElements[]).map((item) => {
    const body = encodeElements(item, encoding);
    return Buffer.concat([uint16(0xfffe, little), uint16(0xe000, little), uint32(body.length, little), body]);
  });
  return Buffer.concat(items);
}

/** Header of one element. */
export function elementHeader(tag: string, vr: string, length: number, encoding: Encoding): Buffer {
  const little = !encoding.bigEndian;
  const group = uint16(parseInt(tag.slice(0, 4), 16), little);
  const element = uint16(parseInt(tag.slice(4), 16), little);
  if (!encoding.explicit) return Buffer.concat([group, element, uint32(length, little)]);
  if (LONG_VR.has(vr)) {
    return Buffer.concat([group, element, Buffer.from(vr), Buffer.alloc(2), uint32(length, little)]);
  }
  return Buffer.concat([group, element, Buffer.from(vr), uint16(length, little)]);
}

/** Elements in ascending order of tag, values padded to even length. */
export function encodeElements(elements: DicomElements, encoding: Encoding): Buffer {
  const parts: Buffer[] = [];
  for (const tag of Object.keys(elements).sort()) {
    const [vr, value] = elements[tag] ?? ['UN', ''];
    let bytes = valueBytes(vr, value, encoding);
    if (bytes.length % 2 === 1) {
      const binary = vr === 'UI' || vr.startsWith('O') || vr === 'UN';
      bytes = Buffer.concat([bytes, Buffer.from([binary ? 0 : 0x20])]);
    }
    parts.push(elementHeader(tag, vr, bytes.length, encoding), bytes);
  }
  return Buffer.concat(parts);
}

/** Encapsulated pixel data (PS3.5 A.4): the Basic Offset Table, then the fragments of all frames. */
export function encapsulate(frames: Uint8Array[][], offsetTable: 'basic' | 'empty'): Buffer {
  const little: Encoding = { bigEndian: false, explicit: true };
  const item = (bytes: Uint8Array, element = 0xe000) =>
    Buffer.concat([uint16(0xfffe, true), uint16(element, true), uint32(bytes.length, true), bytes]);
  const offsets: number[] = [];
  const items: Buffer[] = [];
  let position = 0;
  for (const fragments of frames) {
    offsets.push(position);
    for (const fragment of fragments) {
      const even = fragment.length % 2 === 0 ? fragment : Buffer.concat([fragment, Buffer.alloc(1)]);
      items.push(item(even));
      position += 8 + even.length;
    }
  }
  const table = offsetTable === 'basic' ? numbers('UL', offsets, true) : Buffer.alloc(0);
  return Buffer.concat([
    elementHeader('7fe00010', 'OB', UNDEFINED_LENGTH, little),
    item(table),
    ...items,
    item(Buffer.alloc(0), 0xe0dd),
  ]);
}

/** Positions of encapsulated frames for the Extended Offset Table. */
export function extendedOffsets(frames: Uint8Array[][]): { offsets: number[]; lengths: number[] } {
  const offsets: number[] = [];
  const lengths: number[] = [];
  let position = 0;
  for (const fragments of frames) {
    offsets.push(position);
    lengths.push(fragments.reduce((sum, fragment) => sum + fragment.length, 0));
    for (const fragment of fragments) position += 8 + fragment.length + (fragment.length % 2);
  }
  return { offsets, lengths };
}

/**
 * A whole Part 10 file.
 *
 * @param pixelData an already encoded (7FE0,0010) element, put after the other elements
 */
export function writePart10(elements: DicomElements, syntax: string, pixelData?: Uint8Array): Buffer {
  const encoding: Encoding = {
    bigEndian: syntax === '1.2.840.10008.1.2.2',
    explicit: syntax !== '1.2.840.10008.1.2',
  };
  const explicit: Encoding = { bigEndian: false, explicit: true };
  const meta = encodeElements(
    {
      '00020001': ['OB', new Uint8Array([0, 1])],
      '00020002': ['UI', elements['00080016']?.[1] ?? ''],
      '00020003': ['UI', elements['00080018']?.[1] ?? ''],
      '00020010': ['UI', syntax],
      '00020012': ['UI', '2.25.1'],
    },
    explicit,
  );
  const length = encodeElements({ '00020000': ['UL', meta.length] }, explicit);
  const body = Buffer.concat([encodeElements(elements, encoding), pixelData ?? Buffer.alloc(0)]);
  const data = syntax === '1.2.840.10008.1.2.1.99' ? deflateRawSync(body) : body;
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), length, meta, data]);
}
