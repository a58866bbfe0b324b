import { z } from 'zod';
import { packedFloats } from './tensor-codec.js';

const featureRange = z.object({ offset: z.number().int().min(0), length: z.number().int().positive() });
const standardised = { features: z.array(featureRange).min(1), mean: packedFloats, scale: packedFloats };

const intervalTable = z.object({
  /** Calibrated probabilities at which the interval was measured, ascending. */
  probability: z.array(z.number().min(0).max(1)).min(2),
  low: z.array(z.number().min(0).max(1)).min(2),
  high: z.array(z.number().min(0).max(1)).min(2),
});

const gate = z.object({
  ...standardised,
  classes: z.tuple([z.literal('FRONTAL'), z.literal('LATERAL'), z.literal('UNSUITABLE')]),
  weights: packedFloats,
  bias: z.array(z.number()),
  lateralThreshold: z.number().min(0).max(1),
  unsuitableThreshold: z.number().min(0).max(1),
});

const outOfDistribution = z.object({
  ...standardised,
  /** Principal directions [components, features] of the training films and the variance along each. */
  components: packedFloats,
  variance: packedFloats,
  /** Mean squared length per feature of what the components leave over. */
  residualVariance: z.number().positive(),
  /** Distance beyond which a picture is refused: a percentile of films the network did not train on. */
  threshold: z.number().positive(),
});

const severity = z.object({
  /** Offset and length of the features of each of the six zones A to F, in that order. */
  zones: z.array(featureRange).length(6),
  /** Global features that all zones share; may be empty. */
  shared: z.array(featureRange),
  mean: packedFloats,
  scale: packedFloats,
  weights: packedFloats,
  bias: z.number(),
  /** Ordinary correction of the sum of the zones: score = slope * sum + intercept. */
  slope: z.number(),
  intercept: z.number(),
  /** Half width of the interval: this quantile of the absolute errors in cross-validation. */
  halfWidth: z.number().positive(),
  confidence: z.number().gt(0).lt(1),
  /** Scores from which level 2 and level 3 begin. */
  cutPoints: z.tuple([z.number(), z.number()]),
  reference: z.string(),
});

/** The small linear models that read the backbone's features, fitted after the network was trained. */
export const headsSchema = z.object({
  format: z.literal(1),
  /** Logits are divided by it before the softmax (Guo et al. 2017, arXiv:1706.04599). */
  temperature: z.number().positive(),
  intervals: z.object({ confidence: z.number().gt(0).lt(1), labels: z.record(z.string(), intervalTable) }),
  gate: gate.nullable(),
  outOfDistribution,
  severity: severity.nullable(),
});

export type Heads = z.output<typeof headsSchema>;
export type HeadsJson = z.input<typeof headsSchema>;
export type FeatureRange = z.output<typeof featureRange>;
export type GateHead = NonNullable<Heads['gate']>;
export type OutOfDistributionHead = Heads['outOfDistribution'];
export type SeverityHead = NonNullable<Heads['severity']>;
