import { cloud, createField, type Field } from '../field.js';
import type { Random } from '../random.js';
import { sides, type Side } from './anatomy.js';

/** What a generated film shows. Grades: 1 mild, 2 moderate, 3 severe. */
export type Disease =
  | { finding: 'NORMAL' }
  | { finding: 'PNEUMONIA'; side: Side; extent: number }
  | { finding: 'COVID'; grade: 1 | 2 | 3; extent: number };

/** The known truth of a generated film. */
export interface Truth {
  finding: 'NORMAL' | 'PNEUMONIA' | 'COVID';
  /** Severity grade; null unless COVID. */
  grade: 1 | 2 | 3 | null;
  /** Share of the lungs' projected area that is visibly opacified, 0 to 1. */
  extent: number;
  /** Six zones A to F (patient's right upper, middle, lower, then left), each 0 to 3 as in the Brixia score. */
  zones: number[];
}

/** What the opacities are placed by: all fields of one size. */
export interface LungMaps {
  /** Signed distance to each lung's outline, positive inside, by side. */
  distance: Record<'right' | 'left', Field>;
  /** Upper and lower end of each lung. */
  span: Record<'right' | 'left', { top: number; bottom: number }>;
  midline: number;
}

const nameOf = (side: Side) => (side < 0 ? 'right' : 'left');

/** Share of air that is replaced by fluid or tissue at each place, 0 to 1. */
export function opacities(size: number, maps: LungMaps, disease: Disease, random: Random): Field {
  switch (disease.finding) {
    case 'NORMAL':
      return createField(size);
    case 'PNEUMONIA':
      return lobar(size, maps, disease, random);
    case 'COVID':
      return peripheral(size, maps, disease, random);
  }
}

/** Both lungs, from the periphery and the bases inwards and upwards: ground glass, then consolidation. */
function peripheral(size: number, maps: LungMaps, disease: { extent: number }, random: Random): Field {
  const field = createField(size);
  const patches = cloud(size, 7, 4, random, 0.5);
  const texture = cloud(size, 32, 3, random, 0.7);
  for (const side of sides) {
    const { top, bottom } = maps.span[nameOf(side)];
    const distance = maps.distance[nameOf(side)].data;
    const lean = random.between(-0.12, 0.12);
    const scores = new Float32Array(distance.length).fill(-Infinity);
    for (let index = 0; index < distance.length; index++) {
      if ((distance[index] ?? 0) <= 0) continue;
      const x = ((index % size) + 0.5) / size;
      const y = (Math.floor(index / size) + 0.5) / size;
      const outward = Math.abs(x - maps.midline) / 0.36;
      const low = (y - top) / (bottom - top);
      scores[index] = 1.5 * outward + 1.5 * low + 0.62 * (patches.data[index] ?? 0);
    }
    const sorted = scores.filter((score) => score > -Infinity).sort();
    const share = Math.min(0.96, disease.extent * (1 + lean));
    const limit = sorted[Math.floor(sorted.length * (1 - share))] ?? 9;
    const dense = 0.55 + 0.4 * disease.extent;
    scores.forEach((score, index) => {
      if (score === -Infinity) return;
      const core = 1 / (1 + Math.exp(-(score - limit) / 0.2));
      const solid = Math.min(1, Math.max(0, score - limit) * 0.45);
      const grain = 1 + 0.2 * (texture.data[index] ?? 0);
      field.data[index] = 1 - Math.exp(-1.5 * Math.max(0, core * (0.5 + 0.5 * solid) * dense * 1.4 * grain));
    });
  }
  return field;
}

/** One lobe of one lung, dense, sharp above where the fissure ends it. */
function lobar(size: number, maps: LungMaps, disease: { side: Side; extent: number }, random: Random): Field {
  const { side, extent } = disease;
  const field = createField(size);
  const { top, bottom } = maps.span[nameOf(side)];
  const distance = maps.distance[nameOf(side)].data;
  const uneven = cloud(size, 9, 4, random);
  const begin = bottom - (bottom - top) * (0.3 + extent);
  const end = bottom - (bottom - top) * 0.02;
  for (let index = 0; index < distance.length; index++) {
    if ((distance[index] ?? 0) <= 0) continue;
    const x = Math.abs(((index % size) + 0.5) / size - maps.midline);
    const y = (Math.floor(index / size) + 0.5) / size;
    const noise = uneven.data[index] ?? 0;
    const fissure = 1 / (1 + Math.exp(-(y - begin + 0.1 * (0.2 - x) + 0.008 * noise) / 0.011));
    const below = 1 / (1 + Math.exp((y - end + 0.025 * noise) / 0.018));
    const inner = 1 / (1 + Math.exp(-(x - 0.06 + 0.02 * noise) / 0.02));
    field.data[index] = Math.min(1, fissure * below * inner * (0.66 + 0.13 * noise));
  }
  return field;
}

/** Measures what was drawn, so that the truth is that of the picture and not of the wish. */
export function measure(field: Field, maps: LungMaps, disease: Disease): Truth {
  const { size, data } = field;
  let area = 0;
  let opaque = 0;
  const sums = new Float64Array(6);
  const counts = new Float64Array(6);
  for (const side of sides) {
    const { top, bottom } = maps.span[nameOf(side)];
    maps.distance[nameOf(side)].data.forEach((inside, index) => {
      if (inside <= 0) return;
      const value = data[index] ?? 0;
      area++;
      if (value > 0.15) opaque++;
      const low = ((Math.floor(index / size) + 0.5) / size - top) / (bottom - top);
      const zone = (side < 0 ? 0 : 3) + Math.min(2, Math.max(0, Math.floor(low * 3)));
      sums[zone] = (sums[zone] ?? 0) + value;
      counts[zone] = (counts[zone] ?? 0) + 1;
    });
  }
  const zones = Array.from(sums, (sum, i) => {
    const mean = sum / Math.max(1, counts[i] ?? 1);
    return mean < 0.04 ? 0 : mean < 0.2 ? 1 : mean < 0.45 ? 2 : 3;
  });
  const grade = disease.finding === 'COVID' ? disease.grade : null;
  return { finding: disease.finding, grade, extent: area > 0 ? opaque / area : 0, zones };
}
