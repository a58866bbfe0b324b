import { mean } from '../../server/inference/numbers.js';
import { balancedAccuracy, classReport, wilson } from '../metrics.js';
import { bootstrap, type BootstrapOptions } from '../statistics/bootstrap.js';
import {
  brierScore,
  calibrationError,
  calibrationErrorByChance,
  intervalCoverage,
  reliability,
} from '../statistics/calibration.js';
import { areaUnderRoc, averagePrecision, precisionRecallCurve, rocCurve } from '../statistics/ranking.js';
import { gradedFilms } from './severity.js';
import {
  patientsOf,
  type CalibrationFigures,
  type Evaluation,
  type HardCase,
  type IntervalFigures,
  type JudgedFilm,
  type RankingFigures,
} from './types.js';

/** Share of the intervals' films, as `Finding` and `Severity` state it. */
const statedCoverage = 0.9;

/** Accuracy, balanced accuracy and macro F1 with intervals by patient. */
export function overall(judged: readonly JudgedFilm[], labels: readonly string[], options: BootstrapOptions) {
  const patients = patientsOf(judged);
  const pick = (rows: number[]) => rows.flatMap((row) => judged[row] ?? []);
  return {
    accuracyByPatient: bootstrap(
      patients,
      (rows) => pick(rows).filter((one) => one.truth === one.predicted).length / rows.length,
      options,
    ),
    balancedAccuracy: bootstrap(
      patients,
      (rows) =>
        balancedAccuracy(
          rows.map((row) => judged[row]?.truth ?? ''),
          rows.map((row) => judged[row]?.predicted ?? ''),
        ),
      options,
    ),
    macroF1: bootstrap(
      patients,
      (rows) => mean(labels.map((label) => classReport(pick(rows), label).f1)),
      options,
    ),
  };
}

function rank(
  judged: readonly JudgedFilm[],
  labels: readonly string[],
  label: string,
  negative: string | null,
  options: BootstrapOptions,
): RankingFigures {
  const films =
    negative === null ? judged : judged.filter((one) => one.truth === label || one.truth === negative);
  const own = labels.indexOf(label);
  const other = negative === null ? -1 : labels.indexOf(negative);
  // Against one class only, the third has no say in the score.
  const scores = films.map(({ probabilities }) => {
    const p = probabilities[own] ?? 0;
    return negative === null ? p : p / Math.max(p + (probabilities[other] ?? 0), 1e-12);
  });
  const positive = films.map(({ truth }) => truth === label);
  const interval = (statistic: typeof areaUnderRoc) =>
    bootstrap(
      patientsOf(films),
      (rows) =>
        statistic(
          rows.map((row) => scores[row] ?? 0),
          rows.map((row) => positive[row] ?? false),
        ),
      options,
    );
  return {
    label,
    against: negative ?? 'all others',
    films: films.length,
    positives: positive.filter(Boolean).length,
    areaUnderRoc: interval(areaUnderRoc),
    averagePrecision: interval(averagePrecision),
    roc: negative === null ? rocCurve(scores, positive) : [],
    precisionRecall: negative === null ? precisionRecallCurve(scores, positive) : [],
  };
}

const fewestOfSource = 10;

/**
 * Each class against all others, then COVID against each other class, whole and as each source has it: films of
 * children or of one scanner may be easy to tell from COVID for reasons of their own. Curves for the first only.
 */
export function ranking(
  judged: readonly JudgedFilm[],
  labels: readonly string[],
  options: BootstrapOptions,
): RankingFigures[] {
  const others = labels.includes('COVID') ? labels.filter((label) => label !== 'COVID') : [];
  const against = others.flatMap((label) => {
    const sources = [...new Set(judged.flatMap((one) => (one.truth === label ? [one.source] : [])))].sort();
    const bySource = sources.flatMap((source) => {
      const films = judged.filter(
        (one) => one.truth === 'COVID' || (one.truth === label && one.source === source),
      );
      if (films.filter(({ truth }) => truth === label).length < fewestOfSource) return [];
      return [{ ...rank(films, labels, 'COVID', label, options), against: `${label} of ${source}` }];
    });
    const all = rank(judged, labels, 'COVID', label, options);
    return bySource.length > 1 ? [all, ...bySource] : [all];
  });
  return [...labels.map((label) => rank(judged, labels, label, null, options)), ...against];
}

