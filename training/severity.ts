import type { Box } from '../server/inference/borders.js';
import type { Heads } from '../server/inference/manifest.js';
import { clamp, dot, mean, quantile } from '../server/inference/numbers.js';
import { zoneShares } from '../server/inference/severity.js';
import type { TensorFlow } from '../server/inference/tensorflow.js';
import { normalEquations, principalComponents, solveRidge, standardisation, standardise } from './heads.js';
import type { Random } from './random.js';
import { correlation } from './statistics/agreement.js';

/**
 * Lowest total of level 2 and of level 3. 8 is the best cut-off for death in hospital among 302 patients (Borghesi
 * et al. 2020, doi:10.1016/j.ijid.2020.05.021); 12 is the median of the highest score of the 276 who died
 * among 953 (Maroldi et al. 2021, doi:10.1007/s00330-020-07504-2; 8 in those discharged).
 */
export const cutPoints: [number, number] = [8, 12];

const penalties = [30, 100, 300, 1000, 3000];
const components = 200;
const parts = 10;

/** Features of the six zones, one row a zone. */
export type ZoneRows = number[][];

export interface ZoneFilm {
  patient: string;
  /** Of each variant of the film, the zones' features at each stage of the network that severity is read from. */
  variants: ZoneRows[][];
  /** The senior reader's zones A to F, which the fit is judged by. */
  zones: number[];
  /** What is fitted: the mean of both readers. */
  target: number[];
}

/** Linear in one stage's features: a channel averaged over the zone, one averaged over both lungs, a bias a zone. */
export interface StageFit {
  channels: { weights: [number[], number[]]; bias: [number, number] };
  bias: number[];
  penalty: number;
  /** Zones of each graded film by fits that have not seen its patient, not yet held to 0 to 3. */
  guesses: number[][];
}

export interface SeverityFit {
  head: NonNullable<Heads['severity']>;
  stages: StageFit[];
  films: number;
  meanAbsoluteError: number;
  correlation: number;
}

/** Averages a feature map over the six zones. @param map height * width * channels, channel last */
export function zoneFeatures(map: Float32Array, height: number, width: number, lungs: Box): ZoneRows {
  const channels = map.length / (height * width);
  return zoneShares(height, width, lungs).map((shares) => {
    const row = new Float64Array(channels);
    shares.forEach((share, cell) => {
      if (share === 0) return;
      for (let c = 0; c < channels; c++) row[c] = (row[c] ?? 0) + share * (map[cell * channels + c] ?? 0);
    });
    return Array.from(row);
  });
}

const total = (zones: number[]) => zones.reduce((sum, zone) => sum + clamp(zone, 0, 3), 0);
const average = (rows: number[][]) => (rows[0] ?? []).map((_, i) => mean(rows.map((row) => row[i] ?? 0)));

/** What zones are fitted from: the zone's components, those of both lungs, and which zone it is. */
function designOf(rows: ZoneRows): ZoneRows {
  const both = average(rows);
  return rows.map((row, zone) => [...row, ...both, ...[0, 1, 2, 3, 4, 5].map((k) => (k === zone ? 5 : 0))]);
}

/**
 * Fits zone scores by ridge regression on the principal components of zone features, one set of weights for all six
 * zones, so that every variant of a film gives six examples; the mean over the stages is the score. Penalties and
 * figures come from cross-validation over patients in ten parts, where films are judged as they are served.
 *
 * @param healthy variants of normal films, taken to score 0 in every zone; never judged
 */
