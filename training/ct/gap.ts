import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mean, quantile } from '../../server/inference/numbers.js';
import type { GeneratedSeries } from './generated.js';

/** Probabilities of slices of a kind: median and the middle nine tenths. */
export interface Spread {
  slices: number;
  median: number;
  low: number;
  high: number;
  /** Share at or above the threshold. */
  called: number;
}

/** How slices served differ from the figures trained on. */
export interface Gap {
  /** Distance to the nearest training figure, over the median of that between figures of different documents: 1 is alike. */
  distance: { figures: Spread; generated: Spread };
  /** COVID probability of generated slices by how much of their lung is involved. */
  generated: { involvement: string; probability: Spread }[];
}

const bands = [
  ['clear series', (p: number, clear: boolean) => clear && p === 0],
  ['none, of an involved series', (p: number, clear: boolean) => !clear && p < 0.5],
  ['0.5 to 10 %', (p: number) => p >= 0.5 && p < 10],
  ['10 to 30 %', (p: number) => p >= 10 && p < 30],
  ['30 % and more', (p: number) => p >= 30],
] as const;

function spreadOf(values: number[], threshold: number): Spread {
  return {
    slices: values.length,
    ...{ median: quantile(values, 0.5), low: quantile(values, 0.05), high: quantile(values, 0.95) },
    called: values.length === 0 ? 0 : values.filter((value) => value >= threshold).length / values.length,
  };
}

/** Features standardised by those of the figures. */
function standardiser(features: readonly Float32Array[]) {
  const width = features[0]?.length ?? 0;
  const centre = Array.from({ length: width }, (_, j) => mean(features.map((row) => row[j] ?? 0)));
  const spread = centre.map((c, j) => Math.sqrt(mean(features.map((row) => ((row[j] ?? 0) - c) ** 2))) || 1);
  return (row: Float32Array) => row.map((value, j) => (value - (centre[j] ?? 0)) / (spread[j] ?? 1));
}

function nearest(row: Float32Array, others: readonly Float32Array[]): number {
  let best = Infinity;
  for (const other of others) {
    let sum = 0;
    for (let j = 0; j < row.length && sum < best; j++) sum += ((row[j] ?? 0) - (other[j] ?? 0)) ** 2;
    best = Math.min(best, sum);
  }
  return Math.sqrt(best);
}

/**
 * Compares generated slices with training figures as the network sees both.
 *
 * @param figures features of training figures and their documents
 */
export function measureGap(
  figures: readonly { features: Float32Array; groupId: string }[],
  series: readonly GeneratedSeries[],
  threshold: number,
): Gap {
  const standardise = standardiser(figures.map(({ features }) => features));
  const rows = figures.map(({ features }) => standardise(features));
  const own = rows.map((row, i) =>
    nearest(
      row,
      rows.filter((_, j) => figures[j]?.groupId !== figures[i]?.groupId),
    ),
  );
  const unit = quantile(own, 0.5) || 1;
  const slices = series.flatMap(({ disease, slices: list }) =>
    list.map((slice) => ({ ...slice, clear: disease.kind === 'CLEAR' })),
  );
  const far = slices.map(({ features }) => nearest(standardise(features), rows) / unit);
  return {
    distance: {
      figures: spreadOf(
        own.map((value) => value / unit),
        2,
      ),
      generated: spreadOf(far, 2),
    },
    generated: bands.map(([involvement, belongs]) => ({
      involvement,
      probability: spreadOf(
        slices
          .filter(({ involvementPercent, clear }) => belongs(involvementPercent, clear))
          .map(({ covidProbability }) => covidProbability),
        threshold,
      ),
    })),
  };
}

/** What the training measured; null where it did not. */
export async function readGap(folder: string): Promise<Gap | null> {
  const text = await readFile(join(folder, 'gap.json'), 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as Gap);
}
