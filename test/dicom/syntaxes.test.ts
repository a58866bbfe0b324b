import { describe, expect, it } from 'vitest';
import { decodeFrame, pixelDigest } from '../../server/dicom/decode.js';
import { makeDicom, type DicomOptions, type SyntaxName } from '../support/dicom-factory.js';

const everyLossless: SyntaxName[] = [
  'implicit',
  'explicit',
  'bigEndian',
  'deflated',
  'rle',
  'jpegLossless',
  'jpegLosslessSv1',
  'jpegLsLossless',
  'jpeg2000Lossless',
  'htj2kLossless',
  'htj2kLosslessRpcl',
];
const reference = (options: DicomOptions) =>
  makeDicom({ ...options, syntax: 'explicit' }).then((bytes) => pixelDigest(bytes));

describe('lossless transfer syntaxes give the same pixels to the bit', () => {
  const pictures: [name: string, options: DicomOptions][] = [
    ['12 bits', { bitsStored: 12 }],
    ['16 bits', { bitsStored: 16 }],
    ['8 bits', { bitsAllocated: 8, bitsStored: 8 }],
    ['7 bits, odd size', { bitsAllocated: 8, bitsStored: 7, rows: 33, columns: 45 }],
    ['10 bits', { bitsStored: 10 }],
    ['12 bits, odd width', { bitsStored: 12, rows: 37, columns: 51 }],
    ['three frames', { bitsStored: 12, frames: 3 }],
  ];
  for (const [name, options] of pictures) {
    it.each(everyLossless)(`${name}: %s`, async (syntax) => {
      const bytes = await makeDicom({ seed: 3, ...options, syntax });
      expect(await pixelDigest(bytes)).toBe(await reference({ seed: 3, ...options }));
    });
  }

  it.each(everyLossless)('signed, of 8, 12 and 16 bits: %s', async (syntax) => {
    for (const bitsStored of [8, 12, 16]) {
      const options: DicomOptions = { seed: 4, modality: 'CT', bitsStored, signed: true };
      const bytes = await makeDicom({ ...options, syntax });
      expect([bitsStored, await pixelDigest(bytes)]).toEqual([bitsStored, await reference(options)]);
    }
  });

  it.each([1, 2, 3, 4, 5, 6, 7])('JPEG lossless with predictor %i', async (predictor) => {
    const options: DicomOptions = { seed: 5, bitsStored: 14 };
    const bytes = await makeDicom({ ...options, syntax: 'jpegLossless', predictor });
    expect(await pixelDigest(bytes)).toBe(await reference(options));
  });

  it.each(['basic', 'empty', 'extended'] as const)(
    'frames in several fragments, %s offset table',
    async (offsetTable) => {
      const options: DicomOptions = { seed: 6, frames: 3 };
      const fragments = offsetTable === 'extended' ? 1 : 3;
      const bytes = await makeDicom({ ...options, syntax: 'jpegLosslessSv1', fragments, offsetTable });
      expect(await pixelDigest(bytes)).toBe(await reference(options));
    },
  );

  it('reads the bits below the high bit only', async () => {
    const options: DicomOptions = { seed: 7, bitsStored: 12 };
    expect(await pixelDigest(await makeDicom({ ...options, highBit: 15 }))).toBe(await reference(options));
  });

  it.each(['explicit', 'rle'] as const)('colour by plane and by pixel: %s', async (syntax) => {
    const options: DicomOptions = { seed: 8, modality: 'OT', samplesPerPixel: 3 };
    const planar = await makeDicom({ ...options, syntax, planar: true });
    expect(await pixelDigest(planar)).toBe(await reference(options));
  });
});

describe('lossy transfer syntaxes stay close', () => {
  it.each<[SyntaxName, number, number]>([
    ['jpegBaseline', 8, 8],
    ['jpegExtended', 12, 40],
    ['jpegLsNear', 12, 3],
    ['jpeg2000', 12, 400],
    ['htj2k', 12, 60],
  ])('%s at %i bits, at most %i off', async (syntax, bitsStored, tolerance) => {
    const options: DicomOptions = { seed: 9, bitsStored, bitsAllocated: bitsStored === 8 ? 8 : 16 };
    const exact = await decodeFrame(await makeDicom(options), 0);
    const lossy = await decodeFrame(await makeDicom({ ...options, syntax }), 0);
    const worst = Array.from(exact.pixels).reduce(
      (most, value, i) => Math.max(most, Math.abs(value - (lossy.pixels[i] ?? NaN))),
      0,
    );
    expect(worst).toBeLessThanOrEqual(tolerance);
    if (syntax === 'jpegExtended') {
      // Every coefficient is rounded to a multiple of 4, and the transform keeps sums of squares (ITU-T T.81 A.3.3).
      const squares = Array.from(exact.pixels).reduce(
        (sum, value, i) => sum + (value - (lossy.pixels[i] ?? NaN)) ** 2,
        0,
      );
      expect(Math.sqrt(squares / exact.pixels.length)).toBeLessThan(4 / Math.sqrt(12) + 0.3);
    }
    expect(lossy.pixels).toHaveLength(exact.pixels.length);
  });
});
