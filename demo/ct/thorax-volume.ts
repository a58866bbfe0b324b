import { createRandom } from '../random.js';
import {
  aorta,
  body,
  cage,
  cageAt,
  ctBuildOf,
  depthOf,
  diaphragm,
  heart,
  lung,
  type CtBuild,
} from './anatomy.js';
import { bone } from './bones.js';
import { createDisease, type CtDisease } from './disease.js';
import { createNoise } from './noise.js';
import { airwayTree, drawTubes, isThoracic, vesselTree, type Plane } from './trees.js';

export interface ThoraxVolumeOptions {
  /** Decides the body, the disease's shape and the noise. */
  seed: string;
  disease: CtDisease;
  /** Side of a slice in pixels; 256 unless told. */
  size?: number;
  /** Distance of slices in millimetres; 2.5 unless told. */
  spacing?: number;
  /** Standard deviation of the noise in HU; 18 unless told. */
  noise?: number;
  /** Number of slices; as many as the chest needs unless told. */
  slices?: number;
}

/** One slice with its known truth, row by row. */
export interface ThoraxSlice {
  hu: Int16Array;
  /** 0 no lung, 1 right, 2 left. Vessels and small bronchi inside the lungs count as lung. */
  lungs: Uint8Array;
  /** 0 healthy, 1 ground glass, 2 consolidation. */
  involved: Uint8Array;
}

/** A chest of nobody from which slices are drawn one at a time, the lowest first. */
export interface ThoraxVolume {
  size: number;
  slices: number;
  /** Side of a pixel in millimetres. */
  pixel: number;
  spacing: number;
  /** x and y of the centre of the first pixel, z of the first slice, in millimetres. */
  origin: readonly [number, number, number];
  build: CtBuild;
  slice(index: number): ThoraxSlice;
}

const clamp = (value: number) => Math.min(1, Math.max(0, value));

/** A chest CT of nobody. The same options give the same volume to the bit. */
export function thoraxVolume(options: ThoraxVolumeOptions): ThoraxVolume {
  const { seed, disease, size = 256, noise: grain = 18 } = options;
  const build = ctBuildOf(createRandom(`ct body ${seed}`));
  const random = createRandom(`ct ${seed}`);
  const field = 2 * (build.halfWidth + 17 + build.fat) + 50;
  const pixel = field / size;
  const height = build.apex + 24;
  const spacing = options.spacing ?? (options.slices ? height / options.slices : 2.5);
  const slices = options.slices ?? Math.floor(height / spacing);
  const plane: Plane = { size, start: -field / 2 + pixel / 2, pixel };
  const vessels = vesselTree(build, random);
  const { central, bronchi } = airwayTree(build, random);
  const involvement = createDisease(build, disease, random);
  const texture = createNoise(random, 9, 2);
  const patches = createNoise(random, 40, 2);
  const back = build.halfDepth + 31 + build.fat;

  /** What lies below the diaphragm: liver, stomach with its gas, spleen, fat between. */
  const belly = (z: number, x: number, y: number) => {
    if (x < 8) return 56;
    const gas = Math.hypot((x - 52) / 30, (y + 22) / 24, (z - build.domes.left + 42) / 20);
    return gas < 1 ? -985 : Math.hypot((x - 52) / 44, (y + 10) / 40) < 1 ? 34 : y > 25 ? 50 : -95;
  };
  const table = (x: number, y: number) => {
    const depth = y - back + (x / 60) ** 2 * 1.4;
    if (Math.abs(x) > 0.46 * field || depth < 0 || depth > 26) return null;
    return depth < 3 || depth > 23 ? -180 : -930;
  };
  /** Tissue outside of the lungs. */
  const tissue = (z: number, x: number, y: number, inCage: number, inBody: number) => {
    if (inCage > 0) {
      if (z < diaphragm(build, x, y) - 3 && depthOf(build, z) > 0.4) return belly(z, x, y);
      if (heart(build, z, x, y) > -1) return 42;
      if (aorta(build, z, x, y) > 0) return 44;
      return patches(x * 2, y * 2, z * 2) > 0.7 ? -92 : 38;
    }
    if (inBody < build.fat) return inBody < 2 ? 20 : -102;
    return patches(x * 3, y * 3, z) > 1 ? -80 : 52;
  };

  return {
    ...{ size, slices, pixel, spacing, build },
    origin: [plane.start, plane.start, 0],
    slice(index) {
      const z = index * spacing;
      const shot = createRandom(`ct ${seed} slice ${index}`);
      const count = size * size;
      const hu = new Int16Array(count);
      const lungs = new Uint8Array(count);
      const involved = new Uint8Array(count);
      const [tube, walls, lumen, middle] = [0, 1, 2, 3].map(() => new Float32Array(count));
      if (!tube || !walls || !lumen || !middle) throw new Error('unreachable');
      if (isThoracic(build, z)) {
        drawTubes(tube, plane, z, vessels);
        drawTubes(walls, plane, z, bronchi, 1.2);
        drawTubes(walls, plane, z, central, 1.6);
        drawTubes(lumen, plane, z, bronchi);
        drawTubes(middle, plane, z, central);
      }
      const at = cageAt(build, z);
      for (let j = 0, i = 0; j < size; j++) {
        const y = plane.start + j * pixel;
        for (let column = 0; column < size; column++, i++) {
          const x = plane.start + column * pixel;
          let value = table(x, y) ?? -1000;
          const inBody = body(build, z, x, y);
          if (inBody > -pixel) {
            const inCage = cage(build, z, x, y, at);
            let inner = tissue(z, x, y, inCage, inBody);
            const hard = bone(build, z, x, y, inCage, pixel);
            inner += hard.share * (hard.hu - inner);
            const inLung = inCage > -3 ? lung(build, z, x, y, inCage) : -3;
            const airy = clamp(inLung / pixel + 0.5);
            if (airy > 0) {
              const { any, solid } = involvement(z, x, y, inCage);
              // The edge of the involved part is soft: half of it is reached at its border.
              const glass = clamp(any / 0.12 + 0.5);
              const dense = clamp(solid / 0.1 + 0.5);
              let inside = build.air + (build.dependent * y) / build.halfDepth + 14 * texture(x, y, z);
              inside += glass * (build.air + 335 + 55 * patches(x, y, z) - inside);
              inside += dense * (32 - inside);
              inside += (tube[i] ?? 0) * (46 - inside);
              inside += (walls[i] ?? 0) * (20 - inside);
              inside += (lumen[i] ?? 0) * (-985 - inside);
              inner += airy * (inside - inner);
              if (airy >= 0.5 && (middle[i] ?? 0) < 0.5) {
                lungs[i] = x < 0 ? 1 : 2;
                involved[i] = solid > 0 ? 2 : any > 0 ? 1 : 0;
              }
            } else inner += (walls[i] ?? 0) * (30 - inner);
            inner += (middle[i] ?? 0) * (-985 - inner);
            value += clamp(inBody / pixel + 0.5) * (inner - value);
          }
          hu[i] = Math.round(Math.max(-1024, value + grain * shot.rough()));
        }
      }
      return { hu, lungs, involved };
    },
  };
}
