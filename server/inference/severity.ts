import type { Box } from './borders.js';
import type { Heads, ModelManifest } from './manifest.js';
import { clamp, mean } from './numbers.js';
import type { EngineOutput, Severity } from './types.js';

/** Where lungs lie in most views, as shares of the view; for a picture whose lungs have not been sought. */
const usual: Box = { x: 0.1, y: 0.1, width: 0.8, height: 0.75 };

/**
 * How much of each cell of a map belongs to a Brixia zone, each zone's shares summing to 1: A, B, C the upper, middle
 * and lower third of the right lung (left in the picture), D, E, F those of the left lung.
 *
 * @param lungs both lungs' box in shares of the map
 */
export function zoneShares(height: number, width: number, lungs: Box = usual): number[][] {
  const overlap = (index: number, cells: number, from: number, length: number) =>
    Math.max(0, Math.min((index + 1) / cells, from + length) - Math.max(index / cells, from));
  return [0, 1, 2, 3, 4, 5].map((zone) => {
    const left = lungs.x + (zone < 3 ? 0 : lungs.width / 2);
    const top = lungs.y + ((zone % 3) * lungs.height) / 3;
    const areas = Array.from(
      { length: height * width },
      (_, cell) =>
        overlap(cell % width, width, left, lungs.width / 2) *
        overlap(Math.floor(cell / width), height, top, lungs.height / 3),
    );
    const total = areas.reduce((sum, area) => sum + area, 0) || 1;
    return areas.map((area) => area / total);
  });
}

/**
 * Brixia score from the network's severity channels: six zones of 0 to 3, in all 0 to 18 (Borghesi and Maroldi 2020,
 * doi:10.1007/s11547-020-01200-3).
 *
 * @param labels how many channels of the map come before the two of severity
 * @param cutPoints lowest score of level 2 and of level 3
 * @param lungs both lungs' box in shares of the map
 * @returns null when the model grades no severity
 */
export function severityOf(
  output: EngineOutput,
  labels: number,
  head: Heads['severity'],
  cutPoints: ModelManifest['thresholds']['severity'],
  lungs?: Box,
): Severity | null {
  if (head === null || cutPoints === null) return null;
  const { mapHeight, mapWidth } = output;
  const channels = output.logitsMap.length / (mapHeight * mapWidth);
  const shares = zoneShares(mapHeight, mapWidth, lungs);
  const average = (of: number[], channel: number) =>
    of.reduce((sum, share, cell) => sum + share * (output.logitsMap[cell * channels + channel] ?? 0), 0);
  const both = mean(shares.map((zone) => average(zone, labels + 1)));
  const zones = shares.map((zone, index) =>
    clamp(average(zone, labels) + both + (head.bias[index] ?? 0), 0, 3),
  );
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
