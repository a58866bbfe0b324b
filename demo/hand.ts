import { cloud, createField, type Point } from './field.js';
import { expose, exposureOf, type Film } from './film.js';
import { createRandom } from './random.js';
import { drawTubes, openCurve, type Tube } from './shapes.js';

/** Fingers from thumb to little finger: root, direction (radians, upwards negative), length of the whole ray. */
const rays: [root: Point, angle: number, length: number, width: number][] = [
  [[0.36, 0.7], -2.25, 0.36, 0.021],
  [[0.43, 0.68], -1.78, 0.56, 0.019],
  [[0.49, 0.67], -1.58, 0.61, 0.02],
  [[0.55, 0.68], -1.4, 0.57, 0.018],
  [[0.6, 0.7], -1.2, 0.46, 0.016],
];

const cortex = (q: number) => Math.sqrt(1 - q * q) * 1.2 - (q < 0.7 ? 0.75 * Math.sqrt(0.49 - q * q) : 0);

/** A film of a hand of nobody: what a chest model must refuse. */
export async function handFilm(seed: string, size = 768): Promise<Film> {
  const random = createRandom(`hand ${seed}`);
  const flesh = createField(size);
  const bone = createField(size);
  const bones: Tube[] = [];
  const skin: Tube[] = [];
  for (const [[x, y], angle, length, width] of rays) {
    const along = (t: number, bend = 0): Point => [
      x + Math.cos(angle) * length * t + bend,
      y + Math.sin(angle) * length * t,
    ];
    const joints = angle < -2 ? [0, 0.36, 0.72, 1] : [0, 0.42, 0.68, 0.86, 1];
    joints.slice(1).forEach((end, i) => {
      const from = (joints[i] ?? 0) + 0.012;
      const swell = (t: number) => width * (0.62 + 0.5 * (2 * t - 1) ** 2) * (1 - 0.12 * i);
      bones.push({
        path: openCurve([along(from), along((from + end) / 2, 0.002), along(end - 0.012)]),
        radius: swell,
      });
    });
    skin.push({ path: [along(0), along(0.6), along(1.02)], radius: (t) => width * (2.3 - 0.55 * t) });
  }
  for (const [x, y] of [
    [0.42, 0.735],
    [0.465, 0.73],
    [0.515, 0.73],
    [0.565, 0.74],
    [0.43, 0.785],
    [0.485, 0.78],
    [0.545, 0.785],
  ] as Point[]) {
    bones.push({
      path: [
        [x - 0.008, y],
        [x + 0.008, y + 0.004],
      ],
      radius: () => 0.024,
    });
  }
  bones.push({
    path: [
      [0.455, 0.84],
      [0.465, 1.05],
    ],
    radius: (t) => 0.048 - 0.016 * Math.min(1, 3 * t),
  });
  bones.push({
    path: [
      [0.56, 0.85],
      [0.55, 1.05],
    ],
    radius: (t) => 0.03 - 0.008 * Math.min(1, 3 * t),
  });
  skin.push({
    path: [
      [0.5, 0.56],
      [0.5, 0.72],
      [0.505, 1.05],
    ],
    radius: (t) => 0.155 - 0.03 * Math.min(1, t * 2),
  });
  drawTubes(flesh, skin, (q) => 0.75 * Math.sqrt(1 - q ** 4), 'strongest');
  drawTubes(bone, bones, (q) => 0.85 * cortex(q), 'strongest');
  const uneven = cloud(size, 90, 2, random);
  bone.data.forEach((value, i) => {
    const soft = flesh.data[i] ?? 0;
    flesh.data[i] = soft + value * (1 + 0.06 * (uneven.data[i] ?? 0)) + 0.03;
  });
  return expose(flesh, { ...exposureOf(random), scatter: 0.06, contrast: 2.4, density: 0.15 }, random);
}
