// Real: the parser, the codecs and their threads. Damage is seeded; `npm run fuzz` does the same for as long as one likes.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDecodePool } from '../../server/dicom/decode-pool.js';
import { checkPixelDataLength, createFragmentCheck } from '../../server/dicom/extent.js';
import type { GrayFrame } from '../../server/dicom/frame.js';
import { parseHeader, parseHeaderPrefix, type DicomHeader } from '../../server/dicom/header.js';
import { describeImage } from '../../server/dicom/image.js';
import { openPart10, type Part10 } from '../../server/dicom/part10.js';
import { DomainError } from '../../server/errors.js';
import { damage, damages, share } from '../support/dicom-damage.js';
import { makeDicom, SYNTAX, type DicomOptions, type SyntaxName } from '../support/dicom-factory.js';
import type { DicomElements } from '../support/dicom-writer.js';

/** Minutes of a long run; 0 for the short one of the test suite. */
const minutes = Number(process.env.FUZZ_MINUTES ?? 0);
const seed = Number(process.env.FUZZ_SEED ?? 20_200_315);
const DEADLINE_MS = 2_000;
const FRAMES = 2;
const CODES =
  /^(NOT_DICOM|DICOM_[A-Z_]+|SYNTAX_NOT_SUPPORTED|PIXELS_CORRUPT|PIXELS_MISSING|FRAME_OUT_OF_RANGE|DECODE_TIMEOUT)$/;

const encapsulated = (Object.keys(SYNTAX) as SyntaxName[]).filter(
  (name) => !['implicit', 'explicit', 'bigEndian', 'deflated'].includes(name),
);
const kinds: [name: string, options: DicomOptions][] = [
  ...(['implicit', 'explicit', 'bigEndian', 'deflated'] as const).map((syntax): [string, DicomOptions] => [
    syntax,
    { syntax },
  ]),
  ...encapsulated.map((syntax, i): [string, DicomOptions] => [
    syntax,
    { syntax, fragments: syntax === 'rle' ? 1 : 2, offsetTable: i % 2 === 0 ? 'basic' : 'empty' },
  ]),
  ['colour, RLE', { syntax: 'rle', samplesPerPixel: 3, modality: 'OT', offsetTable: 'extended' }],
  ['colour, JPEG baseline', { syntax: 'jpegBaseline', samplesPerPixel: 3, modality: 'OT' }],
  ['colour, JPEG 2000', { syntax: 'jpeg2000Lossless', samplesPerPixel: 3, modality: 'OT' }],
];
/** What tables, a palette or a frame's own transform add to the header. */
const ramp = (first: number): DicomElements => ({
  '00283002': ['US', [4096, first, 12]],
  '00283006': ['OW', Array.from({ length: 4096 }, (_, i) => i)],
});
const segments = Object.fromEntries(
  [1, 2, 3].flatMap((c): [string, DicomElements[string]][] => [
    [`0028110${c}`, ['US', [256, 0, 16]]],
    [`0028122${c}`, ['OW', [0, 3, c, 20, 30, 1, 100, 999, 2, 1, 10, 0, 1, 53, 9000]]],
  ]),
);
const group = (intercept: number): DicomElements => ({
  '00289145': ['SQ', [{ '00281052': ['DS', intercept], '00281053': ['DS', 2], '00281054': ['LO', 'HU'] }]],
  '00289132': ['SQ', [{ '00281050': ['DS', '40\\50'], '00281051': ['DS', '400\\1500'] }]],
});
kinds.push(
  ['tables', { elements: { '00283000': ['SQ', [ramp(9)]], '00283010': ['SQ', [ramp(0)]] } }],
  [
    'a segmented palette',
    { modality: 'OT', bitsStored: 8, photometric: 'PALETTE COLOR', elements: segments },
  ],
  ['functional groups', { syntax: 'implicit', elements: { '52009230': ['SQ', [group(-100), group(7)]] } }],
);
const each = (minutes * 60_000) / (kinds.length + 2);
const runs = (short: number): fc.Parameters<unknown> =>
  minutes === 0
    ? { seed, numRuns: short, endOnFailure: true }
    : { seed, numRuns: 1e9, interruptAfterTimeLimit: each, endOnFailure: true };
const timeout = 60_000 + 2 * each;

const digestOf = ({ pixels }: GrayFrame) =>
  createHash('sha256')
    .update(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength))
    .digest('hex');

