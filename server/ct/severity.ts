import type { Involvement } from './involvement.js';

/** Upper ends of the first two levels (Saeed et al. 2021, doi:10.1155/2021/6697677): to 7, 8 to 17, 18 and more. */
const cuts = [7, 17] as const;

export interface CtSeverity {
  level: 1 | 2 | 3;
  /** Sum of the zones, 0 to 18. */
  score: number;
  /** Right upper, middle, lower, then left, each 0 to 3: none, to 25 percent, to 50 percent, more. */
  zones: number[];
}

const zonePoints = (percent: number): number => (percent < 2 ? 0 : percent <= 25 ? 1 : percent <= 50 ? 2 : 3);

/** The severity of what is involved; null where nothing is. The level follows the CT severity score of 0 to 25. */
export function severityOfInvolvement({ score, zones }: Involvement): CtSeverity | null {
  if (score === 0) return null;
  const points = zones.map(zonePoints);
  return {
    level: score <= cuts[0] ? 1 : score <= cuts[1] ? 2 : 3,
    score: points.reduce((sum, point) => sum + point, 0),
    zones: points,
  };
}
