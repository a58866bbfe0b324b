import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Film } from './film.js';
import { handFilm } from './hand.js';
import { demoPatients, type DemoExamination, type DemoPatient } from './patients.js';
import { writeRadiograph } from './radiograph.js';
import type { Truth } from './thorax/opacities.js';
import { thoraxFilm } from './thorax/thorax.js';

/** One generated study of one instance, as a DICOM file with what it is known to show. */
export interface DemoStudy {
  patientId: string;
  studyInstanceUid: string;
  seriesInstanceUid: string;
  sopInstanceUid: string;
  /** DICOM Study Description (0008,1030). */
  description: string;
  /** A DICOM file (PS3.10). */
  bytes: Uint8Array;
  expected: 'CHEST' | 'NOT_A_CHEST';
  /** Null for a picture that is no chest. */
  truth: Truth | null;
}

/**
 * The studies of all demo patients, oldest patient number first, one at a time. The same files to the bit on every
 * call; the work is done in short pieces with turns of the event loop between them.
 *
 * @param size side of the pictures in pixels
 */
export async function* demoStudies(size = 768): AsyncIterable<DemoStudy> {
  for (const patient of demoPatients) {
    for (const examination of patient.examinations) {
      yield await demoStudy(patient, examination, size);
      await nextTurn();
    }
  }
}

/** One study of one demo patient. */
export async function demoStudy(
  patient: DemoPatient,
  examination: DemoExamination,
  size = 768,
): Promise<DemoStudy> {
  const { date, time, description, shows, view } = examination;
  const key = `${patient.id} ${date}`;
  const film: Film & { truth: Truth | null } =
    shows === 'HAND'
      ? { ...(await handFilm(key, size)), truth: null }
      : await thoraxFilm({ person: patient.id, seed: date, disease: shows, view, size });
  const { bytes, ...uids } = writeRadiograph(film, {
    patientId: patient.id,
    patientName: patient.name,
    birthDate: patient.birthDate,
    sex: patient.sex,
    studyDate: date,
    studyTime: time,
    accessionNumber: `${patient.id.replace('DEMO-', 'D')}-${date}`,
    description,
    bodyPart: shows === 'HAND' ? 'HAND' : 'CHEST',
    view,
    key,
  });
  const expected = shows === 'HAND' ? 'NOT_A_CHEST' : 'CHEST';
  return { patientId: patient.id, ...uids, description, bytes, expected, truth: film.truth };
}
