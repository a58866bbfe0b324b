import { boxOf, cropMask, cropVolume, pasteMask } from './crop.js';
import { dilate, erode, open } from './morphology.js';
import { left, right } from './sides.js';
import type { LungMasks } from './lungs.js';
import { maskWhere, voxelMillilitres, voxelsOf, type CtVolume, type Mask } from './volume.js';

/**
 * Hounsfield ranges inside the lungs. Well aerated lung ends at -700 HU (Colombi et al. 2020,
 * doi:10.1148/radiol.2020201433); ground glass reaches up to -300 HU (the density mask of Kauczor et al. 2000,
 * doi:10.2214/ajr.175.5.1751329); above is consolidation.
 */
export const groundGlassHu = { from: -700, to: -300 };

/** Vessels and bronchial walls are thinner than this: 5 mm on either side of a voxel. */
const vesselMm = 4;
const glass = 1;
const solid = 2;

export interface Involvement {
  /** Share of both lungs, 0 to 100 percent. */
  percent: number;
  leftPercent: number;
  rightPercent: number;
  /** Right upper, middle, lower zone, then left: thirds of each lung's height; 0 to 100 percent. */
  zones: number[];
  /** CT severity score, 0 to 25. */
  score: number;
  /** Parts of `percent`. */
  groundGlassPercent: number;
  consolidationPercent: number;
  lungMillilitres: number;
}

export interface InvolvementMap {
  involvement: Involvement;
  /** 0 healthy or no lung, 1 ground glass, 2 consolidation. */
  map: Mask;
  /** Share of the lung in each slice of the volume that is involved, 0 to 100; null in slices without lung. */
  slices: (number | null)[];
}

/**
 * Marks ground glass and consolidation. Edge voxels are part wall and part lung, so they take the state of the lung
 * beside them; vessels are thin and fall to an opening, in which the chest wall counts as dense so that thin layers
 * along the pleura stay.
 */
export function markInvolved(volume: CtVolume, { sides }: Pick<LungMasks, 'sides'>): Mask {
  const box = boxOf(sides, volume);
  if (box === null) return new Uint8Array(sides.length);
  const map = markInside(cropVolume(volume, box), cropMask(sides, volume, box));
  return pasteMask(map, volume, box);
}

function markInside(volume: CtVolume, sides: Mask): Mask {
  const { hu } = volume;
  const size = hu.length;
  const lung = maskWhere(size, (at) => sides[at] !== 0);
  const core = erode(lung, volume, [1, 1, 0]);
  const dense = maskWhere(size, (at) => core[at] === 0 || (hu[at] ?? 0) > groundGlassHu.from);
  const [x, y, z] = voxelsOf(volume, vesselMm);
  const thick = open(dense, volume, [x, y, Math.min(z, 1)]);
  const inner = maskWhere(size, (at) => thick[at] === 1 && core[at] === 1);
  const beside = dilate(inner, volume, [1, 1, 0]);
  const map = new Uint8Array(size);
  for (let at = 0; at < size; at++) {
    if (!beside[at] || !lung[at]) continue;
    const value = hu[at] ?? 0;
    if (core[at] && value <= groundGlassHu.from) continue;
    map[at] = value > groundGlassHu.to ? solid : glass;
  }
  return map;
}

/** What vessels and blurred edges leave of a healthy lobe, in percent: below it nothing is counted. */
const floorPercent = 2;

/** Points of one lobe in the CT severity score (Pan et al. 2020, doi:10.1148/radiol.2020200370). */
export function lobePoints(percent: number): number {
  if (percent < floorPercent) return 0;
  if (percent < 5) return 1;
  if (percent <= 25) return 2;
  if (percent < 50) return 3;
  return percent <= 75 ? 4 : 5;
}

/** Where a lung's height is divided: the slices below which the given shares of its voxels' span lie. */
function spanOf(counts: Float64Array): { bottom: number; top: number } {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const at = (share: number) => {
    let sum = 0;
    return counts.findIndex((count) => (sum += count) >= share * total);
  };
  return { bottom: at(0.002), top: at(0.998) + 1 };
}

/**
 * Measures how much of the lungs is involved. The score's five lobes are approximated by zones, since fissures are not
 * traced: thirds of the right lung's height for its three lobes, halves of the left lung's for its two.
 */
export function measureInvolvement(volume: CtVolume, lungs: LungMasks): InvolvementMap {
  const { width, height, depth } = volume;
  const plane = width * height;
  const map = markInvolved(volume, lungs);
  const lung = [right, left].map(() => new Float64Array(depth));
  const involved = [right, left].map(() => new Float64Array(depth));
  let solids = 0;
  for (let k = 0, at = 0; k < depth; k++) {
    for (let p = 0; p < plane; p++, at++) {
      const side = lungs.sides[at] ?? 0;
      if (side === 0) continue;
      const own = lung[side - 1];
      if (own) own[k] = (own[k] ?? 0) + 1;
      if (!map[at]) continue;
      const bad = involved[side - 1];
      if (bad) bad[k] = (bad[k] ?? 0) + 1;
      if (map[at] === solid) solids++;
    }
  }
  const sum = (counts: Float64Array | undefined, from = 0, to = depth) => {
    let total = 0;
    for (let k = Math.max(0, Math.round(from)); k < Math.min(depth, Math.round(to)); k++) {
      total += counts?.[k] ?? 0;
    }
    return total;
  };
  const share = (side: number, from: number, to: number) => {
    const all = sum(lung[side - 1], from, to);
    return all === 0 ? 0 : (100 * sum(involved[side - 1], from, to)) / all;
  };
  /** Shares of equal parts of a lung's height, the uppermost first. */
  const parts = (side: number, count: number) => {
    const { bottom, top } = spanOf(lung[side - 1] ?? new Float64Array(depth));
    const at = (i: number) => top - ((top - bottom) * i) / count;
    return Array.from({ length: count }, (_, i) => share(side, at(i + 1), at(i)));
  };
  const all = sum(lung[0]) + sum(lung[1]);
  const bad = sum(involved[0]) + sum(involved[1]);
  const lobes = [...parts(right, 3), ...parts(left, 2)];
  const percent = all === 0 ? 0 : (100 * bad) / all;
  const consolidationPercent = all === 0 ? 0 : (100 * solids) / all;
  return {
    map,
    involvement: {
      percent,
      rightPercent: share(right, 0, depth),
      leftPercent: share(left, 0, depth),
      zones: [...parts(right, 3), ...parts(left, 3)],
      score: lobes.reduce((points, lobe) => points + lobePoints(lobe), 0),
      groundGlassPercent: percent - consolidationPercent,
      consolidationPercent,
      lungMillilitres: all * voxelMillilitres(volume),
    },
    slices: Array.from({ length: depth }, (_, k) => {
      const here = sum(lung[0], k, k + 1) + sum(lung[1], k, k + 1);
      // A few voxels at apex or base say nothing about a slice.
      if (here * voxelMillilitres(volume) < 1) return null;
      return (100 * (sum(involved[0], k, k + 1) + sum(involved[1], k, k + 1))) / here;
    }),
  };
}
