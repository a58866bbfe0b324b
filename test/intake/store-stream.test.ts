import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DomainError } from '../../server/errors.js';
import { storeStream } from '../../server/intake/store-stream.js';
import { deflatedBomb, deflatedParts } from '../support/deflated.js';
import { makeDicom, type DicomOptions } from '../support/dicom-factory.js';

/** Far more than the header is looked for in at once, and noise enough not to deflate to less. */
const large: DicomOptions = { rows: 600, columns: 500, seed: 4 };
const LIMIT = 64 * 1024 * 1024;

async function* pieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** The code of the refusal, or `none`; what arrived is written through in any case. */
async function store(bytes: Uint8Array, size: number, limit = LIMIT): Promise<string> {
  let written = 0;
  try {
    const write = async (chunk: Uint8Array) => void (written += chunk.length);
    const header = await storeStream(pieces(bytes, size), write, limit);
    expect(written).toBe(bytes.length);
    return header.rows === 600 ? 'none' : 'another picture';
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return error.code;
  }
}

describe('an object as it arrives', () => {
  it.each(['implicit', 'explicit', 'bigEndian', 'deflated', 'rle', 'jpegLosslessSv1'] as const)(
    '%s: stored whole, refused cut, whatever the pieces',
    async (syntax) => {
      const whole = await makeDicom({ ...large, syntax });
      expect(whole.length).toBeGreaterThan(200_000);
      for (const size of [1_000, 65_536, 100_001, whole.length]) {
        expect(await store(whole, size)).toBe('none');
        for (const share of [0.9999, 0.5]) {
          const cut = whole.subarray(0, Math.floor(whole.length * share));
          expect(await store(cut, size)).toBe('DICOM_TRUNCATED');
        }
      }
    },
  );

  it('deflated data may be followed by padding, but not be damaged', async () => {
    const whole = await makeDicom({ ...large, syntax: 'deflated' });
    expect(await store(Buffer.concat([whole, Buffer.alloc(3)]), 10_000)).toBe('none');
    const damaged = Buffer.from(whole);
    damaged.fill(0xff, 150_000, 160_000);
    expect(await store(damaged, 10_000)).toMatch(/NOT_DICOM|DICOM_TRUNCATED/);
  });

  it('deflated pixels must be as many as the header says', async () => {
    const { start, dataSet } = await deflatedParts(large);
    const file = Buffer.concat([start, deflateRawSync(dataSet.subarray(0, -1_000))]);
    expect(await store(file, 10_000)).toBe('DICOM_TRUNCATED');
  });

  it('a deflated bomb is refused where it passes its bound', { timeout: 60_000 }, async () => {
    const bomb = await deflatedBomb(large, 600);
    const before = process.memoryUsage().rss;
    expect(await store(bomb, 65_536)).toBe('DICOM_TOO_LARGE');
    expect(process.memoryUsage().rss - before).toBeLessThan(300 << 20);
  });

  it('what is no image is refused with its own code, and nothing larger than the limit is taken', async () => {
    expect(await store(Buffer.alloc(0), 10)).toBe('DICOM_EMPTY');
    expect(await store(Buffer.alloc(200_000), 1_000)).toBe('NOT_DICOM');
    const sealed: DicomOptions = {
      ...large,
      elements: { '04000500': ['SQ', [{ '04000510': ['UI', '1.2'] }]] },
    };
    expect(await store(await makeDicom(sealed), 1_000)).toBe('DICOM_ENCRYPTED');
    expect(await store(await makeDicom({ ...large, elements: { '0020000d': null } }), 1_000)).toBe(
      'DICOM_MISSING_UID',
    );
    expect(await store(await makeDicom(large), 1_000, 300_000)).toBe('DICOM_TOO_LARGE');
  });
});
