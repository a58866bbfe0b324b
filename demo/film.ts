import { setImmediate as nextTurn } from 'node:timers/promises';
import { blur, type Field } from './field.js';
import type { Random } from './random.js';

/** A generated picture: 12 bits a pixel, dense tissue bright. */
export interface Film {
  width: number;
  height: number;
  /** 0 to 4095, row by row. */
  pixels: Uint16Array;
}

export interface Exposure {
  /** Photons a pixel in the open beam; fewer give a noisier film. */
  photons: number;
  /** Scattered share of what reaches the detector behind the mean body. */
  scatter: number;
  /** Standard deviation of the detector's blur, in pixels. */
  blur: number;
  /** Slope of the characteristic curve. */
  contrast: number;
  /** Shift of the characteristic curve, in attenuations: positive darkens. */
  density: number;
}

/** An exposure as taken standing (PA) or with a mobile unit at the bedside (AP), which has no fine grid. */
export function exposureOf(random: Random, view: 'PA' | 'AP' = 'PA'): Exposure {
  const bedside = view === 'AP' ? 1 : 0;
  return {
    photons: random.between(20_000, 60_000) / (1 + bedside),
    scatter: random.between(0.25, 0.4) + 0.12 * bedside,
    blur: random.between(0.7, 1) + 0.3 * bedside,
    contrast: random.between(1.25, 1.6),
    density: random.between(-0.15, 0.15),
  };
}

/**
 * Exposes a film: the exponential law of attenuation, scatter, quantum noise, the detector's blur, and the
 * characteristic curve that a digital system applies for presentation.
 *
 * @param attenuation line integrals along each ray, unitless
 */
export async function expose(attenuation: Field, exposure: Exposure, random: Random): Promise<Film> {
  const { size } = attenuation;
  const primary: Field = { size, data: attenuation.data.map((value) => Math.exp(-value)) };
  const spread = blur(primary, size / 14);
  const sharp = blur(primary, exposure.blur);
  await nextTurn();
  const noisy: Field = { size, data: new Float32Array(size * size) };
  for (let i = 0; i < noisy.data.length; i++) {
    const signal = (1 - exposure.scatter) * (sharp.data[i] ?? 0) + exposure.scatter * (spread.data[i] ?? 0);
    const counts = Math.max(0.002, signal) * exposure.photons;
    noisy.data[i] = Math.max(1, counts + Math.sqrt(counts) * random.rough()) / exposure.photons;
  }
  await nextTurn();
  const seen = blur(noisy, 0.55);
  const logs = enhance({ size, data: seen.data.map((value) => -Math.log(Math.max(value, 1e-4))) });
  const middle = middleOf(logs, size) + exposure.density;
  const pixels = new Uint16Array(logs.length);
  logs.forEach((value, i) => {
    pixels[i] = Math.round(4095 / (1 + Math.exp(-exposure.contrast * (value - middle))));
  });
  return { width: size, height: size, pixels };
}

/** The unsharp masking of digital systems: fine structure raised, large differences between lung and trunk reduced. */
function enhance(logs: Field): Float32Array {
  const base = blur(logs, logs.size / 36);
  return logs.data.map((value, i) => {
    const mean = base.data[i] ?? 0;
    return 0.85 * mean + 1.55 * (value - mean);
  });
}

/** Half way between lung and mediastinum: what automatic exposure control aims at. */
function middleOf(logs: Float32Array, size: number): number {
  const values: number[] = [];
  for (let y = Math.floor(size * 0.2); y < size * 0.7; y += 4) {
    for (let x = Math.floor(size * 0.15); x < size * 0.85; x += 4) values.push(logs[y * size + x] ?? 0);
  }
  values.sort((a, b) => a - b);
  const at = (share: number) => values[Math.floor(share * (values.length - 1))] ?? 0;
  return (at(0.1) + at(0.9)) / 2;
}
