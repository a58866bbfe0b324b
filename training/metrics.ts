import { mean } from '../server/inference/numbers.js';

/** A proportion with its Wilson 95 % interval (Wilson 1927, doi:10.1080/01621459.1927.10502953). */
export interface Proportion {
  value: number;
  low: number;
  high: number;
  count: number;
  of: number;
}

/** @param count how many of `of`; without any, the interval is 0 to 1 */
export function wilson(count: number, of: number): Proportion {
  if (of === 0) return { value: 0, low: 0, high: 1, count, of };
  const z = 1.959964;
  const p = count / of;
  const centre = (p + (z * z) / (2 * of)) / (1 + (z * z) / of);
  const half = (z / (1 + (z * z) / of)) * Math.sqrt((p * (1 - p)) / of + (z * z) / (4 * of * of));
  return { value: p, low: Math.max(0, centre - half), high: Math.min(1, centre + half), count, of };
}

export interface Judged {
  truth: string;
  predicted: string;
  /** Probability of each label, in the order of the labels. */
  probabilities: number[];
  source: string;
}

export interface ClassReport {
  label: string;
  precision: Proportion;
  recall: Proportion;
  specificity: Proportion;
  f1: number;
}

export interface Report {
  accuracy: Proportion;
  /** Rows: truth, columns: predicted, in the order of labels. */
  confusion: number[][];
  classes: ClassReport[];
  /** By source: accuracy, and recall of each label that occurs there. */
  sources: { source: string; accuracy: Proportion; recall: Record<string, Proportion> }[];
  expectedCalibrationError: number;
}

function count<T>(items: T[], test: (item: T) => boolean): number {
  return items.reduce((sum, item) => sum + (test(item) ? 1 : 0), 0);
}

/** Precision, recall, specificity and F1 of one label against the rest. */
export function classReport(judged: Judged[], label: string): ClassReport {
  const hits = count(judged, (j) => j.truth === label && j.predicted === label);
  const predicted = count(judged, (j) => j.predicted === label);
  const actual = count(judged, (j) => j.truth === label);
  const negatives = count(judged, (j) => j.truth !== label);
  const rejected = count(judged, (j) => j.truth !== label && j.predicted !== label);
  return {
    label,
    precision: wilson(hits, predicted),
    recall: wilson(hits, actual),
    specificity: wilson(rejected, negatives),
    f1: predicted + actual === 0 ? 0 : (2 * hits) / (predicted + actual),
  };
}

/** Mean of the recalls of the classes that occur. */
export function balancedAccuracy(truth: readonly string[], predicted: readonly string[]): number {
  const present = [...new Set(truth)];
  return mean(
    present.map((label) => {
      const rows = truth.flatMap((one, i) => (one === label ? [i] : []));
      return rows.filter((i) => predicted[i] === label).length / rows.length;
    }),
  );
}

/** Expected calibration error over ten equal bins of the top probability (Guo et al. 2017, arXiv:1706.04599). */
export function expectedCalibrationError(judged: Judged[]): number {
  const bins = Array.from({ length: 10 }, () => ({ n: 0, confidence: 0, correct: 0 }));
  for (const { probabilities, truth, predicted } of judged) {
    const confidence = Math.max(...probabilities);
    const bin = bins[Math.min(9, Math.floor(confidence * 10))];
    if (!bin) continue;
    bin.n++;
    bin.confidence += confidence;
    bin.correct += truth === predicted ? 1 : 0;
  }
  return (
    bins.reduce((sum, bin) => sum + Math.abs(bin.confidence - bin.correct), 0) / Math.max(1, judged.length)
  );
}

/** All figures of a set of judged pictures. */
export function report(judged: Judged[], labels: string[]): Report {
  const sources = [...new Set(judged.map(({ source }) => source))].sort();
  const accuracy = (items: Judged[]) =>
    wilson(
      count(items, (j) => j.truth === j.predicted),
      items.length,
    );
  return {
    accuracy: accuracy(judged),
    confusion: labels.map((truth) =>
      labels.map((predicted) => count(judged, (j) => j.truth === truth && j.predicted === predicted)),
    ),
    classes: labels.map((label) => classReport(judged, label)),
    sources: sources.map((source) => {
      const items = judged.filter((j) => j.source === source);
      const present = labels.filter((label) => items.some((j) => j.truth === label));
      return {
        source,
        accuracy: accuracy(items),
        recall: Object.fromEntries(present.map((label) => [label, classReport(items, label).recall])),
      };
    }),
    expectedCalibrationError: expectedCalibrationError(judged),
  };
}
