import { sql } from 'kysely';
import type {
  Db,
  ReviewVerdictName,
  TriagePriorityName,
  TriageRow,
  TriageSource,
} from '../database/types.js';
import { imagesOfStudy, studyByUid, type StudyImage } from '../study/study.repository.js';
import { recorded, type Origin } from './audit.js';
import { inputsFor } from './inputs.js';
import { modalitiesOf, tasksOf, type Task } from './modalities.js';
import { activeModels, labelsOf } from './model.repository.js';
import { enqueue, isBefore, maximumAttempts, removeJob } from './queue.js';
import { supersedeTriages } from './triage.repository.js';
import { cancelledUrgency, reviewedUrgency, waitingUrgency } from './urgency.js';

/** An expected failure of a mutation, with the triage as it is when it exists. */
export interface Refusal {
  problem:
    | 'StudyNotFound'
    | 'StudyNotSupported'
    | 'ModelNotFound'
    | 'TriageNotFound'
    | 'TriageStateConflict'
    | 'InvalidReview';
  message: string;
  triage?: TriageRow;
}
export type Outcome = { triage: TriageRow } | Refusal;

export interface ReviewInput {
  triageId: string;
  verdict: ReviewVerdictName;
  finding: string | null;
  severityLevel: number | null;
  comment: string | null;
}

/** A triage request and its life. Each change is recorded with who asked for it. */
export interface TriageService {
  request(
    input: {
      studyInstanceUid: string;
      modelId: string | null;
      priority: TriagePriorityName;
      source: TriageSource;
    },
    by: Origin,
  ): Promise<Outcome>;
  cancel(id: string, by: Origin): Promise<Outcome>;
  retry(id: string, by: Origin): Promise<Outcome>;
  /** Signed with the origin's actor. */
  review(input: ReviewInput, by: Origin): Promise<Outcome>;
}

