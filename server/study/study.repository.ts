import { sql } from 'kysely';
import type { DicomHeader } from '../dicom/header.js';
import type { Db, InstanceRow, PatientRow, SeriesRow, StudyRow } from '../database/types.js';
import { DomainError } from '../errors.js';
import { demographicsOf, followNewestStudy, lockPatient } from './demographics.js';
import { anyCase, nameWords } from './person-name.js';
import { studyInstant } from './study-time.js';

/** The object that is stored under a SOP Instance UID, and where it belongs. */
export interface StoredPlace {
  objectDigest: string;
  pixelDigest: string | null;
  sopClassUid: string;
  seriesInstanceUid: string;
  studyInstanceUid: string;
  issuer: string;
  patientId: string;
}

/** Null when nothing is stored under this SOP Instance UID. */
export async function findStored(db: Db, sopInstanceUid: string): Promise<StoredPlace | null> {
  const row = await db
    .selectFrom('instance')
    .innerJoin('series', 'series.id', 'instance.seriesId')
    .innerJoin('study', 'study.id', 'series.studyId')
    .innerJoin('patient', 'patient.id', 'study.patientId')
    .select(['objectDigest', 'pixelDigest', 'sopClassUid', 'seriesInstanceUid', 'studyInstanceUid'])
    .select(['patient.issuer', 'patient.patientId'])
    .where('sopInstanceUid', '=', sopInstanceUid)
    .executeTakeFirst();
  return row ?? null;
}

/** Remembers the digest of an instance's pixels, which never change. */
export async function rememberPixels(db: Db, sopInstanceUid: string, pixelDigest: string): Promise<void> {
  await db
    .updateTable('instance')
    .set({ pixelDigest })
    .where('sopInstanceUid', '=', sopInstanceUid)
    .execute();
}

/** True when an instance has this object. */
export async function isReferenced(db: Db, objectDigest: string): Promise<boolean> {
  const query = db.selectFrom('instance').select('id').where('objectDigest', '=', objectDigest).limit(1);
  return (await query.executeTakeFirst()) !== undefined;
}

/**
 * Who an object is of. Images without a Patient ID belong to a patient of their study alone: an empty ID shared by all
 * would show one person's images beside another's.
 */
export function patientKey(header: DicomHeader): { issuer: string; patientId: string } {
  return {
    patientId: header.patientId ?? `unknown:${header.studyInstanceUid}`,
    issuer: header.issuerOfPatientId ?? '',
  };
}

/**
 * Writes patient, study, series and instance of one object.
 *
 * @param object `timeZone` is the clinic's, of the IANA database
 * @returns `demographicsDiffer` when birth date or sex are others than stored;
 *   null when another sender has just stored an instance of this SOP Instance UID: roll back and look again
 * @throws DomainError STUDY_PATIENT_MISMATCH when the study's UID is known for another patient,
 *   SERIES_STUDY_MISMATCH when the series' UID is known in another study
 */
