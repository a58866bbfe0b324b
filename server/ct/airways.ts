import { components, dilate } from './morphology.js';
import { sizeOf, voxelsOf, type CtVolume, type Mask } from './volume.js';

/** Pure air: below what even emphysema averages over a voxel. */
const pureAir = -930;
/** Area of a trachea's section (Breatnach et al. 1984: 13 to 27 mm across) and of the split into main bronchi. */
const trachea = { least: 60, most: 900 };
/** How far below the carina main bronchi are followed before they count as part of the lung. */
const bronchiMm = 32;
/** And how far to the side of the trachea. */
const asideMm = 44;

interface Spot {
  cells: number[];
  x: number;
  y: number;
}

/** Connected spots of pure air in one slice. */
function spotsOf(volume: CtVolume, body: Mask, k: number): Spot[] {
  const { width, height, hu, spacing } = volume;
  const plane = width * height;
  const flat = { width, height, depth: 1, spacing };
  const air = new Uint8Array(plane);
  for (let at = 0; at < plane; at++) {
    air[at] = body[k * plane + at] && (hu[k * plane + at] ?? 0) < pureAir ? 1 : 0;
  }
  const { labels, sizes } = components(air, flat);
  const spots: Spot[] = sizes.map(() => ({ cells: [], x: 0, y: 0 }));
  for (let at = 0; at < plane; at++) {
    const spot = spots[labels[at] ?? 0];
    if (!labels[at] || !spot) continue;
    spot.cells.push(at);
    spot.x += at % width;
    spot.y += Math.floor(at / width);
  }
  const found = spots.filter(({ cells }) => cells.length > 0);
  for (const spot of found) {
    spot.x /= spot.cells.length;
    spot.y /= spot.cells.length;
  }
  return found;
}

/** True for a spot that fills most of its box, as a tube cut across does. */
function isCompact({ cells }: Spot, width: number): boolean {
  const columns = cells.map((at) => at % width);
  const rows = cells.map((at) => Math.floor(at / width));
  const wide = Math.max(...columns) - Math.min(...columns) + 1;
  const high = Math.max(...rows) - Math.min(...rows) + 1;
  return cells.length > 0.5 * wide * high && wide < 2.5 * high && high < 2.5 * wide;
}

/**
 * Trachea and main bronchi with their walls, followed from the top slice by slice: a section is taken while it lies
 * under the one before and stays as small as an airway.
 *
 * @returns null where no trachea is found
 */
export function airwayMask(volume: CtVolume, body: Mask): Mask | null {
  const { width, height, depth, spacing } = volume;
  const plane = width * height;
  const area = spacing[0] * spacing[1];
  const least = Math.max(3, trachea.least / area);
  const most = trachea.most / area;
  let middle = 0;
  let count = 0;
  for (let at = 0; at < body.length; at += 7) {
    if (!body[at]) continue;
    middle += at % width;
    count++;
  }
  middle /= Math.max(1, count);

  const mask = new Uint8Array(sizeOf(volume));
  let last: Uint8Array | null = null;
  let carina: number | null = null;
  let taken = 0;
  for (let k = depth - 1; k >= 0; k--) {
    if (carina !== null && (carina - k) * spacing[2] > bronchiMm) break;
    const spots = spotsOf(volume, body, k);
    let chosen: Spot[];
    if (last === null) {
      const candidates = spots.filter(
        (spot) =>
          spot.cells.length >= least &&
          spot.cells.length <= most / 2 &&
          isCompact(spot, width) &&
          Math.abs(spot.x - middle) * spacing[0] < 35,
      );
      candidates.sort((a, b) => Math.abs(a.x - middle) - Math.abs(b.x - middle));
      chosen = candidates.slice(0, 1);
    } else {
      const above = last;
      chosen = spots.filter(
        ({ cells, x }) =>
          cells.length <= most &&
          Math.abs(x - middle) * spacing[0] < asideMm &&
          cells.some((at) => above[at] === 1),
      );
    }
    if (chosen.length === 0) {
      // A tube that ends within a few millimetres was none; look for another further down.
      if (taken * spacing[2] >= 20) break;
      mask.fill(0);
      [last, taken] = [null, 0];
      continue;
    }
    const section = new Uint8Array(plane);
    for (const { cells } of chosen) {
      for (const at of cells) {
        section[at] = 1;
        mask[k * plane + at] = 1;
      }
    }
    if (carina === null && last !== null && chosen.length > 1) carina = k;
    last = dilate(section, { ...volume, depth: 1 }, [1, 1, 0]);
    taken++;
  }
  if (taken * spacing[2] < 20) return null;
  const [x, y, z] = voxelsOf(volume, 2.2);
  return dilate(mask, volume, [Math.max(1, x), Math.max(1, y), Math.min(1, z)]);
}
