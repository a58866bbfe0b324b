import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { TrainingEpoch } from './types.js';

const lineSchema = z.object({
  epoch: z.number(),
  trainLoss: z.number(),
  foldLoss: z.number(),
  foldAccuracy: z.number(),
});

/**
 * The epochs of a run from its log.jsonl, in order; a resumed run's repeated epoch counts as it was last.
 *
 * @param folders looked through in order; the first with a log is taken
 * @returns empty when none has one
 */
export async function readTrainingLog(folders: readonly string[]): Promise<TrainingEpoch[]> {
  for (const folder of folders) {
    const text = await readFile(join(folder, 'log.jsonl'), 'utf8').catch(() => null);
    if (text === null) continue;
    const epochs = new Map<number, TrainingEpoch>();
    for (const line of text.split('\n').filter((one) => one.trim() !== '')) {
      const parsed = lineSchema.safeParse(JSON.parse(line));
      if (parsed.success) epochs.set(parsed.data.epoch, parsed.data);
    }
    return [...epochs.values()].sort((a, b) => a.epoch - b.epoch);
  }
  return [];
}
