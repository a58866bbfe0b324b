import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { DomainError } from '../errors.js';

const linear = z.object({
  labels: z.array(z.string()),
  /** One row of weights per label, over the standardised features. */
  weights: z.array(z.array(z.number())),
  bias: z.array(z.number()),
});

/** Small heads on the averaged features, fitted after the network. */
export const headsSchema = z.object({
  /** Standardisation of the features before every head. */
  mean: z.array(z.number()),
  deviation: z.array(z.number()),
  /**
   * Likeness to the mean chest film of the training films. With it `suitability` has one more weight in each row, for
   * the standardised likeness.
   */
  likeness: z.object({ mean: z.number(), deviation: z.number() }).optional(),
  /** FRONTAL against what the model must not judge. */
  suitability: linear,
  /** Root mean square of the distance to the training films in the leading principal components. */
  distance: z.object({
    components: z.array(z.array(z.number())),
    variance: z.array(z.number()),
  }),
  /** Of each label, in their order: ends of the 90 % interval at some probabilities, which rise. */
  intervals: z.array(
    z.object({ at: z.array(z.number()), low: z.array(z.number()), high: z.array(z.number()) }),
  ),
  /**
   * Zone scores from two further channels of the network's map: the first averaged over the zone, the second over
   * both lungs, and a bias for each zone A to F.
   */
  severity: z
    .object({
      bias: z.array(z.number()).length(6),
      /** Half width of the 90 % interval of the total, by the residuals of cross-validation over patients. */
      halfWidth: z.number(),
    })
    .nullable(),
});
export type Heads = z.infer<typeof headsSchema>;
export type LinearHead = z.infer<typeof linear>;

const needed = ['model.json', 'weights.bin', 'heads.json'];

export const manifestSchema = z.object({
  format: z.literal(1),
  id: z.string(),
  version: z.string(),
  task: z.literal('cxr-triage'),
  labels: z.array(z.string()).min(2),
  input: z.object({
    width: z.number().int(),
    height: z.number().int(),
    channels: z.literal(1),
    range: z.tuple([z.number(), z.number()]),
    /** Shares of the pixels that saturate below and above when the exposure is normalised. */
    percentiles: z.tuple([z.number(), z.number()]),
    /** The longer side is cropped, centred, to at most this many times the shorter one. */
    maxAspect: z.number().min(1),
  }),
  /** Mean chest film by which the lungs are found. */
  lungs: z.object({ side: z.number().int(), template: z.array(z.number()) }).optional(),
  /** Divides the logits before the softmax. */
  temperature: z.number().positive(),
  thresholds: z.object({
    /** Probability of not being a frontal chest film above which the model abstains, 0 to 1. */
    unsuitability: z.number().min(0).max(1),
    /** Distance to the training films above which the model abstains, in units of the heads' `distance`. */
    distance: z.number().positive(),
    /** Correlation with the mean chest film below which the model abstains, -1 to 1; null when it is not asked. */
    likeness: z.number().min(-1).max(1).nullable(),
    /** Lowest Brixia score of level 2 and of level 3; null when the model grades no severity. */
    severity: z.tuple([z.number(), z.number()]).nullable(),
  }),
  /** Lowest COVID probability to act on, chosen on the fold: few missed (screening), few false (confirming). */
  operatingPoints: z.object({ screening: z.number(), confirming: z.number() }).optional(),
  /** SHA-256 of every file that the judgement depends on. */
  files: z
    .record(z.string(), z.string())
    .refine((files) => needed.every((name) => name in files), `files must digest ${needed.join(', ')}`),
  trainingData: z.string(),
  licence: z.string(),
  createdAt: z.string(),
});
export type ModelManifest = z.infer<typeof manifestSchema>;

/** A model folder that has been read and whose files are what the manifest says. */
export interface ModelFolder<Manifest> {
  folder: string;
  manifest: Manifest;
  /** SHA-256 of the manifest, which holds the digests of all other files. */
  digest: string;
  card: string | null;
}

/** A chest X-ray model with the heads behind its network. */
export interface LoadedModel extends ModelFolder<ModelManifest> {
  heads: Heads;
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function unusable(folder: string, cause: unknown): DomainError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DomainError('MODEL_INVALID', `the model in ${folder} cannot be used: ${reason}`, { cause });
}

/**
 * Reads the folder of a model of any task and checks every file against its digest.
 *
 * @param schema what its manifest must be
 * @throws DomainError MODEL_NOT_FOUND without a manifest, MODEL_INVALID when a file is missing or not as digested
 */
export async function readModelFolder<Manifest extends { files: Record<string, string> }>(
  folder: string,
  schema: z.ZodType<Manifest>,
): Promise<ModelFolder<Manifest>> {
  const bytes = await readFile(join(folder, 'manifest.json')).catch((cause: unknown) => {
    throw new DomainError('MODEL_NOT_FOUND', `no model in ${folder}: manifest.json cannot be read`, {
      cause,
    });
  });
  try {
    const manifest = schema.parse(JSON.parse(bytes.toString('utf8')));
    for (const [name, digest] of Object.entries(manifest.files)) {
      if (sha256(await readFile(join(folder, name))) !== digest)
        throw new Error(`${name} differs from its digest`);
    }
    const card = await readFile(join(folder, 'MODEL_CARD.md'), 'utf8').catch(() => null);
    return { folder, manifest, digest: sha256(bytes), card };
  } catch (cause) {
    throw unusable(folder, cause);
  }
}

/**
 * Reads the folder of a chest X-ray model and checks every file against its digest.
 *
 * @throws DomainError MODEL_NOT_FOUND without a manifest, MODEL_INVALID when a file is missing or not as digested
 */
export async function loadModel(folder: string): Promise<LoadedModel> {
  const read = await readModelFolder(folder, manifestSchema);
  try {
    const heads = headsSchema.parse(JSON.parse(await readFile(join(folder, 'heads.json'), 'utf8')));
    return { ...read, heads };
  } catch (cause) {
    throw unusable(folder, cause);
  }
}
