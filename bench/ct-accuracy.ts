import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CtDisease } from '../demo/ct/disease.js';
import { thoraxVolume } from '../demo/ct/thorax-volume.js';
import { analyseVolume } from '../server/ct/index.js';

/** How well lungs and involvement of generated volumes of one kind are found. */
export interface CtAccuracy {
  kind: string;
  volumes: number;
  /** Dice's coefficient of both lungs: mean and least. */
  diceMean: number;
  diceLeast: number;
  /** Mean and greatest absolute error of the involvement, in percentage points. */
  errorMean: number;
  errorGreatest: number;
}

/** Heavy: more than a fifth of the lungs is consolidated. */
const kinds: { kind: string; disease(part: number): CtDisease }[] = [
  { kind: 'clear', disease: () => ({ kind: 'CLEAR' }) },
  {
    kind: 'peripheral, 3 to 45 % involved',
    disease: (part) => ({ kind: 'PERIPHERAL', extent: 0.03 + 0.42 * part, solid: 0.1 + 0.3 * part }),
  },
  {
    kind: 'posterior, 5 to 25 % involved',
    disease: (part) => ({ kind: 'POSTERIOR', extent: 0.05 + 0.2 * part, solid: 0.4 }),
  },
  {
    kind: 'hilar, 3 to 15 % involved',
    disease: (part) => ({ kind: 'HILAR', extent: 0.03 + 0.12 * part, solid: 0.4 }),
  },
  {
    kind: 'heavy peripheral consolidation',
    disease: (part) => ({ kind: 'PERIPHERAL', extent: 0.45 + 0.15 * part, solid: 0.55 }),
  },
  {
    kind: 'heavy posterior consolidation',
    disease: (part) => ({ kind: 'POSTERIOR', extent: 0.27 + 0.08 * part, solid: 0.85 }),
  },
  {
    kind: 'heavy hilar consolidation',
    disease: (part) => ({ kind: 'HILAR', extent: 0.23 + 0.07 * part, solid: 0.9 }),
  },
];

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * Compares lungs and involvement with the truth of generated volumes, at about 2 x 2 x 3 mm.
 *
 * @param volumes of each kind; their seeds are `accuracy <kind> <n>`, on which nothing was tuned
 */
export async function ctAccuracy(volumes: number, tell: (text: string) => void): Promise<CtAccuracy[]> {
  const results: CtAccuracy[] = [];
  for (const { kind, disease } of kinds) {
    tell(kind);
    const dices: number[] = [];
    const errors: number[] = [];
    for (let n = 0; n < volumes; n++) {
      await nextTurn();
      const part = volumes === 1 ? 0.5 : n / (volumes - 1);
      const { dice, error } = compare(`accuracy ${kind} ${n}`, disease(part));
      dices.push(dice);
      errors.push(error);
    }
    results.push({
      ...{ kind, volumes, diceMean: mean(dices), diceLeast: Math.min(...dices) },
      ...{ errorMean: mean(errors), errorGreatest: Math.max(...errors) },
    });
  }
  return results;
}

function compare(seed: string, disease: CtDisease): { dice: number; error: number } {
  const thorax = thoraxVolume({ seed, disease, size: 192, spacing: 3 });
  const { size, slices, pixel, spacing } = thorax;
  const plane = size * size;
  const hu = new Int16Array(plane * slices);
  const truth = new Uint8Array(plane * slices);
  let involved = 0;
  for (let k = 0; k < slices; k++) {
    const slice = thorax.slice(k);
    hu.set(slice.hu, k * plane);
    truth.set(slice.lungs, k * plane);
    for (const value of slice.involved) if (value > 0) involved++;
  }
  const volume = { width: size, height: size, depth: slices, spacing: [pixel, pixel, spacing] as const, hu };
  const { sides, involvement } = analyseVolume(volume);
  let [both, found, lung] = [0, 0, 0];
  for (let at = 0; at < truth.length; at++) {
    if (sides[at]) found++;
    if (truth[at]) lung++;
    if (sides[at] && truth[at]) both++;
  }
  return {
    dice: (2 * both) / (found + lung),
    error: Math.abs(involvement.percent - (100 * involved) / lung),
  };
}
