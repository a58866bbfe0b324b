import { sql } from 'kysely';
import type { Db } from '../database/types.js';
import type { DicomHeader } from '../dicom/header.js';
import { DomainError } from '../errors.js';
import type { Logger } from '../log.js';
import type { ObjectStore } from '../objects/file-store.js';
import { findStored, indexInstance } from '../study/study.repository.js';
import { supportedModalities } from '../triage/modalities.js';
import { supersedeTriages } from '../triage/triage.repository.js';
import { storeStream } from './store-stream.js';

/** What became of one object. */
export interface IntakeOutcome {
  status: 'STORED' | 'ALREADY_STORED';
  header: DicomHeader;
}

/** Bytes in from every route: validated, stored, indexed, and only then acknowledged. */
export interface Intake {
  /**
   * @param source which route it came by, for the record
   * @param studyInstanceUid the study it must belong to; any when null
   * @throws DomainError NOT_DICOM, DICOM_* and PIXELS_CORRUPT for what cannot be stored; DICOM_TOO_LARGE beyond the
   *   limit; DUPLICATE_UID_DIFFERENT_PIXELS when the SOP Instance UID is known with other pixels; STUDY_MISMATCH,
   *   STUDY_PATIENT_MISMATCH; STORAGE_FAILED, retryable
   */
  receive(
    bytes: AsyncIterable<Uint8Array>,
    source: string,
    requestId: string,
    studyInstanceUid?: string | null,
  ): Promise<IntakeOutcome>;
}

export interface IntakeOptions {
  db: Db;
  objects: ObjectStore;
  /** SHA-256 of the decoded pixels of an object, to compare two that bear the same UID. */
  pixelDigest: (bytes: Uint8Array) => Promise<string>;
  log: Logger;
  maxObjectBytes: number;
  /** Seconds without a new image after which a study is triaged by itself; null for never. */
  autoTriageQuietSeconds: number | null;
}

export function createIntake(options: IntakeOptions): Intake {
  const { db, objects, log } = options;

  const samePixels = async (stored: string, sent: string): Promise<boolean> => {
    try {
      const digests = [stored, sent].map(async (digest) => options.pixelDigest(await objects.read(digest)));
      const [first, second] = await Promise.all(digests);
      return first === second;
    } catch {
      // What cannot be decoded cannot be shown to be the same.
      return false;
    }
  };

  const index = async (
    trx: Db,
    header: DicomHeader,
    object: { digest: string; size: number; source: string },
    requestId: string,
  ): Promise<IntakeOutcome['status']> => {
    // One study at a time: two senders of one instance, and the triage that reads the study meanwhile, take turns.
    await sql`select pg_advisory_xact_lock(hashtextextended(${header.studyInstanceUid}, 0))`.execute(trx);
    const stored = await findStored(trx, header.sopInstanceUid);
    if (stored !== null) {
      if (stored === object.digest || (await samePixels(stored, object.digest))) return 'ALREADY_STORED';
      throw new DomainError(
        'DUPLICATE_UID_DIFFERENT_PIXELS',
        'other pixels are stored under this SOP Instance UID; the first are kept',
        { http: 409 },
      );
    }
    const { studyId } = await indexInstance(trx, header, object);
    if (supportedModalities.includes(header.modality ?? '')) await supersedeTriages(trx, studyId);
    if (options.autoTriageQuietSeconds !== null) {
      const payload = JSON.stringify({ studyInstanceUid: header.studyInstanceUid, requestId });
      await sql`select graphile_worker.add_job('auto_triage', ${payload}::json,
        run_at => now() + make_interval(secs => ${options.autoTriageQuietSeconds}),
        job_key => ${`auto:${header.studyInstanceUid}`})`.execute(trx);
    }
    return 'STORED';
  };

  return {
    receive: async (bytes, source, requestId, studyInstanceUid = null) => {
      const writer = await objects.begin();
      let known: DicomHeader | null = null;
      try {
        const header = await storeStream(bytes, writer.write, options.maxObjectBytes);
        known = header;
        if (studyInstanceUid !== null && studyInstanceUid !== header.studyInstanceUid) {
          const message = 'the object belongs to another study than the address names';
          throw new DomainError('STUDY_MISMATCH', message, { http: 409 });
        }
        const object = { ...(await writer.commit()), source };
        const status = await db.transaction().execute((trx) => index(trx, header, object, requestId));
        log.info('instance received', { requestId, sopInstanceUid: header.sopInstanceUid, status });
        return { status, header };
      } catch (error) {
        await writer.abort();
        throw error instanceof DomainError && known !== null ? error.about(known) : error;
      }
    },
  };
}
