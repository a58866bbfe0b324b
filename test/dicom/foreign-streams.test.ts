// Streams that other encoders made, or that a standard prints, with the pictures they are known to hold.
import { describe, expect, it } from 'vitest';
import { decodeFrame } from '../../server/dicom/decode.js';
import { makeDicom, type DicomOptions } from '../support/dicom-factory.js';

const decoded = async (options: DicomOptions) => [...(await decodeFrame(await makeDicom(options), 0)).pixels];
const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex');
const base64 = (text: string) => Buffer.from(text, 'base64');

/** Twelve by nine, the value `20 x + 3 y + 71 c` in eight bits. */
const ramp = (components: number) =>
  Array.from({ length: 12 * 9 * components }, (_, i) => {
    const pixel = Math.floor(i / components);
    return ((pixel % 12) * 20 + Math.floor(pixel / 12) * 3 + (i % components) * 71) % 256;
  });
const signedRamp = ramp(1).map((value) => value - 128);
const eightBits: DicomOptions = { rows: 9, columns: 12, bitsAllocated: 8, bitsStored: 8 };

describe('known streams', () => {
  it('JPEG-LS: the example of ITU-T T.87 Annex H.3', async () => {
    const stream = hex(`
      FFD8 FFF7 000B 08 0004 0004 01 01 11 00 FFDA 0008 01 01 00 00 00 00
      C000 006C 8020 8E01 C000 0057 4000 006E E600 0001 BC18 0000 05D8 0000 9160 FFD9`);
    const options: DicomOptions = { rows: 4, columns: 4, bitsStored: 8, syntax: 'jpegLsLossless' };
    expect(await decoded({ ...options, frameBytes: [stream] })).toEqual([
      0, 0, 90, 74, 68, 50, 43, 205, 64, 145, 145, 145, 100, 145, 145, 145,
    ]);
  });

  it('RLE: the example of PackBits', async () => {
    const header = Buffer.alloc(64);
    header.writeUInt32LE(1, 0);
    header.writeUInt32LE(64, 4);
    const stream = Buffer.concat([header, hex('FE AA 02 80 00 2A FD AA 03 80 00 2A 22 F7 AA 00')]);
    const options: DicomOptions = { rows: 4, columns: 6, bitsStored: 8, syntax: 'rle' };
    expect(await decoded({ ...options, frameBytes: [stream] })).toEqual([
      ...hex('AA AA AA 80 00 2A AA AA AA AA 80 00 2A 22 AA AA AA AA AA AA AA AA AA AA'),
    ]);
  });

  it('JPEG 2000 of signed bytes, by OpenJPEG 2.5.4', async () => {
    const stream = base64(
      '/0//UQApAAAAAAAMAAAACQAAAAAAAAAAAAAADAAAAAkAAAAAAAAAAAABhwEB/1IADAAAAAEAAAQEAAH/XAAEQED/ZAAlAAFDcmVhdGVkIGJ5IE9w' +
        'ZW5KUEVHIHZlcnNpb24gMi41LjT/kAAKAAAAAABtAAH/k9+C4BIyXA5Gb60X9Wv8SqcRwKeOme10LK8OPZsaIrIvS84xVazqDHyqfMdIskJs' +
        'tWRtzHT/AidDHrnrRPswTWcEoRec5/0rOepq0nMa1OdDIUajJZEBAAAAAAAABP9//9k=',
    );
    const options: DicomOptions = { ...eightBits, syntax: 'jpeg2000Lossless', signed: true };
    expect(await decoded({ ...options, frameBytes: [stream] })).toEqual(signedRamp);
  });

  it('High-Throughput JPEG 2000 of signed bytes, by OpenJPH 0.26.3', async () => {
    const stream = base64(
      '/0//UQApQAAAAAAMAAAACQAAAAAAAAAAAAAADAAAAAkAAAAAAAAAAAABhwEB/1AACAACAAAAAv9SAAwAAgABAAUEBEAB/1wAEyBIUFBQUFBQUFBQ' +
        'UFBQSEhI/2QAFwABT3BlbkpQSCBWZXIgMC4yNi4zLv+QAAoAAAAAAEYAAf+TwCQAB3QAAMASwBKAVAGHdADuAAd0AMASgJkAS3QAwBUgWAz7' +
        'gI/gi3YAwCrAxhhj/twCOnACdwD/2Q==',
    );
    const options: DicomOptions = { ...eightBits, syntax: 'htj2kLossless', signed: true };
    expect(await decoded({ ...options, frameBytes: [stream] })).toEqual(signedRamp);
  });

  it('High-Throughput JPEG 2000 of colours without a transform, by OpenJPH 0.26.3', async () => {
    const stream = base64(
      '/0//UQAvQAAAAAAMAAAACQAAAAAAAAAAAAAADAAAAAkAAAAAAAAAAAADBwEBBwEBBwEB/1AACAACAAAAAv9SAAwAAgABAAUEBEAB/1wAEyBIUFBQ' +
        'UFBQUFBQUFBQSEhI/2QAFwABT3BlbkpQSCBWZXIgMC4yNi4zLv+QAAoAAAAAAT4AAf+TwCQAB3QAwCXkAAd0AMAl7gAHdAAAAADAEsASgFQB' +
        'h3QA7gAHdADAEsASwBKAsgEHdAD6AMd0AO8Ah3QAwBLAEkASAOUBB3QAAMd0AAAHdADAEoCZAEt0AMATQBNAEoAm9wCLdABW+wACNADsAAd0' +
        'AMATQBJAEoA0ggGDdADMMjMA8gAHdADAFSBYDPuAj+CLdgDAFbAE0ASg35SWeukBxC4whPZYAN5AAm01AP4AwTQAwBaEAVMAVAChR/eNYTBi' +
        'sACIvOCA+rgAAWQc/EAxv5UAQwjjAACWtQDAKsDGGGP+3AI6cAJ3AMAtCASwCYB+vyYm/z+T6W/63+hwwzYAvtwCNAD+3AEHdQDALUgE0AlA' +
        '/n7T+P4Y8zeAAjEP6nr4AlELfAD/f+gCtADsAIR1AP/Z',
    );
    const options: DicomOptions = {
      ...eightBits,
      syntax: 'htj2kLossless',
      modality: 'OT',
      samplesPerPixel: 3,
    };
    const values = ramp(3);
    const luma = Array.from({ length: 108 }, (_, i) => {
      const [r = 0, g = 0, b = 0] = values.slice(i * 3, i * 3 + 3);
      return 0.299 * r + 0.587 * g + 0.114 * b;
    });
    const found = await decoded({ ...options, frameBytes: [stream] });
    found.forEach((value, i) => expect(value).toBeCloseTo(luma[i] ?? NaN, 4));
  });
});
