import { cloud, createField, fieldFrom, resize, type Point } from './field.js';
import { expose, exposureOf, type Film } from './film.js';
import { createRandom } from './random.js';
import { closedCurve, drawTubes, insideDistance, openCurve, type Tube } from './shapes.js';

const body: Point[] = [
  [0.4, -0.1],
  [0.34, 0.1],
  [0.2, 0.25],
  [0.13, 0.45],
  [0.12, 0.7],
  [0.14, 1.1],
  [0.84, 1.1],
  [0.86, 0.75],
  [0.89, 0.45],
  [0.84, 0.22],
  [0.66, 0.08],
  [0.6, -0.1],
];
const lung: Point[] = [
  [0.5, 0.1],
  [0.4, 0.17],
  [0.27, 0.3],
  [0.2, 0.48],
  [0.19, 0.62],
  [0.27, 0.65],
  [0.42, 0.64],
  [0.58, 0.7],
  [0.72, 0.82],
  [0.78, 0.86],
  [0.82, 0.7],
  [0.83, 0.5],
  [0.78, 0.28],
  [0.66, 0.14],
];
const heart: Point[] = [
  [0.42, 0.4],
  [0.28, 0.48],
  [0.2, 0.6],
  [0.22, 0.7],
  [0.4, 0.72],
  [0.54, 0.68],
  [0.56, 0.55],
  [0.5, 0.43],
];

/** A lateral chest film of nobody: a chest, but not a view that a frontal model may judge. */
export async function lateralFilm(seed: string, size = 768): Promise<Film> {
  const random = createRandom(`lateral ${seed}`);
  const coarse = size / 2;
  const of = (points: Point[]) => insideDistance(closedCurve(points), coarse).data;
  const [trunk, air, muscle] = [of(body), of(lung), of(heart)];
  const round = (inside: number, rim: number) =>
    inside <= 0 ? 0 : Math.sqrt(1 - Math.max(0, 1 - inside / rim) ** 2);
  const arms = 1.6;
  const soft = fieldFrom(coarse, (x, y, i) => {
    const thickness = 31 * round(trunk[i] ?? 0, 0.2) + arms * Math.exp(-(((y - 0.1) / 0.1) ** 2)) * 3;
    const lungs = 23 * round(air[i] ?? 0, 0.12) - 11 * round(muscle[i] ?? 0, 0.1);
    return 0.16 * thickness - 0.115 * Math.max(0, lungs) * (1 - 0.35 * Math.exp(-(((y - 0.15) / 0.12) ** 2)));
  });
  const total = resize(soft, size);
  const bones = createField(size);
  const tubes: Tube[] = [];
  const spineAt = (y: number) => 0.73 + 0.07 * Math.sin((y - 0.05) * 2.9);
  for (let y = 0; y < 1; y += 0.062) {
    tubes.push({
      path: [
        [spineAt(y) - 0.012, y],
        [spineAt(y) + 0.012, y],
      ],
      radius: () => 0.029,
    });
  }
  drawTubes(bones, tubes, (q) => 0.5 * Math.min(1, 1.3 * Math.sqrt(1 - q * q)), 'strongest');
  const ribs = Array.from({ length: 10 }, (_, i): Tube => {
    const y = 0.1 + i * 0.06;
    const reach = Math.max(0.22, 0.42 - 0.035 * i);
    return {
      path: openCurve([
        [spineAt(y) + 0.04, y],
        [0.68, y + 0.03],
        [0.5, y + 0.12],
        [reach, y + 0.2],
      ]),
      radius: () => 0.011,
    };
  });
  ribs.push({
    path: openCurve([
      [0.3, 0.24],
      [0.2, 0.4],
      [0.165, 0.54],
    ]),
    radius: () => 0.013,
  });
  drawTubes(bones, ribs, (q) => 0.26 * Math.sqrt(1 - q * q), 'add');
  const grain = cloud(size, 60, 3, random);
  bones.data.forEach((value, i) => {
    total.data[i] = (total.data[i] ?? 0) + value + 0.03 * (grain.data[i] ?? 0) * (value + 0.3);
  });
  return expose(total, exposureOf(random), random);
}
