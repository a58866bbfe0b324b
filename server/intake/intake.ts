import { sql } from 'kysely';
import type { Db } from '../database/types.js';
import { DomainError } from '../errors.js';
import { parseHeaderPrefix, type DicomHeader } from '../dicom/header.js';
import type { Logger } from '../log.js';
import type { ObjectStore } from '../objects/file-store.js';
import { findStored, indexInstance } from '../study/study.repository.js';

/** What became of one object. */
export interface IntakeOutcome {
  status: 'STORED' | 'ALREADY_STORED';
  header: DicomHeader;
}

/** Bytes in from every route: validated, stored, indexed, and only then acknowledged. */
export interface Intake {
  /**
   * @throws DomainError NOT_DICOM, DICOM_* for what cannot be stored, DUPLICATE_UID_DIFFERENT_PIXELS when the
   *   SOP Instance UID is known with other content, DICOM_TOO_LARGE beyond the limit, STUDY_MISMATCH when it belongs
   *   to another study than `studyInstanceUid`
   */
  receive(
    bytes: AsyncIterable<Uint8Array>,
    source: string,
    requestId: string,
    studyInstanceUid?: string | null,
  ): Promise<IntakeOutcome>;
}

const headerLimit = 16 * 1024 * 1024;

export function createIntake(options: {
  db: Db;
  objects: ObjectStore;
  log: Logger;
  maxObjectBytes: number;
  autoTriageQuietSeconds: number | null;
}): Intake {
  const { db, objects, log } = options;
  return {
    receive: async (bytes, source, requestId, studyInstanceUid = null) => {
      const writer = await objects.begin();
      let known: DicomHeader | null = null;
      try {
        const header = await copy(bytes, writer.write, options.maxObjectBytes);
        known = header;
        if (studyInstanceUid !== null && studyInstanceUid !== header.studyInstanceUid) {
          throw new DomainError(
            'STUDY_MISMATCH',
            'The object belongs to another study than the address names.',
            {
              http: 409,
            },
          );
        }
        const { digest, size } = await writer.commit();
        const status = await db.transaction().execute(async (trx) => {
          await sql`select pg_advisory_xact_lock(hashtextextended(${header.studyInstanceUid}, 0))`.execute(
            trx,
          );
          const stored = await findStored(trx, header.sopInstanceUid);
          if (stored === digest) return 'ALREADY_STORED' as const;
          if (stored !== null) {
            throw new DomainError(
              'DUPLICATE_UID_DIFFERENT_PIXELS',
              'An object with this SOP Instance UID and other content is stored already; the first one is kept.',
              { http: 409 },
            );
          }
          await indexInstance(trx, header, { digest, size, source });
          if (options.autoTriageQuietSeconds !== null) {
            const payload = JSON.stringify({ studyInstanceUid: header.studyInstanceUid, requestId });
            await sql`select graphile_worker.add_job('auto_triage', ${payload}::json,
              run_at => now() + make_interval(secs => ${options.autoTriageQuietSeconds}),
              job_key => ${`auto:${header.studyInstanceUid}`})`.execute(trx);
          }
          return 'STORED' as const;
        });
        log.info('instance received', { requestId, sopInstanceUid: header.sopInstanceUid });
        return { status, header };
      } catch (error) {
        await writer.abort();
        throw error instanceof DomainError && known !== null ? error.about(known) : error;
      }
    },
  };
}

/** Writes the stream through while its head is parsed, so that memory does not grow with the object. */
async function copy(
  bytes: AsyncIterable<Uint8Array>,
  write: (chunk: Uint8Array) => Promise<void>,
  limit: number,
): Promise<DicomHeader> {
  let head = Buffer.alloc(0);
  let header: DicomHeader | 'NEED_MORE' = 'NEED_MORE';
  let size = 0;
  let nextTry = 64 * 1024;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > limit)
      throw new DomainError('DICOM_TOO_LARGE', `the object is larger than ${limit} bytes`, { http: 413 });
    if (header === 'NEED_MORE') {
      head = Buffer.concat([head, chunk]);
      if (head.length >= nextTry) {
        header = parseHeaderPrefix(head, false);
        nextTry = head.length * 2;
        if (header === 'NEED_MORE' && head.length > headerLimit) {
          throw new DomainError('DICOM_TOO_LARGE', 'the header before the pixels is larger than 16 MB', {
            http: 413,
          });
        }
        if (header !== 'NEED_MORE') head = Buffer.alloc(0);
      }
    }
    await write(chunk);
  }
  const parsed = header === 'NEED_MORE' ? parseHeaderPrefix(head, true) : header;
  if (parsed === 'NEED_MORE') throw new DomainError('DICOM_TRUNCATED', 'the object ends before its pixels');
  return parsed;
}
