import { describe, expect, it } from 'vitest';
import { createRandom } from '../../training/random.js';
import { correlation, limitsOfAgreement, meanAbsoluteError } from '../../training/statistics/agreement.js';
import { bootstrap } from '../../training/statistics/bootstrap.js';
import {
  brierScore,
  calibrationError,
  calibrationErrorByChance,
  intervalCoverage,
  reliability,
} from '../../training/statistics/calibration.js';
import { crossValidate, fitMultinomial, predictClass } from '../../training/statistics/logistic.js';
import {
  areaUnderRoc,
  averagePrecision,
  precisionRecallCurve,
  rocCurve,
} from '../../training/statistics/ranking.js';

describe('curves, against scikit-learn 1.9 (roc_curve, roc_auc_score, average_precision_score)', () => {
  const scores = [0.95, 0.9, 0.9, 0.8, 0.7, 0.65, 0.6, 0.55, 0.5, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05];
  const positive = [1, 1, 0, 1, 1, 0, 1, 0, 1, 0, 0, 1, 0, 0, 0].map((value) => value === 1);

  it('gives the areas, ties included', () => {
    expect(areaUnderRoc(scores, positive)).toBeCloseTo(0.7678571428571428, 12);
    expect(averagePrecision(scores, positive)).toBeCloseTo(0.7306122448979591, 12);
  });

  it('gives the corners of the ROC curve', () => {
    const corners = rocCurve(scores, positive).map(({ threshold, falsePositiveRate, truePositiveRate }) => [
      threshold,
      falsePositiveRate * 8,
      truePositiveRate * 7,
    ]);
    expect(corners).toEqual([
      [Infinity, 0, 0],
      [0.95, 0, 1],
      [0.9, 1, 2],
      [0.7, 1, 4],
      [0.65, 2, 4],
      [0.6, 2, 5],
      [0.55, 3, 5],
      [0.5, 4, 6],
      [0.4, 5, 6],
      [0.3, 5, 7],
      [0.05, 8, 7],
    ]);
  });

  it('ends the precision-recall curve where all positives are found', () => {
    const curve = precisionRecallCurve(scores, positive);
    expect(curve.at(-1)).toEqual({ threshold: 0.3, recall: 1, precision: 7 / 12 });
    expect(curve).toHaveLength(7);
  });

  it('knows no curve where one side is empty', () => {
    expect(rocCurve([0.1, 0.2], [true, true])).toEqual([]);
    expect(areaUnderRoc([0.1, 0.2], [true, true])).toBeNaN();
    expect(averagePrecision([0.1], [false])).toBeNaN();
  });
});

describe('the bootstrap over patients', () => {
  // Efron and Tibshirani 1993, table 3.1: law schools, LSAT and GPA (times 100).
  const lsat = [576, 635, 558, 578, 666, 580, 555, 661, 651, 605, 653, 575, 545, 572, 594];
  const gpa = [339, 330, 281, 303, 344, 307, 300, 343, 336, 313, 312, 274, 276, 288, 296];
  const alone = lsat.map((_, i) => `school ${i}`);
  const of = (rows: number[]) =>
    correlation(
      rows.map((row) => lsat[row] ?? 0),
      rows.map((row) => gpa[row] ?? 0),
    );

  it("agrees with scipy's percentile interval of a correlation", () => {
    // scipy.stats.bootstrap(paired, percentile, 20000 resamples): 0.456 to 0.961.
    const interval = bootstrap(alone, of, { resamples: 4000, seed: 3 });
    expect(interval?.value).toBeCloseTo(0.7763744912894069, 12);
    expect(interval?.low).toBeGreaterThan(0.43);
    expect(interval?.low).toBeLessThan(0.48);
    expect(interval?.high).toBeCloseTo(0.961, 1);
  });

  it('repeats itself with the same seed, and not with another', () => {
    expect(bootstrap(alone, of, { seed: 5 })).toEqual(bootstrap(alone, of, { seed: 5 }));
    expect(bootstrap(alone, of, { seed: 5 })).not.toEqual(bootstrap(alone, of, { seed: 6 }));
  });

  it('draws whole patients: ten films of one patient tell no more than one', () => {
    const values = [0, 1, 0, 1, 1, 0, 1, 0];
    const mean = (list: number[]) => (rows: number[]) =>
      rows.reduce((sum, row) => sum + (list[row] ?? 0), 0) / rows.length;
    const once = bootstrap(
      values.map((_, i) => `p${i}`),
      mean(values),
    );
    const many = values.flatMap((value) => new Array<number>(10).fill(value));
    const tenfold = bootstrap(
      many.map((_, i) => `p${Math.floor(i / 10)}`),
      mean(many),
    );
    const asIfIndependent = bootstrap(
      many.map((_, i) => `p${i}`),
      mean(many),
    );
    expect(tenfold).toEqual(once);
    const width = (interval: typeof once) => (interval?.high ?? 0) - (interval?.low ?? 0);
    expect(width(asIfIndependent)).toBeLessThan(width(tenfold) / 2);
  });

  it('gives nothing for a statistic that does not exist, and leaves out draws without one', () => {
    expect(bootstrap(['a', 'b'], () => NaN)).toBeNull();
    const interval = bootstrap(['a', 'b', 'c'], (rows) => (rows.includes(0) ? 1 : NaN));
    expect(interval).toEqual({ value: 1, low: 1, high: 1 });
  });
});

