import type { DataSet, DicomElement } from './dataset.js';
import { decodeText } from './text.js';

const TAG_CHARACTER_SET = 0x00080005;

function valueBytes(set: DataSet, element: DicomElement): Uint8Array {
  return set.bytes.subarray(element.offset, element.offset + element.length);
}

/** The raw bytes of an element; null where it is absent. */
export function bytesOf(set: DataSet, tag: number): Uint8Array | null {
  const element = set.elements.get(tag);
  return element === undefined ? null : valueBytes(set, element);
}

/** Without what no text may hold and no database takes: nulls and halves of surrogate pairs. */
export function wellFormed(text: string): string {
  return text.replace(/\0|\p{Surrogate}/gu, '');
}

/** Strips the padding of PS3.5 6.2: spaces and nulls. */
function strip(text: string): string {
  return text.replace(/^[ \0]+|[ \0]+$/g, '');
}

/** Values of a string VR of the default repertoire (CS, UI, DA, TM, DS, IS), padding stripped. */
export function stringsOf(set: DataSet, tag: number): string[] {
  const bytes = bytesOf(set, tag);
  if (bytes === null || bytes.length === 0 || bytes.length > 65_536) return [];
  return Buffer.from(bytes).toString('latin1').split('\\').map(strip);
}

/** The first value; null where absent or empty. */
export function stringOf(set: DataSet, tag: number): string | null {
  return stringsOf(set, tag)[0] || null;
}

function decodedOf(set: DataSet, tag: number): string {
  const bytes = bytesOf(set, tag);
  if (bytes === null || bytes.length === 0 || bytes.length > 65_536) return '';
  return wellFormed(decodeText(bytes, stringsOf(set, TAG_CHARACTER_SET)));
}

/** A text in the data set's character set (LO, SH, PN, LT, ...), its first value; null where absent or empty. */
export function textOf(set: DataSet, tag: number): string | null {
  return strip(decodedOf(set, tag).split('\\')[0] ?? '') || null;
}

/**
 * An identifier (LO, SH) in the data set's character set, as it was sent; null where absent or empty. It has one value
 * (PS3.6): a backslash in it, which divides values elsewhere, is part of it, or two persons would get the same identifier.
 */
export function identifierOf(set: DataSet, tag: number): string | null {
  return strip(decodedOf(set, tag)) || null;
}

/** Numbers of a DS or IS element, each in its place; NaN for what is no finite number. */
export function numbersOf(set: DataSet, tag: number): number[] {
  return stringsOf(set, tag)
    .map((text) => (text === '' ? NaN : Number(text)))
    .map((value) => (Number.isFinite(value) ? value : NaN));
}

/** Finite numbers of a DS or IS element; what is no number is left out. */
export function decimalsOf(set: DataSet, tag: number): number[] {
  return numbersOf(set, tag).filter(Number.isFinite);
}

/** The first finite number of a DS or IS element; null where there is none. */
export function decimalOf(set: DataSet, tag: number): number | null {
  return decimalsOf(set, tag)[0] ?? null;
}

/** 16-bit values (US, SS or OW read as such). */
export function wordsOf(set: DataSet, tag: number): Uint16Array {
  const element = set.elements.get(tag);
  if (element === undefined) return new Uint16Array(0);
  const count = Math.floor(element.length / 2);
  const words = new Uint16Array(count);
  for (let i = 0; i < count; i++) {
    words[i] = set.view.getUint16(element.offset + 2 * i, set.encoding.littleEndian);
  }
  return words;
}

/** The first 16-bit value of an element (US), 0 to 65535; null where there is none. */
export function wordOf(set: DataSet, tag: number): number | null {
  const element = set.elements.get(tag);
  if (element === undefined || element.length < 2) return null;
  return set.view.getUint16(element.offset, set.encoding.littleEndian);
}

/** Unsigned 64-bit values (OV), as numbers. */
export function longWordsOf(set: DataSet, tag: number): number[] {
  const element = set.elements.get(tag);
  if (element === undefined) return [];
  return Array.from({ length: Math.floor(element.length / 8) }, (_, i) =>
    Number(set.view.getBigUint64(element.offset + 8 * i, set.encoding.littleEndian)),
  );
}
