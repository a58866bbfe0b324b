import { mean } from '../../server/inference/numbers.js';
import { wilson } from '../metrics.js';
import { correlation, limitsOfAgreement, meanAbsoluteError } from '../statistics/agreement.js';
import { bootstrap, type BootstrapOptions } from '../statistics/bootstrap.js';
import type { JudgedFilm, SeverityFigures } from './types.js';

/** Films graded by both the reader and the model, with the reader's total. */
export function gradedFilms(judged: readonly JudgedFilm[]) {
  return judged.flatMap(({ film, severity }) =>
    film.zones === null || severity === null
      ? []
      : [{ severity, truth: film.zones.reduce((sum, zone) => sum + zone, 0), patient: film.patientId }],
  );
}

/** Agreement with the senior reader's Brixia score. */
export function severityFigures(
  judged: readonly JudgedFilm[],
  cutPoints: readonly [number, number],
  options: BootstrapOptions,
): SeverityFigures {
  const graded = gradedFilms(judged);
  const scores = graded.map(({ severity }) => severity.score);
  const truths = graded.map(({ truth }) => truth);
  const patients = graded.map(({ patient }) => patient);
  const level = (score: number) => (score >= cutPoints[1] ? 3 : score >= cutPoints[0] ? 2 : 1);
  const over = (statistic: (a: number[], b: number[]) => number) => (rows: number[]) =>
    statistic(
      rows.map((row) => scores[row] ?? 0),
      rows.map((row) => truths[row] ?? 0),
    );
  const error = bootstrap(patients, over(meanAbsoluteError), options);
  return {
    films: graded.length,
    notGraded: judged.filter(({ film, severity }) => film.zones !== null && severity === null).length,
    meanAbsoluteError: error?.value ?? 0,
    meanAbsoluteErrorInterval: error,
    correlation: bootstrap(patients, over(correlation), options),
    agreement: graded.length < 2 ? null : limitsOfAgreement(scores, truths),
    bias: bootstrap(
      patients,
      over((a, b) => mean(a) - mean(b)),
      options,
    ),
    sameLevel: wilson(
      graded.filter(({ severity, truth }) => severity.level === level(truth)).length,
      graded.length,
    ),
    points: graded.map(({ severity, truth }) => ({ score: Number(severity.score.toFixed(2)), truth })),
  };
}
