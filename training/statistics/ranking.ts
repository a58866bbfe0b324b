/** Curves over the threshold of a score, and the areas under them. */

export interface RocPoint {
  /** The score from which on a film counts as positive; Infinity (null in JSON) where none does. */
  threshold: number;
  falsePositiveRate: number;
  truePositiveRate: number;
}

export interface PrecisionRecallPoint {
  threshold: number;
  recall: number;
  precision: number;
}

interface Step {
  threshold: number;
  truePositives: number;
  falsePositives: number;
}

/** Counts above each distinct score, from the highest score down; equal scores move together. */
function steps(scores: readonly number[], positive: readonly boolean[]): Step[] {
  const order = scores.map((_, i) => i).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  const result: Step[] = [];
  let truePositives = 0;
  let falsePositives = 0;
  order.forEach((index, position) => {
    if (positive[index]) truePositives++;
    else falsePositives++;
    const threshold = scores[index] ?? 0;
    const next = order[position + 1];
    if (next === undefined || scores[next] !== threshold)
      result.push({ threshold, truePositives, falsePositives });
  });
  return result;
}

/**
 * The receiver operating characteristic from (0, 0) to (1, 1). Points in the middle of a straight run are left out.
 * (Fawcett 2006, doi:10.1016/j.patrec.2005.10.010.)
 */
export function rocCurve(scores: readonly number[], positive: readonly boolean[]): RocPoint[] {
  const all = steps(scores, positive);
  const last = all.at(-1);
  if (!last || last.truePositives === 0 || last.falsePositives === 0) return [];
  const points = [{ threshold: Infinity, truePositives: 0, falsePositives: 0 }, ...all];
  const corners = points.filter((point, i) => {
    const before = points[i - 1];
    const after = points[i + 1];
    if (!before || !after) return true;
    const cross =
      (point.falsePositives - before.falsePositives) * (after.truePositives - point.truePositives) -
      (after.falsePositives - point.falsePositives) * (point.truePositives - before.truePositives);
    return cross !== 0;
  });
  return corners.map(({ threshold, truePositives, falsePositives }) => ({
    threshold,
    falsePositiveRate: falsePositives / last.falsePositives,
    truePositiveRate: truePositives / last.truePositives,
  }));
}

/**
 * Area under the receiver operating characteristic: the share of pairs in which the positive scores higher, ties
 * counted half (Hanley and McNeil 1982, doi:10.1148/radiology.143.1.7063747).
 *
 * @returns 0 to 1; NaN where one side is empty
 */
export function areaUnderRoc(scores: readonly number[], positive: readonly boolean[]): number {
  let area = 0;
  let before = { truePositives: 0, falsePositives: 0 };
  for (const step of steps(scores, positive)) {
    area += ((step.falsePositives - before.falsePositives) * (step.truePositives + before.truePositives)) / 2;
    before = step;
  }
  return area / (before.truePositives * before.falsePositives);
}

/** Precision over recall, from high thresholds to low ones; only thresholds at which the recall rises. */
export function precisionRecallCurve(
  scores: readonly number[],
  positive: readonly boolean[],
): PrecisionRecallPoint[] {
  const all = steps(scores, positive);
  const positives = all.at(-1)?.truePositives ?? 0;
  return all
    .filter(({ truePositives }, i) => truePositives > (all[i - 1]?.truePositives ?? 0))
    .map(({ threshold, truePositives, falsePositives }) => ({
      threshold,
      recall: truePositives / positives,
      precision: truePositives / (truePositives + falsePositives),
    }));
}

/**
 * Average precision: the precision at each gain of recall, without interpolation between points, which would flatter
 * (Davis and Goadrich 2006, doi:10.1145/1143844.1143874).
 *
 * @returns 0 to 1; NaN without positives
 */
export function averagePrecision(scores: readonly number[], positive: readonly boolean[]): number {
  const curve = precisionRecallCurve(scores, positive);
  if (curve.length === 0) return NaN;
  return curve.reduce(
    (sum, { recall, precision }, i) => sum + (recall - (curve[i - 1]?.recall ?? 0)) * precision,
    0,
  );
}
