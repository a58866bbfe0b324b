import type { ErrorCode } from '../errors.js';
import type { EngineChoice } from './engines/pick-engine.js';
import type { EngineInfo, Picture, PictureContext, Prediction } from './types.js';

/** What the inference thread is started with. */
export interface WorkerSettings {
  engine: EngineChoice;
  modelDir: string;
  batchSize: number;
}

export interface Problem {
  code: ErrorCode;
  message: string;
  retryable: boolean;
}

export interface Job {
  picture: Picture;
  context: PictureContext;
}

/** One picture's part of an answered batch. */
export type Answer =
  { prediction: Prediction; preprocessMs: number; inferenceMs: number } | { problem: Problem };

export type Request =
  | { id: number; kind: 'predict'; jobs: Job[] }
  | { id: number; kind: 'benchmark'; images: number }
  | { id: number; kind: 'tensors' };

export type Reply =
  | { kind: 'ready'; info: EngineInfo }
  | { kind: 'unusable'; problem: Problem }
  | { kind: 'predicted'; id: number; answers: Answer[] }
  | { kind: 'measured'; id: number; value: number }
  | { kind: 'failed'; id: number; problem: Problem };
