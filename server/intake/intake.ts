import { sql } from 'kysely';
import { isPassing } from '../database/connection.js';
import type { Db } from '../database/types.js';
import { sameAttributes } from '../dicom/attributes.js';
import type { DicomInput } from '../dicom/byte-source.js';
import type { DicomHeader } from '../dicom/header.js';
import { DomainError } from '../errors.js';
import type { Logger } from '../log.js';
import type { ObjectStore, ObjectWriter, ReceivedObject } from '../objects/file-store.js';
import {
  findStored,
  indexInstance,
  patientKey,
  rememberPixels,
  type StoredPlace,
} from '../study/study.repository.js';
import { supportedModalities } from '../triage/modalities.js';
import { supersedeTriages } from '../triage/triage.repository.js';
import { lockObject, removeIfOrphan } from './orphans.js';
import { storeStream } from './store-stream.js';
import type { WarningCode } from './warnings.js';

/** What became of one object, and under which UIDs it is stored. */
export interface IntakeOutcome {
  status: 'STORED' | 'ALREADY_STORED';
  sopClassUid: string;
  sopInstanceUid: string;
  seriesInstanceUid: string;
  studyInstanceUid: string;
  /** What the sender should know of an object that was taken. */
  warning: WarningCode | null;
}

/** Bytes in from every route: validated, stored, indexed, and only then acknowledged. */
export interface Intake {
  /**
   * @param source which route it came by, for the record
   * @param studyInstanceUid the study it must belong to; any when null
   * @throws DomainError NOT_DICOM, DICOM_* and PIXELS_CORRUPT for what cannot be stored; DICOM_TOO_LARGE beyond the
   *   limit; DUPLICATE_UID_DIFFERENT_PIXELS when the SOP Instance UID is known with other pixels, INSTANCE_MISMATCH when
   *   it is known of another patient, study or series; STUDY_MISMATCH, STUDY_PATIENT_MISMATCH, SERIES_STUDY_MISMATCH;
   *   STORAGE_FAILED and DECODE_TIMEOUT, retryable
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
  pixelDigest: (input: DicomInput) => Promise<string>;
  log: Logger;
  maxObjectBytes: number;
  /** Seconds without a new image after which a study is triaged by itself; null for never. */
  autoTriageQuietSeconds: number | null;
  /** The clinic's, of the IANA database: what dates and times without a zone mean. */
  timeZone: string;
}

/** What is sent, and how it came. */
interface Arrival {
  header: DicomHeader;
  object: ReceivedObject;
  writer: ObjectWriter;
  source: string;
  requestId: string;
}

/** Ends the transaction when another sender has stored the instance meanwhile. */
class StoredMeanwhile extends Error {}

function checkPlace(stored: StoredPlace, header: DicomHeader): void {
  const { patientId, issuer } = patientKey(header);
  const same =
    stored.studyInstanceUid === header.studyInstanceUid &&
    stored.seriesInstanceUid === header.seriesInstanceUid &&
    stored.patientId === patientId &&
    stored.issuer === issuer;
  if (same) return;
  const message = 'this SOP Instance UID is stored of another patient, study or series';
  throw new DomainError('INSTANCE_MISMATCH', message, { http: 409 });
}

/**
 * The one way in for every route: parses, validates, tells duplicates, stores and indexes an object before it is
 * acknowledged.
 */
