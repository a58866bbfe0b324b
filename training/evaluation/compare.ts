import { mean } from '../../server/inference/numbers.js';
import { DomainError } from '../../server/errors.js';
import { meanAbsoluteError } from '../statistics/agreement.js';
import { bootstrap, type Interval } from '../statistics/bootstrap.js';
import { brierScore, calibrationError } from '../statistics/calibration.js';
import { areaUnderRoc } from '../statistics/ranking.js';
import type { StoredPrediction } from './predictions.js';

/** One figure of two models on the same films. */
export interface ComparedFigure {
  name: string;
  /** Whether a larger value is better. */
  largerIsBetter: boolean;
  first: number;
  second: number;
  /** Second less first, with its bootstrap interval over patients. */
  difference: Interval;
}

export interface Comparison {
  films: number;
  patients: number;
  /** Films that only one of the two has judged: left out. */
  unpaired: number;
  figures: ComparedFigure[];
}

type Statistic = (films: readonly StoredPrediction[]) => number;

function statistics(labels: readonly string[]): { name: string; largerIsBetter: boolean; of: Statistic }[] {
  const share = (films: readonly StoredPrediction[], test: (film: StoredPrediction) => boolean) =>
    films.length === 0 ? NaN : films.filter(test).length / films.length;
  const right = (film: StoredPrediction) => film.truth === film.predicted;
  return [
    { name: 'accuracy', largerIsBetter: true, of: (films) => share(films, right) },
    ...labels.map((label) => ({
      name: `${label} sensitivity`,
      largerIsBetter: true,
      of: (films: readonly StoredPrediction[]) =>
        share(
          films.filter(({ truth }) => truth === label),
          right,
        ),
    })),
    ...labels.map((label, k) => ({
      name: `${label} area under ROC`,
      largerIsBetter: true,
      of: (films: readonly StoredPrediction[]) =>
        areaUnderRoc(
          films.map(({ probabilities }) => probabilities[k] ?? 0),
          films.map(({ truth }) => truth === label),
        ),
    })),
    {
      name: 'Brier score',
      largerIsBetter: false,
      of: (films) =>
        brierScore(
          films.map(({ probabilities }) => probabilities),
          films.map(({ truth }) => labels.indexOf(truth)),
        ),
    },
    {
      name: 'calibration error',
      largerIsBetter: false,
      of: (films) =>
        calibrationError(
          films.map(({ probabilities }) => Math.max(...probabilities)),
          films.map(right),
        ),
    },
    {
      name: 'refused',
      largerIsBetter: false,
      of: (films) => mean(films.map(({ abstainCode }) => (abstainCode === null ? 0 : 1))),
    },
    {
      name: 'severity, mean absolute error',
      largerIsBetter: false,
      of: (films) => {
        const graded = films.filter(
          ({ severity, severityTruth }) => severity !== null && severityTruth !== null,
        );
        return meanAbsoluteError(
          graded.map(({ severity }) => severity ?? 0),
          graded.map(({ severityTruth }) => severityTruth ?? 0),
        );
      },
    },
  ];
}

/**
 * Two models on the films that both have judged. Both are computed on the same draws of patients, so that the interval
 * is that of the difference: a difference can be sure although the models' own intervals overlap.
 *
 * @param labels of both models, in the order of `probabilities`
 * @throws DomainError USAGE when the films differ, or a film has another label in the two
 */
export function compare(
  first: readonly StoredPrediction[],
  second: readonly StoredPrediction[],
  labels: readonly string[],
  resamples = 1000,
): Comparison {
  const others = new Map(second.map((film) => [film.image, film]));
  const pairs = first.flatMap((film) => {
    const other = others.get(film.image);
    return other ? [{ film, other }] : [];
  });
  if (pairs.length === 0)
    throw new DomainError(
      'USAGE',
      'the two models were evaluated on different films: give --data to judge both',
    );
  const relabelled = pairs.find(({ film, other }) => film.truth !== other.truth);
  if (relabelled)
    throw new DomainError(
      'USAGE',
      `${relabelled.film.image} has another label in the two: give --data to judge both`,
    );
  const patients = pairs.map(({ film }) => film.patientId);
  const mine = pairs.map(({ film }) => film);
  const theirs = pairs.map(({ other }) => other);
  return {
    films: pairs.length,
    patients: new Set(patients).size,
    unpaired: first.length + second.length - 2 * pairs.length,
    figures: statistics(labels).flatMap(({ name, largerIsBetter, of }) => {
      const pick = (films: readonly StoredPrediction[], rows: number[]) =>
        rows.flatMap((row) => films[row] ?? []);
      const difference = bootstrap(patients, (rows) => of(pick(theirs, rows)) - of(pick(mine, rows)), {
        resamples,
      });
      return difference === null
        ? []
        : [{ name, largerIsBetter, first: of(mine), second: of(theirs), difference }];
    }),
  };
}
