/** What is known of one classified slice. */
export interface JudgedSlice {
  /** 0 to 1, calibrated. */
  covidProbability: number;
  /** 0 to 100; null where no lung is in it. */
  involvementPercent: number | null;
}

/** The judgement of a series. */
export interface SeriesVerdict {
  /** 0 to 1, with the ends of its 90 % interval. */
  probability: number;
  low: number;
  high: number;
  /** Which of the slices the probability rests on. */
  evidence: number[];
}

/** The mean of the strongest slices. */
export function seriesVerdict(slices: readonly JudgedSlice[], strongest = 5): SeriesVerdict {
  const order = [...slices.keys()].sort(
    (a, b) => (slices[b]?.covidProbability ?? 0) - (slices[a]?.covidProbability ?? 0),
  );
  const evidence = order.slice(0, strongest);
  const values = evidence.map((index) => slices[index]?.covidProbability ?? 0);
  const probability = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return {
    probability,
    low: Math.min(probability, ...values),
    high: Math.max(probability, ...values),
    evidence,
  };
}
