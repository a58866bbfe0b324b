import type { Point } from '../field.js';
import type { Random } from '../random.js';
import { closedCurve } from '../shapes.js';

/** -1 is the patient's right side, which a film shows on its left; 1 is the patient's left side. */
export type Side = -1 | 1;
export const sides: readonly Side[] = [-1, 1];

/** What makes one body differ from another. Lengths in widths of the picture, thicknesses in centimetres. */
export interface Build {
  midline: number;
  /** Scale of the rib cage across and along. */
  width: number;
  height: number;
  /** Upper edge of the lungs. */
  top: number;
  heart: number;
  /** How far the domes of the diaphragm are displaced downwards, by side. */
  dome: Record<'right' | 'left', number>;
  chestThickness: number;
  ribDrop: number;
  clavicle: number;
  scapula: number;
}

/** A build drawn at random; at the bedside (AP) people breathe in less. */
export function buildOf(random: Random, view: 'PA' | 'AP'): Build {
  const bedside = view === 'AP' ? 1 : 0;
  const inspiration = random.between(-0.03, 0.015) - 0.045 * bedside;
  return {
    midline: 0.5 + random.between(-0.012, 0.012),
    width: random.between(1.08, 1.2) + 0.07 * bedside,
    height: random.between(1, 1.1) + 0.09 * bedside,
    top: random.between(0.085, 0.115),
    heart: random.between(0.95, 1.1) + 0.12 * bedside,
    dome: {
      right: inspiration + random.between(-0.012, 0.012),
      left: inspiration + random.between(0, 0.025),
    },
    chestThickness: random.between(21, 25),
    ribDrop: random.between(0.85, 1.15),
    clavicle: random.between(-0.012, 0.014) - 0.02 * bedside,
    scapula: random.between(0, 0.03) - 0.05 * bedside,
  };
}

/** A place from its distance to the midline (times side) and its depth below the apices. */
export function place(build: Build, side: Side | 0, across: number, down: number): Point {
  const x = side === 0 ? across : side * across;
  return [build.midline + x * build.width, build.top + (down - 0.115) * build.height];
}

const wall: Point[] = [
  [0.115, 0.112],
  [0.168, 0.142],
  [0.222, 0.2],
  [0.268, 0.28],
  [0.303, 0.37],
  [0.328, 0.47],
  [0.345, 0.57],
  [0.356, 0.66],
  [0.362, 0.73],
];

/** Distance of the inner chest wall from the midline at a depth, before scaling. */
export function wallAt(down: number): number {
  const first = wall[0] ?? [0, 0];
  if (down <= first[1]) return first[0];
  for (let i = 1; i < wall.length; i++) {
    const [xa, ya] = wall[i - 1] ?? first;
    const [xb, yb] = wall[i] ?? first;
    if (down <= yb) return xa + ((down - ya) / (yb - ya)) * (xb - xa);
  }
  return 0.362 + (down - 0.73) * 0.02;
}

/** One lung's outline: apex, chest wall, costophrenic angle, dome, mediastinal border. */
export function lungOutline(build: Build, side: Side): Point[] {
  const low = side < 0 ? build.dome.right - 0.02 : build.dome.left;
  const base: Point[] = [
    [0.362, 0.775 + low],
    [0.352, 0.803 + low],
    [0.338, 0.79 + low],
    [0.312, 0.757 + low],
    [0.262, 0.725 + low],
    [0.2, 0.71 + low],
    [0.14, 0.713 + low],
    [0.085, 0.732 + low],
    [0.045, 0.752 + low],
  ];
  const middle: Point[] = [
    [0.038, 0.6],
    [0.036, 0.45],
    [0.038, 0.3],
    [0.042, 0.2],
    [0.06, 0.14],
    [0.085, 0.117],
  ];
  return closedCurve([...wall, ...base, ...middle].map(([x, y]) => place(build, side, x, y)));
}

/** Heart with the origins of the great vessels; wider to the patient's left. */
export function heartOutline(build: Build): Point[] {
  const k = build.heart;
  const low = (build.dome.left + build.dome.right) / 2;
  const points: Point[] = [
    [-0.05, 0.4],
    [-0.066, 0.48],
    [-0.092 * k, 0.55],
    [-0.1 * k, 0.62],
    [-0.088 * k, 0.69 + low],
    [-0.05, 0.75 + low],
    [0.05, 0.785 + low],
    [0.14 * k, 0.775 + low],
    [0.192 * k, 0.735 + low],
    [0.2 * k, 0.69 + low * 0.8],
    [0.178 * k, 0.62],
    [0.138 * k, 0.545],
    [0.1 * k, 0.48],
    [0.08, 0.43],
    [0.066, 0.39],
  ];
  return closedCurve(points.map(([x, y]) => place(build, 0, x, y)));
}

/** Aorta, pulmonary trunk, superior vena cava and what lies between. */
export function mediastinumOutline(build: Build): Point[] {
  const points: Point[] = [
    [-0.05, 0.02],
    [-0.055, 0.15],
    [-0.06, 0.26],
    [-0.062, 0.36],
    [-0.058, 0.46],
    [-0.03, 0.55],
    [0.03, 0.55],
    [0.075, 0.47],
    [0.074, 0.425],
    [0.062, 0.395],
    [0.073, 0.365],
    [0.084, 0.335],
    [0.078, 0.3],
    [0.062, 0.278],
    [0.055, 0.2],
    [0.05, 0.1],
    [0.052, 0.02],
  ];
  return closedCurve(points.map(([x, y]) => place(build, 0, x, y)));
}

/** Half the body's width at a height of the picture: neck, shoulders, below the armpit the trunk alone. */
export function bodyHalfWidth(build: Build, y: number): number {
  const down = (y - build.top) / build.height + 0.115;
  const step = (from: number, width: number) => 1 / (1 + Math.exp(-(down - from) / width));
  const neck = 0.105 + 0.25 * Math.max(0, down - 0.02);
  const trunk = (0.425 + 0.02 * down) * build.width;
  const shoulders = 0.62 - (0.62 - trunk) * step(0.47, 0.035);
  return neck + (shoulders - neck) * step(0.07, 0.02);
}
