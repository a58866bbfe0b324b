import { createField, type Field, type Point } from '../field.js';
import type { Random } from '../random.js';
import { drawTubes, type Tube } from '../shapes.js';
import { place, sides, type Build, type Side } from './anatomy.js';

interface Sprout {
  from: Point;
  angle: number;
  radius: number;
  length: number;
}

/** A tree of tubes that fork and thin (Murray's law: the cubes of the radii add up). */
function tree(root: Sprout, random: Random, tubes: Tube[], depth: number): void {
  const points: Point[] = [root.from];
  let [x, y] = root.from;
  let { angle } = root;
  const steps = 5;
  for (let i = 0; i < steps; i++) {
    angle += random.normal() * 0.16;
    x += (Math.cos(angle) * root.length) / steps;
    y += (Math.sin(angle) * root.length) / steps;
    points.push([x, y]);
  }
  const thin = root.radius * 0.86;
  tubes.push({ path: points, radius: (t) => root.radius + (thin - root.radius) * t });
  if (depth === 0 || thin < 0.0009) return;
  const share = random.between(0.3, 0.7);
  const fork = random.between(0.35, 0.75);
  const turn = random.next() < 0.5 ? 1 : -1;
  for (const [part, sign] of [
    [share, 1],
    [1 - share, -1],
  ] as const) {
    const radius = thin * Math.cbrt(part);
    const spread = fork * (1 - part) * 1.2;
    const length = root.length * random.between(0.72, 0.98);
    tree({ from: [x, y], angle: angle + turn * sign * spread, radius, length }, random, tubes, depth - 1);
  }
}

function rootsOf(build: Build, side: Side, random: Random): Sprout[] {
  const y = side < 0 ? 0.425 : 0.405;
  // Directions from the hilum, downwards positive, more and thicker to the bases as in a standing person.
  const courses: [angle: number, radius: number, length: number][] = [
    [-1.25, 0.0066, 0.075],
    [-0.85, 0.0062, 0.085],
    [-0.4, 0.0058, 0.085],
    [0.05, 0.0062, 0.09],
    [0.4, 0.0068, 0.09],
    [0.75, 0.0078, 0.095],
    [1.05, 0.0095, 0.1],
    [1.32, 0.01, 0.1],
  ];
  return courses.map(([angle, radius, length]) => ({
    from: place(
      build,
      side,
      0.075 + random.between(0, 0.018),
      y + 0.035 * angle + random.between(-0.012, 0.012),
    ),
    angle: side > 0 ? angle + random.normal() * 0.08 : Math.PI - angle + random.normal() * 0.08,
    radius: radius * random.between(0.85, 1.1),
    length: length * build.height,
  }));
}

/** Attenuation of the pulmonary vessels and the hila along each ray, unitless, before the lung's own limits. */
export function vessels(size: number, build: Build, random: Random): Field {
  const field = createField(size);
  const profile = (q: number, radius: number) => 38 * radius * Math.sqrt(1 - q * q);
  // Arteries and veins, which cross each other, are two layers that add up.
  for (const layer of [1, 0.8]) {
    const tubes: Tube[] = [];
    for (const side of sides) {
      for (const root of rootsOf(build, side, random)) {
        tree({ ...root, radius: root.radius * layer }, random, tubes, 7);
      }
    }
    const one = createField(size);
    drawTubes(one, tubes, profile, 'strongest');
    one.data.forEach((value, i) => (field.data[i] = (field.data[i] ?? 0) + value));
  }
  for (const side of sides) {
    const hilum = place(build, side, 0.095, side < 0 ? 0.44 : 0.42);
    const [x, y] = hilum;
    const node = (dx: number, dy: number): Point => [x + side * dx, y + dy];
    const lumps: Tube[] = [
      { path: [node(-0.02, -0.03), node(0.005, 0.0), node(0.002, 0.06)], radius: (t) => 0.017 - 0.006 * t },
      { path: [node(-0.03, 0.01), node(0.018, -0.012)], radius: () => 0.012 },
    ];
    drawTubes(field, lumps, (q) => 0.32 * Math.sqrt(1 - q * q), 'add');
  }
  return field;
}

/** Windpipe and main bronchi: where air replaces soft tissue, 0 to 1. */
export function airways(size: number, build: Build): Field {
  const field = createField(size);
  const at = (x: number, y: number) => place(build, 0, x, y);
  const tubes: Tube[] = [
    { path: [at(-0.004, -0.06), at(-0.002, 0.15), at(-0.012, 0.34)], radius: () => 0.021 },
    { path: [at(-0.012, 0.335), at(-0.04, 0.385), at(-0.07, 0.42)], radius: (t) => 0.016 - 0.005 * t },
    { path: [at(-0.012, 0.335), at(0.03, 0.38), at(0.075, 0.405)], radius: (t) => 0.014 - 0.004 * t },
  ];
  drawTubes(field, tubes, (q) => Math.sqrt(1 - q * q), 'strongest');
  return field;
}
