import { softmax } from '../../server/inference/numbers.js';
import type { Random } from '../random.js';

/** A fitted multinomial logistic regression: one row of weights for each class, the last weight the bias. */
export type Logistic = Float64Array[];

function scores(model: Logistic, x: ArrayLike<number>): number[] {
  return model.map((weights) => {
    let sum = weights[x.length] ?? 0;
    for (let j = 0; j < x.length; j++) sum += (weights[j] ?? 0) * (x[j] ?? 0);
    return sum;
  });
}

/** Index of the likeliest class. */
export function predictClass(model: Logistic, x: ArrayLike<number>): number {
  const all = scores(model, x);
  return all.indexOf(Math.max(...all));
}

/** The largest eigenvalue of the rows' second moments, by power iteration: it bounds the curvature of the loss. */
function largestMoment(rows: readonly ArrayLike<number>[], width: number): number {
  let direction = new Float64Array(width + 1).fill(1 / Math.sqrt(width + 1));
  let size = 1;
  for (let iteration = 0; iteration < 20; iteration++) {
    const next = new Float64Array(width + 1);
    for (const row of rows) {
      let along = direction[width] ?? 0;
      for (let j = 0; j < width; j++) along += (row[j] ?? 0) * (direction[j] ?? 0);
      for (let j = 0; j < width; j++) next[j] = (next[j] ?? 0) + (along * (row[j] ?? 0)) / rows.length;
      next[width] = (next[width] ?? 0) + along / rows.length;
    }
    size = Math.hypot(...next) || 1;
    direction = next.map((value) => value / size);
  }
  return size;
}

/**
 * Fits multinomial logistic regression by accelerated gradient descent (Nesterov 1983) on
 * `mean cross-entropy + penalty / 2 * |weights|^2`; biases are not penalised.
 *
 * @param rows features, standardised
 * @param truth class of each row, 0 to classes - 1
 */
export function fitMultinomial(
  rows: readonly ArrayLike<number>[],
  truth: readonly number[],
  classes: number,
  penalty: number,
  iterations = 150,
): Logistic {
  const width = rows[0]?.length ?? 0;
  const rate = 1 / (largestMoment(rows, width) / 2 + penalty);
  let current: Logistic = Array.from({ length: classes }, () => new Float64Array(width + 1));
  let ahead = current;
  for (let iteration = 1; iteration <= iterations; iteration++) {
    const from = ahead;
    const next = from.map((weights) => weights.map((w, j) => w * (j < width ? 1 - rate * penalty : 1)));
    rows.forEach((row, i) => {
      softmax(scores(from, row)).forEach((probability, k) => {
        const step = (rate * (probability - (truth[i] === k ? 1 : 0))) / rows.length;
        const weights = next[k];
        if (!weights) return;
        for (let j = 0; j < width; j++) weights[j] = (weights[j] ?? 0) - step * (row[j] ?? 0);
        weights[width] = (weights[width] ?? 0) - step;
      });
    });
    const before = current;
    const momentum = (iteration - 1) / (iteration + 2);
    ahead = next.map((weights, k) => weights.map((w, j) => w + momentum * (w - (before[k]?.[j] ?? 0))));
    current = next;
  }
  return current;
}

/** Centres and scales columns by the rows given; a column that never varies is left at zero. */
function standardiser(rows: readonly ArrayLike<number>[]): (row: ArrayLike<number>) => Float64Array {
  const width = rows[0]?.length ?? 0;
  const centre = new Float64Array(width);
  const square = new Float64Array(width);
  for (const row of rows)
    for (let j = 0; j < width; j++) centre[j] = (centre[j] ?? 0) + (row[j] ?? 0) / rows.length;
  for (const row of rows)
    for (let j = 0; j < width; j++)
      square[j] = (square[j] ?? 0) + ((row[j] ?? 0) - (centre[j] ?? 0)) ** 2 / rows.length;
  const gain = square.map((value) => (value > 1e-12 ? 1 / Math.sqrt(value) : 0));
  return (row) => centre.map((value, j) => ((row[j] ?? 0) - value) * (gain[j] ?? 0));
}

/**
 * Cross-validated predictions: each row is judged by a model that has seen no row of its group.
 *
 * @param groups patient of each row
 * @returns the predicted class of each row
 */
export function crossValidate(
  rows: readonly ArrayLike<number>[],
  truth: readonly number[],
  groups: readonly string[],
  options: { classes: number; penalty: number; folds: number; random: Random },
): number[] {
  const { classes, penalty, folds, random } = options;
  const shuffled = random.shuffle([...new Set(groups)]);
  const foldOf = new Map(shuffled.map((group, i) => [group, i % folds]));
  const predicted = new Array<number>(rows.length).fill(0);
  for (let fold = 0; fold < folds; fold++) {
    const inside = rows.flatMap((_, i) => (foldOf.get(groups[i] ?? '') === fold ? [] : [i]));
    if (inside.length === 0) continue;
    const kept = inside.map((i) => rows[i] ?? []);
    const scale = standardiser(kept);
    const model = fitMultinomial(
      kept.map(scale),
      inside.map((i) => truth[i] ?? 0),
      classes,
      penalty,
    );
    rows.forEach((row, i) => {
      if (foldOf.get(groups[i] ?? '') === fold) predicted[i] = predictClass(model, scale(row));
    });
  }
  return predicted;
}
