import { describe, expect, it } from 'vitest';
import { decodeFrame } from '../../server/dicom/decode.js';
import { toDisplay } from '../../server/dicom/display.js';
import { makeDicom, type DicomOptions } from '../support/dicom-factory.js';
import type { DicomElements } from '../support/dicom-writer.js';

interface Table {
  count: number;
  first: number;
  bits: number;
  entry: (i: number) => number;
  /** Two entries of 8 bits in a word. */
  packed?: boolean;
}

/** An item of a Modality or VOI LUT Sequence (PS3.3 C.11.1, C.11.2). */
function item({ count, first, bits, entry, packed = false }: Table): DicomElements {
  const entries = Array.from({ length: count }, (_, i) => entry(i));
  return {
    '00283002': [first < 0 ? 'SS' : 'US', [count === 65_536 ? 0 : count, first, bits]],
    '00283004': ['LO', 'US'],
    '00283006': ['OW', packed ? Uint8Array.from([...entries, ...(count % 2 === 1 ? [0] : [])]) : entries],
  };
}

const unsigned = Array.from({ length: 64 * 64 }, (_, i) => i);
const signed = unsigned.map((value) => value - 2048);
const make = (options: DicomOptions, elements: DicomElements) =>
  makeDicom({
    rows: 64,
    columns: 64,
    bitsStored: 12,
    pixels: options.signed ? signed : unsigned,
    ...options,
    elements,
  });
/** What a value finds: beyond the table's ends, the nearest entry. */
const look = ({ count, first, entry }: Table, value: number) =>
  entry(Math.min(count - 1, Math.max(0, value - first)));

const square: Table['entry'] = (i) => Math.floor((i * i) / 37) % 65_536;

describe('modality LUT', () => {
  it.each<[string, Table, DicomOptions]>([
    ['16 bits', { count: 4096, first: 0, bits: 16, entry: square }, {}],
    ['16 bits, big endian', { count: 4096, first: 0, bits: 16, entry: square }, { syntax: 'bigEndian' }],
    ['16 bits, implicit', { count: 4096, first: 0, bits: 16, entry: square }, { syntax: 'implicit' }],
    [
      '12 bits, from 100, shorter than the values',
      { count: 1000, first: 100, bits: 12, entry: (i) => 4095 - i },
      {},
    ],
    ['signed values, from -500', { count: 1500, first: -500, bits: 16, entry: square }, { signed: true }],
    [
      'signed values, implicit',
      { count: 1500, first: -500, bits: 16, entry: square },
      { signed: true, syntax: 'implicit' },
    ],
    ['8 bits, two to a word', { count: 4096, first: 0, bits: 8, entry: (i) => i >> 4, packed: true }, {}],
    [
      '8 bits, two to a word, an odd count',
      { count: 255, first: 9, bits: 8, entry: (i) => i, packed: true },
      {},
    ],
    ['8 bits, one to a word', { count: 4096, first: 0, bits: 8, entry: (i) => i >> 4 }, {}],
    ['10 bits', { count: 4096, first: 0, bits: 10, entry: (i) => i >> 2 }, {}],
  ])('%s', async (_, table, options) => {
    const frame = await decodeFrame(await make(options, { '00283000': ['SQ', [item(table)]] }), 0);
    const stored = options.signed ? signed : unsigned;
    expect([...frame.pixels]).toEqual(stored.map((value) => look(table, value)));
  });

  it('of 65536 entries', async () => {
    const table: Table = { count: 65_536, first: 0, bits: 16, entry: (i) => 65_535 - i };
    const pixels = unsigned.map((value) => value * 16);
    const file = await make({ pixels, bitsStored: 16 }, { '00283000': ['SQ', [item(table)]] });
    expect([...(await decodeFrame(file, 0)).pixels]).toEqual(pixels.map((value) => 65_535 - value));
  });

  it('shorter than it says is damage', async () => {
    const short: DicomElements = {
      ...item({ count: 10, first: 0, bits: 16, entry: square }),
      '00283002': ['US', [4096, 0, 16]],
    };
    const file = await make({}, { '00283000': ['SQ', [short]] });
    await expect(decodeFrame(file, 0)).rejects.toMatchObject({ code: 'PIXELS_CORRUPT' });
  });

  it('or rescale leaves the padding marked by its stored value', async () => {
    const pixels = signed.map((value, i) => (i < 64 ? -2000 : value));
    const options: DicomOptions = { pixels, signed: true, bitsStored: 16, slope: 0.5, intercept: 10 };
    // Some senders write the value as US for signed pixels, too.
    for (const padding of [
      ['SS', -2000],
      ['US', 63_536],
    ] as [string, number][]) {
      const frame = await decodeFrame(await make(options, { '00280120': padding }), 0);
      expect(frame.padding?.reduce((sum, one) => sum + one, 0)).toBe(
        pixels.filter((v) => v === -2000).length,
      );
      expect(frame.min).toBe(-1984 * 0.5 + 10);
      expect(frame.pixels[4095]).toBe(2047 * 0.5 + 10);
    }
    const range: DicomElements = { '00280120': ['SS', -2048], '00280121': ['SS', -1900] };
    const frame = await decodeFrame(await make(options, range), 0);
    expect(frame.padding?.reduce((sum, one) => sum + one, 0)).toBe(pixels.filter((v) => v <= -1900).length);
    expect(frame.min).toBe(-1899 * 0.5 + 10);
  });
});

