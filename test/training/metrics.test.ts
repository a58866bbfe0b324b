import { describe, expect, it } from 'vitest';
import {
  classReport,
  expectedCalibrationError,
  report,
  wilson,
  type Judged,
} from '../../training/metrics.js';

const labels = ['COVID', 'NORMAL', 'PNEUMONIA'];

function judged(truth: string, predicted: string, confidence = 1, source = 'a'): Judged {
  const rest = (1 - confidence) / 2;
  return {
    truth,
    predicted,
    source,
    probabilities: labels.map((label) => (label === predicted ? confidence : rest)),
  };
}

/** Truth by row, prediction by column: 4 1 0 / 0 5 1 / 2 0 7. */
const example = [
  ...Array.from({ length: 4 }, () => judged('COVID', 'COVID')),
  judged('COVID', 'NORMAL'),
  ...Array.from({ length: 5 }, () => judged('NORMAL', 'NORMAL', 1, 'b')),
  judged('NORMAL', 'PNEUMONIA', 1, 'b'),
  ...Array.from({ length: 2 }, () => judged('PNEUMONIA', 'COVID')),
  ...Array.from({ length: 7 }, () => judged('PNEUMONIA', 'PNEUMONIA')),
];

describe('metrics against numbers worked out by hand', () => {
  it('gives Wilson intervals as published', () => {
    // Newcombe 1998 (doi:10.1002/(SICI)1097-0258), table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    const cases: [number, number, number, number][] = [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ];
    for (const [count, of, low, high] of cases) {
      const interval = wilson(count, of);
      expect(interval.low).toBeCloseTo(low, 4);
      expect(interval.high).toBeCloseTo(high, 4);
    }
  });

  it('knows nothing of no cases', () => {
    expect(wilson(0, 0)).toMatchObject({ low: 0, high: 1 });
  });

  it('counts precision, recall, specificity and F1', () => {
    const covid = classReport(example, 'COVID');
    expect(covid.precision.value).toBeCloseTo(4 / 6);
    expect(covid.recall.value).toBeCloseTo(4 / 5);
    expect(covid.specificity.value).toBeCloseTo(13 / 15);
    expect(covid.f1).toBeCloseTo(8 / 11);
  });

  it('lays out the confusion matrix by truth and prediction, and tells sources apart', () => {
    const result = report(example, labels);
    expect(result.confusion).toEqual([
      [4, 1, 0],
      [0, 5, 1],
      [2, 0, 7],
    ]);
    expect(result.accuracy.value).toBeCloseTo(16 / 20);
    expect(result.sources.map(({ source, accuracy }) => [source, accuracy.value])).toEqual([
      ['a', 11 / 14],
      ['b', 5 / 6],
    ]);
    expect(Object.keys(result.sources[1]?.recall ?? {})).toEqual(['NORMAL']);
  });

  it('measures calibration by the gap between confidence and accuracy', () => {
    const sure = Array.from({ length: 10 }, (_, i) => judged(i < 8 ? 'COVID' : 'NORMAL', 'COVID', 0.8));
    expect(expectedCalibrationError(sure)).toBeCloseTo(0);
    const overconfident = Array.from({ length: 10 }, (_, i) =>
      judged(i < 5 ? 'COVID' : 'NORMAL', 'COVID', 0.9),
    );
    expect(expectedCalibrationError(overconfident)).toBeCloseTo(0.4);
  });
});
