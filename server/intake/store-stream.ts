import { parseHeader, parseHeaderPrefix, type DicomHeader } from '../dicom/header.js';
import { MAX_HEADER_BYTES } from '../dicom/part10.js';
import { dicomError } from '../dicom/problems.js';
import { createStreamCheck, type StreamCheck } from '../dicom/stream-check.js';

/** Bytes after which the header is looked for the first time; each further try waits for twice as many. */
const firstTry = 64 * 1024;

/**
 * Writes an object through while it arrives. Its header is read from its first bytes, its pixel data is only
 * followed, so that memory does not grow with the object.
 *
 * @param limit largest object, bytes
 * @throws DomainError what `parseHeader` and `createStreamCheck` throw; DICOM_TOO_LARGE
 */
export async function storeStream(
  bytes: AsyncIterable<Uint8Array>,
  write: (chunk: Uint8Array) => Promise<void>,
  limit: number,
): Promise<DicomHeader> {
  let head: Uint8Array[] = [];
  let held = 0;
  let size = 0;
  let nextTry = firstTry;
  let header: DicomHeader | null = null;
  let pixels: StreamCheck | null = null;
  try {
    for await (const chunk of bytes) {
      size += chunk.length;
      if (size > limit) throw dicomError('DICOM_TOO_LARGE', `the object is larger than ${limit} bytes`);
      if (pixels !== null) await pixels.push(chunk);
      else {
        head.push(chunk);
        held += chunk.length;
        if (held >= nextTry) {
          const start = Buffer.concat(head);
          const parsed = parseHeaderPrefix(start, false);
          if (parsed !== 'NEED_MORE') {
            header = parsed;
            pixels = createStreamCheck(parsed.pixelData);
            await pixels.push(start);
            head = [];
          } else if (held > MAX_HEADER_BYTES) {
            const message = `the header before the pixels is larger than ${MAX_HEADER_BYTES} bytes`;
            throw dicomError('DICOM_TOO_LARGE', message);
          }
          nextTry = held * 2;
        }
      }
      await write(chunk);
    }
    if (header === null || pixels === null) return parseHeader(Buffer.concat(head));
    await pixels.end();
    return header;
  } finally {
    pixels?.close();
  }
}
