import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const proportion = z.object({
  value: z.number(),
  low: z.number(),
  high: z.number(),
  count: z.number(),
  of: z.number(),
});

/** What every report.json of an X-ray model has had from the first version on. */
const reportSchema = z.object({
  heldOut: z.object({ films: z.number() }),
  accuracy: proportion,
  classes: z.array(z.object({ label: z.string(), recall: proportion, specificity: proportion })),
  sources: z.array(z.object({ source: z.string(), accuracy: proportion })),
  expectedCalibrationError: z.number(),
  goodFilmsRefused: proportion,
  severity: z.object({ films: z.number(), meanAbsoluteError: z.number() }),
});
export type StoredReport = z.infer<typeof reportSchema>;

/** The stored evaluation of a model; null where there is none, or one of another kind of model. */
export async function readReport(folder: string): Promise<StoredReport | null> {
  const text = await readFile(join(folder, 'report.json'), 'utf8').catch(() => null);
  if (text === null) return null;
  const parsed = reportSchema.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : null;
}
