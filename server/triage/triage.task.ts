import type { Db, TriageRow } from '../database/types.js';
import { DomainError } from '../errors.js';
import type { DecodePool } from '../dicom/decode-pool.js';
import type { InferenceService } from '../inference/service.js';
import type { PredictionWithDurations } from '../inference/service.js';
import type { Logger } from '../log.js';
import type { ObjectStore } from '../objects/file-store.js';
import { imagesOfStudy, type StudyImage } from '../study/study.repository.js';
import { abstainTexts, failureText } from './problem-texts.js';
import type { StoredResult } from './triage.result.js';
import { supportedModalities } from './modalities.js';
import { finishedUrgency } from './triage.service.js';

/** What a worker process computes triages with. */
export interface TriageTools {
  db: Db;
  objects: ObjectStore;
  decoder: DecodePool;
  inference: InferenceService;
  log: Logger;
  workerId: string;
}

/** At most so many pictures of a study are judged. */
const maximumImages = 8;

interface Judged extends PredictionWithDurations {
  image: StudyImage;
  picture: StoredResult['picture'];
  decodeMs: number;
}

/**
 * Computes one triage. Safe to run again: it starts from the stored state and does nothing when the triage has
 * ended or another worker has it.
 *
 * @throws DomainError to be tried again, while attempts are left and the failure may pass
 */
export async function runTriage(tools: TriageTools, id: string, lastAttempt: boolean): Promise<void> {
  const { db, workerId } = tools;
  const triage = await db
    .updateTable('triage')
    .set((e) => ({
      status: 'RUNNING',
      workerId,
      startedAt: new Date(),
      progress: 0,
      attempts: e('attempts', '+', 1),
    }))
    .where('id', '=', id)
    .where('status', '=', 'QUEUED')
    .returningAll()
    .executeTakeFirst();
  if (!triage) return;
  try {
    const judged = await judgeStudy(tools, triage);
    await store(tools, triage, judged);
  } catch (error) {
    const problem =
      error instanceof DomainError
        ? error
        : new DomainError('INTERNAL', 'unexpected failure', { cause: error });
    const again = !lastAttempt && (problem.retryable || problem.code === 'INTERNAL');
    tools.log.warn('triage attempt failed', { triageId: id, code: problem.code, error });
    await fail(tools, id, problem, again);
    if (again) throw problem;
  }
}

async function judgeStudy(tools: TriageTools, triage: TriageRow): Promise<Judged[]> {
  const { db, objects, decoder, inference } = tools;
  const all = await imagesOfStudy(db, triage.studyId);
  const images = all.filter(({ modality }) => supportedModalities.includes(modality)).slice(0, maximumImages);
  const judged: Judged[] = [];
  let firstError: unknown = null;
  for (const [index, image] of images.entries()) {
    try {
      const started = performance.now();
      const picture = await decoder.renderDisplay(await objects.read(image.objectDigest), 0);
      const decodeMs = performance.now() - started;
      const { modality, viewPosition, bodyPartExamined } = image;
      const answer = await inference.predict(picture, { modality, viewPosition, bodyPartExamined });
      judged.push({ ...answer, image, picture: { width: picture.width, height: picture.height }, decodeMs });
    } catch (error) {
      firstError ??= error;
    }
    // The last picture's end is the result itself.
    if (index === images.length - 1) break;
    const progress = (index + 1) / images.length;
    await db
      .updateTable('triage')
      .set({ progress })
      .where('id', '=', triage.id)
      .where('status', '=', 'RUNNING')
      .execute();
  }
  if (judged.length === 0)
    throw firstError ?? new DomainError('PIXELS_MISSING', 'the study has no image to judge');
  return judged;
}

const covidOf = ({ prediction }: Judged) =>
  prediction.findings.find(({ code }) => code === 'COVID')?.probability ?? 0;

async function store(tools: TriageTools, triage: TriageRow, judged: Judged[]): Promise<void> {
  const accepted = judged.filter(({ prediction }) => prediction.abstainCode === null);
  accepted.sort((a, b) => covidOf(b) - covidOf(a));
  const chosen = accepted[0] ?? judged[0];
  if (!chosen) return;
  const { prediction } = chosen;
  const finishedAt = new Date();
  const startedAt = triage.startedAt ?? finishedAt;
  const { name, device } = tools.inference.describe();
  const result: StoredResult = {
    severity: prediction.severity,
    quality: prediction.quality,
    heatmap: prediction.heatmap,
    sopInstanceUid: chosen.image.sopInstanceUid,
    picture: chosen.picture,
    engine: `${name} (${device})`,
    durations: {
      queuedMs: startedAt.getTime() - triage.requestedAt.getTime(),
      decodeMs: chosen.decodeMs,
      inferenceMs: chosen.durations.queueMs + chosen.durations.preprocessMs + chosen.durations.inferenceMs,
      totalMs: finishedAt.getTime() - startedAt.getTime(),
    },
  };
  await tools.db.transaction().execute(async (trx) => {
    const mine = trx
      .updateTable('triage')
      .where('id', '=', triage.id)
      .where('status', '=', 'RUNNING')
      .where('workerId', '=', tools.workerId)
      .returning('id');
    if (prediction.abstainCode !== null) {
      const { message, advice } = abstainTexts[prediction.abstainCode];
      await mine
        .set({
          status: 'ABSTAINED',
          progress: null,
          finishedAt,
          urgency: finishedUrgency(null, null),
          problemCode: prediction.abstainCode,
          problemMessage: message,
          problemAdvice: advice,
          problemRetryable: false,
        })
        .execute();
      return;
    }
    const covidProbability = covidOf(chosen);
    const severityLevel = prediction.severity?.level ?? null;
    const updated = await mine
      .set({
        status: 'SUCCEEDED',
        progress: null,
        finishedAt,
        covidProbability,
        severityLevel,
        urgency: finishedUrgency(covidProbability, severityLevel),
        result: JSON.stringify(result),
      })
      .executeTakeFirst();
    if (!updated) return;
    const findings = prediction.findings.map((finding, ordinal) => ({
      ...finding,
      ordinal,
      triageId: triage.id,
    }));
    await trx.insertInto('finding').values(findings).execute();
  });
}

async function fail(
  { db, workerId }: TriageTools,
  id: string,
  problem: DomainError,
  again: boolean,
): Promise<void> {
  const { message, advice } = failureText(problem.code);
  const ended = {
    status: 'FAILED' as const,
    progress: null,
    finishedAt: new Date(),
    urgency: 900,
    problemCode: problem.code,
    problemMessage: message,
    problemAdvice: advice,
    problemDetail: problem.message,
    problemRetryable: problem.retryable || problem.code === 'INTERNAL',
  };
  await db
    .updateTable('triage')
    .set(again ? { status: 'QUEUED', progress: null } : ended)
    .where('id', '=', id)
    .where('status', '=', 'RUNNING')
    .where('workerId', '=', workerId)
    .execute();
}
