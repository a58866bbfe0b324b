import { Readable } from 'node:stream';
import { createDeflateRaw, deflateRawSync } from 'node:zlib';
import { makeDicom, type DicomOptions } from './dicom-factory.js';

/** What a deflated file begins with, and the data set that is deflated behind it. */
export async function deflatedParts(options: DicomOptions): Promise<{ start: Buffer; dataSet: Buffer }> {
  const plain = await makeDicom(options);
  const dataSet = plain.subarray(plain.indexOf(Buffer.from('08000500', 'hex')));
  const deflated = await makeDicom({ ...options, syntax: 'deflated' });
  return { start: deflated.subarray(0, deflated.length - deflateRawSync(dataSet).length), dataSet };
}

/** A deflated file that unfolds to its picture and so many mebibytes of zeros; made without holding them. */
export async function deflatedBomb(options: DicomOptions, mebibytes: number): Promise<Buffer> {
  const { start, dataSet } = await deflatedParts(options);
  const zeros = Buffer.alloc(1 << 20);
  const source = Readable.from([dataSet, ...Array.from({ length: mebibytes }, () => zeros)]);
  const deflated = (await source.pipe(createDeflateRaw({ level: 1 })).toArray()) as Buffer[];
  return Buffer.concat([start, ...deflated]);
}