export async function indexInstance(
  trx: Db,
  header: DicomHeader,
  object: { digest: string; size: number; source: string; timeZone: string },
): Promise<{ studyId: string; demographicsDiffer: boolean } | null> {
  const said = demographicsOf(header);
  const patient = await lockPatient(trx, patientKey(header), said);
  const study = await trx
    .insertInto('study')
    .values({
      studyInstanceUid: header.studyInstanceUid,
      patientId: patient.id,
      description: header.studyDescription,
      accessionNumber: header.accessionNumber,
      studyDate: header.studyDate,
      studyTime: header.studyTime,
      studiedAt: studyInstant(header, object.timeZone),
    })
    .onConflict((conflict) => conflict.column('studyInstanceUid').doUpdateSet({ lastReceivedAt: new Date() }))
    .returning(['id', 'patientId'])
    .executeTakeFirstOrThrow();
  if (study.patientId !== patient.id) {
    throw new DomainError('STUDY_PATIENT_MISMATCH', 'This Study Instance UID belongs to another patient.', {
      http: 409,
    });
  }
  const series = await trx
    .insertInto('series')
    .values({
      studyId: study.id,
      seriesInstanceUid: header.seriesInstanceUid,
      modality: header.modality ?? 'OT',
      description: header.seriesDescription,
      number: header.seriesNumber,
      bodyPartExamined: header.bodyPartExamined,
    })
    .onConflict((conflict) =>
      conflict.column('seriesInstanceUid').doUpdateSet({ seriesInstanceUid: header.seriesInstanceUid }),
    )
    .returning(['id', 'studyId'])
    .executeTakeFirstOrThrow();
  if (series.studyId !== study.id) {
    throw new DomainError('SERIES_STUDY_MISMATCH', 'This Series Instance UID belongs to another study.', {
      http: 409,
    });
  }
  const instance = await trx
    .insertInto('instance')
    .values({
      seriesId: series.id,
      sopInstanceUid: header.sopInstanceUid,
      sopClassUid: header.sopClassUid,
      transferSyntaxUid: header.transferSyntaxUid,
      objectDigest: object.digest,
      objectSize: object.size,
      number: header.instanceNumber,
      rows: header.rows,
      columns: header.columns,
      frames: header.numberOfFrames ?? 1,
      photometricInterpretation: header.photometricInterpretation,
      viewPosition: header.viewPosition,
      patientOrientation: header.patientOrientation,
      imageType: header.imageType,
      burnedInAnnotation: header.burnedInAnnotation,
      source: object.source,
    })
    .onConflict((conflict) => conflict.column('sopInstanceUid').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (instance === undefined) return null;
  const demographicsDiffer = await followNewestStudy(trx, patient, study.id, said);
  return { studyId: study.id, demographicsDiffer };
}

const demoSettled = 'DEMO_SETTLED';

/**
 * Whether the demo patients are still to be taken in: not once it has been done, and not into an installation that
 * received images of its own first. One that was interrupted goes on.
 */
export async function wantsDemo(db: Db): Promise<boolean> {
  const milestone = db.selectFrom('milestone').select('name').where('name', '=', demoSettled);
  if ((await milestone.executeTakeFirst()) !== undefined) return false;
  const first = db.selectFrom('instance').select('source').orderBy('receivedAt').limit(1);
  return ((await first.executeTakeFirst())?.source ?? 'DEMO') === 'DEMO';
}

/** Notes that nothing is left to do about the demo patients. */
export async function settleDemo(db: Db): Promise<void> {
  await db
    .insertInto('milestone')
    .values({ name: demoSettled })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
}

/** Patients by our own id, in no order; what is not there is left out. */
export function patientsByIds(db: Db, ids: readonly string[]): Promise<PatientRow[]> {
  return db.selectFrom('patient').selectAll().where('id', 'in', ids).execute();
}
/**
 * A patient by the hospital's identifier. Without an issuer, the one that has none comes first.
 *
 * @throws DomainError PATIENT_AMBIGUOUS when only the issuer could tell two patients apart: one must never be shown
 *   for the other
 */
export async function patientByPatientId(
  db: Db,
  patientId: string,
  issuer: string | null,
): Promise<PatientRow | undefined> {
  const query = db.selectFrom('patient').selectAll().where('patientId', '=', patientId);
  if (issuer !== null) return query.where('issuer', '=', issuer).executeTakeFirst();
  const [first, second] = await query.orderBy('issuer').limit(2).execute();
  if (first && second && first.issuer !== '') {
    const message = 'Several patients have this ID here, of different issuers: name the issuer.';
    throw new DomainError('PATIENT_AMBIGUOUS', message, { http: 409 });
  }
  return first;
}
/** Studies by our own id, in no order; what is not there is left out. */
export function studiesByIds(db: Db, ids: readonly string[]): Promise<StudyRow[]> {
  return db.selectFrom('study').selectAll().where('id', 'in', ids).execute();
}
/** A study by its Study Instance UID. */
export function studyByUid(db: Db, uid: string): Promise<StudyRow | undefined> {
  return db.selectFrom('study').selectAll().where('studyInstanceUid', '=', uid).executeTakeFirst();
}
/** The newest first; studies without a date after all others, in the order in which they came. */
export function studiesOfPatients(db: Db, ids: readonly string[]): Promise<StudyRow[]> {
  return db
    .selectFrom('study')
    .selectAll()
    .where('patientId', 'in', ids)
    .orderBy('studiedAt', (order) => order.desc().nullsLast())
    .orderBy('receivedAt', 'desc')
    .orderBy('id')
    .execute();
}
/** Series of the studies, by Series Number. */
export function seriesOfStudies(db: Db, ids: readonly string[]): Promise<SeriesRow[]> {
  return db.selectFrom('series').selectAll().where('studyId', 'in', ids).orderBy('number').execute();
}
/** Instances of the series, by Instance Number. */
export function instancesOfSeries(db: Db, ids: readonly string[]): Promise<InstanceRow[]> {
  return db.selectFrom('instance').selectAll().where('seriesId', 'in', ids).orderBy('number').execute();
}

/** An image of a study with what its series says about it. */
export type StudyImage = InstanceRow & { modality: string; bodyPartExamined: string | null };

/** The images of a study in order of their UIDs. */
export function imagesOfStudy(db: Db, studyId: string): Promise<StudyImage[]> {
  return db
    .selectFrom('instance')
    .innerJoin('series', 'series.id', 'instance.seriesId')
    .selectAll('instance')
    .select(['series.modality', 'series.bodyPartExamined'])
    .where('series.studyId', '=', studyId)
    .orderBy('sopInstanceUid')
    .execute();
}

/** Where the object of an instance lies, and how it is encoded. */
export interface StoredInstance {
  objectDigest: string;
  transferSyntaxUid: string;
}

/** The objects of a study, of one of its series or of one instance, in order of their numbers. */
export function storedInstances(
  db: Db,
  uids: { studyInstanceUid: string; seriesInstanceUid?: string; sopInstanceUid?: string },
): Promise<StoredInstance[]> {
  let query = db
    .selectFrom('instance')
    .innerJoin('series', 'series.id', 'instance.seriesId')
    .innerJoin('study', 'study.id', 'series.studyId')
    .select(['instance.objectDigest', 'instance.transferSyntaxUid'])
    .where('study.studyInstanceUid', '=', uids.studyInstanceUid);
  const { seriesInstanceUid, sopInstanceUid } = uids;
  if (seriesInstanceUid !== undefined) query = query.where('seriesInstanceUid', '=', seriesInstanceUid);
  if (sopInstanceUid !== undefined) query = query.where('sopInstanceUid', '=', sopInstanceUid);
  return query.orderBy('series.number').orderBy('instance.number').orderBy('sopInstanceUid').execute();
}

/**
 * Patients by name, then by ID, behind a cursor, one more than asked for.
 *
 * @param after `name` as stored, empty for none
 * @param search the beginning of a Patient ID, or parts of a name in any order, all of which must occur
 */
export function patientPage(
  db: Db,
  search: string | null,
  after: { name: string; patientId: string; id: string } | null,
  limit: number,
): Promise<PatientRow[]> {
  const name = 'lower(coalesce(name, \'\')) collate "C"';
  let query = db.selectFrom('patient').selectAll();
  if (search !== null && search !== '') {
    const patterns = nameWords(search).map(anyCase);
    const id = search
      .trim()
      .toLowerCase()
      .replace(/[\\%_]/g, '\\$&');
    // Chinese, Japanese and Korean names are written without a gap, which images have between family and given name.
    const whole = sql<string>`lower(coalesce(name, '')) || ' ' || replace(lower(coalesce(name, '')), '^', '')`;
    query = query.where((e) =>
      e.or([
        e(sql<string>`lower(patient_id)`, 'like', `${id}%`),
        ...(patterns.length > 0 ? [e.and(patterns.map((pattern) => e(whole, '~', pattern)))] : []),
      ]),
    );
  }
  if (after !== null) {
    query = query.where(
      sql<boolean>`(${sql.raw(name)}, patient_id collate "C", id) > (lower(${after.name}::text), ${after.patientId}, ${after.id}::uuid)`,
    );
  }
  return query
    .orderBy(sql.raw(`${name}, patient_id collate "C", id`))
    .limit(limit + 1)
    .execute();
}
