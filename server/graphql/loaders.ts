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
  currentTriages,
  findingsOfTriages,
  involvementOfTriages,
  allModels,
  queueState,
  type QueueState,
  newestReviews,
  queuePositions,
  slicesOfTriages,
  triagesOfStudies,
  type InvolvementSummary,
  type SliceSummary,
} from '../triage/triage.queries.js';

function one<T>(cache: boolean, read: (ids: readonly string[]) => Promise<T[]>, keyOf: (row: T) => string) {
  const batch = async (ids: readonly string[]) => {
    const rows = new Map((await read(ids)).map((row) => [keyOf(row), row]));
    return ids.map((id) => rows.get(id) ?? null);
  };
  return new DataLoader<string, T | null>(batch, { cache });
}

function many<T>(cache: boolean, read: (ids: readonly string[]) => Promise<T[]>, keyOf: (row: T) => string) {
  const batch = async (ids: readonly string[]) => {
    const groups = new Map<string, T[]>(ids.map((id) => [id, []]));
    for (const row of await read(ids)) groups.get(keyOf(row))?.push(row);
    // A key asked for twice at once, which happens without a cache, gets its rows twice.
    return ids.map((id) => groups.get(id) ?? []);
  };
  return new DataLoader<string, T[]>(batch, { cache });
}

/**
 * One query per table and request.
 *
 * @param cache false for subscriptions, which outlive what they once read: then only what is asked for at the same
 *   moment is put together
 */
export function createLoaders(db: Db, cache = true) {
  let queue: Promise<QueueState> | null = null;
  let models: Promise<ModelRow[]> | null = null;
  return {
    patient: one<PatientRow>(
      cache,
      (ids) => patientsByIds(db, ids),
      (row) => row.id,
    ),
    study: one<StudyRow>(
      cache,
      (ids) => studiesByIds(db, ids),
      (row) => row.id,
    ),
    studiesOfPatient: many<StudyRow>(
      cache,
      (ids) => studiesOfPatients(db, ids),
      (row) => row.patientId,
    ),
    seriesOfStudy: many<SeriesRow>(
      cache,
      (ids) => seriesOfStudies(db, ids),
      (row) => row.studyId,
    ),
    instancesOfSeries: many<InstanceRow>(
      cache,
      (ids) => instancesOfSeries(db, ids),
      (row) => row.seriesId,
    ),
    triagesOfStudy: many<TriageRow>(
      cache,
      (ids) => triagesOfStudies(db, ids),
      (row) => row.studyId,
    ),
    /** The one triage of a study that is not superseded. */
    currentTriage: one<TriageRow>(
      cache,
      (ids) => currentTriages(db, ids),
      (row) => row.studyId,
    ),
    findings: many<FindingRow>(
      cache,
      (ids) => findingsOfTriages(db, ids),
      (row) => row.triageId,
    ),
    /** The judged slices of a CT triage, the lowest first. */
    slices: many<SliceSummary>(
      cache,
      (ids) => slicesOfTriages(db, ids),
      (row) => row.triageId,
    ),
    involvement: one<InvolvementSummary>(
      cache,
      (ids) => involvementOfTriages(db, ids),
      (row) => row.triageId,
    ),
    review: one<ReviewRow>(
      cache,
      (ids) => newestReviews(db, ids),
      (row) => row.triageId,
    ),
    queuePosition: new DataLoader<string, number | null>(
      async (ids) => {
        const positions = await queuePositions(db, ids);
        return ids.map((id) => positions.get(id) ?? null);
      },
      { cache },
    ),
    queueState: () => (cache ? (queue ??= queueState(db)) : queueState(db)),
    models: () => (cache ? (models ??= allModels(db)) : allModels(db)),
  };
}

export type Loaders = ReturnType<typeof createLoaders>;
