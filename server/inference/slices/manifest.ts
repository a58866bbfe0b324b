import { z } from 'zod';
import { readModelFolder, type ModelFolder } from '../manifest.js';

/** A model that judges single CT slices, and how a series is judged by them. */
export const ctManifestSchema = z.object({
  format: z.literal(1),
  id: z.string(),
  version: z.string(),
  task: z.literal('ct-triage'),
  labels: z.tuple([z.literal('COVID'), z.literal('NON_COVID')]),
  input: z.object({
    width: z.number().int().positive(),
    height: z.number().int().positive(),
    channels: z.literal(1),
    range: z.tuple([z.number(), z.number()]),
    /** Shares of the pixels that saturate below and above when the contrast is normalised. */
    percentiles: z.tuple([z.number(), z.number()]),
    /** Display window in which slices are shown to the network, Hounsfield units. */
    window: z.object({ centre: z.number(), width: z.number().positive() }),
    /** Room around the lungs, share of their width and height. */
    margin: z.number().min(0).max(0.5),
  }),
  /** Divides the logits before the softmax. */
  temperature: z.number().positive(),
  /** How a series is judged by its slices. */
  series: z.object({
    /** Of how many of the strongest slices the mean log odds are taken. */
    strongest: z.number().int().positive(),
    /** Log odds of a series: `intercept + slope * mean`. */
    slope: z.number().positive(),
    intercept: z.number(),
    /** Half width of the 90 % interval of the log odds that the slices of one series leave. */
    halfWidth: z.number().nonnegative(),
    /** Share of the lungs, 0 to 100, at and above which a low probability contradicts the involvement. */
    involvedFrom: z.number().min(0).max(100),
    /** Share of the lungs, 0 to 100, below which a high probability contradicts the involvement. */
    clearBelow: z.number().min(0).max(100),
  }),
  /** Lowest COVID probability of a slice to act on, chosen on the folds: the most right, and few missed. */
  thresholds: z.object({ covid: z.number().min(0).max(1), screening: z.number().min(0).max(1) }),
  /** SHA-256 of every file that the judgement depends on. */
  files: z
    .record(z.string(), z.string())
    .refine((files) => 'model.json' in files && 'weights.bin' in files, 'files must digest the network'),
  trainingData: z.string(),
  licence: z.string(),
  createdAt: z.string(),
});
export type CtManifest = z.infer<typeof ctManifestSchema>;
/** How slices are made ready for the network. */
export type SliceInput = CtManifest['input'];
/** How a series is judged by its slices. */
export type SeriesRule = CtManifest['series'];

/** A CT model's folder that has been read and whose files are what the manifest says. */
export type LoadedCtModel = ModelFolder<CtManifest>;

/**
 * Reads the folder of a CT model and checks every file against its digest.
 *
 * @throws DomainError MODEL_NOT_FOUND without a manifest, MODEL_INVALID when a file is missing or not as digested
 */
export function loadCtModel(folder: string): Promise<LoadedCtModel> {
  return readModelFolder(folder, ctManifestSchema);
}
