// Whether an object that arrives as a stream is all there, deflated or not.
import { createInflateRaw } from 'node:zlib';
import { createFragmentCheck, type PixelDataExtent } from './extent.js';
import { MAX_INFLATED_BYTES } from './part10.js';
import { dicomError } from './problems.js';

/** Follows an object through a stream, in constant memory. */
export interface ArrivalCheck {
  /**
   * The next bytes of the file, in order, from its start.
   *
   * @throws DomainError PIXELS_CORRUPT, NOT_DICOM for damaged deflated data, DICOM_TOO_LARGE where it unfolds to more
   * than MAX_INFLATED_BYTES
   */
  push(chunk: Uint8Array): Promise<void>;
  /** @throws DomainError those of `push`; DICOM_TRUNCATED when something is missing */
  end(): Promise<void>;
  /** Frees what it holds; to be called in any case. */
  close(): void;
}

/** @param extent where the header says that the pixel data lies */
export function createArrivalCheck(extent: PixelDataExtent): ArrivalCheck {
  const { deflatedFrom } = extent;
  if (deflatedFrom !== null) return inflatingCheck(extent, deflatedFrom);
  const check = createFragmentCheck(extent);
  return { push: async (chunk) => check.push(chunk), end: async () => check.end(), close: () => undefined };
}

/** Unfolds what arrives and throws it away: only so is it known that the deflate stream ends, and after its pixels. */
function inflatingCheck(extent: PixelDataExtent, deflatedFrom: number): ArrivalCheck {
  const check = createFragmentCheck(extent);
  const inflate = createInflateRaw();
  let toSkip = deflatedFrom;
  let unfolded = 0;
  let failure: unknown = null;
  const fail = (error: unknown) => {
    failure ??= error;
    inflate.destroy();
  };
  inflate.on('data', (piece: Uint8Array) => {
    unfolded += piece.length;
    try {
      if (unfolded > MAX_INFLATED_BYTES) {
        const message = `the deflated data set unfolds to more than ${MAX_INFLATED_BYTES} bytes`;
        throw dicomError('DICOM_TOO_LARGE', message);
      }
      check.push(piece);
    } catch (error) {
      fail(error);
    }
  });
  inflate.on('error', (cause: NodeJS.ErrnoException) =>
    fail(
      cause.code === 'Z_BUF_ERROR'
        ? dicomError('DICOM_TRUNCATED', 'the deflated data set ends before its end', { cause })
        : dicomError('NOT_DICOM', 'the deflated data set is damaged', { cause }),
    ),
  );
  const closed = new Promise<void>((resolve) => inflate.once('close', resolve));
  const whole = new Promise<void>((resolve) => inflate.once('end', resolve));
  const settle = async (step: Promise<unknown>) => {
    await Promise.race([step, closed]);
    if (failure !== null) throw failure;
  };
  return {
    push: async (chunk) => {
      const skipped = Math.min(toSkip, chunk.length);
      toSkip -= skipped;
      // After the end of the deflate stream only padding may follow (PS3.5 A.5).
      if (skipped === chunk.length || inflate.readableEnded) return;
      await settle(
        new Promise((resolve) => inflate.write(chunk.subarray(skipped), () => resolve(undefined))),
      );
    },
    end: async () => {
      inflate.end();
      await settle(whole);
      check.end();
    },
    close: () => inflate.destroy(),
  };
}
