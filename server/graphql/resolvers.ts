import { GraphQLScalarType } from 'graphql';
import { DateTimeISOResolver } from 'graphql-scalars';
import type { InstanceRow, PatientRow, SeriesRow, StudyRow, TriageRow } from '../database/types.js';
import { displayName } from '../study/person-name.js';
import { patientByPatientId, patientPage, patientsByIds, studyByUid } from '../study/study.service.js';
import { liveWorkers, modelKey, triageById, worklistPage } from '../triage/triage.queries.js';
import { estimatedSecondsLeft } from '../triage/estimate.js';
import type { Change } from '../triage/changes.js';
import type { Outcome } from '../triage/triage.service.js';
import type { StoredResult } from '../triage/triage.result.js';
import { isAdult } from '../inference/pneumonia-kind.js';
import type { RequestContext } from './context.js';
import type { Loaders } from './loaders.js';
import { instancePageSize, pageSize } from './lists.js';
import { connection, notOurs, patientCursor, worklistCursor } from './pages.js';
import type * as Api from './generated/schema.js';

type Context = RequestContext;
interface Page {
  first?: number | null;
}
const byRequest = (rows: TriageRow[]) =>
  rows.sort((a, b) => b.requestedAt.getTime() - a.requestedAt.getTime());

async function triagesOfPatient(patientId: string, { loaders }: Context): Promise<TriageRow[]> {
  const studies = await loaders.studiesOfPatient.load(patientId);
  const lists = await Promise.all(studies.map(({ id }) => loaders.triagesOfStudy.load(id)));
  return byRequest(lists.flat());
}

const Patient = {
  id: (row: PatientRow) => row.patientId,
  issuer: (row: PatientRow) => row.issuer || null,
  name: (row: PatientRow) => displayName(row.name),
  studies: async (row: PatientRow, { first }: Page, { loaders }: Context) => {
    const size = pageSize(first);
    return (await loaders.studiesOfPatient.load(row.id)).slice(0, size);
  },
  triages: async (row: PatientRow, { first }: Page, context: Context) => {
    const size = pageSize(first, 100);
    return (await triagesOfPatient(row.id, context)).slice(0, size);
  },
  latestTriage: async (row: PatientRow, _: unknown, { loaders }: Context) => {
    const studies = await loaders.studiesOfPatient.load(row.id);
    const current = await Promise.all(studies.map(({ id }) => loaders.currentTriage.load(id)));
    return current.find((triage) => triage !== null) ?? null;
  },
};

async function instancesOf(study: StudyRow, { loaders }: Context): Promise<InstanceRow[]> {
  const series = await loaders.seriesOfStudy.load(study.id);
  return (await Promise.all(series.map(({ id }) => loaders.instancesOfSeries.load(id)))).flat();
}

const Study = {
  patient: (row: StudyRow, _: unknown, { loaders }: Context) => loaders.patient.load(row.patientId),
  modalities: async (row: StudyRow, _: unknown, { loaders }: Context) => {
    const series = await loaders.seriesOfStudy.load(row.id);
    return [...new Set(series.map(({ modality }) => modality))].sort();
  },
  seriesCount: async (row: StudyRow, _: unknown, { loaders }: Context) =>
    (await loaders.seriesOfStudy.load(row.id)).length,
  instanceCount: async (row: StudyRow, _: unknown, context: Context) =>
    (await instancesOf(row, context)).length,
  series: async (row: StudyRow, { first }: Page, { loaders }: Context) => {
    const size = pageSize(first);
    const series = await loaders.seriesOfStudy.load(row.id);
    return series.slice(0, size).map((one) => ({ ...one, studyUid: row.studyInstanceUid }));
  },
  triages: async (row: StudyRow, { first }: Page, { loaders }: Context) => {
    const size = pageSize(first);
    return (await loaders.triagesOfStudy.load(row.id)).slice(0, size);
  },
  latestTriage: (row: StudyRow, _: unknown, { loaders }: Context) => loaders.currentTriage.load(row.id),
};

const Series = {
  instances: async (row: SeriesRow & { studyUid: string }, { first }: Page, { loaders }: Context) => {
    const size = instancePageSize(first);
    const path = `/dicom-web/studies/${row.studyUid}/series/${row.seriesInstanceUid}/instances`;
    const instances = (await loaders.instancesOfSeries.load(row.id)).slice(0, size);
    return instances.map((one) => ({ ...one, renderedUrl: `${path}/${one.sopInstanceUid}/rendered` }));
  },
};

