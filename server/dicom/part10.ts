import { constants, inflateRawSync } from 'node:zlib';
import type { DomainError } from '../errors.js';
import { EndOfBytes, readDataSet, type DataSet } from './dataset.js';
import { dicomError } from './problems.js';
import { DEFLATED, encodingOf } from './syntaxes.js';
import { stringOf } from './values.js';

/** A Part 10 file read up to its pixel data. */
export interface Part10 {
  meta: DataSet;
  /** The main data set; its positions count from the start of its own bytes, inflated where deflated. */
  main: DataSet;
  transferSyntaxUid: string;
}

export type Opened = Part10 | 'NEED_MORE';

/** Deflated files may unfold to this many bytes; beyond, they are refused. */
export const MAX_INFLATED_BYTES = 512 * 1024 * 1024;
/** A header before the pixels that is larger than this is refused, so that memory stays bounded whatever is sent. */
export const MAX_HEADER_BYTES = 16 * 1024 * 1024;
const MAX_INFLATED_HEADER_BYTES = 64 * 1024 * 1024;
const FIRST_SLICE = 64 * 1024;
const PREAMBLE = 132;
/** DER object identifier of CMS enveloped data, 1.2.840.113549.1.7.3 (PS3.15 B, Secure DICOM File). */
const ENVELOPED_DATA = Buffer.from('06092a864886f70d010703', 'hex');

function checkMagic(bytes: Uint8Array, complete: boolean): boolean {
  if (bytes.length === 0 && complete) throw dicomError('DICOM_EMPTY', 'the file is empty');
  if (bytes[0] === 0x30 && Buffer.from(bytes.subarray(0, 40)).includes(ENVELOPED_DATA)) {
    throw dicomError('DICOM_ENCRYPTED', 'the file is CMS enveloped data (a Secure DICOM file)');
  }
  if (bytes.length < PREAMBLE) {
    if (!complete) return false;
    throw dicomError('NOT_DICOM', 'the file is too short to be DICOM');
  }
  if (Buffer.from(bytes.subarray(128, PREAMBLE)).toString('latin1') !== 'DICM') {
    throw dicomError('NOT_DICOM', 'the file does not start as DICOM Part 10 does');
  }
  return true;
}

/** DICOM_TOO_LARGE for a deflated data set of more than `limit` bytes. */
export function unfoldsTooFar(limit: number): DomainError {
  return dicomError('DICOM_TOO_LARGE', `the deflated data set unfolds to more than ${limit} bytes`);
}

/** NOT_DICOM for a deflate stream that cannot be read (PS3.5 A.5). */
export function deflateDamaged(cause: unknown): DomainError {
  return dicomError('NOT_DICOM', 'the deflated data set is damaged', { cause });
}

/**
 * Inflates raw deflate data within a bound.
 *
 * @throws EndOfBytes when complete data ends too early
 * @throws DomainError DICOM_TOO_LARGE past the bound, NOT_DICOM when the data is no deflate stream
 */
function inflate(data: Uint8Array, complete: boolean, limit: number): Buffer {
  try {
    return inflateRawSync(data, {
      maxOutputLength: limit,
      finishFlush: complete ? constants.Z_FINISH : constants.Z_SYNC_FLUSH,
    });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw unfoldsTooFar(limit);
    if (code === 'Z_BUF_ERROR') throw new EndOfBytes(data.length);
    throw deflateDamaged(error);
  }
}

/** Reads the main data set; what was read so far goes to `onIncomplete` before EndOfBytes is thrown. */
type ReadMain = (bytes: Uint8Array, start: number) => DataSet;

function readDeflatedPrefix(data: Uint8Array, readMain: ReadMain): DataSet | 'NEED_MORE' {
  // In growing slices, so that a bomb is only unfolded as far as the header needs.
  for (let size = Math.min(FIRST_SLICE, data.length); ; size = Math.min(size * 4, data.length)) {
    try {
      return readMain(inflate(data.subarray(0, size), false, MAX_INFLATED_HEADER_BYTES), 0);
    } catch (error) {
      if (!(error instanceof EndOfBytes)) throw error;
      if (size === data.length) return 'NEED_MORE';
    }
  }
}

/**
 * Opens a Part 10 file (PS3.10 7.1) or the beginning of one.
 *
 * @param complete false when more bytes may follow
 * @param onIncomplete sees the elements read so far whenever the bytes end too early
 * @throws DomainError DICOM_EMPTY, NOT_DICOM, DICOM_ENCRYPTED, DICOM_TRUNCATED, DICOM_TOO_LARGE
 */
export function openPart10(
  bytes: Uint8Array,
  complete: boolean,
  onIncomplete?: (read: DataSet) => void,
): Opened {
  if (!checkMagic(bytes, complete)) return 'NEED_MORE';
  try {
    const meta = readDataSet(
      bytes,
      { littleEndian: true, explicit: true },
      { start: PREAMBLE, accept: (tag) => tag >>> 16 === 2 },
    );
    if (!complete && bytes.length - meta.end < 8) return 'NEED_MORE';
    const uid = stringOf(meta, 0x00020010);
    if (uid === null && meta.end === bytes.length) throw new EndOfBytes(meta.end);
    if (uid === null) throw dicomError('NOT_DICOM', 'the file does not name its transfer syntax');
    const readMain: ReadMain = (from, start) =>
      readDataSet(from, encodingOf(uid), { start, ...(onIncomplete && { onIncomplete }) });
    if (uid !== DEFLATED) return { meta, main: readMain(bytes, meta.end), transferSyntaxUid: uid };
    const deflated = bytes.subarray(meta.end);
    if (!complete) {
      const main = readDeflatedPrefix(deflated, readMain);
      return main === 'NEED_MORE' ? main : { meta, main, transferSyntaxUid: uid };
    }
    return {
      meta,
      main: readMain(inflate(deflated, true, MAX_INFLATED_BYTES), 0),
      transferSyntaxUid: uid,
    };
  } catch (error) {
    if (!(error instanceof EndOfBytes)) throw error;
    if (!complete) return 'NEED_MORE';
    throw dicomError('DICOM_TRUNCATED', `the file is cut off: ${error.message}`);
  }
}