describe('VOI LUT', () => {
  const share = (value: number, bits: number) => Math.round((value / (2 ** bits - 1)) * 255);
  const cases: [string, Table, DicomOptions, (stored: number) => number][] = [
    ['8 bits', { count: 4096, first: 0, bits: 8, entry: (i) => i >> 4 }, {}, (v) => v],
    [
      '8 bits, two to a word',
      { count: 4096, first: 0, bits: 8, entry: (i) => i >> 4, packed: true },
      {},
      (v) => v,
    ],
    ['10 bits', { count: 4096, first: 0, bits: 10, entry: (i) => i >> 2 }, {}, (v) => v],
    ['12 bits, from 50', { count: 2000, first: 50, bits: 12, entry: (i) => 2 * i }, {}, (v) => v],
    [
      '16 bits, not a line',
      { count: 4096, first: 0, bits: 16, entry: (i) => Math.round(Math.sqrt(i) * 1000) },
      {},
      (v) => v,
    ],
    [
      'of signed values',
      { count: 4096, first: -2048, bits: 12, entry: (i) => i },
      { signed: true },
      (v) => v,
    ],
    [
      'after a rescale below zero',
      { count: 4096, first: -1024, bits: 12, entry: (i) => i },
      { slope: 1, intercept: -1024 },
      (v) => v - 1024,
    ],
  ];
  it.each(cases)('%s', async (_, table, options, modality) => {
    const other = item({ ...table, entry: () => 0 });
    const elements: DicomElements = { '00283010': ['SQ', [item(table), other]] };
    const stored = options.signed ? signed : unsigned;
    const expected = stored.map((value) => share(look(table, modality(value)), table.bits));
    // A window beside it is an alternative; the table, made for this very image, comes first.
    const file = await make({ ...options, windowCenter: 5, windowWidth: 2 }, elements);
    expect([...toDisplay(await decodeFrame(file, 0)).pixels]).toEqual(expected);
    const inverted = await make({ ...options, photometric: 'MONOCHROME1' }, elements);
    expect([...toDisplay(await decodeFrame(inverted, 0)).pixels]).toEqual(
      expected.map((value) => 255 - value),
    );
  });

  it('takes what a modality LUT gives', async () => {
    const modality: Table = { count: 4096, first: 0, bits: 16, entry: (i) => 40_000 + i };
    const voi: Table = { count: 4096, first: 40_000, bits: 12, entry: (i) => 4095 - i };
    const file = await make({}, { '00283000': ['SQ', [item(modality)]], '00283010': ['SQ', [item(voi)]] });
    const { pixels } = toDisplay(await decodeFrame(file, 0));
    expect([...pixels]).toEqual(unsigned.map((value) => share(4095 - value, 12)));
  });

  it('gives way to a window that is asked for', async () => {
    const table: Table = { count: 4096, first: 0, bits: 12, entry: (i) => 4095 - i };
    const file = await make({}, { '00283010': ['SQ', [item(table)]] });
    const { pixels } = toDisplay(await decodeFrame(file, 0), { windowCenter: 2048, windowWidth: 4096 });
    expect([pixels[0], pixels[2048], pixels[4095]]).toEqual([0, 128, 255]);
  });
});

describe('transforms of enhanced images', () => {
  const group = (frame: number): DicomElements => ({
    '00289145': [
      'SQ',
      [{ '00281052': ['DS', frame * 100], '00281053': ['DS', frame + 1], '00281054': ['LO', 'US'] }],
    ],
    '00289132': [
      'SQ',
      [{ '00281050': ['DS', 1000 * (frame + 1)], '00281051': ['DS', 500], '00281056': ['CS', 'SIGMOID'] }],
    ],
  });
  const shared: DicomElements = { '00289110': ['SQ', [{ '00280030': ['DS', '0.4\\0.2'] }]] };

  it.each(['explicit', 'implicit', 'bigEndian', 'deflated'] as const)(
    'are those of the frame: %s',
    async (syntax) => {
      const pixels = [...unsigned, ...unsigned.map((value) => 4095 - value)];
      const file = await make(
        { pixels, frames: 2, syntax, slope: 9, intercept: 9, windowCenter: 7, windowWidth: 7 },
        { '52009229': ['SQ', [shared]], '52009230': ['SQ', [group(0), group(1)]] },
      );
      for (const index of [0, 1]) {
        const frame = await decodeFrame(file, index);
        const stored = pixels.slice(index * 4096, (index + 1) * 4096);
        expect([...frame.pixels]).toEqual(stored.map((value) => value * (index + 1) + index * 100));
        expect(frame.voi).toEqual({
          function: 'SIGMOID',
          windows: [{ center: 1000 * (index + 1), width: 500 }],
          table: null,
        });
        expect(frame.pixelAspectRatio).toBe(2);
      }
    },
  );
});