async function slicesOf(triageId: string, loaders: Context['loaders']) {
  const slices = await loaders.slices.load(triageId);
  return slices.map(({ hasOverlay, hasHeatmap, ...slice }) => {
    const path = `/triages/${triageId}/slices/${slice.index}`;
    return {
      ...slice,
      overlayUrl: hasOverlay ? `${path}/overlay.png` : null,
      heatmapUrl: hasHeatmap ? `${path}/heatmap.png` : null,
    };
  });
}

async function involvementOf(triageId: string, loaders: Context['loaders']) {
  const involvement = await loaders.involvement.load(triageId);
  return involvement && { ...involvement, lungMapUrl: `/triages/${triageId}/lung-map.png` };
}

const Triage = {
  study: (row: TriageRow, _: unknown, { loaders }: Context) => loaders.study.load(row.studyId),
  patient: async (row: TriageRow, _: unknown, { loaders }: Context) => {
    const study = await loaders.study.load(row.studyId);
    return study && loaders.patient.load(study.patientId);
  },
  queuePosition: (row: TriageRow, _: unknown, { loaders }: Context) =>
    row.status === 'QUEUED' ? loaders.queuePosition.load(row.id) : null,
  estimatedSecondsLeft: async (row: TriageRow, _: unknown, { loaders }: Context) => {
    if (row.status !== 'QUEUED' && row.status !== 'RUNNING') return null;
    const position = row.status === 'QUEUED' ? await loaders.queuePosition.load(row.id) : null;
    const { served, paces, running } = await loaders.queueState();
    const model = modelKey(row);
    const outlook = { running, isServed: served.has(model), pace: paces.get(model) ?? null };
    return estimatedSecondsLeft(row, position, outlook, new Date());
  },
  progress: (row: TriageRow) => (row.status === 'RUNNING' ? (row.progress ?? 0) : null),
  problem: (row: TriageRow) =>
    row.problemCode === null
      ? null
      : {
          code: row.problemCode,
          message: row.problemMessage ?? '',
          advice: row.problemAdvice ?? '',
          detail: row.problemDetail,
          retryable: row.problemRetryable ?? false,
        },
  review: (row: TriageRow, _: unknown, { loaders }: Context) => loaders.review.load(row.id),
  result: async (row: TriageRow, _: unknown, { loaders }: Context) => {
    if (row.status !== 'SUCCEEDED' || row.result === null) return null;
    const stored = row.result as StoredResult;
    const [findings, models] = await Promise.all([loaders.findings.load(row.id), loaders.models()]);
    const model = models.find(({ id, version }) => id === row.modelId && version === row.modelVersion);
    return {
      findings,
      topFinding: findings[0],
      covidProbability: row.covidProbability,
      severity: stored.severity && { scale: 'BRIXIA', ...stored.severity },
      // A function: the study and the patient are read only for who asks.
      pneumoniaKind: () => kindForPatient(row, stored, loaders),
      explanation: stored.heatmap && {
        heatmapUrl: `/triages/${row.id}/heatmap.png`,
        opacity: 0.5,
        sopInstanceUid: stored.sopInstanceUid,
        frameNumber: stored.frameNumber,
      },
      quality: stored.quality,
      model,
      engine: stored.engine,
      inputDigest: row.inputDigest,
      durations: stored.durations,
      // Asked for by those alone who show them.
      slices: () => slicesOf(row.id, loaders),
      involvement: () => involvementOf(row.id, loaders),
    };
  },
};

/** The opinion is learned from children: kept back for a patient who is known to be an adult. */
async function kindForPatient(row: TriageRow, { pneumoniaKind = null }: StoredResult, loaders: Loaders) {
  const study = pneumoniaKind && (await loaders.study.load(row.studyId));
  const patient = study && (await loaders.patient.load(study.patientId));
  if (!patient) return null;
  return isAdult(patient.birthDate, study.studiedAt ?? row.requestedAt) ? null : pneumoniaKind;
}

