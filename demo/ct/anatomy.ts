// The shapes a generated chest is made of. Millimetres, patient coordinates (PS3.3 C.7.6.2.1.1): x to the patient's
// left, y to the back, z to the head. Every shape is a function that is positive inside, close to the distance from
// the surface in millimetres, so that edges can be blended over a voxel.
import type { Random } from '../random.js';

/** One body; all of it follows from a seed. */
export interface CtBuild {
  /** Size of the whole, 1 is an adult of middle height. */
  scale: number;
  /** Lowest and highest z of the pleural space; slices are counted from 0. */
  bottom: number;
  apex: number;
  halfWidth: number;
  halfDepth: number;
  /** Thickness of the fat under the skin. */
  fat: number;
  /** Half the width of the mediastinum at its middle. */
  mediastinum: number;
  heart: { x: number; y: number; z: number; rx: number; ry: number; rz: number };
  /** Height of the top of each dome of the diaphragm. */
  domes: { right: number; left: number };
  /** Half the distance between the lungs in front, where they nearly meet. */
  junction: number;
  /** Of the healthy lung at its front, in HU, and how much denser its back is. */
  air: number;
  dependent: number;
}

export function ctBuildOf(random: Random): CtBuild {
  const scale = random.between(0.88, 1.08);
  const bottom = 22;
  const height = 255 * scale * random.between(0.94, 1.06);
  const apex = bottom + height;
  const heartSize = random.between(0.9, 1.1) * scale;
  return {
    scale,
    bottom,
    apex,
    halfWidth: 128 * scale * random.between(0.95, 1.05),
    halfDepth: 80 * scale * random.between(0.93, 1.08),
    fat: random.between(7, 24),
    mediastinum: random.between(26, 34) * scale,
    heart: {
      x: 22 * scale,
      y: -18 * scale,
      z: apex - height * 0.68,
      rx: 56 * heartSize,
      ry: 44 * heartSize,
      rz: 54 * heartSize,
    },
    domes: {
      right: bottom + height * random.between(0.32, 0.38),
      left: bottom + height * random.between(0.27, 0.33),
    },
    junction: random.between(0.8, 4),
    air: random.between(-885, -835),
    dependent: random.between(30, 80),
  };
}

/** Positive inside an ellipse of exponent `power`, roughly millimetres near its edge. */
function oval(x: number, y: number, rx: number, ry: number, power: number): number {
  if (rx <= 0.1 || ry <= 0.1) return -50;
  const u = Math.abs(x) / rx;
  const v = Math.abs(y) / ry;
  const norm = power === 2 ? Math.sqrt(u * u + v * v) : (u ** power + v ** power) ** (1 / power);
  // The gradient of the norm turns it into a distance; at the centre any large number will do.
  const slope = norm < 0.2 ? 1 / Math.min(rx, ry) : Math.hypot(u / rx, v / ry) / norm;
  return (1 - norm) / slope;
}

/** 0 at the apex of the lungs, 1 at their lowest point. */
export const depthOf = (build: CtBuild, z: number) => (build.apex - z) / (build.apex - build.bottom);

/** Half width and half depth of the rib cage's inside at a height; 0 above the apex. */
export function cageAt(build: CtBuild, z: number): { rx: number; ry: number } {
  const t = depthOf(build, z);
  if (t <= 0) return { rx: 0, ry: 0 };
  const open = (reach: number) => (t >= reach ? 1 : Math.sqrt(1 - (1 - t / reach) ** 2));
  return { rx: build.halfWidth * open(0.5), ry: build.halfDepth * open(0.4) };
}

/** Inside of the rib cage. */
export function cage(build: CtBuild, z: number, x: number, y: number, at = cageAt(build, z)): number {
  return oval(x, y, at.rx, at.ry, 2.3);
}

export function spine(build: CtBuild, x: number, y: number): number {
  return oval(x, y - 70 * build.scale, 19 * build.scale, 17 * build.scale, 2);
}

export function aorta(build: CtBuild, z: number, x: number, y: number): number {
  if (depthOf(build, z) < 0.26) return -50;
  return oval(x - 21 * build.scale, y - 46 * build.scale, 12 * build.scale, 12 * build.scale, 2);
}

export function heart(build: CtBuild, z: number, x: number, y: number): number {
  const { heart: h } = build;
  const cut = 1 - ((z - h.z) / h.rz) ** 2;
  if (cut <= 0) return -50;
  const part = Math.sqrt(cut);
  // Its axis leans to the left on its way down.
  return oval(x - h.x - 0.22 * (h.z - z), y - h.y, h.rx * part, h.ry * part, 2);
}

/** Everything between the lungs but the heart and the aorta: a thick middle, a thin sheet in front. */
export function mediastinum(build: CtBuild, z: number, x: number, y: number): number {
  const t = depthOf(build, z);
  const width = build.mediastinum * (t < 0.2 ? 1.1 - t : 0.9 + 0.15 * Math.max(0, t - 0.45));
  const middle = oval(x, y - 8 * build.scale, width, 62 * build.scale, 2);
  return Math.max(middle, build.junction - Math.abs(x));
}

/** Height of the diaphragm above a place: domes over liver and spleen, deep recesses along the wall. */
export function diaphragm(build: CtBuild, x: number, y: number): number {
  const { scale, domes } = build;
  const u = (Math.abs(x) - 60 * scale) / (78 * scale);
  const v = (y + 14 * scale) / (84 * scale);
  const top = x < 0 ? domes.right : domes.left;
  return Math.max(build.bottom, top - 92 * scale * (u * u + v * v) ** 1.15);
}

/** The lung of the side that x lies on, before vessels and airways are drawn. */
export function lung(build: CtBuild, z: number, x: number, y: number, inCage = cage(build, z, x, y)): number {
  if (inCage <= -3) return inCage;
  let inside = Math.min(inCage, 0.6 * (z - diaphragm(build, x, y)));
  if (inside <= -3) return inside;
  inside = Math.min(inside, -spine(build, x, y) - 2, -aorta(build, z, x, y) - 1);
  return Math.min(inside, -heart(build, z, x, y) - 2, -mediastinum(build, z, x, y));
}

/** The skin's inside; shoulders widen it above the lungs' tops. */
export function body(build: CtBuild, z: number, x: number, y: number): number {
  const t = depthOf(build, z);
  const shoulders =
    t < 0.28 ? 34 * build.scale * Math.sin((Math.PI / 2) * Math.min(1, (0.28 - t) / 0.28)) : 0;
  const rx = build.halfWidth + 17 + build.fat + shoulders;
  const ry = build.halfDepth + 23 + build.fat;
  return oval(x, y - 8, rx, ry, 2.5);
}
