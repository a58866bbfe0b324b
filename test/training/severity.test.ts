import { describe, expect, it } from 'vitest';
import { severityOf, zoneShares } from '../../server/inference/severity.js';
import { zoneFeatures } from '../../training/severity.js';

const lungs = { x: 0.1, y: 0.2, width: 0.8, height: 0.6 };

describe('lung zones', () => {
  it('share out the map: each sums to 1, right before left, from top to bottom', () => {
    const shares = zoneShares(6, 8, { x: 0, y: 0, width: 1, height: 1 });
    for (const zone of shares) expect(zone.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1);
    const heaviest = shares.map((zone) =>
      zone.map((share, cell) => (share > 0 ? cell : -1)).filter((c) => c >= 0),
    );
    expect(heaviest[0]).toEqual([0, 1, 2, 3, 8, 9, 10, 11]);
    expect(heaviest[5]).toEqual([36, 37, 38, 39, 44, 45, 46, 47]);
  });

  it('score from the map what a linear head on zone features gives', () => {
    const [height, width, channels] = [7, 7, 3];
    const map = Float32Array.from({ length: height * width * channels }, (_, i) => Math.sin(i) * 0.2);
    const local = [0.7, -0.2, 0.4];
    const shared = [0.1, 0.3, -0.5];
    const bias = [0.5, 0.8, 1, 1.2, 1.4, 1.6];
    const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
    const features = zoneFeatures(map, height, width, lungs);
    const mean = [0, 1, 2].map((c) => features.reduce((sum, row) => sum + (row[c] ?? 0) / 6, 0));
    const wanted = features.map((row, zone) => dot(local, row) + dot(shared, mean) + (bias[zone] ?? 0));

    // As the network gives it: one label's channel, then the two of severity, cell by cell.
    const logitsMap = new Float32Array(height * width * 3);
    for (let cell = 0; cell < height * width; cell++) {
      const vector = Array.from(map.subarray(cell * channels, (cell + 1) * channels));
      logitsMap.set([9, dot(local, vector), dot(shared, vector)], cell * 3);
    }
    const output = { logitsMap, mapHeight: height, mapWidth: width, features: new Float32Array(0) };
    const head = { bias, halfWidth: 2 };
    const severity = severityOf(output, 1, head, [8, 12], lungs);
    severity?.zones.forEach((zone, index) => expect(zone).toBeCloseTo(wanted[index] ?? NaN, 4));
    expect(severity?.score).toBeCloseTo(
      wanted.reduce((sum, zone) => sum + zone, 0),
      4,
    );
  });

  it.each([
    [7.9, 1],
    [8.1, 2],
    [12.1, 3],
  ])('puts a score of %f in level %i', (score, level) => {
    const output = {
      logitsMap: new Float32Array(12),
      mapHeight: 2,
      mapWidth: 2,
      features: new Float32Array(0),
    };
    const head = { bias: new Array<number>(6).fill(score / 6), halfWidth: 2 };
    expect(severityOf(output, 1, head, [8, 12])?.level).toBe(level);
  });
});