/** What comes of it: a value, or the code of an expected failure; anything else is thrown on. */
function outcome<T>(work: () => T): { value: T } | { code: string } {
  try {
    return { value: work() };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    expect(error.code).toMatch(CODES);
    return { code: error.code };
  }
}

const pool = createDecodePool({ size: 1, deadlineMs: DEADLINE_MS });
const files = new Map<string, Buffer>();
/** Every frame of every whole file, by its pixels. */
const owners = new Map<string, string>();
let timeouts = 0;
let done = 0;
/** Lets the test runner breathe between thousands of quick runs. */
const breathe = async () => {
  if (++done % 64 === 0) await new Promise((resolve) => setImmediate(resolve));
};

beforeAll(async () => {
  for (const [i, [name, options]] of kinds.entries()) {
    const file = await makeDicom({ seed: 100 + i, rows: 24, columns: 20, frames: FRAMES, ...options });
    files.set(name, file);
    for (let frame = 0; frame < FRAMES; frame++) {
      const digest = digestOf(await pool.decode(file, frame));
      expect(owners.get(digest)).toBeUndefined();
      owners.set(digest, `${name} ${frame}`);
    }
  }
});
afterAll(async () => {
  await pool.close();
  if (minutes > 0) {
    const { maxRSS } = process.resourceUsage();
    console.log(
      `${done} damaged files; ${timeouts} frames took ${DEADLINE_MS} ms and were stopped; at most ${maxRSS >> 10} MiB`,
    );
  }
});

describe('damaged headers', () => {
  const names = kinds.map(([name]) => name);

  it('give an error with a code or a header, from any prefix the same', { timeout }, async () => {
    const property = fc.asyncProperty(
      fc.constantFrom(...names),
      damages,
      share,
      async (name, changes, length) => {
        await breathe();
        const bytes = damage(files.get(name) ?? Buffer.alloc(0), changes);
        outcome(() => parseHeader(bytes));
        const whole = outcome(() => parseHeaderPrefix(bytes, true));
        const prefix = outcome(() => parseHeaderPrefix(bytes.subarray(0, length * bytes.length), false));
        // A deflated file is only known to be whole at its end.
        const known = 'value' in prefix && prefix.value !== 'NEED_MORE';
        if (known && name !== 'deflated') expect(whole).toEqual(prefix);
      },
    );
    await fc.assert(property, runs(2_000));
  });

  it('or damaged fragments are judged the same however the bytes arrive', { timeout }, async () => {
    const property = fc.asyncProperty(
      fc.constantFrom(...names.filter((name) => name !== 'deflated')),
      damages,
      fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 }),
      async (name, changes, sizes) => {
        await breathe();
        const bytes = damage(files.get(name) ?? Buffer.alloc(0), changes, 0.3);
        const header = outcome(() => parseHeaderPrefix(bytes, true));
        if (!('value' in header) || header.value === 'NEED_MORE') return;
        const { pixelData }: DicomHeader = header.value;
        const streamed = outcome(() => {
          const check = createFragmentCheck(pixelData);
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const size = sizes[i % sizes.length] ?? 1;
            check.push(bytes.subarray(at, at + size));
            at += size;
          }
          check.end();
        });
        expect(streamed).toEqual(outcome(() => checkPixelDataLength(pixelData, bytes)));
      },
    );
    await fc.assert(property, runs(1_000));
  });
});

describe('damaged frames give an error with a code or a picture of the size described, never another one', () => {
  it.each(kinds.map(([name]) => name))('%s', { timeout }, async (name) => {
    const property = fc.asyncProperty(
      damages,
      fc.constantFrom(0, 0, 0.25, 0.5),
      fc.nat({ max: FRAMES - 1 }),
      async (changes, start, frame) => {
        await breathe();
        const bytes = damage(files.get(name) ?? Buffer.alloc(0), changes, start);
        let picture: GrayFrame;
        try {
          picture = await pool.decode(bytes, frame);
        } catch (error) {
          if (!(error instanceof DomainError)) throw error;
          expect(error.code).toMatch(CODES);
          if (error.code === 'DECODE_TIMEOUT') timeouts++;
          return;
        }
        const { rows, columns } = describeImage((openPart10(bytes, true) as Part10).main);
        expect([picture.height, picture.width]).toEqual([rows, columns]);
        expect(picture.pixels).toHaveLength(rows * columns);
        expect(picture.pixels.every(Number.isFinite)).toBe(true);
        expect(owners.get(digestOf(picture)) ?? `${name} ${frame}`).toBe(`${name} ${frame}`);
      },
    );
    await fc.assert(property, runs(20));
  });
});
