import { left, right } from './sides.js';
import type { LungMasks } from './lungs.js';
import { voxelMillilitres, type CtVolume } from './volume.js';

/** Why a volume is not judged. */
export type CtRefusal = 'NO_LUNGS_FOUND' | 'LUNGS_NOT_COVERED' | 'NOT_HOUNSFIELD';

/** What is to be borne in mind with a volume that is judged. */
export type CtWarning = 'APICES_NOT_COVERED' | 'BASES_NOT_COVERED' | 'LUNGS_UNEQUAL';

/** Both lungs of a small adult hold more at full breath; a child's or a breathed-out pair may hold less. */
const leastMl = 700;
/** A lung cut off where it is this wide, compared with its widest, is missing a good part. */
const cutShare = 0.45;
const warnShare = 0.15;

export interface Fitness {
  refusal: CtRefusal | null;
  warnings: CtWarning[];
}

/**
 * Decides from the picture itself, whatever its attributes say, whether it shows whole lungs: no lungs (head, abdomen,
 * a localiser, values that are no Hounsfield units), lungs that the scan cuts off.
 */
export function fitnessOf(volume: CtVolume, { sides, body }: LungMasks): Fitness {
  const { width, height, depth, hu } = volume;
  const plane = width * height;
  let air = 0;
  let tissue = 0;
  for (let at = 0; at < hu.length; at += 5) {
    const value = hu[at] ?? 0;
    if (value < -850) air++;
    else if (body[at] && value > -150 && value < 250) tissue++;
  }
  // Air around the body and soft tissue in it: without either the values are not what they claim to be.
  if (air < 0.005 * (hu.length / 5) || tissue < 0.01 * (hu.length / 5)) {
    return { refusal: 'NOT_HOUNSFIELD', warnings: [] };
  }
  const areas = new Float64Array(depth);
  const bySide = new Float64Array(3);
  for (let k = 0, at = 0; k < depth; k++) {
    for (let p = 0; p < plane; p++, at++) {
      const side = sides[at] ?? 0;
      if (side === 0) continue;
      areas[k] = (areas[k] ?? 0) + 1;
      bySide[side] = (bySide[side] ?? 0) + 1;
    }
  }
  const unit = voxelMillilitres(volume);
  const [rightMl, leftMl] = [right, left].map((side) => (bySide[side] ?? 0) * unit);
  const total = (rightMl ?? 0) + (leftMl ?? 0);
  if (total < leastMl / 3) return { refusal: 'NO_LUNGS_FOUND', warnings: [] };
  const widest = Math.max(...areas);
  const top = (areas[depth - 1] ?? 0) / widest;
  const bottom = (areas[0] ?? 0) / widest;
  if (total < leastMl || top > cutShare || bottom > cutShare) {
    return { refusal: 'LUNGS_NOT_COVERED', warnings: [] };
  }
  const warnings: CtWarning[] = [];
  if (top > warnShare) warnings.push('APICES_NOT_COVERED');
  if (bottom > warnShare) warnings.push('BASES_NOT_COVERED');
  const smaller = Math.min(rightMl ?? 0, leftMl ?? 0);
  if (smaller < 0.2 * total) {
    warnings.push('LUNGS_UNEQUAL');
  }
  return { refusal: null, warnings };
}