describe('calibration', () => {
  it('puts as many rows into each bin', () => {
    const stated = Array.from({ length: 95 }, (_, i) => (i / 95) ** 3);
    const bins = reliability(
      stated,
      stated.map(() => true),
    );
    expect(bins).toHaveLength(10);
    expect(Math.max(...bins.map(({ films }) => films)) - Math.min(...bins.map(({ films }) => films))).toBe(1);
  });

  it('measures the mean gap between stated and observed', () => {
    const stated = [...new Array<number>(50).fill(0.2), ...new Array<number>(50).fill(0.9)];
    const cameTrue = stated.map((value, i) => (value === 0.2 ? i < 15 : i < 85));
    // 15 of 50 at 0.2 and 35 of 50 at 0.9: gaps of 0.1 and 0.2.
    expect(calibrationError(stated, cameTrue, 2)).toBeCloseTo(0.15, 12);
  });

  it('knows what chance alone gives, less with more films', () => {
    const few = Array.from({ length: 100 }, (_, i) => 0.5 + i / 200);
    const many = Array.from({ length: 3000 }, (_, i) => 0.5 + (i % 100) / 200);
    expect(calibrationErrorByChance(few)).toBeGreaterThan(0.05);
    expect(calibrationErrorByChance(many, 10, 50)).toBeLessThan(0.03);
  });

  it("gives scikit-learn's multiclass Brier score", () => {
    const probabilities = [
      [0.7, 0.2, 0.1],
      [0.1, 0.8, 0.1],
      [0.3, 0.3, 0.4],
      [0.2, 0.5, 0.3],
    ];
    expect(brierScore(probabilities, [0, 1, 2, 0])).toBeCloseTo(0.43, 12);
  });

  it('tells intervals that hold from intervals that do not', () => {
    const stated = [...new Array<number>(20).fill(0.3), ...new Array<number>(20).fill(0.8)];
    const cameTrue = stated.map((_, i) => (i < 20 ? i < 7 : i < 30));
    const ends = stated.map((value) => ({ low: value - 0.1, high: value + 0.1 }));
    // 7 of 20 lies in 0.2 to 0.4; 10 of 20 lies outside 0.7 to 0.9.
    expect(intervalCoverage(stated, ends, cameTrue, 2).map(({ covered }) => covered)).toEqual([true, false]);
  });
});

