import { createField, type Field, type Point } from '../field.js';
import type { Random } from '../random.js';
import { drawTubes, openCurve, type Tube } from '../shapes.js';
import { place, sides, wallAt, type Build, type Side } from './anatomy.js';

/** A tube of dense cortex around marrow, as its shadow falls: bright edges. */
function corticalProfile(q: number): number {
  const outer = Math.sqrt(1 - q * q);
  const inner = q < 0.8 ? Math.sqrt(0.64 - q * q) : 0;
  return 1.05 * outer - 0.62 * inner;
}

function solidProfile(q: number): number {
  return Math.min(1, Math.sqrt(1 - q * q) * 1.3);
}

function ribs(build: Build, side: Side, random: Random): Tube[] {
  const tubes: Tube[] = [];
  for (let number = 1; number <= 11; number++) {
    const start = 0.075 + number * 0.0605 + random.between(-0.002, 0.002);
    const drop = (0.03 + 0.011 * number) * build.ribDrop;
    const end = start + drop;
    const reach = number === 1 ? 0.12 : Math.min(wallAt(end) + 0.006, 0.08 + number * 0.085);
    const width = number < 2 ? 0.0105 : 0.0098;
    const back = openCurve(
      Array.from({ length: 9 }, (_, i): Point => {
        const t = i / 8;
        const across = 0.03 + (reach - 0.03) * Math.sin((t * Math.PI) / 2);
        return place(build, side, across, start - 0.026 * Math.sin(Math.PI * t ** 0.8) + drop * t * t);
      }),
      6,
    );
    tubes.push({ path: back, radius: (t) => width * (1 - 0.12 * t), strength: (t) => 1.05 - 0.2 * t });
    if (number > 9) continue;
    const front = Math.max(0.07, 0.075 + 0.012 * number);
    const fall = (number === 1 ? 0.045 : 0.1 + 0.012 * number) * build.ribDrop;
    const path = openCurve(
      Array.from({ length: 8 }, (_, i): Point => {
        const t = i / 7;
        const across = reach + (front - reach) * t ** 1.35;
        return place(build, side, across, end + fall * Math.sin((t * Math.PI) / 2));
      }),
      6,
    );
    // Cartilage, which a film hardly shows, begins well before the sternum.
    const strength = (t: number) => 0.62 * Math.max(0, 1 - Math.max(0, t - 0.45) / 0.4);
    tubes.push({ path, radius: () => width * 1.08, strength });
  }
  return tubes;
}

function shoulder(build: Build, side: Side): Tube[] {
  const at = (x: number, y: number) => place(build, side, x, y);
  const lift = build.clavicle;
  const clavicle = [
    at(0.032, 0.2 + lift),
    at(0.1, 0.178 + lift),
    at(0.18, 0.15 + lift),
    at(0.28, 0.115 + lift),
    at(0.36, 0.108 + lift),
    at(0.41, 0.12 + lift),
  ];
  const out = build.scapula;
  const border = [at(0.31 + out, 0.15), at(0.305 + out, 0.24), at(0.315 + out, 0.34), at(0.345 + out, 0.44)];
  const outer = [at(0.345 + out, 0.44), at(0.385 + out, 0.34), at(0.42 + out, 0.24)];
  const spine = [at(0.31 + out, 0.19), at(0.37 + out, 0.165), at(0.43, 0.135)];
  const humerus = [at(0.462, 0.185), at(0.485, 0.25), at(0.5, 0.42)];
  return [
    {
      path: openCurve(clavicle),
      radius: (t) => 0.0125 + 0.004 * (2 * t - 1) ** 2,
      strength: (t) => 1.25 - 0.2 * t,
    },
    { path: openCurve(border), radius: () => 0.008, strength: () => 0.6 },
    { path: openCurve(outer), radius: () => 0.011, strength: () => 0.9 },
    { path: openCurve(spine), radius: () => 0.012, strength: () => 0.7 },
    { path: openCurve(humerus), radius: (t) => 0.044 - 0.02 * Math.min(1, t * 3), strength: () => 1.1 },
  ];
}

function spine(build: Build, random: Random): { bodies: Tube[]; details: Tube[] } {
  const bodies: Tube[] = [];
  const details: Tube[] = [];
  const sway = random.between(-0.006, 0.006);
  for (let level = -1; level < 17; level++) {
    const y = 0.02 + level * 0.058;
    const half = 0.026 + 0.0007 * level;
    const shift = sway * Math.sin((level / 16) * Math.PI);
    const row = (dx: number, dy: number) => place(build, 0, shift + dx, y + dy);
    bodies.push({ path: [row(-half * 0.45, 0), row(half * 0.45, 0)], radius: () => half * 0.94 });
    for (const side of sides) {
      details.push({
        path: [row(side * half * 0.62, -0.008), row(side * half * 0.62, 0.003)],
        radius: () => 0.0072,
      });
      details.push({
        path: [row(side * half * 0.9, -0.004), row(side * (half + 0.026), -0.012)],
        radius: () => 0.0075,
        strength: () => 0.55,
      });
    }
    details.push({ path: [row(0, 0.006), row(0, 0.026)], radius: () => 0.006, strength: () => 0.8 });
  }
  return { bodies, details };
}

/**
 * Attenuation of the skeleton along each ray, unitless.
 *
 * @param penetration how strongly bone stands out: low at high tube voltage, about 1
 */
export function skeleton(size: number, build: Build, random: Random, penetration: number): Field {
  const field = createField(size);
  for (const side of sides) {
    drawTubes(field, ribs(build, side, random), (q) => 0.42 * penetration * corticalProfile(q), 'add');
    drawTubes(field, shoulder(build, side), (q) => 0.5 * penetration * corticalProfile(q), 'add');
  }
  const { bodies, details } = spine(build, random);
  drawTubes(field, bodies, (q) => 0.3 * penetration * solidProfile(q), 'strongest');
  drawTubes(field, details, (q) => 0.2 * penetration * corticalProfile(q), 'add');
  return field;
}
