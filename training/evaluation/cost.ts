import { stat } from 'node:fs/promises';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import type { LoadedModel } from '../../server/inference/manifest.js';
import type { EngineInfo } from '../../server/inference/types.js';
import type { JudgingTime } from './judging.js';
import type { CostFigures } from './types.js';

/** What the evaluation took, and on what. */
export async function costFigures(
  model: LoadedModel,
  engine: EngineInfo,
  time: JudgingTime,
  measured: { batchSize: number; singleMs: number; evaluationSeconds: number },
): Promise<CostFigures> {
  const sizes = await Promise.all(
    Object.keys(model.manifest.files).map(async (name) => (await stat(join(model.folder, name))).size),
  );
  const each = (total: number) => Number((total / Math.max(1, time.pictures)).toFixed(2));
  return {
    engine: engine.name,
    engineVersion: engine.version,
    device: engine.device,
    processors: cpus().length,
    memoryGigabytes: Number((totalmem() / 1e9).toFixed(1)),
    load: Number((loadavg()[0] ?? 0).toFixed(1)),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    batchSize: measured.batchSize,
    singleMs: Number(measured.singleMs.toFixed(1)),
    preprocessMs: each(time.preprocessMs),
    inferenceMs: each(time.inferenceMs),
    judgeMs: each(time.judgeMs),
    modelMegabytes: Number((sizes.reduce((a, b) => a + b, 0) / 1e6).toFixed(1)),
    evaluationSeconds: Math.round(measured.evaluationSeconds),
  };
}
