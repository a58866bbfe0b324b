import { describe, expect, it } from 'vitest';
import { decodeFrame } from '../../server/dicom/decode.js';
import { toDisplay } from '../../server/dicom/display.js';
import { makeDicom, type DicomOptions } from '../support/dicom-factory.js';

const ramp = Array.from({ length: 64 * 64 }, (_, i) => i);
const shown = async (options: DicomOptions, display = {}) => {
  const bytes = await makeDicom({ rows: 64, columns: 64, pixels: ramp, bitsStored: 12, ...options });
  return toDisplay(await decodeFrame(bytes, 0), display);
};

describe('values as they are shown', () => {
  it('LINEAR follows PS3.3 C.11.2.1.2.1', async () => {
    const { pixels } = await shown({ windowCenter: 2048, windowWidth: 4096 });
    // ((x - (c - 0.5)) / (w - 1) + 0.5) * 255, with its ends at c - 0.5 -+ (w - 1) / 2.
    for (const x of [0, 1, 1000, 2047, 2048, 4095]) {
      const y = Math.min(255, Math.max(0, ((x - 2047.5) / 4095 + 0.5) * 255));
      expect(pixels[x]).toBe(Math.round(y));
    }
  });

  it('LINEAR with width 1 is a threshold', async () => {
    const { pixels } = await shown({}, { windowCenter: 100, windowWidth: 1, windowFunction: 'LINEAR' });
    expect([pixels[98], pixels[99], pixels[100], pixels[101]]).toEqual([0, 0, 255, 255]);
  });

  it('LINEAR_EXACT and SIGMOID follow C.11.2.1.3', async () => {
    const exact = await shown({}, { windowCenter: 2000, windowWidth: 1000, windowFunction: 'LINEAR_EXACT' });
    expect([exact.pixels[1500], exact.pixels[2000], exact.pixels[2500]]).toEqual([0, 128, 255]);
    const sigmoid = await shown({}, { windowCenter: 2000, windowWidth: 1000, windowFunction: 'SIGMOID' });
    expect(sigmoid.pixels[2000]).toBe(128);
    expect(sigmoid.pixels[2500]).toBe(Math.round(255 / (1 + Math.exp(-2))));
  });

  it('applies rescale before the window', async () => {
    const { pixels } = await shown({ slope: 2, intercept: -1000, windowCenter: 0, windowWidth: 1000 });
    // Modality value 0 is stored value 500.
    expect(pixels[500]).toBe(128);
    expect(pixels[249]).toBe(0);
    expect(pixels[751]).toBe(255);
  });

  it('inverts MONOCHROME1', async () => {
    const window = { windowCenter: 2048, windowWidth: 4096 };
    const plain = await shown(window);
    const inverted = await shown({ ...window, photometric: 'MONOCHROME1' });
    expect(inverted.pixels[1000]).toBe(255 - (plain.pixels[1000] ?? 0));
  });

  it('shows padding as black and leaves it out of the window', async () => {
    const pixels = ramp.map((value, i) => (i < 64 ? 4095 : 1000 + (value % 100)));
    const frame = await shown({ pixels, elements: { '00280120': ['US', 4095] } });
    expect(frame.pixels[0]).toBe(0);
    expect(Math.max(...frame.pixels.subarray(64))).toBe(255);
  });

  it('makes oblong pixels square', async () => {
    const frame = await shown({ elements: { '00280034': ['IS', '2\\1'] } });
    expect([frame.width, frame.height]).toEqual([64, 128]);
  });

  it('uses the first window that suits the values', async () => {
    const sensible = await shown({ windowCenter: [99_999, 2048], windowWidth: [10, 4096] });
    expect(sensible.pixels[0]).toBe(0);
    expect(sensible.pixels[2048]).toBe(128);
  });
});

describe('windows in the file', () => {
  const windows = async (elements: NonNullable<DicomOptions['elements']>) => {
    const file = await makeDicom({ rows: 64, columns: 64, pixels: ramp, bitsStored: 12, elements });
    return (await decodeFrame(file, 0)).voi;
  };

  it('keep their pairs where a number is missing or none', async () => {
    const { windows: found } = await windows({
      '00281050': ['DS', '\\50\\x\\70\\80'],
      '00281051': ['DS', '1\\ 200 \\3\\400'],
    });
    expect(found).toEqual([
      { center: 50, width: 200 },
      { center: 70, width: 400 },
    ]);
  });

  it('that break the rules of their function are left out (C.11.2.1.2)', async () => {
    const numbers = { '00281050': ['DS', '5\\6\\7'], '00281051': ['DS', '0.5\\-3\\2'] } as const;
    const of = async (name: string | null) => {
      const voi = await windows({
        '00281050': [...numbers['00281050']],
        '00281051': [...numbers['00281051']],
        '00281056': name === null ? null : ['CS', name],
      });
      return [voi.function, ...voi.windows.map(({ width }) => width)];
    };
    expect(await of(null)).toEqual(['LINEAR', 2]);
    expect(await of('LINEAR')).toEqual(['LINEAR', 2]);
    expect(await of('LINEAR_EXACT')).toEqual(['LINEAR_EXACT', 0.5, 2]);
    expect(await of('SIGMOID')).toEqual(['SIGMOID', 0.5, 2]);
  });

  it.each(['LINEAR', 'LINEAR_EXACT', 'SIGMOID'])('%s of every value, both polarities', async (name) => {
    const [c, w] = [1200.5, 1501];
    const y = (x: number) => {
      if (name === 'SIGMOID') return 255 / (1 + Math.exp((-4 * (x - c)) / w));
      const linear = name === 'LINEAR' ? (x - (c - 0.5)) / (w - 1) + 0.5 : (x - c) / w + 0.5;
      return 255 * Math.min(1, Math.max(0, linear));
    };
    for (const photometric of ['MONOCHROME2', 'MONOCHROME1']) {
      const { pixels } = await shown({
        windowCenter: c,
        windowWidth: w,
        photometric,
        elements: { '00281056': ['CS', name] },
      });
      const inverted = photometric === 'MONOCHROME1';
      const expected = ramp.map((x) => (inverted ? 255 - Math.round(y(x)) : Math.round(y(x))));
      expect([...pixels]).toEqual(expected);
    }
  });
});

describe('pixels that are not square', () => {
  it.each<[string, NonNullable<DicomOptions['elements']>, [number, number]]>([
    ['by aspect ratio, tall', { '00280034': ['IS', '3\\2'] }, [64, 96]],
    ['by aspect ratio, wide', { '00280034': ['IS', '1\\2'] }, [128, 64]],
    ['by pixel spacing', { '00280030': ['DS', '0.3\\0.2'] }, [64, 96]],
    ['by the detector', { '00181164': ['DS', '0.2\\0.1'] }, [64, 128]],
    ['aspect ratio before spacing', { '00280034': ['IS', '1\\1'], '00280030': ['DS', '2\\1'] }, [64, 64]],
    ['nonsense is left out', { '00280034': ['IS', '0\\0'] }, [64, 64]],
    ['half a pair is left out', { '00280034': ['IS', '2'] }, [64, 64]],
  ])('%s', async (_, elements, size) => {
    const { width, height, pixels } = await shown({ windowCenter: 2048, windowWidth: 4096, elements });
    expect([width, height]).toEqual(size);
    expect(pixels).toHaveLength(width * height);
    // The ramp rises from corner to corner, stretched or not.
    expect([pixels[0], pixels[pixels.length - 1]]).toEqual([0, 255]);
  });
});
