// Reads DICOM data sets element by element. Written for streams: it tells "not all here yet" from "broken", never copies
// values, bounds its depth, and knows the 64-bit VRs, without which an Extended Offset Table is misread.
import { dicomError } from './problems.js';

/** Byte order and VR encoding of a data set. */
export interface Encoding {
  littleEndian: boolean;
  explicit: boolean;
}

/** Where one element's value lies. */
export interface DicomElement {
  /** Null in implicit VR. */
  vr: string | null;
  offset: number;
  /** In bytes; for undefined lengths what was found, delimiter included. */
  length: number;
  undefinedLength: boolean;
}

export interface DataSet {
  bytes: Uint8Array;
  view: DataView;
  encoding: Encoding;
  elements: Map<number, DicomElement>;
  /** Position after the last element read. */
  end: number;
}

/** Thrown inside this folder when the bytes end before the element does. */
export class EndOfBytes extends Error {
  constructor(readonly position: number) {
    super(`the data ends at byte ${position}, in the middle of an element`);
  }
}

export const TAG_PIXEL_DATA = 0x7fe00010;
const TAG_ITEM = 0xfffee000;
const TAG_ITEM_END = 0xfffee00d;
const TAG_SEQUENCE_END = 0xfffee0dd;
const UNDEFINED_LENGTH = 0xffffffff;
const MAX_DEPTH = 16;
const LONG_VR = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);
const SHORT_VR = new Set('AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US'.split(' '));
const IMPLICIT: Encoding = { littleEndian: true, explicit: false };

interface Header extends DicomElement {
  tag: number;
}

function broken(position: number, reason: string): never {
  throw dicomError('NOT_DICOM', `the DICOM header is damaged at byte ${position}: ${reason}`);
}

function need(view: DataView, end: number): void {
  if (end > view.byteLength) throw new EndOfBytes(view.byteLength);
}

function readTag(view: DataView, at: number, little: boolean): number {
  return ((view.getUint16(at, little) << 16) | view.getUint16(at + 2, little)) >>> 0;
}

function readHeader(view: DataView, at: number, { littleEndian, explicit }: Encoding): Header {
  need(view, at + 8);
  const tag = readTag(view, at, littleEndian);
  if (!explicit || tag >>> 16 === 0xfffe) {
    const length = view.getUint32(at + 4, littleEndian);
    return { tag, vr: null, offset: at + 8, length, undefinedLength: length === UNDEFINED_LENGTH };
  }
  const vr = String.fromCharCode(view.getUint8(at + 4), view.getUint8(at + 5));
  if (SHORT_VR.has(vr)) {
    const length = view.getUint16(at + 6, littleEndian);
    return { tag, vr, offset: at + 8, length, undefinedLength: false };
  }
  if (!LONG_VR.has(vr)) broken(at, 'no such value representation');
  need(view, at + 12);
  const length = view.getUint32(at + 8, littleEndian);
  return { tag, vr, offset: at + 12, length, undefinedLength: length === UNDEFINED_LENGTH };
}

/** Encoding inside a value: UN of undefined length is implicit little endian (PS3.5 6.2.2 note 2). */
function inner(vr: string | null, encoding: Encoding): Encoding {
  return vr === 'UN' ? IMPLICIT : encoding;
}

/** Position after an undefined-length value, its delimiter included. */
function endOfItems(view: DataView, start: number, encoding: Encoding, depth: number): number {
  if (depth > MAX_DEPTH) broken(start, 'nested too deep');
  let at = start;
  for (;;) {
    const item = readHeader(view, at, encoding);
    if (item.tag === TAG_SEQUENCE_END) return item.offset;
    if (item.tag !== TAG_ITEM) broken(at, 'a sequence item is expected');
    at = item.undefinedLength
      ? endOfElements(view, item.offset, encoding, depth + 1)
      : item.offset + item.length;
  }
}

/** Position after an item of undefined length, its delimiter included. */
function endOfElements(view: DataView, start: number, encoding: Encoding, depth: number): number {
  let at = start;
  for (;;) {
    const header = readHeader(view, at, encoding);
    if (header.tag === TAG_ITEM_END) return header.offset;
    at = header.undefinedLength
      ? endOfItems(view, header.offset, inner(header.vr, encoding), depth + 1)
      : header.offset + header.length;
  }
}

export interface ReadOptions {
  start: number;
  /** Position to stop at; the end of the bytes unless told. */
  end?: number;
  /** False stops at the first tag that it is false for, before its element. */
  accept?: (tag: number) => boolean;
  /** Called with the data set as read so far when the bytes end too early. */
  onIncomplete?: (read: DataSet) => void;
}

/**
 * Reads the elements of a data set. Pixel Data of the top level ends the reading: its value need not be there.
 *
 * @throws EndOfBytes when the bytes end inside an element
 * @throws DomainError NOT_DICOM when they cannot be a data set
 */
export function readDataSet(bytes: Uint8Array, encoding: Encoding, options: ReadOptions): DataSet {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const set: DataSet = { bytes, view, encoding, elements: new Map(), end: options.start };
  const end = options.end ?? bytes.byteLength;
  try {
    while (set.end < end) {
      if (end - set.end < 8 && bytes.subarray(set.end, end).every((byte) => byte === 0)) break;
      need(view, set.end + 8);
      // The tag alone: what follows the accepted elements may have another encoding.
      if (options.accept?.(readTag(view, set.end, encoding.littleEndian)) === false) break;
      const header = readHeader(view, set.end, encoding);
      if (header.tag >>> 16 === 0xfffe) {
        if (header.tag === TAG_ITEM_END) break;
        broken(set.end, 'a sequence item outside a sequence');
      }
      if (header.tag === TAG_PIXEL_DATA) {
        set.elements.set(header.tag, header);
        set.end = header.offset;
        break;
      }
      const next = header.undefinedLength
        ? endOfItems(view, header.offset, inner(header.vr, encoding), 0)
        : header.offset + header.length;
      need(view, next);
      if (header.undefinedLength) header.length = next - header.offset;
      set.elements.set(header.tag, header);
      set.end = next;
    }
  } catch (error) {
    if (error instanceof EndOfBytes) options.onIncomplete?.(set);
    throw error;
  }
  return set;
}

/** The items of a sequence; none where the element is absent or no sequence. */
export function readItems(set: DataSet, tag: number): DataSet[] {
  const element = set.elements.get(tag);
  if (element === undefined || (element.vr !== null && element.vr !== 'SQ' && element.vr !== 'UN')) return [];
  const encoding = inner(element.vr, set.encoding);
  const items: DataSet[] = [];
  const end = element.offset + element.length;
  let at = element.offset;
  while (at + 8 <= end) {
    const item = readHeader(set.view, at, encoding);
    if (item.tag !== TAG_ITEM) break;
    const itemEnd = item.undefinedLength ? end : item.offset + item.length;
    if (itemEnd > end) broken(at, 'a sequence item is longer than its sequence');
    items.push(readDataSet(set.bytes, encoding, { start: item.offset, end: itemEnd }));
    at = item.undefinedLength ? endOfElements(set.view, item.offset, encoding, 0) : itemEnd;
  }
  return items;
}
