// Whether pixel data is all there: by its length where it is native, by walking its fragments where it is encapsulated.
import { TAG_PIXEL_DATA } from './dataset.js';
import type { Part10 } from './part10.js';
import { dicomError } from './problems.js';
import { DEFLATED } from './syntaxes.js';

/** Where the pixel data lies. */
export interface PixelDataExtent {
  /** Position of the value in the file, or in the inflated data set of a deflated file. */
  offset: number;
  /** In bytes; null when encapsulated (undefined length). */
  length: number | null;
  /** Where in the file a deflated data set begins; null where it is not deflated. */
  deflatedFrom: number | null;
}

interface Shape {
  rows: number;
  columns: number;
  numberOfFrames: number;
  samplesPerPixel: number;
  bitsAllocated: number;
  photometricInterpretation: string | null;
}

/** Whether native pixels share their chroma two by two (PS3.3 C.7.6.3.1.2). */
export function sharesChroma(photometric: string | null): boolean {
  return photometric === 'YBR_FULL_422' || photometric === 'YBR_PARTIAL_422';
}

/** Bytes of one frame in native pixel data (PS3.5 8.1.1). */
export function nativeFrameBytes(shape: Shape): number {
  const pixels = shape.rows * shape.columns;
  const samples = sharesChroma(shape.photometricInterpretation) ? 2 : shape.samplesPerPixel;
  return (pixels * samples * shape.bitsAllocated) / 8;
}

/**
 * Where a file's pixel data lies.
 *
 * @throws DomainError DICOM_TRUNCATED when native pixel data says it is shorter than its frames
 */
export function pixelDataExtent(file: Part10, shape: Shape): PixelDataExtent {
  const deflatedFrom = file.transferSyntaxUid === DEFLATED ? file.meta.end : null;
  const element = file.main.elements.get(TAG_PIXEL_DATA);
  if (element === undefined) return { offset: file.main.end, length: 0, deflatedFrom };
  if (element.undefinedLength) return { offset: element.offset, length: null, deflatedFrom };
  const wanted = Math.ceil(nativeFrameBytes(shape) * shape.numberOfFrames);
  if (element.length < wanted) {
    throw dicomError('DICOM_TRUNCATED', `the pixel data has ${element.length} of ${wanted} bytes`);
  }
  return { offset: element.offset, length: element.length, deflatedFrom };
}

/** Follows pixel data through a stream. */
export interface FragmentCheck {
  /** The next bytes of the file, or of the inflated data set of a deflated one, in order, from the start. */
  push(chunk: Uint8Array): void;
  /** @throws DomainError DICOM_TRUNCATED when the sequence delimiter has not been seen */
  end(): void;
}

/**
 * Follows the items of encapsulated pixel data (PS3.5 A.4) as a stream arrives, in constant memory.
 *
 * @throws DomainError PIXELS_CORRUPT from `push` when something else stands where an item must
 */
export function createFragmentCheck(extent: PixelDataExtent): FragmentCheck {
  const header = new Uint8Array(8);
  const view = new DataView(header.buffer);
  let position = 0;
  let next = extent.offset;
  let have = 0;
  let done = extent.length !== null;
  const end = extent.length === null ? 0 : extent.offset + extent.length;
  return {
    push(chunk) {
      let at = 0;
      while (!done && at < chunk.length) {
        const skip = Math.min(next - position - at, chunk.length - at);
        if (skip > 0) {
          at += skip;
          continue;
        }
        header[have++] = chunk[at++] ?? 0;
        next++;
        if (have < 8) continue;
        have = 0;
        const tag = ((view.getUint16(0, true) << 16) | view.getUint16(2, true)) >>> 0;
        const length = view.getUint32(4, true);
        if (tag === 0xfffee0dd) done = true;
        else if (tag === 0xfffee000 && length !== 0xffffffff) next = position + at + length;
        else throw dicomError('PIXELS_CORRUPT', `no pixel data fragment begins at byte ${position + at - 8}`);
      }
      position += chunk.length;
    },
    end() {
      if (!done || position < end) {
        throw dicomError('DICOM_TRUNCATED', `the pixel data ends at byte ${position}, before its end`);
      }
    },
  };
}

/**
 * Checks that the pixel data is all there.
 *
 * @param bytes the whole file, or the inflated data set of a deflated one
 * @throws DomainError DICOM_TRUNCATED, PIXELS_CORRUPT
 */
export function checkPixelDataLength(extent: PixelDataExtent, bytes: Uint8Array): void {
  const check = createFragmentCheck(extent);
  check.push(bytes);
  check.end();
}
