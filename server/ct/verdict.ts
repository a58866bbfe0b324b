/** How a series is judged by its slices; a model's manifest says with which numbers. */
export interface SeriesRule {
  /** Of how many of the strongest slices the mean log odds are taken. */
  strongest: number;
  /** Log odds of a series: `intercept + slope * mean`. */
  slope: number;
  intercept: number;
  /** Half width of the 90 % interval of the log odds. */
  halfWidth: number;
  /** Share of the lungs, 0 to 100, at and above which a low probability contradicts the involvement. */
  involvedFrom: number;
  /** Share of the lungs, 0 to 100, below which a high probability contradicts the involvement. */
  clearBelow: number;
}

/** What is known of one classified slice. */
export interface JudgedSlice {
  /** 0 to 1, calibrated. */
  covidProbability: number;
  /** Share of the lung that is involved, 0 to 100; null where no lung is in it. */
  involvementPercent: number | null;
}

/** The judgement of a series. */
export interface SeriesVerdict {
  /** 0 to 1, with the ends of its 90 % interval. */
  probability: number;
  low: number;
  high: number;
  /** Indices of the slices that it rests on, the strongest first. */
  evidence: number[];
}

/** Beyond this a probability says no more than that the model is sure. */
const surest = 0.995;

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const logOdds = (probability: number) => {
  const p = Math.min(surest, Math.max(1 - surest, probability));
  return Math.log(p / (1 - p));
};
const probabilityOf = (odds: number) => 1 / (1 + Math.exp(-odds));

/**
 * The COVID probability of a series: that of a mean of the strongest slices' log odds. One false slice among hundreds
 * then does not make a series suspicious, as it does with the maximum or a noisy-or, and a disease of a few slices is
 * not averaged away, as with the mean of all. Slices without lung do not count, unless there is no other.
 *
 * @param slices in any order; more of the same do not change the verdict
 * @throws RangeError for a series without slices
 */
export function seriesVerdict(slices: readonly JudgedSlice[], rule: SeriesRule): SeriesVerdict {
  if (slices.length === 0) throw new RangeError('a series without slices cannot be judged');
  const all = slices.map(({ covidProbability }, index) => ({ index, covidProbability }));
  const withLung = all.filter(({ index }) => slices[index]?.involvementPercent !== null);
  const strongest = (withLung.length > 0 ? withLung : all)
    .sort((a, b) => b.covidProbability - a.covidProbability)
    .slice(0, rule.strongest);
  const odds =
    rule.intercept + rule.slope * mean(strongest.map(({ covidProbability }) => logOdds(covidProbability)));
  return {
    probability: probabilityOf(odds),
    low: probabilityOf(odds - rule.halfWidth),
    high: probabilityOf(odds + rule.halfWidth),
    evidence: strongest.map(({ index }) => index),
  };
}

/**
 * Whether the probability and the share of the lungs that is involved speak against each other: an extensive involvement
 * that the classifier calls clear, or a sure COVID without any.
 *
 * @param involvementPercent of both lungs, 0 to 100
 */
export function contradictsInvolvement(
  probability: number,
  involvementPercent: number,
  { involvedFrom, clearBelow }: SeriesRule,
): boolean {
  return probability < 0.5 ? involvementPercent >= involvedFrom : involvementPercent < clearBelow;
}