const isUuid = (text: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

/** What the study shows now is what this triage saw; all others are past. */
async function makeCurrent(trx: Db, { id, studyId }: TriageRow): Promise<void> {
  await supersedeTriages(trx, studyId);
  await trx
    .updateTable('triage')
    .set({ superseded: false, supersededBy: null })
    .where('id', '=', id)
    .execute();
}

/** The priority of a new triage: never below that of one it does the work of, for which a reader waits. */
async function mostUrgent(trx: Db, studyId: string, asked: TriagePriorityName): Promise<TriagePriorityName> {
  const unended = await trx
    .selectFrom('triage')
    .select('priority')
    .where('studyId', '=', studyId)
    .where('status', 'in', ['QUEUED', 'RUNNING'])
    .execute();
  return unended.reduce((most, { priority }) => (isBefore(priority, most) ? priority : most), asked);
}

/** Triages in the database, each change in one transaction with its job and its audit. */
export function createTriageService(db: Db): TriageService {
  const find = (trx: Db, id: string) =>
    isUuid(id)
      ? trx.selectFrom('triage').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
      : Promise.resolve(undefined);
  const missing: Refusal = { problem: 'TriageNotFound', message: 'There is no such triage.' };
  const conflict = (triage: TriageRow, needed: string): Refusal => ({
    problem: 'TriageStateConflict',
    message: `The triage is ${triage.status}; this needs one that is ${needed}.`,
    triage,
  });
  const requeue = async (trx: Db, id: string, priority: TriagePriorityName, requestId: string | null) => {
    const triage = await trx
      .updateTable('triage')
      .set((e) => ({
        status: 'QUEUED' as const,
        attemptLimit: e('attempts', '+', maximumAttempts),
        urgency: waitingUrgency[priority],
        priority,
        requestId,
        finishedAt: null,
        progress: null,
        problemCode: null,
        problemMessage: null,
        problemAdvice: null,
        problemDetail: null,
        problemRetryable: null,
      }))
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow();
    await enqueue(trx, triage);
    return triage;
  };

  const hasten = async (trx: Db, id: string, priority: TriagePriorityName) => {
    const changes = { priority, priorityReason: 'READER_WAITS', urgency: waitingUrgency[priority] };
    const changed = trx
      .updateTable('triage')
      .set(changes)
      .where('id', '=', id)
      .where('status', '=', 'QUEUED');
    const triage = await changed.returningAll().executeTakeFirst();
    if (triage) await enqueue(trx, triage);
    return triage ?? trx.selectFrom('triage').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  };

  return {
    request: ({ studyInstanceUid, modelId, priority, source }, by) =>
      recorded(db, by, async (trx): Promise<Outcome> => {
        const { requestId } = by;
        const models = await activeModels(trx);
        if (modelId !== null && !models.some(({ id }) => id === modelId)) {
          const there = models.map(({ id }) => id).join(', ');
          return { problem: 'ModelNotFound', message: `No model ${modelId} here; there is ${there}.` };
        }
        await sql`select pg_advisory_xact_lock(hashtextextended(${studyInstanceUid}, 0))`.execute(trx);
        const study = await studyByUid(trx, studyInstanceUid);
        if (!study) return { problem: 'StudyNotFound', message: 'No such study has been received.' };
        const all = await imagesOfStudy(trx, study.id);
        const model = modelFor(all, modelId === null ? models : models.filter(({ id }) => id === modelId));
        if (!model) return notSupported(all, models);
        const { id: activeId, version } = model;
        const { digest: inputDigest } = inputsFor(model.task as Task, all);
        const known = await trx
          .selectFrom('triage')
          .selectAll()
          .where('studyId', '=', study.id)
          .where('inputDigest', '=', inputDigest)
          .where('modelId', '=', activeId)
          .where('modelVersion', '=', version)
          .executeTakeFirst();
        if (known) {
          if (known.superseded) await makeCurrent(trx, known);
          const ended = known.status === 'FAILED' || known.status === 'CANCELLED';
          if (source === 'REQUEST' && ended)
            return { triage: await requeue(trx, known.id, priority, requestId) };
          // A reader who waits for what the server had begun by itself.
          if (source === 'REQUEST' && known.status === 'QUEUED' && isBefore(priority, known.priority))
            return { triage: await hasten(trx, known.id, priority) };
          return { triage: { ...known, superseded: false, supersededBy: null } };
        }
        await supersedeTriages(trx, study.id);
        const taken = await mostUrgent(trx, study.id, priority);
        const triage = await trx
          .insertInto('triage')
          .values({
            studyId: study.id,
            modelId: activeId,
            modelVersion: version,
            inputDigest,
            priority: taken,
            priorityReason: taken === 'ROUTINE' ? null : 'READER_WAITS',
            urgency: waitingUrgency[taken],
            source,
            requestId,
          })
          .returningAll()
          .executeTakeFirstOrThrow();
        await trx
          .updateTable('triage')
          .set({ supersededBy: triage.id })
          .where('studyId', '=', study.id)
          .where('id', '!=', triage.id)
          .where('supersededBy', 'is', null)
          .execute();
        await enqueue(trx, triage);
        return { triage };
      }),

    cancel: (id, by) =>
      recorded(db, by, async (trx): Promise<Outcome> => {
        const triage = await find(trx, id);
        if (!triage) return missing;
        if (triage.status !== 'QUEUED' && triage.status !== 'RUNNING')
          return conflict(triage, 'QUEUED or RUNNING');
        await removeJob(trx, id);
        const changes = {
          status: 'CANCELLED' as const,
          urgency: cancelledUrgency,
          progress: null,
          finishedAt: sql<Date>`clock_timestamp()`,
        };
        const changed = trx.updateTable('triage').set(changes).where('id', '=', id).returningAll();
        return { triage: await changed.executeTakeFirstOrThrow() };
      }),

    retry: (id, by) =>
      recorded(db, by, async (trx): Promise<Outcome> => {
        const triage = await find(trx, id);
        if (!triage) return missing;
        if (triage.status !== 'FAILED' && triage.status !== 'CANCELLED')
          return conflict(triage, 'FAILED or CANCELLED');
        // It would be cancelled as soon as a worker sees that its images or model are past.
        if (triage.superseded) {
          const message =
            `The triage is ${triage.status} and superseded; this needs one that is not. ` +
            'Newer images or a newer model have a triage of their own: ask for that.';
          return { problem: 'TriageStateConflict', message, triage };
        }
        return { triage: await requeue(trx, id, triage.priority, by.requestId) };
      }),

    review: ({ triageId, verdict, finding, severityLevel, comment }, by) =>
      recorded(db, by, async (trx): Promise<Outcome> => {
        const triage = await find(trx, triageId);
        if (!triage) return missing;
        const labels = await labelsOf(trx, triage);
        const wrong = reviewProblem({ verdict, finding, severityLevel, comment }, labels);
        if (wrong !== null) return { problem: 'InvalidReview', message: wrong };
        if (triage.status !== 'SUCCEEDED' && triage.status !== 'ABSTAINED') {
          return conflict(triage, 'SUCCEEDED or ABSTAINED');
        }
        await trx
          .insertInto('review')
          .values({
            triageId,
            verdict,
            finding,
            severityLevel,
            comment,
            reviewer: by.actor,
            requestId: by.requestId,
          })
          .execute();
        const changed = trx
          .updateTable('triage')
          .set({ urgency: reviewedUrgency })
          .where('id', '=', triageId)
          .returningAll();
        return { triage: await changed.executeTakeFirstOrThrow() };
      }),
  };
}

/** The model of the first of the tasks that fit the images, where there is one. */
function modelFor<Model extends { task: string }>(
  images: readonly StudyImage[],
  models: readonly Model[],
): Model | undefined {
  for (const wanted of tasksOf(images)) {
    const model = models.find(({ task }) => task === wanted);
    if (model) return model;
  }
  return undefined;
}

function notSupported(images: readonly StudyImage[], models: readonly { task: string }[]): Refusal {
  const modalities = [...new Set(images.map(({ modality }) => modality))].join(', ');
  const supported = models.flatMap(({ task }) => modalitiesOf[task as Task] ?? []).join(', ');
  return {
    problem: 'StudyNotSupported',
    message: `No model here judges ${modalities || 'this study'}; supported: ${supported}.`,
  };
}

/** Why a review contradicts itself; null when it does not. */
export function reviewProblem(
  review: Pick<ReviewInput, 'verdict' | 'finding' | 'severityLevel' | 'comment'>,
  labels: string[],
): string | null {
  const { verdict, finding, severityLevel, comment } = review;
  const changes = finding !== null || severityLevel !== null;
  if (verdict === 'MODIFIED' && !changes) return 'MODIFIED needs a finding or a severity level.';
  if (verdict !== 'MODIFIED' && changes) return `${verdict} takes no finding and no severity level.`;
  if (finding !== null && !labels.includes(finding))
    return `The finding must be one of ${labels.join(', ')}.`;
  if (finding === 'NORMAL' && severityLevel !== null) return 'A normal finding has no severity level.';
  if (finding === 'NON_COVID' && severityLevel !== null)
    return 'A finding without COVID has no severity level.';
  if (severityLevel !== null && ![1, 2, 3].includes(severityLevel))
    return 'The severity level must be 1, 2 or 3.';
  if (comment !== null && comment.length > 2000) return 'The comment is longer than 2,000 characters.';
  return null;
}
