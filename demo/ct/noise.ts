import type { Random } from '../random.js';

/** Smooth noise in space, about unit variance. */
export type Noise = (x: number, y: number, z: number) => number;

const side = 32;

/**
 * Value noise: random numbers on a lattice that repeats, blended between its points, in octaves.
 *
 * @param cell distance of the lattice's points in millimetres
 */
export function createNoise(random: Random, cell: number, octaves: number): Noise {
  const lattice = Float32Array.from({ length: side ** 3 }, () => random.rough());
  const at = (i: number, j: number, k: number) =>
    lattice[((((k & 31) << 5) | (j & 31)) << 5) | (i & 31)] ?? 0;
  const layer: Noise = (x, y, z) => {
    const i = Math.floor(x);
    const j = Math.floor(y);
    const k = Math.floor(z);
    const ease = (t: number) => t * t * (3 - 2 * t);
    const u = ease(x - i);
    const v = ease(y - j);
    const w = ease(z - k);
    const row = (b: number, c: number) => at(i, b, c) + u * (at(i + 1, b, c) - at(i, b, c));
    const plane = (c: number) => row(j, c) + v * (row(j + 1, c) - row(j, c));
    return plane(k) + w * (plane(k + 1) - plane(k));
  };
  return (x, y, z) => {
    let sum = 0;
    let strength = 1;
    let power = 0;
    let frequency = 1 / cell;
    for (let octave = 0; octave < octaves; octave++) {
      // Shifted, so that the octaves' lattices never fall together.
      const shift = 11.3 * octave;
      sum += strength * layer(x * frequency + shift, y * frequency + shift, z * frequency + shift);
      power += strength * strength;
      strength *= 0.55;
      frequency *= 2;
    }
    return (1.6 * sum) / Math.sqrt(power);
  };
}
