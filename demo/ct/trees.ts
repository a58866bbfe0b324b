import type { Random } from '../random.js';
import { depthOf, lung, type CtBuild } from './anatomy.js';

/** A straight piece of a tube. */
export interface Segment {
  from: readonly [x: number, y: number, z: number];
  to: readonly [x: number, y: number, z: number];
  radius: number;
}

type Point = readonly [x: number, y: number, z: number];

const distance = (a: Point, b: Point) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

/** Where vessels and bronchi enter a lung: -1 right, 1 left. */
export function hilum(build: CtBuild, side: -1 | 1): Point {
  const z = build.apex - 0.44 * (build.apex - build.bottom);
  return [side * (build.mediastinum + 3 * build.scale), 8 * build.scale, z];
}

function placesIn(build: CtBuild, side: -1 | 1, count: number, margin: number, random: Random): Point[] {
  const places: Point[] = [];
  for (let tries = 0; places.length < count && tries < count * 60; tries++) {
    const x = side * random.between(4, build.halfWidth);
    const y = random.between(-build.halfDepth, build.halfDepth);
    const z = random.between(build.bottom, build.apex);
    if (lung(build, z, x, y) > margin) places.push([x, y, z]);
  }
  return places;
}

/**
 * A tree that grows from the hilum to places in the lung, each joined to the nearest branch; a branch's radius
 * follows from how many places it feeds (Murray's law).
 */
function grow(root: Point, places: Point[], thickest: number, thinnest: number, random: Random): Segment[] {
  const nodes: { at: Point; parent: number; feeds: number }[] = [{ at: root, parent: -1, feeds: 0 }];
  places.sort((a, b) => distance(a, root) - distance(b, root));
  for (const place of places) {
    let nearest = 0;
    let best = Infinity;
    nodes.forEach(({ at }, i) => {
      const far = distance(at, place);
      if (far < best) [best, nearest] = [far, i];
    });
    const from = nodes[nearest]?.at ?? root;
    const steps = Math.max(1, Math.round(best / 12));
    for (let step = 1; step <= steps; step++) {
      const part = step / steps;
      const sway = step === steps ? 0 : 1.4;
      const along = (i: 0 | 1 | 2) => from[i] + part * (place[i] - from[i]) + sway * random.rough();
      nodes.push({ at: [along(0), along(1), along(2)], parent: nearest, feeds: 0 });
      nearest = nodes.length - 1;
    }
    for (let i = nearest; i >= 0; i = nodes[i]?.parent ?? -1) {
      const node = nodes[i];
      if (node) node.feeds++;
    }
  }
  const all = Math.max(1, nodes[0]?.feeds ?? 1);
  return nodes.flatMap(({ at, parent, feeds }) => {
    const from = nodes[parent]?.at;
    const radius = Math.max(thinnest, thickest * Math.cbrt(feeds / all));
    return from ? [{ from, to: at, radius }] : [];
  });
}

/** Arteries and veins of both lungs. */
export function vesselTree(build: CtBuild, random: Random): Segment[] {
  return ([-1, 1] as const).flatMap((side) =>
    [0, 1].flatMap((which) => {
      const [x, y, z] = hilum(build, side);
      const root: Point = [x - side * 6, y - 6 + which * 14, z - which * 12];
      return grow(root, placesIn(build, side, 110, 3, random), 6.2 * build.scale, 0.7, random);
    }),
  );
}

/** Trachea, main bronchi and the larger bronchi inside the lungs; radii of the lumen. */
export function airwayTree(build: CtBuild, random: Random): { central: Segment[]; bronchi: Segment[] } {
  const { scale } = build;
  const y = -2 * scale;
  const carina: Point = [0, y + 6 * scale, build.apex - 0.36 * (build.apex - build.bottom)];
  const radius = random.between(7.5, 9.5) * scale;
  const central: Segment[] = [{ from: [0, y - 8 * scale, build.apex + 80], to: carina, radius }];
  const bronchi: Segment[] = [];
  for (const side of [-1, 1] as const) {
    const into = hilum(build, side);
    central.push({ from: carina, to: into, radius: radius * (side < 0 ? 0.76 : 0.68) });
    bronchi.push(...grow(into, placesIn(build, side, 14, 22, random), 4.6 * scale, 1.2, random));
  }
  return { central, bronchi };
}

/** True for a height at which airways and vessels may be. */
export const isThoracic = (build: CtBuild, z: number) => depthOf(build, z) < 1.05;

/** A square picture of the plane z: pixel (i, j) lies at (start + i * pixel, start + j * pixel). */
export interface Plane {
  size: number;
  start: number;
  pixel: number;
}

/** Draws what of the tubes lies in a plane: each pixel takes the largest share covered, 0 to 1. */
export function drawTubes(
  target: Float32Array,
  plane: Plane,
  z: number,
  segments: readonly Segment[],
  wider = 0,
): void {
  const { size, start, pixel } = plane;
  for (const { from, to, radius } of segments) {
    const r = radius + wider;
    const low = Math.min(from[2], to[2]) - r - pixel;
    const high = Math.max(from[2], to[2]) + r + pixel;
    if (z < low || z > high) continue;
    const reach = r + pixel;
    const first = (axis: 0 | 1) => Math.floor((Math.min(from[axis], to[axis]) - reach - start) / pixel);
    const last = (axis: 0 | 1) => Math.ceil((Math.max(from[axis], to[axis]) + reach - start) / pixel);
    const [dx, dy, dz] = [to[0] - from[0], to[1] - from[1], to[2] - from[2]];
    const square = dx * dx + dy * dy + dz * dz || 1;
    for (let j = Math.max(0, first(1)); j <= Math.min(size - 1, last(1)); j++) {
      for (let i = Math.max(0, first(0)); i <= Math.min(size - 1, last(0)); i++) {
        const px = start + i * pixel - from[0];
        const py = start + j * pixel - from[1];
        const pz = z - from[2];
        const along = Math.min(1, Math.max(0, (px * dx + py * dy + pz * dz) / square));
        const off = Math.hypot(px - along * dx, py - along * dy, pz - along * dz);
        const share = (r - off) / pixel + 0.5;
        if (share <= 0) continue;
        const index = j * size + i;
        target[index] = Math.max(target[index] ?? 0, Math.min(1, share));
      }
    }
  }
}
