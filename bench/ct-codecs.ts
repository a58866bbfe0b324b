// Encoders of CT slices for the bench: the codecs' own where they have one, small ones of ours for the rest.
import charls from '@cornerstonejs/codec-charls/wasmjs';
import openjpeg from '@cornerstonejs/codec-openjpeg/wasmjs';
import type { CtCoding } from '../demo/ct/ct-dicom.js';
import type { CtCodecName } from './ct-codec-names.js';

const quiet = () => ({ print: () => undefined, printErr: () => undefined });
const info = (width: number, height: number) => ({
  width,
  height,
  bitsPerSample: 16,
  componentCount: 1,
  isSigned: false,
});

/** The coding of a codec; undefined for explicit VR little endian. */
export async function ctCoding(name: CtCodecName): Promise<CtCoding | undefined> {
  switch (name) {
    case 'explicit':
      return undefined;
    case 'rle':
      return { transferSyntaxUid: '1.2.840.10008.1.2.5', encode: encodeRle };
    case 'jpeg-lossless':
      return { transferSyntaxUid: '1.2.840.10008.1.2.4.70', encode: encodeLossless };
    case 'jpeg-ls': {
      const codec = await charls(quiet());
      return {
        transferSyntaxUid: '1.2.840.10008.1.2.4.80',
        encode: (words, columns, rows) => encodeWith(new codec.JpegLSEncoder(), words, columns, rows),
      };
    }
    case 'jpeg-2000': {
      const codec = await openjpeg(quiet());
      return {
        transferSyntaxUid: '1.2.840.10008.1.2.4.90',
        encode: (words, columns, rows) => {
          const encoder = new codec.J2KEncoder();
          encoder.setDecompositions?.(5);
          encoder.setQuality?.(true, 0);
          return encodeWith(encoder, words, columns, rows);
        },
      };
    }
  }
}

function encodeWith(
  encoder: InstanceType<Awaited<ReturnType<typeof charls>>['JpegLSEncoder']>,
  words: Uint16Array,
  columns: number,
  rows: number,
): Uint8Array {
  encoder
    .getDecodedBuffer(info(columns, rows))
    .set(new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
  encoder.encode();
  return Buffer.from(encoder.getEncodedBuffer());
}

/** RLE (PS3.5 Annex G): two segments, the high bytes first, runs within a row. */
function encodeRle(words: Uint16Array, columns: number): Uint8Array {
  const segments = [8, 0].map((shift) => {
    const out: number[] = [];
    for (let start = 0; start < words.length; start += columns) {
      const at = (i: number) => ((words[start + i] ?? 0) >> shift) & 0xff;
      for (let i = 0; i < columns;) {
        let run = 1;
        while (run < 128 && i + run < columns && at(i + run) === at(i)) run++;
        if (run > 1) {
          out.push(257 - run, at(i));
          i += run;
          continue;
        }
        let end = i + 1;
        while (end < columns && end - i < 128 && at(end) !== at(end - 1)) end++;
        out.push(end - i - 1);
        for (; i < end; i++) out.push(at(i));
      }
    }
    if (out.length % 2 === 1) out.push(0);
    return Uint8Array.from(out);
  });
  const header = Buffer.alloc(64);
  header.writeUInt32LE(2, 0);
  header.writeUInt32LE(64, 4);
  header.writeUInt32LE(64 + (segments[0]?.length ?? 0), 8);
  return Buffer.concat([header, ...segments]);
}

/** JPEG lossless, first order prediction (ITU-T T.81 Annex H), with sizes as five-bit codes. */
function encodeLossless(words: Uint16Array, columns: number, rows: number): Uint8Array {
  const out = Buffer.alloc(words.length * 3 + 256);
  let [length, accumulator, bits] = [0, 0, 0];
  const byte = (...values: number[]) => values.forEach((value) => (out[length++] = value));
  const write = (value: number, count: number) => {
    accumulator = (accumulator << count) | value;
    bits += count;
    while (bits >= 8) {
      bits -= 8;
      const whole = (accumulator >> bits) & 0xff;
      out[length++] = whole;
      if (whole === 0xff) out[length++] = 0;
    }
    accumulator &= (1 << bits) - 1;
  };
  byte(0xff, 0xd8);
  byte(0xff, 0xc3, 0, 11, 16, rows >> 8, rows & 255, columns >> 8, columns & 255, 1, 1, 0x11, 0);
  const counts = Array.from({ length: 16 }, (_, i) => (i === 4 ? 17 : 0));
  byte(0xff, 0xc4, 0, 36, 0, ...counts, ...Array.from({ length: 17 }, (_, i) => i));
  byte(0xff, 0xda, 0, 8, 1, 1, 0, 1, 0, 0);
  for (let y = 0, at = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++, at++) {
      const before = x > 0 ? words[at - 1] : y > 0 ? words[at - columns] : 1 << 15;
      const difference = (((words[at] ?? 0) - (before ?? 0)) << 16) >> 16;
      const size = difference === 0 ? 0 : 32 - Math.clz32(Math.abs(difference));
      write(size, 5);
      if (size > 0 && size < 16) write(difference < 0 ? difference + (1 << size) - 1 : difference, size);
    }
  }
  while (bits > 0) write(1, 1);
  byte(0xff, 0xd9);
  return out.subarray(0, length);
}
