// Who a patient is, from images that may say different things.
import { sql } from 'kysely';
import type { Db, PatientRow } from '../database/types.js';
import type { DicomHeader } from '../dicom/header.js';
import { dateOf } from './study-time.js';

/** What images say of a person beside the identifier; null for what they leave out. */
type Demographics = Pick<PatientRow, 'name' | 'birthDate' | 'sex'>;

const sexes: Record<string, PatientRow['sex']> = { M: 'MALE', F: 'FEMALE', O: 'OTHER' };

/** Name, birth date and sex of the patient module (PS3.3 C.7.1.1). */
export function demographicsOf(header: DicomHeader): Demographics {
  return {
    name: header.patientName,
    birthDate: dateOf(header.patientBirthDate),
    sex: sexes[header.patientSex ?? ''] ?? null,
  };
}

/** The patient of a key as stored, made from `said` where new. No other transaction changes it until this one ends. */
export function lockPatient(
  trx: Db,
  key: { issuer: string; patientId: string },
  said: Demographics,
): Promise<PatientRow> {
  return trx
    .insertInto('patient')
    .values({ ...key, ...said })
    .onConflict((conflict) =>
      conflict.columns(['issuer', 'patientId']).doUpdateSet({ patientId: key.patientId }),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
}

/**
 * Whether no other study of the patient is newer. A study without a date counts as made when it came, and none as made
 * later than that: a date in the future would have the last word for years.
 */
async function isNewest(trx: Db, patientId: string, studyId: string): Promise<boolean> {
  const { rows } = await sql<{ newest: boolean }>`select not exists (
    select from study other, study this where this.id = ${studyId} and other.patient_id = ${patientId}
      and least(other.studied_at, other.received_at) > least(this.studied_at, this.received_at)) as newest`.execute(
    trx,
  );
  return rows[0]?.newest ?? false;
}

/**
 * Takes over what an image of the patient's newest study says; one of an older study only fills gaps. What an image
 * leaves out is no reason to forget it.
 *
 * @param patient as `lockPatient` gave it
 * @param studyId our own id of the image's study
 * @returns whether the birth date or the sex were others than stored: perhaps another person under the same identifier
 */
export async function followNewestStudy(
  trx: Db,
  patient: PatientRow,
  studyId: string,
  said: Demographics,
): Promise<boolean> {
  const isOther = (field: keyof Demographics) => said[field] !== null && said[field] !== patient[field];
  if (!isOther('name') && !isOther('birthDate') && !isOther('sex')) return false;
  const [first, then] = (await isNewest(trx, patient.id, studyId)) ? [said, patient] : [patient, said];
  await trx
    .updateTable('patient')
    .set({
      name: first.name ?? then.name,
      birthDate: first.birthDate ?? then.birthDate,
      sex: first.sex ?? then.sex,
      updatedAt: new Date(),
    })
    .where('id', '=', patient.id)
    .execute();
  const differs = (field: 'birthDate' | 'sex') => patient[field] !== null && isOther(field);
  return differs('birthDate') || differs('sex');
}
