import type { Heads } from '../server/inference/manifest.js';
import { dot } from '../server/inference/numbers.js';
import type { TensorFlow } from '../server/inference/tensorflow.js';
import { areaUnderCurve } from './auc.js';
import type { Example } from './dataset.js';
import { fitLogistic, fitTemperature } from './heads.js';
import { fitIntervals } from './intervals.js';
import type { Random } from './random.js';

/** The only source that states the kind of more than a few: children aged 1 to 5 (Kermany et al. 2018). */
const source = 'kermany';
const parts = 5;
const fewestOfAKind = 40;
const settings = { penalty: 0.1, steps: 300 };

/** Films whose kind can be learned from, each once: manifests list some twice. */
export function filmsOfKnownKind(examples: Example[]): Example[] {
  const known = examples.filter((example) => example.kind !== null && example.source === source);
  return [...new Map(known.map((example) => [example.file, example])).values()];
}

export interface KindFit {
  head: NonNullable<Heads['pneumoniaKind']>;
  films: number;
  bacterial: number;
  /** Of films judged by fits that have not seen their patient. */
  areaUnderCurve: number;
  accuracy: number;
}

/**
 * Fits bacterial against viral pneumonia by logistic regression; its calibration, its interval and the figures are of
 * cross-validation over patients in five parts.
 *
 * @param features standardised, one row for each of `films`
 * @returns null where a kind has too few films
 */
export function fitPneumoniaKind(
  tf: TensorFlow,
  films: Example[],
  features: number[][],
  random: Random,
): KindFit | null {
  const truth = films.map(({ kind }) => (kind === 'BACTERIAL' ? 1 : 0));
  const bacterial = truth.filter((one) => one === 1).length;
  if (Math.min(bacterial, films.length - bacterial) < fewestOfAKind) return null;
  const patients = random.shuffle([...new Set(films.map(({ patientId }) => patientId))]);
  const part = new Map(patients.map((patient, index) => [patient, index % parts]));
  const partOf = films.map(({ patientId }) => part.get(patientId) ?? 0);
  const everyone = films.map((_, i) => i);
  const guesses = everyone.map(() => 0);
  for (let k = 0; k < parts; k++) {
    const model = fitTo(
      tf,
      features,
      truth,
      everyone.filter((i) => partOf[i] !== k),
    );
    for (const i of everyone.filter((one) => partOf[one] === k))
      guesses[i] = dot(model.weights, features[i] ?? []) + model.bias;
  }
  const temperature = fitTemperature(
    guesses.map((guess) => [0, guess]),
    truth,
  );
  const model = fitTo(tf, features, truth, everyone);
  const probabilities = guesses.map((guess) => 1 / (1 + Math.exp(-guess / temperature)));
  const scaled = (value: number) => Number((value / temperature).toPrecision(5));
  const share = Math.round((100 * bacterial) / films.length);
  return {
    head: {
      weights: model.weights.map(scaled),
      bias: scaled(model.bias),
      interval: fitIntervals(
        probabilities,
        truth.map((one) => one === 1),
      ),
      note:
        `Learned from ${films.length} films of children aged 1 to 5 at one hospital, ${share} % of them bacterial. ` +
        'Not for adults, and no ground to give or withhold a treatment.',
    },
    films: films.length,
    bacterial,
    areaUnderCurve: areaUnderCurve(
      guesses.filter((_, i) => truth[i] === 1),
      guesses.filter((_, i) => truth[i] === 0),
    ),
    accuracy: truth.filter((one, i) => (guesses[i] ?? 0) > 0 === (one === 1)).length / films.length,
  };
}

/** Log odds of bacterial. */
function fitTo(tf: TensorFlow, features: number[][], truth: number[], indices: number[]) {
  const { weights, bias } = fitLogistic(
    tf,
    indices.map((i) => features[i] ?? []),
    indices.map((i) => truth[i] ?? 0),
    2,
    settings,
  );
  const [viral = [], bacterial = []] = weights;
  return {
    weights: bacterial.map((value, i) => value - (viral[i] ?? 0)),
    bias: (bias[1] ?? 0) - (bias[0] ?? 0),
  };
}
