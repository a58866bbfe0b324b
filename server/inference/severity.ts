import type { Heads, ModelManifest } from './manifest.js';
import { clamp, dot } from './numbers.js';
import type { Severity } from './types.js';

/**
 * Brixia score from the features by ridge regression, six zones of 0 to 3 (Borghesi and Maroldi 2020,
 * doi:10.1007/s11547-020-01200-3).
 *
 * @param features standardised features
 * @param cutPoints lowest score of level 2 and of level 3
 * @returns null when the model grades no severity
 */
export function severityOf(
  features: number[],
  head: Heads['severity'],
  cutPoints: ModelManifest['thresholds']['severity'],
): Severity | null {
  if (head === null || cutPoints === null) return null;
  const zones = head.weights.map((row, index) => clamp(dot(row, features) + (head.bias[index] ?? 0), 0, 3));
  const score = zones.reduce((sum, zone) => sum + zone, 0);
  const [moderate, severe] = cutPoints;
  return {
    level: score >= severe ? 3 : score >= moderate ? 2 : 1,
    score,
    low: clamp(score - head.halfWidth, 0, 18),
    high: clamp(score + head.halfWidth, 0, 18),
    zones,
  };
}