export function createIntake(options: IntakeOptions): Intake {
  const { db, objects, log, timeZone } = options;

  /** Null for what cannot be decoded, and so cannot be shown to be the same. */
  const digestOf = async (input: DicomInput): Promise<string | null> => {
    try {
      return await options.pixelDigest(input);
    } catch (error) {
      const final = error instanceof DomainError && !error.retryable && error.code !== 'INTERNAL';
      if (final) return null;
      throw error;
    }
  };

  const checkPixels = async (stored: StoredPlace, { header, object }: Arrival): Promise<void> => {
    const { sopInstanceUid } = header;
    let first = stored.pixelDigest;
    if (first === null) {
      first = await digestOf({ path: objects.pathOf(stored.objectDigest) });
      if (first !== null) await rememberPixels(db, sopInstanceUid, first);
    }
    if (first !== null && first === (await digestOf({ path: object.path }))) return;
    const message = 'other pixels are stored under this SOP Instance UID; the first are kept';
    throw new DomainError('DUPLICATE_UID_DIFFERENT_PIXELS', message, { http: 409 });
  };

  const index = async (
    trx: Db,
    { header, object, writer, source, requestId }: Arrival,
  ): Promise<WarningCode | null> => {
    // One study at a time: two senders of one instance, and the triage that reads the study meanwhile, take turns.
    await sql`select pg_advisory_xact_lock(hashtextextended(${header.studyInstanceUid}, 0))`.execute(trx);
    const { digest, size } = object;
    const indexed = await indexInstance(trx, header, { digest, size, source, timeZone });
    if (indexed === null) throw new StoredMeanwhile();
    if (supportedModalities.includes(header.modality ?? '')) await supersedeTriages(trx, indexed.studyId);
    if (options.autoTriageQuietSeconds !== null) {
      const payload = JSON.stringify({ studyInstanceUid: header.studyInstanceUid, requestId });
      await sql`select graphile_worker.add_job('auto_triage', ${payload}::json,
        run_at => now() + make_interval(secs => ${options.autoTriageQuietSeconds}),
        job_key => ${`auto:${header.studyInstanceUid}`})`.execute(trx);
    }
    // Last: what is refused never enters the store, and what is acknowledged is in it before it is known.
    await lockObject(trx, digest);
    await writer.keep();
    return indexed.demographicsDiffer ? 'PATIENT_DEMOGRAPHICS_DIFFER' : null;
  };

  /** An object other than the stored one: its pixels must be the same; what else it says is not taken, but told. */
  const compare = async (stored: StoredPlace, arrival: Arrival): Promise<WarningCode | null> => {
    if (stored.objectDigest === arrival.object.digest) return null;
    await checkPixels(stored, arrival);
    const first = { path: objects.pathOf(stored.objectDigest) };
    const same = await sameAttributes(first, { path: arrival.object.path });
    return same ? null : 'DUPLICATE_UID_DIFFERENT_ATTRIBUTES';
  };

  /** Stores what is new. What is known is compared outside of any transaction: it may take long. */
  const store = async (arrival: Arrival): Promise<IntakeOutcome> => {
    const { header } = arrival;
    const { sopClassUid, sopInstanceUid, seriesInstanceUid, studyInstanceUid } = header;
    for (;;) {
      const stored = await findStored(db, sopInstanceUid);
      if (stored !== null) {
        checkPlace(stored, header);
        const warning = await compare(stored, arrival);
        const { sopClassUid, seriesInstanceUid, studyInstanceUid } = stored;
        const uids = { sopClassUid, sopInstanceUid, seriesInstanceUid, studyInstanceUid };
        return { status: 'ALREADY_STORED', ...uids, warning };
      }
      try {
        const warning = await db.transaction().execute((trx) => index(trx, arrival));
        return {
          status: 'STORED',
          sopClassUid,
          sopInstanceUid,
          seriesInstanceUid,
          studyInstanceUid,
          warning,
        };
      } catch (error) {
        if (!(error instanceof StoredMeanwhile)) throw error;
      }
    }
  };

  const storeOrClear = async (arrival: Arrival): Promise<IntakeOutcome> => {
    const { digest } = arrival.object;
    try {
      const outcome = await store(arrival);
      await objects.settle(digest).catch(() => undefined);
      return outcome;
    } catch (error) {
      // The transaction may have failed after the object was kept; it may also have succeeded without our hearing of it.
      await removeIfOrphan(db, objects, digest).catch((problem: unknown) =>
        log.warn('an object is left to be cleared at the next start', { error: problem }),
      );
      if (!isPassing(error)) throw error;
      const message = 'the database cannot be reached; send it again later';
      throw new DomainError('STORAGE_FAILED', message, { cause: error, http: 503, retryable: true });
    }
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
        const object = await writer.finish();
        const outcome = await storeOrClear({ header, object, writer, source, requestId });
        const { status, sopInstanceUid, warning } = outcome;
        if (warning === null) log.info('instance received', { requestId, sopInstanceUid, status });
        else {
          const about = { requestId, sopInstanceUid, status, code: warning };
          log.warn('instance received with a warning', about);
        }
        return outcome;
      } catch (error) {
        throw error instanceof DomainError && known !== null ? error.about(known) : error;
      } finally {
        await writer.end();
      }
    },
  };
}
