// Lookup tables as files hold them: modality and VOI LUTs, palettes, and palettes written as segments.
import type { DataSet } from './dataset.js';
import type { LookupTable } from './frame.js';
import { dicomError } from './problems.js';
import { wordsOf } from './values.js';

export interface Palette {
  red: LookupTable;
  green: LookupTable;
  blue: LookupTable;
}

function corrupt(reason: string): never {
  throw dicomError('PIXELS_CORRUPT', `a lookup table is damaged: ${reason}`);
}

/** The bytes that words hold two by two, the less significant one first (PS3.5 8.1.1). */
function unpacked(words: Uint16Array, length: number): Uint16Array {
  return Uint16Array.from({ length }, (_, i) => ((words[i >> 1] ?? 0) >> (i % 2 === 0 ? 0 : 8)) & 0xff);
}

/**
 * Expands a segmented palette (PS3.3 C.7.9.2): values as they are, straight lines from the value before, and copies of
 * segments that came earlier, which lie at a byte offset. Every segment must give something, so that no table, however
 * damaged, takes longer than its entries.
 *
 * @param unit bytes of an entry, 1 or 2
 */
function expandSegments(data: Uint16Array, unit: 1 | 2, count: number): Uint16Array {
  const out = new Uint16Array(count);
  let filled = 0;
  const read = (at: number) => data[at] ?? corrupt('its segments are too short');
  const put = (value: number) => {
    if (filled === count) corrupt('its segments are too long');
    out[filled++] = value;
  };
  const expand = (at: number, mayCopy: boolean): number => {
    const length = read(at + 1);
    if (length === 0) corrupt('an empty segment');
    switch (read(at)) {
      case 0:
        for (let i = 0; i < length; i++) put(read(at + 2 + i));
        return at + 2 + length;
      case 1: {
        if (filled === 0) corrupt('a line that begins nowhere');
        const from = out[filled - 1] ?? 0;
        const to = read(at + 2);
        for (let i = 1; i <= length; i++) put(Math.round(from + ((to - from) * i) / length));
        return at + 3;
      }
      case 2: {
        const parts = 4 / unit;
        let offset = 0;
        for (let i = 0; i < parts; i++) offset += read(at + 2 + i) * 256 ** (i * unit);
        let from = offset / unit;
        if (!mayCopy || from >= at || !Number.isInteger(from)) corrupt('a copy of no segment');
        for (let i = 0; i < length; i++) from = expand(from, false);
        return at + 2 + parts;
      }
      default:
        return corrupt('a segment of no known kind');
    }
  };
  for (let at = 0; filled < count;) at = expand(at, true);
  return out;
}

/**
 * Reads a table (PS3.3 C.11.1.1, C.11.2.1.1, C.7.6.3.1.5). Entries of 8 bits may be packed two to a word or one to a word.
 *
 * @param signed true when values that enter the table may be negative
 * @param segmentsTag where the entries may be written as segments instead
 * @returns null where the file has none
 * @throws DomainError PIXELS_CORRUPT when the entries are fewer than the table says
 */
export function lookupTable(
  set: DataSet,
  descriptorTag: number,
  dataTag: number,
  signed: boolean,
  segmentsTag?: number,
): LookupTable | null {
  const descriptor = wordsOf(set, descriptorTag);
  const segmented = segmentsTag !== undefined && !set.elements.has(dataTag) && set.elements.has(segmentsTag);
  if (descriptor.length < 3 || !(segmented || set.elements.has(dataTag))) return null;
  const [count = 0, word = 0, bits = 16] = descriptor;
  const length = count === 0 ? 0x10000 : count;
  const words = wordsOf(set, segmented ? segmentsTag : dataTag);
  let entries = words;
  if (segmented) {
    entries =
      bits <= 8
        ? expandSegments(unpacked(words, words.length * 2), 1, length)
        : expandSegments(words, 2, length);
  } else if (words.length < length && bits <= 8 && words.length * 2 >= length) {
    entries = unpacked(words, length);
  }
  if (entries.length < length) corrupt('it is shorter than it says');
  const first = signed && word > 0x7fff ? word - 0x10000 : word;
  return { first, entries: entries.subarray(0, length), bits: Math.min(16, Math.max(1, bits)) };
}

/** The palette of PALETTE COLOR (PS3.3 C.7.9); null where a colour's table is missing. */
export function paletteOf(set: DataSet, signed: boolean): Palette | null {
  const [red, green, blue] = [1, 2, 3].map((i) =>
    lookupTable(set, 0x00281100 + i, 0x00281200 + i, signed, 0x00281220 + i),
  );
  return red && green && blue ? { red, green, blue } : null;
}

/** A table's entry for a value; values outside take the nearest end (PS3.3 C.11.1.1.1). */
export function lookUp(table: LookupTable, value: number): number {
  const last = table.entries.length - 1;
  const index = Math.min(last, Math.max(0, Math.round(value) - table.first));
  return table.entries[index] ?? 0;
}

/** Greatest value a table's entries can mean; some files understate their bits. */
export function tableMaximum(table: LookupTable): number {
  const stated = 2 ** table.bits - 1;
  const actual = table.entries.reduce((max, entry) => Math.max(max, entry), 0);
  return actual > stated ? 2 ** Math.ceil(Math.log2(actual + 1)) - 1 : stated;
}
