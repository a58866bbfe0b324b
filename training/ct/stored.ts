import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const interval = z.object({ value: z.number(), low: z.number(), high: z.number() }).nullable();

/** What `models` shows of a CT model's report.json. */
const reportSchema = z.object({
  heldOut: z.object({
    slices: z.number(),
    accuracy: interval,
    areaUnderRoc: interval,
    sensitivity: interval,
  }),
});
export type StoredCtReport = z.infer<typeof reportSchema>;

/** The stored evaluation of a CT model; null where there is none, or one of another kind of model. */
export async function readCtReport(folder: string): Promise<StoredCtReport | null> {
  const text = await readFile(join(folder, 'report.json'), 'utf8').catch(() => null);
  if (text === null) return null;
  const parsed = reportSchema.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : null;
}
