import { describe, expect, it } from 'vitest';
import { decodeFrame } from '../../server/dicom/decode.js';
import { toDisplay } from '../../server/dicom/display.js';
import { makeDicom, randomOf, type DicomOptions } from '../support/dicom-factory.js';

const rows = 10;
const columns = 14;
const pixels = rows * columns;

/** Interleaved samples of three quite different channels, two frames. */
function samples(bits: number): number[] {
  const random = randomOf(bits);
  const high = 2 ** bits - 1;
  return Array.from({ length: 2 * pixels * 3 }, (_, i) => {
    const x = Math.floor(i / 3) % columns;
    const smooth = [x / columns, 1 - x / columns, 0.5][i % 3] ?? 0;
    return Math.round(high * Math.min(1, Math.max(0, smooth * 0.8 + random() * 0.2)));
  });
}

/** ITU-R BT.601, as the values of PS3.3 C.7.6.3.1.2 give it. */
const luma = ([r = 0, g = 0, b = 0]: number[]) => 0.299 * r + 0.587 * g + 0.114 * b;
const pixelOf = (values: number[], frame: number, i: number) =>
  values.slice((frame * pixels + i) * 3, (frame * pixels + i) * 3 + 3);

const colour = (options: DicomOptions) =>
  makeDicom({ modality: 'OT', samplesPerPixel: 3, rows, columns, frames: 2, ...options });

/** Greatest distance of both decoded frames from what each pixel should be. */
async function worst(file: Uint8Array, expected: (frame: number, i: number) => number): Promise<number> {
  let most = 0;
  for (const frame of [0, 1]) {
    const { pixels: decoded } = await decodeFrame(file, frame);
    expect(decoded).toHaveLength(pixels);
    decoded.forEach((value, i) => (most = Math.max(most, Math.abs(value - expected(frame, i)))));
  }
  return most;
}

describe('RGB becomes luma', () => {
  const values = samples(8);
  const expected = (frame: number, i: number) => luma(pixelOf(values, frame, i));

  it.each<DicomOptions>([
    { syntax: 'implicit' },
    { syntax: 'explicit', planar: true },
    { syntax: 'bigEndian' },
    { syntax: 'deflated', planar: true },
    { syntax: 'rle' },
    { syntax: 'rle', planar: true },
    { syntax: 'jpegLossless', predictor: 6 },
    { syntax: 'jpegLosslessSv1' },
    { syntax: 'jpegLsLossless' },
    { syntax: 'jpeg2000Lossless' },
    { syntax: 'jpeg2000Lossless', photometric: 'YBR_RCT' },
    { syntax: 'jpeg2000Lossless', colourTransform: false },
    { syntax: 'htj2kLossless', photometric: 'YBR_RCT' },
    { syntax: 'htj2kLossless', colourTransform: false },
    { syntax: 'htj2kLosslessRpcl', colourTransform: false },
  ])('$syntax, planar $planar, $photometric, transform $colourTransform', async (options) => {
    expect(await worst(await colour({ pixels: values, ...options }), expected)).toBeLessThan(1e-4);
  });

  it('sixteen bits, by pixel and by plane', async () => {
    const deep = samples(16);
    const file = { pixels: deep, bitsAllocated: 16, bitsStored: 16 } as const;
    const wanted = (frame: number, i: number) => luma(pixelOf(deep, frame, i));
    for (const syntax of ['implicit', 'bigEndian', 'rle'] as const) {
      for (const planar of [false, true]) {
        expect(await worst(await colour({ ...file, syntax, planar }), wanted)).toBeLessThan(0.004);
      }
    }
  });

  it('lossy syntaxes stay close', async () => {
    const ict = await colour({ pixels: values, syntax: 'jpeg2000', photometric: 'YBR_ICT' });
    expect(await worst(ict, expected)).toBeLessThan(40);
    const baseline = await colour({ pixels: values, syntax: 'jpegBaseline', photometric: 'YBR_FULL_422' });
    expect(await worst(baseline, expected)).toBeLessThan(24);
  });

  it('its whole range is shown, whatever a window says', async () => {
    const file = await colour({ pixels: values, windowCenter: 10, windowWidth: 5 });
    const { pixels: shown } = toDisplay(await decodeFrame(file, 0));
    shown.forEach((value, i) => expect(Math.abs(value - expected(0, i))).toBeLessThanOrEqual(0.5 + 1e-4));
  });
});

describe('YBR: the first component is the luma', () => {
  const values = samples(8);
  const first = (frame: number, i: number) => pixelOf(values, frame, i)[0] ?? NaN;

  it.each<DicomOptions>([
    { syntax: 'explicit' },
    { syntax: 'explicit', planar: true },
    { syntax: 'bigEndian', planar: true },
    { syntax: 'rle' },
    { syntax: 'jpegLosslessSv1' },
    { syntax: 'jpegLsLossless' },
    { syntax: 'jpeg2000Lossless', colourTransform: false },
  ])('YBR_FULL, $syntax, planar $planar', async (options) => {
    const file = await colour({ pixels: values, photometric: 'YBR_FULL', ...options });
    expect(await worst(file, first)).toBe(0);
  });

  /** Two luminances, then the blue and the red difference of the first of the pair. */
  const frame422 = (frame: number) =>
    Uint8Array.from({ length: pixels * 2 }, (_, i) => {
      const at = 2 * Math.floor(i / 4);
      const [channel = 0, offset = 0] =
        [[0, 0] as const, [0, 1] as const, [1, 0] as const, [2, 0] as const][i % 4] ?? [];
      return pixelOf(values, frame, at + offset)[channel] ?? 0;
    });

  it('YBR_FULL_422 shares its chroma by pairs', async () => {
    const frameBytes = [frame422(0), frame422(1)];
    const options = { photometric: 'YBR_FULL_422', frameBytes };
    for (const syntax of ['implicit', 'explicit', 'deflated'] as const) {
      expect(await worst(await colour({ ...options, syntax }), first)).toBe(0);
    }
    const words = frameBytes.map((bytes) => Buffer.from(bytes).swap16());
    const file = await colour({ ...options, frameBytes: words, syntax: 'bigEndian', pixelVr: 'OW' });
    expect(await worst(file, first)).toBe(0);
  });

  it('YBR_FULL_422 needs an even number of columns', async () => {
    const frameBytes = [new Uint8Array(rows * 13 * 2), new Uint8Array(rows * 13 * 2)];
    const file = await colour({ photometric: 'YBR_FULL_422', columns: 13, frameBytes });
    await expect(decodeFrame(file, 0)).rejects.toMatchObject({ code: 'PIXELS_CORRUPT' });
  });
});
