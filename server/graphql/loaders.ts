import DataLoader from 'dataloader';
import type {
  Db,
  FindingRow,
  InstanceRow,
  ModelRow,
  PatientRow,
  ReviewRow,
  SeriesRow,
  StudyRow,
  TriageRow,
} from '../database/types.js';
import {
  instancesOfSeries,
  patientsByIds,
  seriesOfStudies,
  studiesByIds,
  studiesOfPatients,
} from '../study/study.service.js';
import {
  findingsOfTriages,
  allModels,
  queueState,
  type QueueState,
  newestReviews,
  queuePositions,
  triagesOfStudies,
} from '../triage/triage.queries.js';

function one<T>(read: (ids: readonly string[]) => Promise<T[]>, keyOf: (row: T) => string) {
  return new DataLoader<string, T | null>(async (ids) => {
    const rows = new Map((await read(ids)).map((row) => [keyOf(row), row]));
    return ids.map((id) => rows.get(id) ?? null);
  });
}

function many<T>(read: (ids: readonly string[]) => Promise<T[]>, keyOf: (row: T) => string) {
  return new DataLoader<string, T[]>(async (ids) => {
    const groups = new Map<string, T[]>(ids.map((id) => [id, []]));
    for (const row of await read(ids)) groups.get(keyOf(row))?.push(row);
    return ids.map((id) => groups.get(id) ?? []);
  });
}

/** One query per table and request. */
export function createLoaders(db: Db) {
  let queue: Promise<QueueState> | null = null;
  let models: Promise<ModelRow[]> | null = null;
  return {
    patient: one<PatientRow>(
      (ids) => patientsByIds(db, ids),
      (row) => row.id,
    ),
    study: one<StudyRow>(
      (ids) => studiesByIds(db, ids),
      (row) => row.id,
    ),
    studiesOfPatient: many<StudyRow>(
      (ids) => studiesOfPatients(db, ids),
      (row) => row.patientId,
    ),
    seriesOfStudy: many<SeriesRow>(
      (ids) => seriesOfStudies(db, ids),
      (row) => row.studyId,
    ),
    instancesOfSeries: many<InstanceRow>(
      (ids) => instancesOfSeries(db, ids),
      (row) => row.seriesId,
    ),
    triagesOfStudy: many<TriageRow>(
      (ids) => triagesOfStudies(db, ids),
      (row) => row.studyId,
    ),
    findings: many<FindingRow>(
      (ids) => findingsOfTriages(db, ids),
      (row) => row.triageId,
    ),
    review: one<ReviewRow>(
      (ids) => newestReviews(db, ids),
      (row) => row.triageId,
    ),
    queuePosition: new DataLoader<string, number | null>(async (ids) => {
      const positions = await queuePositions(db, ids);
      return ids.map((id) => positions.get(id) ?? null);
    }),
    queueState: () => (queue ??= queueState(db)),
    models: () => (models ??= allModels(db)),
  };
}

export type Loaders = ReturnType<typeof createLoaders>;
