import type { Random } from '../random.js';
import { cage, depthOf, lung, type CtBuild } from './anatomy.js';
import { createNoise, type Noise } from './noise.js';
import { hilum } from './trees.js';

/**
 * What a generated volume shows. `extent`: share of both lungs that is involved, 0 to 1; `solid`: share of the
 * involved part that is consolidated, the rest is ground glass.
 */
export type CtDisease =
  | { kind: 'CLEAR' }
  /** Both lungs, along the pleura and at the bases first. */
  | { kind: 'PERIPHERAL'; extent: number; solid: number }
  /** From the back and the bases, broad against the pleura. */
  | { kind: 'POSTERIOR'; extent: number; solid: number }
  /** Around the hila. */
  | { kind: 'HILAR'; extent: number; solid: number };

/** How involved a place is: positive inside a part, in units that rise over some millimetres. */
export interface Involved {
  /** Above 0: ground glass or consolidation. */
  any: number;
  /** Above 0: consolidation. */
  solid: number;
}

type Score = (z: number, x: number, y: number, inCage: number) => number;

function scoreOf(build: CtBuild, kind: CtDisease['kind'], noise: Noise): Score {
  switch (kind) {
    case 'CLEAR':
      return () => -1;
    case 'PERIPHERAL':
      return (z, x, y, inCage) =>
        1.3 * Math.exp(-inCage / 26) +
        0.9 * depthOf(build, z) +
        (0.35 * y) / build.halfDepth +
        0.55 * noise(x, y, z);
    case 'POSTERIOR':
      return (z, x, y) => (1.1 * y) / build.halfDepth + 0.9 * depthOf(build, z) + 0.16 * noise(x, y, z);
    case 'HILAR':
      return (z, x, y) => {
        const [hx, hy, hz] = hilum(build, x < 0 ? -1 : 1);
        return -Math.hypot(x - hx, y - hy, z - hz) / 45 + 0.16 * noise(x, y, z);
      };
  }
}

/** Makes the function that tells how involved a place of a lung is, so that the wished shares are met. */
export function createDisease(
  build: CtBuild,
  disease: CtDisease,
  random: Random,
): (z: number, x: number, y: number, inCage: number) => Involved {
  if (disease.kind === 'CLEAR') return () => ({ any: -9, solid: -9 });
  const score = scoreOf(build, disease.kind, createNoise(random, 34, 3));
  const scores: number[] = [];
  const step = 7;
  for (let z = build.bottom; z < build.apex; z += step) {
    for (let y = -build.halfDepth; y < build.halfDepth; y += step) {
      for (let x = -build.halfWidth; x < build.halfWidth; x += step) {
        const inCage = cage(build, z, x, y);
        if (lung(build, z, x, y, inCage) > 0) scores.push(score(z, x, y, inCage));
      }
    }
  }
  scores.sort((a, b) => b - a);
  const limit = (share: number) => scores[Math.floor(scores.length * share)] ?? -9;
  const any = limit(disease.extent);
  const solid = disease.solid === 0 ? 9 : limit(disease.extent * disease.solid);
  return (z, x, y, inCage) => {
    const value = score(z, x, y, inCage);
    return { any: value - any, solid: value - solid };
  };
}
