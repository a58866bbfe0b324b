import type { Db, TriageRow } from '../../database/types.js';
import type { DecodePool } from '../../dicom/decode-pool.js';
import type { ErrorCode } from '../../errors.js';
import type { AbstainCode, Finding } from '../../inference/types.js';
import type { Task } from '../modalities.js';
import { modelKey } from '../queue.js';
import type { CtAbstainCode } from '../problem-texts.js';
import type { InferenceService } from '../../inference/service.js';
import type { Logger } from '../../log.js';
import type { ObjectStore } from '../../objects/file-store.js';
import type { StoredInvolvement, StoredResult, StoredSlice } from '../triage.result.js';
import type { TriageService } from '../triage.service.js';

/** What judges CT slices. */
export type SliceJudge = Pick<InferenceService, 'predictSlices'>;

/** What a worker process computes triages with. */
export interface TriageTools {
  db: Db;
  objects: ObjectStore;
  decoder: DecodePool;
  inference: InferenceService;
  service: TriageService;
  log: Logger;
  workerId: string;
}

/** The models that these tools judge with: `id@version`, and what each is for. */
export function servedModels({ inference }: Pick<TriageTools, 'inference'>) {
  const models: { key: string; task: Task }[] = [];
  const add = ({ id, version }: { id: string; version: string }, task: Task) =>
    models.push({ key: modelKey({ modelId: id, modelVersion: version }), task });
  add(inference.model, 'cxr-triage');
  if (inference.ct) add(inference.ct.manifest, 'ct-triage');
  return models;
}

/** One attempt at a triage: the row as it was claimed. Its `attempts` tells it from all others. */
export type Attempt = TriageRow & { startedAt: Date };

/** What came of the images of a study, whichever way they were judged. */
export type Verdict =
  | {
      kind: 'JUDGED';
      /** Most probable first. */
      findings: Finding[];
      result: Omit<StoredResult, 'durations'>;
      /** Of CT alone. */
      series: { slices: StoredSlice[]; involvement: StoredInvolvement } | null;
      /** Of the picture that the result is of, milliseconds. */
      decodeMs: number;
      inferenceMs: number;
    }
  | {
      kind: 'ABSTAINED';
      /** Why the model declines, or why no image can be read. */
      code: AbstainCode | CtAbstainCode | UnreadableCode;
      /** For the operator. */
      detail: string | null;
    };

const unreadable = [
  'NOT_DICOM',
  'DICOM_EMPTY',
  'DICOM_TRUNCATED',
  'DICOM_ENCRYPTED',
  'DICOM_NOT_AN_IMAGE',
  'DICOM_TOO_LARGE',
  'SYNTAX_NOT_SUPPORTED',
  'PIXELS_CORRUPT',
  'PIXELS_MISSING',
  'FRAME_OUT_OF_RANGE',
] as const satisfies readonly ErrorCode[];

/** What is wrong with an image itself: trying again gives the same. */
export type UnreadableCode = (typeof unreadable)[number];

export function isUnreadable(code: ErrorCode): code is UnreadableCode {
  return (unreadable as readonly ErrorCode[]).includes(code);
}

/** The triage is no longer this attempt's: cancelled, or taken over by another. */
export class NotOurs extends Error {}
