import type { ErrorCode } from '../errors.js';
import type { EngineChoice } from './engines/pick-engine.js';
import type { Task } from './models.js';
import type { EngineInfo, EngineOutput } from './types.js';

/** What the inference thread is started with. */
export interface WorkerSettings {
  engine: EngineChoice;
  modelDir: string;
  ctModelDir: string | null;
  batchSize: number;
}

export interface Problem {
  code: ErrorCode;
  message: string;
  retryable: boolean;
}

export type Request =
  | { id: number; kind: 'infer'; task: Task; inputs: Float32Array[] }
  | { id: number; kind: 'benchmark'; images: number }
  | { id: number; kind: 'tensors' };

export type Reply =
  | { kind: 'ready'; info: EngineInfo }
  | { kind: 'unusable'; problem: Problem }
  | { kind: 'inferred'; id: number; outputs: EngineOutput[]; inferenceMs: number }
  | { kind: 'measured'; id: number; value: number }
  | { kind: 'failed'; id: number; problem: Problem };
