import { mean } from '../../server/inference/numbers.js';
import { bootstrap, type BootstrapOptions, type Interval } from '../statistics/bootstrap.js';
import { brierScore, calibrationError } from '../statistics/calibration.js';
import { areaUnderRoc } from '../statistics/ranking.js';

/** A judged figure. */
export interface JudgedFigure {
  name: string;
  groupId: string;
  /** 0 COVID, 1 not. */
  label: 0 | 1;
  /** Calibrated, 0 to 1. */
  covidProbability: number;
}

/** Figures of merit with 95 % intervals by document. */
export interface CtFigures {
  slices: number;
  groups: number;
  accuracy: Interval | null;
  areaUnderRoc: Interval | null;
  sensitivity: Interval | null;
  specificity: Interval | null;
  /** Mean over documents of the share of their slices that is right: a document with many slices counts once. */
  accuracyByGroup: Interval | null;
  calibrationError: Interval | null;
  brier: number;
  /** Rows: truth, columns: judged; COVID first. */
  confusion: [[number, number], [number, number]];
}

/** @param threshold lowest COVID probability that counts as COVID */
export function ctFigures(
  judged: readonly JudgedFigure[],
  threshold: number,
  draws: BootstrapOptions = {},
): CtFigures {
  const groups = judged.map(({ groupId }) => groupId);
  const right = judged.map(({ label, covidProbability }) => covidProbability >= threshold === (label === 0));
  const positive = judged.map(({ label }) => label === 0);
  const scores = judged.map(({ covidProbability }) => covidProbability);
  const share = (rows: number[], of: (row: number) => boolean) => {
    const some = rows.filter(of);
    return some.length === 0 ? NaN : some.filter((row) => right[row]).length / some.length;
  };
  const interval = (statistic: (rows: number[]) => number) => bootstrap(groups, statistic, draws);
  const pick = <T>(values: readonly T[], rows: number[]) => rows.map((row) => values[row] as T);
  const count = (truth: boolean, hit: boolean) =>
    judged.filter((_, row) => positive[row] === truth && right[row] === hit).length;
  return {
    slices: judged.length,
    groups: new Set(groups).size,
    accuracy: interval((rows) => share(rows, () => true)),
    areaUnderRoc: interval((rows) => areaUnderRoc(pick(scores, rows), pick(positive, rows))),
    sensitivity: interval((rows) => share(rows, (row) => positive[row] === true)),
    specificity: interval((rows) => share(rows, (row) => positive[row] === false)),
    accuracyByGroup: interval((rows) => {
      const byGroup = new Map<string, number[]>();
      for (const row of rows) {
        const group = groups[row] ?? '';
        byGroup.set(group, [...(byGroup.get(group) ?? []), right[row] ? 1 : 0]);
      }
      return mean([...byGroup.values()].map(mean));
    }),
    calibrationError: interval((rows) => calibrationError(pick(scores, rows), pick(positive, rows))),
    brier: brierScore(
      scores.map((score) => [score, 1 - score]),
      judged.map(({ label }) => label),
    ),
    confusion: [
      [count(true, true), count(true, false)],
      [count(false, false), count(false, true)],
    ],
  };
}
