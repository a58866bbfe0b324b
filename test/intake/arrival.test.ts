// Objects that arrive in pieces, whole and cut off: no database.
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DomainError } from '../../server/errors.js';
import { storeStream } from '../../server/intake/store-stream.js';
import { makeDicom, randomOf, SYNTAX, type SyntaxName } from '../support/dicom-factory.js';

async function* pieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function outcome(bytes: Uint8Array, size = 10_000): Promise<string> {
  try {
    const header = await storeStream(pieces(bytes, size), async () => undefined, 1e9);
    return header.transferSyntaxUid;
  } catch (error) {
    return error instanceof DomainError ? error.code : String(error);
  }
}

/** Noise does not shrink: what is deflated is larger than the first bytes that the header is looked for in. */
async function noisy(syntax: SyntaxName, seed = 1) {
  const random = randomOf(seed);
  const pixels = Uint16Array.from({ length: 400 * 300 }, () => random() * 4096);
  return makeDicom({ seed, rows: 400, columns: 300, pixels, syntax });
}

describe('a deflated object', () => {
  it.each([1000, 10_000, 1_000_000])('is taken whole, in pieces of %i bytes', async (size) => {
    const whole = await noisy('deflated');
    expect(whole.length).toBeGreaterThan(150_000);
    expect(await outcome(whole, size)).toBe(SYNTAX.deflated);
    // Padded to an even length, as PS3.5 A.5 has it.
    expect(await outcome(Buffer.concat([whole, Buffer.alloc(1)]), size)).toBe(SYNTAX.deflated);
  });

  it.each([0.5, 0.9, 0.999])('is refused when %f of it came', async (share) => {
    const whole = await noisy('deflated');
    expect(await outcome(whole.subarray(0, Math.floor(whole.length * share)))).toBe('DICOM_TRUNCATED');
  });

  it('is refused when its stream ends but its pixels do not', async () => {
    const plain = await noisy('explicit');
    const deflated = await noisy('deflated');
    const start = deflated.indexOf(SYNTAX.deflated);
    const meta = deflated.subarray(0, deflated.indexOf(Buffer.from('2.25.1'), start) + 6);
    const data = plain.subarray(plain.indexOf(Buffer.from([0x08, 0, 0x16, 0, 0x55, 0x49])));
    expect(await outcome(Buffer.concat([meta, deflateRawSync(data)]))).toBe(SYNTAX.deflated);
    const short = deflateRawSync(data.subarray(0, -1000));
    expect(await outcome(Buffer.concat([meta, short]))).toBe('DICOM_TRUNCATED');
  });

  it('is refused when it is damaged', async () => {
    const whole = await noisy('deflated');
    whole.fill(0xff, 100_000);
    expect(await outcome(whole)).toMatch(/^(NOT_DICOM|DICOM_TRUNCATED)$/);
  });

  it('is refused when it unfolds without end', async () => {
    const plain = await noisy('explicit');
    const deflated = await noisy('deflated');
    const start = deflated.indexOf(SYNTAX.deflated);
    const meta = deflated.subarray(0, deflated.indexOf(Buffer.from('2.25.1'), start) + 6);
    const data = plain.subarray(plain.indexOf(Buffer.from([0x08, 0, 0x16, 0, 0x55, 0x49])));
    const bomb = deflateRawSync(Buffer.concat([data, Buffer.alloc(600 * 1024 * 1024)]), { level: 1 });
    expect(await outcome(Buffer.concat([meta, bomb]))).toBe('DICOM_TOO_LARGE');
  });
});

it.each<SyntaxName>(['explicit', 'rle'])('%s is refused when it is cut off', async (syntax) => {
  const whole = await noisy(syntax);
  expect(await outcome(whole)).toBe(SYNTAX[syntax]);
  expect(await outcome(whole.subarray(0, -2000))).toBe('DICOM_TRUNCATED');
});
