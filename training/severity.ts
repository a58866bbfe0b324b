import type { Box } from '../server/inference/borders.js';
import type { Heads } from '../server/inference/manifest.js';
import { clamp, dot, mean, quantile } from '../server/inference/numbers.js';
import { zoneShares } from '../server/inference/severity.js';
import type { TensorFlow } from '../server/inference/tensorflow.js';
import { normalEquations, principalComponents, solveRidge, standardisation, standardise } from './heads.js';
import type { Random } from './random.js';

/**
 * Lowest total of level 2 and of level 3. 8 is the best cut-off for death in hospital among 302 patients (Borghesi
 * et al. 2020, doi:10.1016/j.ijid.2020.05.021); 12 is the median of the highest score of the 276 who died
 * among 953 (Maroldi et al. 2021, doi:10.1007/s00330-020-07504-2; 8 in those discharged).
 */
export const cutPoints: [number, number] = [8, 12];

/** A film with its features averaged over each of the six zones. */
export interface ZoneFilm {
  patient: string;
  /** Six rows of features. */
  features: number[][];
  /** The senior reader's zones A to F, which the fit is judged by. */
  zones: number[];
  /** What is fitted: the senior's zones, or the mean of both readers. */
  target: number[];
}

/** Averages a feature map over the six zones. @param map height * width * channels, channel last */
export function zoneFeatures(map: Float32Array, height: number, width: number, lungs: Box): number[][] {
  const channels = map.length / (height * width);
  return zoneShares(height, width, lungs).map((shares) => {
    const row = new Array<number>(channels).fill(0);
    shares.forEach((share, cell) => {
      if (share === 0) return;
      for (let c = 0; c < channels; c++) row[c] = (row[c] ?? 0) + share * (map[cell * channels + c] ?? 0);
    });
    return row;
  });
}

const penalties = [100, 300, 1000, 3000, 10_000];

const average = (rows: number[][]) => (rows[0] ?? []).map((_, i) => mean(rows.map((row) => row[i] ?? 0)));
const total = (zones: number[]) => zones.reduce((sum, zone) => sum + clamp(zone, 0, 3), 0);

/** What a film's zones are fitted from: the zone's components, those of both lungs, and which zone it is. */
function designOf(components: number[][]): number[][] {
  const both = average(components);
  return components.map((row, zone) => [
    ...row,
    ...both,
    ...[0, 1, 2, 3, 4, 5].map((k) => (k === zone ? 5 : 0)),
  ]);
}

export interface SeverityFit {
  head: NonNullable<Heads['severity']>;
  /** Weights of the two map channels over the network's raw features, and the biases of those channels. */
  channels: { weights: [number[], number[]]; bias: [number, number] };
  films: number;
  penalty: number;
  meanAbsoluteError: number;
  correlation: number;
}

/**
 * Fits zone scores by ridge regression on zone features, one set of weights for all six zones, so that every film
 * gives six examples. Penalty and figures come from cross-validation over patients in ten parts.
 *
 * @param healthy normal films, taken to score 0 in every zone; never judged
 */
export function fitSeverity(
  tf: TensorFlow,
  graded: ZoneFilm[],
  healthy: number[][][],
  random: Random,
  options = { components: 64 },
): SeverityFit {
  const raw = [...graded.map(({ features }) => features), ...healthy];
  const scale = standardisation(raw.flat());
  const standard = raw.map((rows) => standardise(rows, scale));
  const basis = principalComponents(tf, standard.flat(), options.components, random).components;
  const designs = standard.map((rows) => designOf(rows.map((row) => basis.map((one) => dot(one, row)))));
  const gradedDesigns = designs.slice(0, graded.length);
  const healthyDesigns = designs.slice(graded.length);
  const equationsOf = (indices: number[]) => {
    const rows = [...indices.flatMap((i) => gradedDesigns[i] ?? []), ...healthyDesigns.flat()];
    const targets = indices.flatMap((i) => graded[i]?.target ?? []);
    return normalEquations(tf, rows, [...targets, ...healthyDesigns.flatMap((film) => film.map(() => 0))]);
  };
  const patients = random.shuffle([...new Set(graded.map(({ patient }) => patient))]);
  const part = new Map(patients.map((patient, index) => [patient, index % 10]));
  const partOf = (i: number) => part.get(graded[i]?.patient ?? '');
  const everyone = graded.map((_, i) => i);
  const tries = penalties.map((penalty) => ({ penalty, guesses: new Array<number>(graded.length).fill(0) }));
  for (let k = 0; k < 10; k++) {
    const equations = equationsOf(everyone.filter((i) => partOf(i) !== k));
    for (const { penalty, guesses } of tries) {
      const model = solveRidge(equations, penalty);
      for (const i of everyone.filter((one) => partOf(one) === k)) {
        guesses[i] = total((gradedDesigns[i] ?? []).map((row) => dot(model.weights, row) + model.bias));
      }
    }
  }
  let best: { penalty: number; guesses: number[]; error: number } | null = null;
  for (const { penalty, guesses } of tries) {
    const error = mean(guesses.map((guess, i) => Math.abs(guess - total(graded[i]?.zones ?? []))));
    if (best === null || error < best.error) best = { penalty, guesses, error };
  }
  const { penalty, guesses, error } = best ?? { penalty: 1000, guesses: [], error: 0 };
  const truths = graded.map(({ zones }) => total(zones));
  const model = solveRidge(equationsOf(everyone), penalty);
  const count = basis.length;
  const toRaw = (from: number) => {
    const standardised = scale.mean.map((_, i) =>
      basis.reduce((sum, one, k) => sum + (one[i] ?? 0) * (model.weights[from + k] ?? 0), 0),
    );
    const weights = standardised.map((value, i) => value / (scale.deviation[i] ?? 1));
    return { weights, bias: -dot(weights, scale.mean) };
  };
  const [zone, both] = [toRaw(0), toRaw(count)];
  return {
    head: {
      bias: [0, 1, 2, 3, 4, 5].map((k) =>
        Number((model.bias + 5 * (model.weights[2 * count + k] ?? 0)).toFixed(4)),
      ),
      halfWidth: Number(
        quantile(
          guesses.map((guess, i) => Math.abs(guess - (truths[i] ?? 0))),
          0.9,
        ).toFixed(2),
      ),
      cutPoints,
    },
    channels: { weights: [zone.weights, both.weights], bias: [zone.bias, both.bias] },
    films: graded.length,
    penalty,
    meanAbsoluteError: error,
    correlation: pearson(guesses, truths),
  };
}

function pearson(a: number[], b: number[]): number {
  const ma = mean(a);
  const mb = mean(b);
  const covariance = mean(a.map((value, i) => (value - ma) * ((b[i] ?? 0) - mb)));
  return covariance / Math.sqrt(mean(a.map((v) => (v - ma) ** 2)) * mean(b.map((v) => (v - mb) ** 2)) || 1);
}
