import type { CtVolume, Mask } from './volume.js';

const angles = 128;
const boneHu = 180;
/** Pleura, fat and muscle between the inner edge of a rib and the lung. */
const insideRibMm = 3.5;
/** Ribs slope: within so many millimetres up or down every direction meets one. */
const ribReachMm = 15;
const wallReachMm = 40;

/** Directions from the middle of the chest, and for every pixel of a slice its direction and distance. */
interface Polar {
  direction: Uint8Array;
  /** Millimetres from the centre. */
  radius: Float32Array;
}

function polarOf({ width, height, spacing }: CtVolume, centre: readonly [number, number]): Polar {
  const direction = new Uint8Array(width * height);
  const radius = new Float32Array(width * height);
  for (let at = 0; at < direction.length; at++) {
    const x = ((at % width) - centre[0]) * spacing[0];
    const y = (Math.floor(at / width) - centre[1]) * spacing[1];
    radius[at] = Math.hypot(x, y);
    direction[at] = Math.floor(((Math.atan2(y, x) / Math.PI + 1) / 2) * angles) % angles;
  }
  return { direction, radius };
}

/** Middle of the lungs' box, by quantiles so that strays do not count. */
function centreOf({ width, height }: CtVolume, sides: Mask): [number, number] {
  const columns = new Float64Array(width);
  const rows = new Float64Array(height);
  for (let at = 0; at < sides.length; at++) {
    if (!sides[at]) continue;
    const i = at % width;
    const j = Math.floor(at / width) % height;
    columns[i] = (columns[i] ?? 0) + 1;
    rows[j] = (rows[j] ?? 0) + 1;
  }
  const middle = (counts: Float64Array) => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    const at = (share: number) => {
      let sum = 0;
      return counts.findIndex((count) => (sum += count) >= share * total);
    };
    return (at(0.01) + at(0.99)) / 2;
  };
  return [middle(columns), middle(rows)];
}

/** Order statistic of a small list; NaN for an empty one. */
function quantile(values: number[], share: number): number {
  values.sort((a, b) => a - b);
  return values[Math.floor(share * (values.length - 1))] ?? NaN;
}

/**
 * The inside of the chest wall, where the lungs must end even where a consolidation hides their edge. Seen from the
 * middle of the chest, in each direction: the ribs' inner edge, from ribs a little higher or lower where the slice has
 * none; without ribs, as far towards the skin as the lungs reach in neighbouring slices and on the other side.
 *
 * @returns 1 inside the wall
 */
export function chestCavity(volume: CtVolume, body: Mask, sides: Mask): Mask {
  const { width, height, depth, hu, spacing } = volume;
  const plane = width * height;
  const polar = polarOf(volume, centreOf(volume, sides));
  const lung = new Float32Array(angles * depth);
  const skin = new Float32Array(angles * depth);
  for (let k = 0, at = 0; k < depth; k++) {
    for (let p = 0; p < plane; p++, at++) {
      if (!body[at]) continue;
      const slot = k * angles + (polar.direction[p] ?? 0);
      const radius = polar.radius[p] ?? 0;
      if (radius > (skin[slot] ?? 0)) skin[slot] = radius;
      if (sides[at] && radius > (lung[slot] ?? 0)) lung[slot] = radius;
    }
  }
  const reach = (millimetres: number) => Math.max(1, Math.round(millimetres / spacing[2]));
  const furthest = runningMax(lung, depth, reach(wallReachMm));

  const rib = new Float32Array(angles * depth).fill(Infinity);
  for (let k = 0, at = 0; k < depth; k++) {
    for (let p = 0; p < plane; p++, at++) {
      if ((hu[at] ?? 0) < boneHu || !body[at]) continue;
      const slot = k * angles + (polar.direction[p] ?? 0);
      const radius = polar.radius[p] ?? 0;
      // Bone is sought from the lung outwards; calcified or enhanced vessels lie further in.
      if (radius < Math.max((lung[slot] ?? 0) - 2, 0.8 * (furthest[slot] ?? 0), 30)) continue;
      if (radius < (rib[slot] ?? Infinity)) rib[slot] = radius;
    }
  }
  const wall = new Float32Array(angles * depth);
  const ribReach = reach(ribReachMm);
  const wallReach = reach(wallReachMm);
  for (let k = 0; k < depth; k++) {
    for (let a = 0; a < angles; a++) {
      const slot = k * angles + a;
      const found = ribAt(rib, depth, k, a, ribReach);
      let limit = found - insideRibMm;
      if (!Number.isFinite(found)) {
        const shares: number[] = [];
        const step = Math.max(1, Math.round(wallReach / 6));
        for (let near = k - wallReach; near <= k + wallReach; near += step) {
          if (near < 0 || near >= depth) continue;
          // The other side's direction mirrors at the body's middle plane.
          for (const direction of [a, (angles / 2 - 1 - a + angles) % angles]) {
            const other = near * angles + direction;
            if ((lung[other] ?? 0) > 0) shares.push((lung[other] ?? 0) / Math.max(1, skin[other] ?? 1));
          }
        }
        limit = shares.length > 0 ? quantile(shares, 0.8) * (skin[slot] ?? 0) : 0;
      }
      wall[slot] = Math.max(limit, lung[slot] ?? 0);
    }
  }
  const inside = new Uint8Array(sides.length);
  for (let k = 0, at = 0; k < depth; k++) {
    const smooth = Float32Array.from({ length: angles }, (_, a) =>
      quantile(
        [-2, -1, 0, 1, 2].map((turn) => wall[k * angles + ((a + turn + angles) % angles)] ?? 0),
        0.5,
      ),
    );
    for (let p = 0; p < plane; p++, at++) {
      const within = (polar.radius[p] ?? 0) <= (smooth[polar.direction[p] ?? 0] ?? 0);
      inside[at] = within && body[at] ? 1 : 0;
    }
  }
  return inside;
}

/** Inner edge of the ribs in one direction, between the nearest above and below; Infinity where none is near. */
function ribAt(rib: Float32Array, depth: number, k: number, a: number, reach: number): number {
  const at = (slice: number) =>
    slice < 0 || slice >= depth
      ? Infinity
      : Math.min(
          rib[slice * angles + a] ?? Infinity,
          rib[slice * angles + ((a + 1) % angles)] ?? Infinity,
          rib[slice * angles + ((a + angles - 1) % angles)] ?? Infinity,
        );
  const nearest = (step: 1 | -1) => {
    for (let away = 0; away <= reach; away++) {
      const edge = at(k + step * away);
      if (edge < Infinity) return { edge, away };
    }
    return null;
  };
  const [above, below] = [nearest(1), nearest(-1)];
  if (above === null || below === null) return (above ?? below)?.edge ?? Infinity;
  const span = above.away + below.away;
  return span === 0 ? above.edge : (above.edge * below.away + below.edge * above.away) / span;
}

/** For each direction the largest value within some slices up or down. */
function runningMax(values: Float32Array, depth: number, reach: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let k = 0; k < depth; k++) {
    for (let near = Math.max(0, k - reach); near <= Math.min(depth - 1, k + reach); near++) {
      for (let a = 0; a < angles; a++) {
        const slot = k * angles + a;
        result[slot] = Math.max(result[slot] ?? 0, values[near * angles + a] ?? 0);
      }
    }
  }
  return result;
}
