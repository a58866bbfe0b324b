import { describe, expect, it } from 'vitest';
import { decodeFrame } from '../../server/dicom/decode.js';
import { makeDicom, randomOf, type DicomOptions } from '../support/dicom-factory.js';

const decoded = async (options: DicomOptions, frame = 0) => [
  ...(await decodeFrame(await makeDicom(options), frame)).pixels,
];
const littleEndian = ['implicit', 'explicit', 'deflated'] as const;
/** Three by five: a frame that ends inside a 16-bit word. */
const odd = { rows: 3, columns: 5, frames: 3 } as const;
const bytes = Array.from({ length: 45 }, (_, i) => (i * 37 + 11) % 256);

describe('pixels of 8 bits', () => {
  it.each(littleEndian)('follow one another: %s', async (syntax) => {
    for (const pixelVr of syntax === 'implicit' ? (['OW'] as const) : (['OB', 'OW'] as const)) {
      const options: DicomOptions = { ...odd, syntax, pixelVr, pixels: bytes, bitsStored: 8 };
      for (const frame of [0, 1, 2]) {
        expect(await decoded(options, frame)).toEqual(bytes.slice(frame * 15, frame * 15 + 15));
      }
    }
  });

  it('lie in big-endian words with the later one first (PS3.5 8.1.1)', async () => {
    const words = Buffer.from([...bytes, 0]).swap16();
    const options: DicomOptions = {
      ...{ ...odd, syntax: 'bigEndian', pixelVr: 'OW', bitsStored: 8, frameBytes: [words] },
    };
    for (const frame of [0, 1, 2]) {
      expect(await decoded(options, frame)).toEqual(bytes.slice(frame * 15, frame * 15 + 15));
    }
    const asBytes: DicomOptions = {
      ...odd,
      syntax: 'bigEndian',
      pixelVr: 'OB',
      pixels: bytes,
      bitsStored: 8,
    };
    expect(await decoded(asBytes, 1)).toEqual(bytes.slice(15, 30));
  });
});

describe('pixels of 1 bit', () => {
  const bits = Array.from({ length: 45 }, (_, i) => (i * i + (i >> 2)) % 2);
  const packed = Buffer.alloc(6);
  bits.forEach((bit, i) => (packed[i >> 3] = (packed[i >> 3] ?? 0) | (bit << (i & 7))));
  const oneBit: DicomOptions = { ...odd, bitsAllocated: 1, bitsStored: 1, pixelVr: 'OW' };

  it.each([0, 1, 2])('frame %i need not begin at a byte', async (frame) => {
    const expected = bits.slice(frame * 15, frame * 15 + 15);
    for (const syntax of littleEndian) {
      expect(await decoded({ ...oneBit, syntax, frameBytes: [packed] }, frame)).toEqual(expected);
    }
    const words = Buffer.from(packed).swap16();
    expect(await decoded({ ...oneBit, syntax: 'bigEndian', frameBytes: [words] }, frame)).toEqual(expected);
  });
});

describe('pixels of 32 bits', () => {
  const values = [0, 1, 65_536, 16_777_215, 1_000_000, 2 ** 31];
  const options: DicomOptions = { rows: 2, columns: 3, bitsAllocated: 32, bitsStored: 32 };
  const little = (signed: boolean) => {
    const buffer = Buffer.alloc(24);
    values.forEach((value, i) =>
      signed ? buffer.writeInt32LE(-value, i * 4) : buffer.writeUInt32LE(value, i * 4),
    );
    return buffer;
  };

  it('are whole, with and without a sign', async () => {
    for (const syntax of littleEndian) {
      expect(await decoded({ ...options, syntax, frameBytes: [little(false)] })).toEqual(values);
      const signed = await decoded({ ...options, syntax, signed: true, frameBytes: [little(true)] });
      expect(signed.map((value) => 0 - value)).toEqual(values);
    }
    const words = little(false).swap16();
    expect(await decoded({ ...options, syntax: 'bigEndian', pixelVr: 'OW', frameBytes: [words] })).toEqual(
      values,
    );
  });

  it('are not decoded from compressed data', async () => {
    const file = await makeDicom({ ...options, syntax: 'rle', frameBytes: [new Uint8Array(100)] });
    await expect(decodeFrame(file, 0)).rejects.toMatchObject({ code: 'SYNTAX_NOT_SUPPORTED' });
  });
});

describe('bits stored, high bit and sign', () => {
  const random = randomOf(5);
  it.each([
    [8, 7, 16],
    [10, 9, 16],
    [10, 13, 16],
    [12, 11, 16],
    [12, 15, 16],
    [15, 14, 16],
    [16, 15, 16],
    [7, 6, 8],
    [5, 7, 8],
  ] as const)(
    '%i bits up to bit %i of %i: what lies around them is no picture',
    async (bitsStored, highBit, bitsAllocated) => {
      for (const signed of [false, true]) {
        const low = signed ? -(2 ** (bitsStored - 1)) : 0;
        const values = Array.from({ length: 35 }, () => low + Math.floor(random() * 2 ** bitsStored));
        const shift = highBit + 1 - bitsStored;
        const mask = (2 ** bitsStored - 1) << shift;
        // Overlays of old, in every bit that is no pixel's.
        const cells = values.map(
          (value) => ((value << shift) & mask) | (Math.floor(random() * 65_536) & ~mask),
        );
        for (const syntax of ['implicit', 'explicit', 'bigEndian', 'deflated'] as const) {
          const frame = Buffer.alloc((35 * bitsAllocated) / 8);
          cells.forEach((cell, i) => {
            if (bitsAllocated === 8) frame[i] = cell & 0xff;
            else if (syntax === 'bigEndian') frame.writeUInt16BE(cell & 0xffff, i * 2);
            else frame.writeUInt16LE(cell & 0xffff, i * 2);
          });
          const options: DicomOptions = {
            rows: 5,
            columns: 7,
            syntax,
            signed,
            bitsAllocated,
            bitsStored,
            highBit,
          };
          const padded = Buffer.concat([frame, Buffer.alloc(frame.length % 2)]);
          const pixelVr = bitsAllocated === 8 && syntax !== 'implicit' ? 'OB' : 'OW';
          expect(await decoded({ ...options, pixelVr, frameBytes: [padded] })).toEqual(values);
        }
      }
    },
  );

  it('that contradict each other are damage', async () => {
    for (const [tag, value] of [
      ['00280101', 17],
      ['00280101', 0],
      ['00280102', 16],
      ['00280102', 3],
    ] as const) {
      const file = await makeDicom({ bitsStored: 12, elements: { [tag]: ['US', value] } });
      await expect(decodeFrame(file, 0)).rejects.toMatchObject({ code: 'PIXELS_CORRUPT' });
    }
  });
});
