import { seriesVerdict } from '../../server/ct/verdict.js';
import { quantile } from '../../server/inference/numbers.js';
import type { SeriesRule } from '../../server/inference/slices/manifest.js';
import type { Random } from '../random.js';
import { areaUnderRoc } from '../statistics/ranking.js';
import type { GeneratedSeries } from './generated.js';

/** How well a way of putting slices together tells involved generated series from clear ones. */
export interface RuleTry {
  rule: string;
  areaUnderRoc: number;
  /** Median probability of the clear and of the involved series. */
  clear: number;
  involved: number;
}

const noisyOr = (series: GeneratedSeries) =>
  1 - series.slices.reduce((product, { covidProbability }) => product * (1 - covidProbability), 1);

const odds = (p: number) => Math.log(p / (1 - p));

/** Numbers of strongest slices that are tried. */
const counts = [1, 3, 5, 8];
/** Differences of the area under the curve that so few series do not show. */
const tolerance = 0.05;

/**
 * Chooses of how many of the strongest slices the mean is taken, by the area under the curve on generated series; of
 * those about as good the one with the most slices, which one false slice moves least. A noisy-or is tried for comparison. The
 * interval is what the verdict moves when every second slice is left out.
 */
export function chooseRule(
  series: readonly GeneratedSeries[],
  plain: SeriesRule,
  random: Random,
): { rule: SeriesRule; tries: RuleTry[] } {
  const positive = series.map(({ disease }) => disease.kind !== 'CLEAR');
  const tryOf = (rule: string, scores: number[]): RuleTry => {
    const of = (wanted: boolean) =>
      quantile(
        scores.filter((_, i) => positive[i] === wanted),
        0.5,
      );
    return { rule, areaUnderRoc: areaUnderRoc(scores, positive), clear: of(false), involved: of(true) };
  };
  const means = counts.map((strongest) => {
    const scores = series.map(({ slices }) => seriesVerdict(slices, { ...plain, strongest }).probability);
    return { strongest, result: tryOf(`mean log odds of the ${strongest} strongest`, scores) };
  });
  const most = Math.max(...means.map(({ result }) => result.areaUnderRoc));
  const good = means.filter(({ result }) => result.areaUnderRoc >= most - tolerance);
  const rule = { ...plain, strongest: Math.max(...good.map(({ strongest }) => strongest)) };
  const moves = series.flatMap(({ slices }) =>
    Array.from({ length: 8 }, () => {
      const half = random.shuffle([...slices]).slice(0, Math.ceil(slices.length / 2));
      return Math.abs(
        odds(seriesVerdict(half, rule).probability) - odds(seriesVerdict(slices, rule).probability),
      );
    }),
  );
  return {
    rule: { ...rule, halfWidth: Number(quantile(moves, 0.9).toFixed(3)) },
    tries: [...means.map(({ result }) => result), tryOf('noisy-or of all', series.map(noisyOr))],
  };
}
