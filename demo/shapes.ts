import { createField, type Field, type Point } from './field.js';

/** A closed outline through the points, rounded (Catmull-Rom). */
export function closedCurve(points: Point[], steps = 12): Point[] {
  const count = points.length;
  const at = (i: number) => points[(i + count) % count] ?? [0, 0];
  return points.flatMap((_, i) => span(at(i - 1), at(i), at(i + 1), at(i + 2), steps));
}

/** An open line through the points, rounded (Catmull-Rom). */
export function openCurve(points: Point[], steps = 12): Point[] {
  const at = (i: number) => points[Math.min(points.length - 1, Math.max(0, i))] ?? [0, 0];
  const inner = points.slice(1).flatMap((_, i) => span(at(i - 1), at(i), at(i + 1), at(i + 2), steps));
  return [...inner, at(points.length - 1)];
}

function span(a: Point, b: Point, c: Point, d: Point, steps: number): Point[] {
  const axis = (k: 0 | 1, t: number) =>
    0.5 *
    (2 * b[k] +
      (c[k] - a[k]) * t +
      (2 * a[k] - 5 * b[k] + 4 * c[k] - d[k]) * t * t +
      (3 * b[k] - a[k] - 3 * c[k] + d[k]) * t * t * t);
  return Array.from({ length: steps }, (_, i): Point => [axis(0, i / steps), axis(1, i / steps)]);
}

/** Signed distance to an outline in units of the picture: positive inside. */
export function insideDistance(outline: Point[], size: number): Field {
  const inside = fill(outline, size);
  const out = squaredDistance(inside, size, 0);
  const to = squaredDistance(inside, size, 1);
  const result = createField(size);
  for (let i = 0; i < inside.length; i++) {
    const value = inside[i] === 1 ? Math.sqrt(out[i] ?? 0) - 0.5 : 0.5 - Math.sqrt(to[i] ?? 0);
    result.data[i] = value / size;
  }
  return result;
}

/** 1 inside the outline, 0 outside (even-odd rule, pixel centres). */
function fill(outline: Point[], size: number): Uint8Array {
  const mask = new Uint8Array(size * size);
  for (let row = 0; row < size; row++) {
    const y = (row + 0.5) / size;
    const crossings: number[] = [];
    outline.forEach(([x, ya], i) => {
      const [xb, yb] = outline[(i + 1) % outline.length] ?? [0, 0];
      if (ya > y !== yb > y) crossings.push(x + ((y - ya) / (yb - ya)) * (xb - x));
    });
    crossings.sort((a, b) => a - b);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const from = Math.max(0, Math.ceil((crossings[i] ?? 0) * size - 0.5));
      const to = Math.min(size - 1, Math.floor((crossings[i + 1] ?? 0) * size - 0.5));
      for (let column = from; column <= to; column++) mask[row * size + column] = 1;
    }
  }
  return mask;
}

/** Squared distance in pixels to the nearest pixel of the given value (Felzenszwalb and Huttenlocher 2012). */
function squaredDistance(mask: Uint8Array, size: number, value: number): Float32Array {
  const far = 4 * size * size;
  const result = Float32Array.from(mask, (m) => (m === value ? 0 : far));
  const line = new Float64Array(size);
  const sites = new Int32Array(size);
  const starts = new Float64Array(size + 1);
  const pass = (start: number, step: number) => {
    for (let i = 0; i < size; i++) line[i] = (result[start + i * step] ?? far) + i * i;
    let last = 0;
    sites[0] = 0;
    starts[0] = -Infinity;
    starts[1] = Infinity;
    for (let i = 1; i < size; i++) {
      const cost = line[i] ?? far;
      // A pixel farther than the picture is wide is nobody's nearest: most of them, before the first pass.
      if (cost - i * i >= far) continue;
      let meet = 0;
      for (;;) {
        const site = sites[last] ?? 0;
        meet = (cost - (line[site] ?? far)) / (2 * (i - site));
        if (last === 0 || meet > (starts[last] ?? 0)) break;
        last--;
      }
      last++;
      sites[last] = i;
      starts[last] = meet;
      starts[last + 1] = Infinity;
    }
    for (let i = 0, k = 0; i < size; i++) {
      while ((starts[k + 1] ?? Infinity) < i) k++;
      const site = sites[k] ?? 0;
      result[start + i * step] = (i - site) ** 2 + (line[site] ?? far) - site * site;
    }
  };
  for (let i = 0; i < size; i++) pass(i, size);
  for (let i = 0; i < size; i++) pass(i * size, 1);
  return result;
}

/** A tube's course: places with a radius each, all in units of the picture. */
export interface Tube {
  path: Point[];
  radius: (t: number) => number;
  /** How much it counts along its course; 1 unless told. */
  strength?: (t: number) => number;
}

/**
 * Draws tubes into a field: at each pixel the profile of the nearest part of a tube, so that a tube does not count
 * twice where its pieces meet. Different tubes add up when `overlap` is 'add', else the strongest counts.
 *
 * @param profile value, 0 or more, at a distance from the axis given in radii, 0 to 1
 */
export function drawTubes(
  field: Field,
  tubes: Tube[],
  profile: (q: number, radius: number) => number,
  overlap: 'add' | 'strongest',
): void {
  const { size, data } = field;
  // What adds up is first drawn apart: a tube's pieces overlap, and count once.
  const apart = overlap === 'add' ? new Float32Array(data.length) : data;
  for (const tube of tubes) {
    const touched: number[] = [];
    const last = tube.path.length - 1;
    for (let k = 0; k < last; k++) {
      const [ax, ay] = tube.path[k] ?? [0, 0];
      const [bx, by] = tube.path[k + 1] ?? [0, 0];
      const radius = Math.max(tube.radius(k / last), tube.radius((k + 1) / last));
      const left = Math.max(0, Math.floor((Math.min(ax, bx) - radius) * size));
      const right = Math.min(size - 1, Math.ceil((Math.max(ax, bx) + radius) * size));
      const top = Math.max(0, Math.floor((Math.min(ay, by) - radius) * size));
      const bottom = Math.min(size - 1, Math.ceil((Math.max(ay, by) + radius) * size));
      const dx = bx - ax;
      const dy = by - ay;
      const square = dx * dx + dy * dy || 1e-12;
      for (let row = top; row <= bottom; row++) {
        const y = (row + 0.5) / size - ay;
        for (let column = left; column <= right; column++) {
          const x = (column + 0.5) / size - ax;
          const along = Math.min(1, Math.max(0, (x * dx + y * dy) / square));
          const distance = Math.sqrt((x - along * dx) ** 2 + (y - along * dy) ** 2);
          const t = (k + along) / last;
          const r = tube.radius(t);
          if (distance >= r) continue;
          const value = profile(distance / r, r) * (tube.strength?.(t) ?? 1);
          const index = row * size + column;
          const before = apart[index] ?? 0;
          if (value <= before) continue;
          if (before === 0 && overlap === 'add') touched.push(index);
          apart[index] = value;
        }
      }
    }
    for (const index of touched) {
      data[index] = (data[index] ?? 0) + (apart[index] ?? 0);
      apart[index] = 0;
    }
  }
}
