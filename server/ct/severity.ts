import type { Involvement } from './involvement.js';

/** Upper ends of the first two levels (Saeed et al. 2021, doi:10.1155/2021/6697677): to 7, 8 to 17, 18 and more. */
const cuts = [7, 17] as const;

export interface CtSeverity {
  level: 1 | 2 | 3;
  /** The CT severity score, 0 to 25. */
  score: number;
}

/** The severity of what is involved; null where nothing is. */
export function severityOfInvolvement({ score }: Pick<Involvement, 'score'>): CtSeverity | null {
  if (score === 0) return null;
  return { level: score <= cuts[0] ? 1 : score <= cuts[1] ? 2 : 3, score };
}
