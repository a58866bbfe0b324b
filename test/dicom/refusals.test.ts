import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createDecodePool } from '../../server/dicom/decode-pool.js';
import { decodeFrame, pixelDigest } from '../../server/dicom/decode.js';
import { parseHeader, parseHeaderPrefix } from '../../server/dicom/header.js';
import { DomainError } from '../../server/errors.js';
import { deflatedBomb } from '../support/deflated.js';
import { makeDicom, type SyntaxName } from '../support/dicom-factory.js';

describe('deflated files', () => {
  it('cannot fill the memory: a bomb is refused', async () => {
    const bomb = await deflatedBomb({ seed: 3 }, 600);
    const before = process.memoryUsage().rss;
    for (const work of [() => parseHeader(bomb), () => decodeFrame(bomb, 0), () => pixelDigest(bomb)]) {
      await expect((async () => work())()).rejects.toMatchObject({ code: 'DICOM_TOO_LARGE' });
    }
    // The header alone is read from the beginning, whatever follows.
    expect(parseHeaderPrefix(bomb, false)).toMatchObject({ rows: 64, columns: 48 });
    expect(process.memoryUsage().rss - before).toBeLessThan(1_500_000_000);
  });
});

describe('damaged frames', () => {
  const pool = createDecodePool({ size: 1, deadlineMs: 3_000 });
  afterAll(() => pool.close());

  const coded: SyntaxName[] = [
    'rle',
    'jpegLosslessSv1',
    'jpegLsLossless',
    'jpeg2000Lossless',
    'htj2kLossless',
    'jpegExtended',
  ];
  it.each(coded)(
    '%s: an error, or pixels of the right size, and the next picture is right',
    async (syntax) => {
      const good = await makeDicom({ seed: 5, syntax });
      const other = await makeDicom({ seed: 6, syntax });
      const digest = await pixelDigest(other);
      const start = good.length - 1500;
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.integer({ min: 0, max: 1400 }), fc.integer({ min: 0, max: 255 })), {
            minLength: 1,
            maxLength: 20,
          }),
          async (changes) => {
            const bytes = Buffer.from(good);
            for (const [at, value] of changes) bytes[start + at] = value;
            try {
              const frame = await pool.decode(bytes, 0);
              expect(frame.pixels).toHaveLength(64 * 48);
            } catch (error) {
              expect(error).toBeInstanceOf(DomainError);
            }
          },
        ),
        { seed: 42, numRuns: 15 },
      );
      expect(await pool.pixelDigest(other)).toBe(digest);
    },
  );

  it('never gives the picture before when a frame is cut off', async () => {
    for (const syntax of coded) {
      const good = await makeDicom({ seed: 7, syntax, rows: 128, columns: 128 });
      const before = await pool.decode(good, 0);
      const cut = Buffer.from(await makeDicom({ seed: 8, syntax, rows: 128, columns: 128 }));
      // The coded bytes end early; the fragment around them is whole.
      cut.fill(0, cut.length - 4000, cut.length - 8);
      const outcome = await pool.decode(cut, 0).catch((error: unknown) => error);
      if (outcome instanceof DomainError) expect(outcome.code).toMatch(/PIXELS_CORRUPT|DECODE_TIMEOUT/);
      else
        expect(Buffer.from((outcome as typeof before).pixels.buffer)).not.toEqual(
          Buffer.from(before.pixels.buffer),
        );
    }
  });

  it('refuses more than may wait, retryable', async () => {
    const small = createDecodePool({ size: 1, deadlineMs: 3_000, maxQueue: 1 });
    const bytes = await makeDicom({ seed: 9 });
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => small.decode(bytes, 0)));
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    for (const { reason } of refused)
      expect(reason).toMatchObject({ code: 'DECODE_TIMEOUT', retryable: true });
    await small.close();
  });

  it('refuses dimensions that no memory could hold before it allocates', async () => {
    const huge = await makeDicom({
      seed: 10,
      syntax: 'jpeg2000Lossless',
      elements: { '00280010': ['US', 65535], '00280011': ['US', 65535] },
    });
    await expect(decodeFrame(huge, 0)).rejects.toBeInstanceOf(DomainError);
  });
});