describe('agreement, against Bland and Altman 1986, table 1 (peak flow, Wright and mini meter)', () => {
  const wright = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427];
  const mini = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451];

  it('gives bias and limits', () => {
    const { bias, deviation, lower, upper } = limitsOfAgreement(wright, mini);
    // The paper: mean difference -2.1, SD 38.8.
    expect(bias).toBeCloseTo(-2.1176, 4);
    expect(deviation).toBeCloseTo(38.7651, 4);
    expect(lower).toBeCloseTo(-78.0973, 3);
    expect(upper).toBeCloseTo(73.862, 3);
  });

  it('gives correlation and mean absolute error', () => {
    // The paper: r = 0.94.
    expect(correlation(wright, mini)).toBeCloseTo(0.9432794468909461, 10);
    expect(meanAbsoluteError(wright, mini)).toBeCloseTo(28.941176, 5);
    expect(meanAbsoluteError([], [])).toBeNaN();
    expect(correlation([1, 1], [1, 2])).toBeNaN();
  });
});

/** Every tenth flower of Fisher's iris data, standardised below. */
const iris = [
  [5.1, 3.5, 1.4, 0.2],
  [5.4, 3.7, 1.5, 0.2],
  [5.4, 3.4, 1.7, 0.2],
  [4.8, 3.1, 1.6, 0.2],
  [5.0, 3.5, 1.3, 0.3],
  [7.0, 3.2, 4.7, 1.4],
  [5.0, 2.0, 3.5, 1.0],
  [5.9, 3.2, 4.8, 1.8],
  [5.5, 2.4, 3.8, 1.1],
  [5.5, 2.6, 4.4, 1.2],
  [6.3, 3.3, 6.0, 2.5],
  [6.5, 3.2, 5.1, 2.0],
  [6.9, 3.2, 5.7, 2.3],
  [7.4, 2.8, 6.1, 1.9],
  [6.7, 3.1, 5.6, 2.4],
];

describe('logistic regression', () => {
  it("finds scikit-learn's weights", () => {
    const columns = [0, 1, 2, 3].map((j) => iris.map((row) => row[j] ?? 0));
    const scaled = columns.map((column) => {
      const mean = column.reduce((a, b) => a + b, 0) / column.length;
      const deviation = Math.sqrt(column.reduce((sum, v) => sum + (v - mean) ** 2, 0) / column.length);
      return column.map((value) => (value - mean) / deviation);
    });
    const rows = iris.map((_, i) => scaled.map((column) => column[i] ?? 0));
    const truth = iris.map((_, i) => Math.floor(i / 5));
    const model = fitMultinomial(rows, truth, 3, 0.1, 2000);
    // LogisticRegression(C=1 / (15 * 0.1)).fit(scaled, truth).coef_
    const expected = [
      [-0.43142, 0.49371, -0.68081, -0.61679],
      [-0.08617, -0.56452, 0.13826, -0.11404],
      [0.51759, 0.07081, 0.54255, 0.73084],
    ];
    expected.forEach((weights, k) =>
      weights.forEach((weight, j) => expect(model[k]?.[j]).toBeCloseTo(weight, 3)),
    );
    expect(rows.map((row) => predictClass(model, row))).toEqual([
      0, 0, 0, 0, 0, 2, 1, 2, 1, 1, 2, 2, 2, 2, 2,
    ]);
  });

  it('never judges a row by a model that saw its patient', () => {
    // Each patient is marked by a column of its own, and classes are drawn by lot: only a leak could tell them.
    const random = createRandom(11);
    const patients = Array.from({ length: 120 }, (_, i) => i >> 2);
    const lot = Array.from({ length: 30 }, () => random.below(2));
    const rows = patients.map((patient) => Array.from({ length: 30 }, (_, j) => (j === patient ? 1 : 0)));
    const truth = patients.map((patient) => lot[patient] ?? 0);
    const options = { classes: 2, penalty: 0.001, folds: 5, random: createRandom(1) };
    const accuracy = (groups: string[]) => {
      const predicted = crossValidate(rows, truth, groups, options);
      return truth.filter((value, i) => value === predicted[i]).length / truth.length;
    };
    expect(accuracy(patients.map((patient) => `p${patient}`))).toBeLessThan(0.7);
    expect(accuracy(patients.map((_, i) => `row ${i}`))).toBeGreaterThan(0.9);
  });
});
