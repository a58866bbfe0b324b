import { intervalAt } from './interval.js';
import type { Heads } from './manifest.js';
import { dot } from './numbers.js';
import type { PneumoniaKind } from './types.js';

/** Years. */
const adult = 18;

/**
 * Bacterial against viral pneumonia, from the features that the findings come from.
 *
 * @param features standardised
 * @returns null when the model does not tell the kinds apart
 */
export function pneumoniaKindOf(features: number[], head: Heads['pneumoniaKind']): PneumoniaKind | null {
  if (head === undefined) return null;
  const bacterialProbability = 1 / (1 + Math.exp(-(dot(head.weights, features) + head.bias)));
  return {
    bacterialProbability,
    ...intervalAt(head.interval, bacterialProbability),
    note: head.note,
  };
}

/**
 * Whether somebody was an adult on a day. The kinds are learned from children alone and are told no better than by
 * chance in adults, so that the opinion is kept back where the age is known.
 *
 * @param birthDate `YYYY-MM-DD`; null where it is not known, and then the answer is no
 */
export function isAdult(birthDate: string | null, on: Date): boolean {
  if (birthDate === null) return false;
  const [year = 0, month = 1, day = 1] = birthDate.split('-').map(Number);
  return Date.UTC(year + adult, month - 1, day) <= on.getTime();
}