/** How far stated probabilities are from what came true, with intervals over patients. */
export function calibration(
  judged: readonly JudgedFilm[],
  labels: readonly string[],
  options: BootstrapOptions,
): CalibrationFigures {
  const patients = patientsOf(judged);
  const error = (stated: readonly number[], cameTrue: readonly boolean[]) =>
    bootstrap(
      patients,
      (rows) =>
        calibrationError(
          rows.map((row) => stated[row] ?? 0),
          rows.map((row) => cameTrue[row] ?? false),
        ),
      options,
    );
  const top = judged.map(({ probabilities }) => Math.max(...probabilities));
  const right = judged.map(({ truth, predicted }) => truth === predicted);
  const truth = judged.map((one) => labels.indexOf(one.truth));
  return {
    error: error(top, right),
    errorByChance: calibrationErrorByChance(top),
    brier: bootstrap(
      patients,
      (rows) =>
        brierScore(
          rows.map((row) => judged[row]?.probabilities ?? []),
          rows.map((row) => truth[row] ?? -1),
        ),
      options,
    ),
    reliability: reliability(top, right),
    classes: labels.map((label, k) => {
      const stated = judged.map(({ probabilities }) => probabilities[k] ?? 0);
      const cameTrue = judged.map((one) => one.truth === label);
      return { label, error: error(stated, cameTrue), reliability: reliability(stated, cameTrue) };
    }),
  };
}

/** Whether the intervals hold what they state. */
export function intervals(judged: readonly JudgedFilm[], labels: readonly string[]): IntervalFigures {
  const classes = labels.map((label, k) => ({
    label,
    bins: intervalCoverage(
      judged.map(({ probabilities }) => probabilities[k] ?? 0),
      judged.map(({ ends }) => ends[k] ?? { low: 0, high: 1 }),
      judged.map(({ truth }) => truth === label),
    ),
  }));
  const bins = classes.flatMap((one) => one.bins);
  const graded = gradedFilms(judged);
  return {
    stated: statedCoverage,
    probabilities: {
      coveredBins: wilson(bins.filter(({ covered }) => covered).length, bins.length),
      classes,
    },
    severity:
      graded.length === 0
        ? null
        : wilson(
            graded.filter(({ severity, truth }) => truth >= severity.low && truth <= severity.high).length,
            graded.length,
          ),
  };
}

/** The films with the least probability for the truth. */
export function hardest(judged: readonly JudgedFilm[], labels: readonly string[], count = 24): HardCase[] {
  return judged
    .map(({ film, source, truth, predicted, probabilities, abstainCode }) => ({
      name: film.name,
      source,
      truth,
      predicted,
      probability: Number((probabilities[labels.indexOf(truth)] ?? 0).toFixed(4)),
      abstained: abstainCode !== null,
    }))
    .sort((a, b) => a.probability - b.probability)
    .slice(0, count);
}

/** The 27 test pictures of the original write-up's small experiment. */
export function protocolFigures(
  films: readonly JudgedFilm[],
  labels: readonly string[],
): Evaluation['protocol'] {
  return {
    correct: wilson(films.filter(({ truth, predicted }) => truth === predicted).length, films.length),
    films: films.map(({ film, truth, predicted, probabilities }) => ({
      name: film.name,
      truth,
      predicted,
      probability: Number((probabilities[labels.indexOf(predicted)] ?? 0).toFixed(4)),
    })),
  };
}
