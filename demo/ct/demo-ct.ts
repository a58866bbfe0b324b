import { setImmediate as nextTurn } from 'node:timers/promises';
import { uidOf } from '../uid.js';
import { writeCtSlice, type CtAttributes, type CtFile } from './ct-dicom.js';
import { ctSeries } from './ct-series.js';
import type { CtDisease } from './disease.js';
import { headSlices } from './head.js';

/** A generated CT study of a demo patient, with what it is known to show. */
export interface DemoCt {
  patientId: string;
  studyInstanceUid: string;
  /** DICOM Study Description (0008,1030). */
  description: string;
  /** 'HEAD' is what must not be judged. */
  shows: CtDisease | 'HEAD';
  /** Its DICOM files (PS3.10), one at a time, with turns of the event loop between them. */
  files(): AsyncIterable<CtFile>;
}

/** What differs between the patients. */
interface Patient {
  id: string;
  name: string;
  birthDate: string;
  sex: 'M' | 'F';
  date: string;
  time: string;
  description: string;
  shows: CtDisease | 'HEAD';
}

const patients: readonly Patient[] = [
  {
    ...{ id: 'DEMO-008', name: 'Demo^Hanna', birthDate: '19740911', sex: 'F' },
    ...{ date: '20260108', time: '091000', description: 'Chest CT, contact with COVID-19 (synthetic)' },
    shows: { kind: 'CLEAR' },
  },
  {
    ...{ id: 'DEMO-009', name: 'Demo^Ivan', birthDate: '19590423', sex: 'M' },
    ...{ date: '20260108', time: '114500', description: 'Chest CT, day 8 of symptoms (synthetic)' },
    shows: { kind: 'PERIPHERAL', extent: 0.32, solid: 0.25 },
  },
  {
    ...{ id: 'DEMO-010', name: 'Demo^Jana', birthDate: '19880217', sex: 'F' },
    ...{ date: '20260108', time: '153000', description: 'Head CT, headache (synthetic)' },
    shows: 'HEAD',
  },
];

/** Small enough that a first start is not held up, large enough to be looked at. */
const chest = { size: 192, spacing: 5 };
const headSize = 128;

/**
 * The CT studies of the demo patients. The same files to the bit on every call.
 *
 * @param size side of the chest slices in pixels
 */
export function demoCts(size = chest.size): DemoCt[] {
  return patients.map((patient) => {
    const { id, description, shows } = patient;
    const key = `${id} ${patient.date}`;
    return {
      ...{ patientId: id, description, shows },
      studyInstanceUid: uidOf(`ct study ${key}`),
      files: async function* () {
        for (const file of slicesOf(patient, key, size)) {
          yield file;
          await nextTurn();
        }
      },
    };
  });
}

function* slicesOf(patient: Patient, key: string, size: number): Generator<CtFile> {
  const { id, name, birthDate, sex, date, time, description, shows } = patient;
  const isHead = shows === 'HEAD';
  const attributes: CtAttributes = {
    ...{ patientId: id, patientName: name, birthDate, sex, key },
    ...{ studyDate: date, studyTime: time, studyDescription: description, seriesNumber: 2 },
    seriesDescription: isHead ? 'Head, axial (synthetic)' : 'Chest, axial, lung (synthetic)',
    bodyPart: isHead ? 'HEAD' : 'CHEST',
    kernel: isHead ? 'STANDARD' : 'LUNG',
  };
  if (!isHead) {
    yield* ctSeries({ ...chest, size, seed: id, disease: shows, attributes });
    return;
  }
  for (const picture of headSlices(key, headSize)) yield writeCtSlice(attributes, picture);
}
