import { describe, expect, it } from 'vitest';
import { decodeFrame } from '../../server/dicom/decode.js';
import { toDisplay } from '../../server/dicom/display.js';
import { makeDicom, type DicomOptions } from '../support/dicom-factory.js';
import type { DicomElements } from '../support/dicom-writer.js';

const COLOURS = [1, 2, 3];
const luma = (r: number, g: number, b: number) => 0.299 * r + 0.587 * g + 0.114 * b;
/** Entry `i` of colour `c`: three ramps that wrap at different places. */
const entry = (c: number, i: number, bits: number) =>
  (i * (2 * c + 5) * (bits === 8 ? 1 : 97) + c) % 2 ** bits;

interface Table {
  count: number;
  first: number;
  bits: 8 | 16;
  /** Two entries of 8 bits in a word. */
  packed?: boolean;
}

function elements({ count, first, bits, packed = false }: Table, bigEndian: boolean): DicomElements {
  return Object.fromEntries(
    COLOURS.flatMap((c): [string, DicomElements[string]][] => {
      const entries = Array.from({ length: count }, (_, i) => entry(c, i, bits));
      // A word's less significant byte comes first among the entries, wherever it lies in the file.
      const bytes = Buffer.from(count % 2 === 0 ? entries : [...entries, 0]);
      const value = packed ? (bigEndian ? bytes.swap16() : bytes) : entries;
      const descriptor = [count === 65_536 ? 0 : count, first, bits];
      return [
        [`0028110${c}`, [first < 0 ? 'SS' : 'US', descriptor]],
        [`0028120${c}`, ['OW', value]],
      ];
    }),
  );
}

const stored = Array.from({ length: 16 * 18 }, (_, i) => i % 256);
const make = (options: DicomOptions, tables: DicomElements) =>
  makeDicom({
    ...{ modality: 'OT', rows: 16, columns: 18, pixels: stored, bitsStored: 8, photometric: 'PALETTE COLOR' },
    ...options,
    elements: tables,
  });

describe('PALETTE COLOR', () => {
  it.each<[string, Table, DicomOptions]>([
    ['8 bits, two to a word', { count: 256, first: 0, bits: 8, packed: true }, {}],
    [
      '8 bits, two to a word, implicit',
      { count: 256, first: 0, bits: 8, packed: true },
      { syntax: 'implicit' },
    ],
    [
      '8 bits, two to a word, big endian',
      { count: 256, first: 0, bits: 8, packed: true },
      { syntax: 'bigEndian' },
    ],
    ['8 bits, one to a word', { count: 256, first: 0, bits: 8 }, {}],
    ['16 bits', { count: 256, first: 0, bits: 16 }, {}],
    ['16 bits, big endian', { count: 256, first: 0, bits: 16 }, { syntax: 'bigEndian' }],
    ['an odd count of bytes', { count: 101, first: 0, bits: 8, packed: true }, {}],
    ['fewer entries than values, from 40', { count: 100, first: 40, bits: 16 }, {}],
    ['65536 entries', { count: 65_536, first: 0, bits: 16 }, { bitsAllocated: 16, bitsStored: 16 }],
    ['in RLE', { count: 256, first: 0, bits: 16 }, { syntax: 'rle' }],
    ['in JPEG 2000', { count: 256, first: 0, bits: 16 }, { syntax: 'jpeg2000Lossless' }],
  ])('%s', async (_, table, options) => {
    const frame = await decodeFrame(await make(options, elements(table, options.syntax === 'bigEndian')), 0);
    expect(frame.photometric).toBe('PALETTE COLOR');
    stored.forEach((value, at) => {
      const i = Math.min(table.count - 1, Math.max(0, value - table.first));
      const [r = 0, g = 0, b = 0] = COLOURS.map((c) => entry(c, i, table.bits));
      expect(Math.abs((frame.pixels[at] ?? NaN) - luma(r, g, b))).toBeLessThan(0.004);
    });
  });

  it('has negative values where the pixels are signed', async () => {
    const pixels = stored.map((value) => value - 128);
    const table: Table = { count: 200, first: -100, bits: 16 };
    const file = await make({ pixels, signed: true }, elements(table, false));
    const frame = await decodeFrame(file, 0);
    pixels.forEach((value, at) => {
      const i = Math.min(199, Math.max(0, value + 100));
      const [r = 0, g = 0, b = 0] = COLOURS.map((c) => entry(c, i, 16));
      expect(Math.abs((frame.pixels[at] ?? NaN) - luma(r, g, b))).toBeLessThan(0.004);
    });
  });

  it('is shown over the whole range of its entries', async () => {
    const white = Object.fromEntries(
      COLOURS.flatMap((c): [string, DicomElements[string]][] => [
        [`0028110${c}`, ['US', [256, 0, 16]]],
        [`0028120${c}`, ['OW', Array.from({ length: 256 }, (_, i) => i * 257)]],
      ]),
    );
    const { pixels } = toDisplay(await decodeFrame(await make({}, white), 0));
    expect([pixels[0], pixels[128], pixels[255]]).toEqual([0, 128, 255]);
  });

  it('without its palette is damaged', async () => {
    await expect(decodeFrame(await make({}, {}), 0)).rejects.toMatchObject({ code: 'PIXELS_CORRUPT' });
    const short: DicomElements = {
      ...elements({ count: 256, first: 0, bits: 16 }, false),
      '00281202': ['OW', [1, 2, 3]],
    };
    const file = await make({}, short);
    await expect(decodeFrame(file, 0)).rejects.toMatchObject({ code: 'PIXELS_CORRUPT' });
  });
});

