// Where the bytes of a file come from: memory, or a disk that only gives what a frame needs.
import { open, type FileHandle } from 'node:fs/promises';
import { createInflateRaw } from 'node:zlib';
import { DomainError } from '../errors.js';
import { TAG_PIXEL_DATA } from './dataset.js';
import { MAX_HEADER_BYTES, MAX_INFLATED_BYTES, openPart10, type Part10 } from './part10.js';
import { dicomError } from './problems.js';
import { DEFLATED } from './syntaxes.js';

/** A Part 10 file: its bytes, or where it lies on the disk. */
export type DicomInput = Uint8Array | { path: string };

/** Bytes of a main data set by the positions of its elements. */
export interface ByteSource {
  /** Bytes in all; infinite where only reading tells, as with deflated files. */
  length: number;
  /** @throws DomainError DICOM_TRUNCATED when the bytes end before `end` */
  read(start: number, end: number): Promise<Uint8Array>;
}

/** A file whose header has been read; the source has the bytes of its main data set. */
export interface OpenedInput {
  file: Part10;
  source: ByteSource;
}

const FIRST_PREFIX = 64 * 1024;

const cutOff = () => dicomError('DICOM_TRUNCATED', 'the pixel data is cut off');

function truncated(): never {
  throw cutOff();
}

/** Bytes that are in memory. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    length: bytes.length,
    read: (start, end) =>
      end > bytes.length ? Promise.reject(cutOff()) : Promise.resolve(bytes.subarray(start, end)),
  };
}

async function readAt(handle: FileHandle, start: number, end: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(end - start);
  let have = 0;
  while (have < bytes.length) {
    const { bytesRead } = await handle.read(bytes, have, bytes.length - have, start + have);
    if (bytesRead === 0) truncated();
    have += bytesRead;
  }
  return bytes;
}

async function* inflated(handle: FileHandle, start: number): AsyncGenerator<Uint8Array> {
  const file = handle.createReadStream({ start, autoClose: false });
  const inflate = createInflateRaw();
  file.on('error', (error) => inflate.destroy(error));
  try {
    for await (const piece of file.pipe(inflate)) yield piece as Buffer;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'Z_BUF_ERROR') truncated();
    throw error;
  } finally {
    file.destroy();
    inflate.destroy();
  }
}

/** Unfolds a deflated data set as far as is asked for and holds no more than that; going back starts it anew. */
function inflatedSource(handle: FileHandle, from: number): ByteSource & { close(): Promise<void> } {
  let pieces = inflated(handle, from);
  let piece: Uint8Array = new Uint8Array(0);
  let position = 0;
  const close = async () => {
    await pieces.return(undefined);
  };
  return {
    length: Infinity,
    close,
    read: async (start, end) => {
      if (end > MAX_INFLATED_BYTES) {
        throw dicomError('DICOM_TOO_LARGE', `the data set unfolds to more than ${MAX_INFLATED_BYTES} bytes`);
      }
      if (start < position) {
        await close();
        pieces = inflated(handle, from);
        piece = new Uint8Array(0);
        position = 0;
      }
      const out = new Uint8Array(end - start);
      while (position < end) {
        if (piece.length === 0) {
          const next = await pieces.next();
          if (next.done === true) return truncated();
          piece = next.value;
        }
        // First what lies before the start, then what is asked for.
        const wanted = piece.subarray(0, (position < start ? start : end) - position);
        if (position >= start) out.set(wanted, position - start);
        position += wanted.length;
        piece = piece.subarray(wanted.length);
      }
      return out;
    },
  };
}

/** The header in growing prefixes; pixel data is not read. */
async function readFileHeader(handle: FileHandle): Promise<{ file: Part10; size: number }> {
  const { size } = await handle.stat();
  for (let length = Math.min(FIRST_PREFIX, size); ; length = Math.min(length * 4, size)) {
    const prefix = await readAt(handle, 0, length);
    const file = openPart10(prefix, false);
    if (file !== 'NEED_MORE' && file.main.elements.has(TAG_PIXEL_DATA)) return { file, size };
    if (length === size) {
      const whole = openPart10(prefix, true);
      if (whole === 'NEED_MORE') return truncated();
      return { file: whole, size };
    }
    if (length >= MAX_HEADER_BYTES) {
      throw dicomError('DICOM_TOO_LARGE', `the header is larger than ${MAX_HEADER_BYTES} bytes`);
    }
  }
}

/**
 * Opens a file for as long as `use` takes. Of one on the disk, the header is read, and then what `use` asks for.
 *
 * @throws DomainError those of `openPart10`; NOT_FOUND for a file that is not there; STORAGE_FAILED, retryable, when the disk does not give it
 */
export async function withInput<T>(input: DicomInput, use: (opened: OpenedInput) => Promise<T>): Promise<T> {
  if (input instanceof Uint8Array) {
    const file = openPart10(input, true);
    if (file === 'NEED_MORE') throw dicomError('DICOM_TRUNCATED', 'the file is cut off');
    return use({ file, source: memorySource(file.main.bytes) });
  }
  const unreadable = (cause: unknown): never => {
    const isLost = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    if (isLost) throw new DomainError('NOT_FOUND', 'an object is not in the store', { cause, http: 404 });
    const options = { cause, http: 503, retryable: true };
    throw new DomainError('STORAGE_FAILED', 'an object cannot be read from the store', options);
  };
  const handle = await open(input.path, 'r').catch(unreadable);
  let deflated: ReturnType<typeof inflatedSource> | null = null;
  try {
    const { file, size } = await readFileHeader(handle);
    if (file.transferSyntaxUid === DEFLATED) deflated = inflatedSource(handle, file.meta.end);
    const read = (start: number, end: number) =>
      end > size ? Promise.reject(cutOff()) : readAt(handle, start, end);
    return await use({ file, source: deflated ?? { length: size, read } });
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return unreadable(error);
    throw error;
  } finally {
    await deflated?.close();
    await handle.close();
  }
}
