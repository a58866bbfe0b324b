import { erode, largest, near, reachedFromBorder } from './morphology.js';
import { maskWhere, type CtVolume, type Mask } from './volume.js';

/** Between air or lung and soft tissue, where a voxel is half of each. */
export const airLimit = -400;

/**
 * The patient with all that the skin encloses, air included; table, clothes and cushions left out: they are thin or
 * stand apart, so an erosion cuts them off and the largest part that is left is the patient.
 */
export function bodyMask(volume: CtVolume): Mask {
  const { hu } = volume;
  const tissue = maskWhere(hu.length, (at) => (hu[at] ?? 0) > airLimit);
  const core = largest(erode(tissue, volume, [1, 1, 0]), volume);
  const flesh = near(core, tissue, volume, [1, 1, 0]);
  const elsewhere = maskWhere(hu.length, (at) => !flesh[at]);
  const outside = reachedFromBorder(elsewhere, volume);
  return maskWhere(hu.length, (at) => !outside[at]);
}
