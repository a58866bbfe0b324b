/**
 * A chest in Hounsfield units on a coarse, even grid. Index (k * height + j) * width + i; i runs to the patient's
 * left, j to the back, k to the head, whatever way the scanner stored it.
 */
export interface CtVolume {
  width: number;
  height: number;
  depth: number;
  /** Millimetres between voxels along i, j and k. */
  spacing: readonly [number, number, number];
  hu: Int16Array;
}

/** A yes or no (or a small label) for each voxel of a volume. */
export type Mask = Uint8Array;

/** The grid alone, without its values. */
export type Grid = Pick<CtVolume, 'width' | 'height' | 'depth' | 'spacing'>;

export const sizeOf = ({ width, height, depth }: Grid) => width * height * depth;

/** Millilitres of one voxel. */
export const voxelMillilitres = ({ spacing: [x, y, z] }: Grid) => (x * y * z) / 1000;

/** Voxels along each axis that reach at least so many millimetres. */
export function voxelsOf({ spacing }: Grid, millimetres: number): [number, number, number] {
  const [x, y, z] = spacing;
  return [Math.round(millimetres / x), Math.round(millimetres / y), Math.round(millimetres / z)];
}

/** A mask made from a test of each voxel; a plain loop, since `Uint8Array.from` is twenty times slower. */
export function maskWhere(size: number, test: (at: number) => boolean): Mask {
  const mask = new Uint8Array(size);
  for (let at = 0; at < size; at++) if (test(at)) mask[at] = 1;
  return mask;
}