function answer(success: string, outcome: Outcome) {
  if (!('problem' in outcome)) return { __typename: success, triage: outcome.triage };
  const code = outcome.problem.replace(/(?<!^)([A-Z])/g, '_$1').toUpperCase();
  return { __typename: outcome.problem, code, message: outcome.message, triage: outcome.triage };
}

/** Where in the list of patients a page ended. */
async function placeOf(id: string | null, db: Context['db']) {
  if (id === null) return null;
  const [row] = await patientsByIds(db, [id]);
  if (!row) throw notOurs();
  return { name: row.name ?? '', patientId: row.patientId, id };
}

const Query = {
  patient: (_: unknown, { id, issuer }: Api.QueryPatientArgs, { db }: Context) =>
    patientByPatientId(db, id, issuer ?? null),
  patients: async (_: unknown, { search, first, after }: Api.QueryPatientsArgs, { db }: Context) => {
    const size = pageSize(first);
    const rows = await patientPage(db, search ?? null, await placeOf(patientCursor(after), db), size);
    return connection(rows, size, ({ id }) => [id]);
  },
  study: (_: unknown, { studyInstanceUid }: Api.QueryStudyArgs, { db }: Context) =>
    studyByUid(db, studyInstanceUid),
  triage: (_: unknown, { id }: Api.QueryTriageArgs, { db }: Context) => triageById(db, id),
  worklist: async (_: unknown, { filter, first, after }: Api.QueryWorklistArgs, { db }: Context) => {
    const size = pageSize(first);
    const place = worklistCursor(after);
    const rows = await worklistPage(
      db,
      {
        status: filter?.status ?? null,
        patientId: filter?.patientId ?? null,
        reviewed: filter?.reviewed ?? null,
        minCovidProbability: filter?.minCovidProbability ?? null,
        requestedSince: filter?.requestedSince ?? null,
        includeSuperseded: filter?.includeSuperseded ?? false,
      },
      place,
      size,
    );
    return connection(rows, size, ({ urgency, requestedAt, id }) => [urgency, requestedAt.toISOString(), id]);
  },
  models: async (_: unknown, _args: unknown, { loaders }: Context) => (await loaders.models()).slice(0, 100),
  engine: async (_: unknown, _args: unknown, { db }: Context) =>
    (await liveWorkers(db)).engine ?? {
      name: 'none',
      device: 'no worker has been started',
      version: '',
      gpu: false,
    },
};

const by = ({ caller, requestId }: Context) => ({ actor: caller.subject, requestId });

const Mutation = {
  requestTriage: async (_: unknown, { input }: Api.MutationRequestTriageArgs, context: Context) => {
    const { studyInstanceUid, modelId = null, priority } = input;
    const request = { studyInstanceUid, modelId, priority: priority ?? 'URGENT', source: 'REQUEST' } as const;
    return answer('RequestTriageSuccess', await context.triage.request(request, by(context)));
  },
  cancelTriage: async (_: unknown, { id }: Api.MutationCancelTriageArgs, context: Context) =>
    answer('CancelTriageSuccess', await context.triage.cancel(id, by(context))),
  retryTriage: async (_: unknown, { id }: Api.MutationRetryTriageArgs, context: Context) =>
    answer('RetryTriageSuccess', await context.triage.retry(id, by(context))),
  reviewTriage: async (_: unknown, { input }: Api.MutationReviewTriageArgs, context: Context) => {
    const { triageId, verdict, finding = null, severityLevel = null, comment = null } = input;
    const review = { triageId, verdict, finding, severityLevel, comment };
    return answer('ReviewTriageSuccess', await context.triage.review(review, by(context)));
  },
};

const Subscription = {
  triageChanged: {
    subscribe: (_: unknown, args: Api.SubscriptionTriageChangedArgs, { changes }: Context) =>
      changes.watch(
        (change) =>
          (args.patientId ?? change.patientId) === change.patientId &&
          (args.studyInstanceUid ?? change.studyInstanceUid) === change.studyInstanceUid,
      ),
    resolve: ({ id }: Change, _: unknown, { db }: Context) => triageById(db, id),
  },
};

export const resolvers = {
  // Under the schema's own name: the library's would be served to clients in its place.
  DateTime: new GraphQLScalarType({ ...DateTimeISOResolver.toConfig(), name: 'DateTime' }),
  Query,
  Mutation,
  Subscription,
  Patient,
  Study,
  Series,
  Triage,
};