export function fitSeverity(
  tf: TensorFlow,
  graded: ZoneFilm[],
  healthy: ZoneRows[][][],
  random: Random,
): SeverityFit {
  const patients = random.shuffle([...new Set(graded.map(({ patient }) => patient))]);
  const part = new Map(patients.map((patient, index) => [patient, index % parts]));
  const partOf = graded.map(({ patient }) => part.get(patient) ?? 0);
  const films = [...graded.map(({ variants }) => variants), ...healthy];
  const stages = (graded[0]?.variants[0] ?? []).map((_, stage) =>
    fitStage(
      tf,
      graded,
      films.map((variants) => variants.map((stages) => stages[stage] ?? [])),
      partOf,
      random,
    ),
  );
  const guesses = graded.map((_, i) => total(average(stages.map((stage) => stage.guesses[i] ?? []))));
  const truths = graded.map(({ zones }) => total(zones));
  const residuals = guesses.map((guess, i) => Math.abs(guess - (truths[i] ?? 0)));
  return {
    head: {
      bias: average(stages.map(({ bias }) => bias)).map((value) => Number(value.toFixed(4))),
      halfWidth: Number(quantile(residuals, 0.9).toFixed(2)),
    },
    stages,
    films: graded.length,
    meanAbsoluteError: mean(residuals),
    // Without variance there is none.
    correlation: correlation(guesses, truths) || 0,
  };
}

/** @param films zone features of the variants of the graded films and then of the healthy ones */
function fitStage(
  tf: TensorFlow,
  graded: ZoneFilm[],
  films: ZoneRows[][],
  partOf: number[],
  random: Random,
): StageFit {
  const scale = standardisation(films.flat(2));
  const standard = films.map((variants) => variants.map((rows) => standardise(rows, scale)));
  const rows = standard.flat(2);
  // With two components a film at most, a few films are not learned by heart.
  const count = Math.min(components, films.length * 2);
  const basis = principalComponents(tf, rows, count, random, 8).components;
  const project = (rows: ZoneRows) =>
    tf.tidy(() => tf.tensor2d(rows).matMul(tf.tensor2d(basis), false, true).arraySync() as number[][]);
  const designs = standard.map((variants) => variants.map((rows) => designOf(project(rows))));
  const calm = designs.slice(graded.length).flat(2);
  const equationsOf = (indices: number[]) =>
    normalEquations(
      tf,
      [...indices.flatMap((i) => (designs[i] ?? []).flat()), ...calm],
      [
        ...indices.flatMap((i) => (designs[i] ?? []).flatMap(() => graded[i]?.target ?? [])),
        ...calm.map(() => 0),
      ],
    );
  // Variants of a film are no new films: against so many more rows the penalty would weigh less.
  const variants = films[0]?.length ?? 1;
  const everyone = graded.map((_, i) => i);
  const tries = penalties.map((penalty) => ({ penalty, guesses: graded.map((): number[] => []) }));
  for (let k = 0; k < parts; k++) {
    const equations = equationsOf(everyone.filter((i) => partOf[i] !== k));
    for (const { penalty, guesses } of tries) {
      const model = solveRidge(equations, penalty * variants);
      for (const i of everyone.filter((one) => partOf[one] === k))
        guesses[i] = (designs[i]?.[0] ?? []).map((row) => dot(model.weights, row) + model.bias);
    }
  }
  const errorOf = ({ guesses }: { guesses: number[][] }) =>
    mean(guesses.map((guess, i) => Math.abs(total(guess) - total(graded[i]?.zones ?? []))));
  const best = tries.reduce((a, b) => (errorOf(b) < errorOf(a) ? b : a));
  const model = solveRidge(equationsOf(everyone), best.penalty * variants);
  const channel = (from: number): { weights: number[]; bias: number } => {
    const weights = scale.mean.map((_, i) => {
      const sum = basis.reduce((s, one, k) => s + (one[i] ?? 0) * (model.weights[from + k] ?? 0), 0);
      return sum / (scale.deviation[i] ?? 1);
    });
    return { weights, bias: -dot(weights, scale.mean) };
  };
  const [zone, both] = [channel(0), channel(basis.length)];
  return {
    channels: { weights: [zone.weights, both.weights], bias: [zone.bias, both.bias] },
    bias: [0, 1, 2, 3, 4, 5].map((k) => model.bias + 5 * (model.weights[2 * basis.length + k] ?? 0)),
    penalty: best.penalty,
    guesses: best.guesses,
  };
}