describe('segmented palettes (PS3.3 C.7.9.2)', () => {
  const segments = (bits: 8 | 16, value: number[]): DicomElements =>
    Object.fromEntries(
      COLOURS.flatMap((c): [string, DicomElements[string]][] => [
        [`0028110${c}`, ['US', [12, 0, bits]]],
        [`0028122${c}`, ['OW', bits === 8 ? Uint8Array.from(value) : value]],
      ]),
    );
  const first12 = async (tables: DicomElements) =>
    [...(await decodeFrame(await make({}, tables), 0)).pixels.subarray(0, 12)].map(Math.round);
  // Three values, a line of four to 50, then a copy of that line from where the table is by then, and two values more.
  const expected = [10, 20, 30, 35, 40, 45, 50, 50, 50, 50, 50, 7];

  it('of 16 bits: values, lines and copies by byte offset', async () => {
    const value = [0, 3, 10, 20, 30, 1, 4, 50, 2, 1, 10, 0, 0, 1, 7];
    expect(await first12(segments(16, value))).toEqual([...expected]);
  });

  it('of 8 bits', async () => {
    const value = [0, 3, 10, 20, 30, 1, 4, 50, 2, 1, 5, 0, 0, 0, 0, 1, 7, 0];
    expect(await first12(segments(8, value))).toEqual(expected);
  });

  it('a copied line begins at the value before it', async () => {
    const value = [0, 3, 10, 20, 30, 1, 4, 50, 0, 1, 10, 2, 1, 10, 0];
    expect(await first12(segments(16, value))).toEqual([10, 20, 30, 35, 40, 45, 50, 10, 20, 30, 40, 50]);
  });

  it.each<[string, number[]]>([
    ['a line that begins nowhere', [1, 12, 50]],
    ['a copy of itself', [0, 1, 9, 2, 1, 6, 0]],
    ['a copy of a copy', [0, 1, 9, 2, 1, 0, 0, 2, 1, 6, 0]],
    ['a copy of what is not there yet', [0, 1, 9, 2, 1, 200, 0]],
    ['a kind that does not exist', [3, 1, 9]],
    ['an empty segment', [0, 0, 0, 0, 0, 0]],
    ['too few entries', [0, 3, 1, 2, 3]],
    ['too many entries', [0, 3, 1, 2, 3, 1, 60_000, 9]],
  ])('%s is damage', async (_, value) => {
    await expect(decodeFrame(await make({}, segments(16, value)), 0)).rejects.toMatchObject({
      code: 'PIXELS_CORRUPT',
    });
  });
});
