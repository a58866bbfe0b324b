import { once } from 'node:events';
import { createInflateRaw, type InflateRaw } from 'node:zlib';
import { DomainError } from '../errors.js';
import { createFragmentCheck, type FragmentCheck, type PixelDataExtent } from './extent.js';
import { deflateDamaged, MAX_INFLATED_BYTES, unfoldsTooFar } from './part10.js';
import { dicomError } from './problems.js';

/** Follows the pixel data of a file as it arrives, in constant memory. */
export interface StreamCheck {
  /**
   * The next bytes of the file, in order, from its start.
   *
   * @throws DomainError PIXELS_CORRUPT
   */
  push(chunk: Uint8Array): Promise<void>;
  /** @throws DomainError DICOM_TRUNCATED, PIXELS_CORRUPT; NOT_DICOM, DICOM_TOO_LARGE for deflated files */
  end(): Promise<void>;
  /** Frees what it holds; to be called in any case. */
  close(): void;
}

async function follow(inflater: InflateRaw, check: FragmentCheck): Promise<void> {
  let size = 0;
  for await (const chunk of inflater as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_INFLATED_BYTES) throw unfoldsTooFar(MAX_INFLATED_BYTES);
    check.push(chunk);
  }
}

function coded(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  const cut = error instanceof Error && 'code' in error && error.code === 'Z_BUF_ERROR';
  return cut ? dicomError('DICOM_TRUNCATED', 'the deflated data set is cut off') : deflateDamaged(error);
}

/** A deflated file tells neither its length nor its fragments before it is inflated (PS3.5 A.5). */
function createInflatingCheck(check: FragmentCheck, start: number): StreamCheck {
  const inflater = createInflateRaw();
  const failed = follow(inflater, check).then(() => null, coded);
  let skip = start;
  return {
    async push(chunk) {
      const data = chunk.subarray(skip);
      skip -= chunk.length - data.length;
      // What follows the end of the deflated data is padding; what follows a failure is of no use.
      if (data.length === 0 || inflater.destroyed || inflater.write(data)) return;
      await Promise.race([once(inflater, 'drain').catch(() => undefined), failed]);
    },
    async end() {
      if (!inflater.destroyed) inflater.end();
      const failure = await failed;
      if (failure !== null) throw failure;
      check.end();
    },
    close: () => inflater.destroy(),
  };
}

/** Follows the pixel data that a header announced. */
export function createStreamCheck(extent: PixelDataExtent): StreamCheck {
  const check = createFragmentCheck(extent);
  if (extent.deflatedFrom !== null) return createInflatingCheck(check, extent.deflatedFrom);
  return {
    push: async (chunk) => check.push(chunk),
    end: async () => check.end(),
    close: () => undefined,
  };
}
