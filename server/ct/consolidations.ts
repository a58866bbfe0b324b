import { boxOf, cropMask, cropVolume, pasteMask } from './crop.js';
import { chestCavity } from './cage.js';
import { ceiling } from './ceiling.js';
import { fitDiaphragm } from './diaphragm.js';
import { medialEdge } from './medial.js';
import { close, components, erode, near, open } from './morphology.js';
import { left, right } from './sides.js';
import { maskWhere, sizeOf, voxelMillilitres, voxelsOf, type CtVolume, type Mask } from './volume.js';

/** Consolidated lung: denser than fat, less dense than bone. Voxels that are partly air are let in too. */
const fat = { from: -130, to: -30 };
const solidTo = 150;
const smallestMl = 1;
/** What lies this near to the diaphragm's fitted surface may be the diaphragm. */
const diaphragmMm = 5;
/** Half the thickness below which a layer is left out, and how far from the wall the finer one holds. */
const sliverMm = { inside: 5, atWall: 2 };
const wallMm = 14;

const onlyOf = (sides: Mask, side: number) => maskWhere(sides.length, (at) => sides[at] === side);

/**
 * Closes consolidated lung in, which has the density of the tissue around it: soft tissue that lies inside the chest
 * wall (ribs), above the diaphragm (a dome fitted to where it is seen) and lateral of the mediastinum (the lung's edge
 * in neighbouring rows), and is thicker than a sliver. A pleural effusion has the same density and place and is closed
 * in as well.
 *
 * @param sides lung as far as its air shows, 1 right, 2 left
 * @returns the same with vessels and consolidations
 */
export function closeConsolidations(
  volume: CtVolume,
  body: Mask,
  sides: Mask,
  airways: Mask | null,
  middle: number,
): Mask {
  const cavity = chestCavity(volume, body, sides);
  // Lungs end at the chest wall: what lies outside of it need not be looked at again.
  const box = boxOf(cavity, volume);
  if (box === null) return new Uint8Array(sides);
  const cut = (mask: Mask) => cropMask(mask, volume, box);
  const columns = middle - box.columns[0];
  const inside = cropVolume(volume, box);
  const found = closeInside(inside, cut(body), cut(sides), airways && cut(airways), cut(cavity), columns);
  return pasteMask(found, volume, box);
}

function closeInside(
  volume: CtVolume,
  body: Mask,
  sides: Mask,
  airways: Mask | null,
  cavity: Mask,
  middle: number,
): Mask {
  const soft = softTissue(volume, body, sides, airways);
  // The recesses of both lungs end at about one height: the one that shows its air bounds the other.
  const plane = volume.width * volume.height;
  let lowest = 0;
  while (lowest < volume.depth && !sides.subarray(lowest * plane, (lowest + 1) * plane).some(Boolean))
    lowest++;
  const result = new Uint8Array(sides);
  for (const side of [right, left]) {
    const own = onlyOf(sides, side);
    if (!own.includes(1)) continue;
    const candidates = candidatesOf(volume, own, side, soft, cavity, middle, lowest);
    const whole = new Uint8Array(own);
    for (let at = 0; at < whole.length; at++) if (candidates[at]) whole[at] = 1;
    const [x, y, z] = voxelsOf(volume, 5);
    const closed = close(whole, volume, [x, y, Math.min(z, 2)]);
    for (let at = 0; at < closed.length; at++) {
      if (closed[at] && !result[at] && !airways?.[at] && cavity[at]) result[at] = side;
    }
  }
  return fillHoles(volume, result, airways);
}

function softTissue({ hu }: CtVolume, body: Mask, sides: Mask, airways: Mask | null): Mask {
  const soft = new Uint8Array(hu.length);
  for (let at = 0; at < soft.length; at++) {
    const value = hu[at] ?? 0;
    const dense = value < solidTo && (value > fat.to || value < fat.from);
    soft[at] = body[at] && dense && !sides[at] && !airways?.[at] ? 1 : 0;
  }
  return soft;
}

function candidatesOf(
  volume: CtVolume,
  own: Mask,
  side: number,
  soft: Mask,
  cavity: Mask,
  middle: number,
  lowest: number,
): Mask {
  const { width, height, depth, spacing } = volume;
  const total = sizeOf(volume);
  const dome = fitDiaphragm(volume, own, side, cavity, middle);
  const edge = medialEdge(volume, own, side, cavity, middle);
  const top = ceiling(volume, own);
  const margin = diaphragmMm / spacing[2];

  const found = new Uint8Array(total);
  for (let k = 0, at = 0; k < depth; k++) {
    for (let j = 0; j < height; j++) {
      const limit = edge[k * height + j] ?? NaN;
      for (let i = 0; i < width; i++, at++) {
        if (!soft[at] || !cavity[at] || Number.isNaN(limit)) continue;
        if (side === right ? i > limit : i < limit) continue;
        const floor = dome === null ? lowest : Math.max(lowest, (dome[j * width + i] ?? 0) + margin);
        if (k >= floor && k <= (top[j * width + i] ?? 0)) found[at] = 1;
      }
    }
  }
  const thick = near(dropSlivers(volume, found, cavity), found, volume, [2, 2, 1]);
  // A consolidation is part of a lung: it touches its air somewhere, or another consolidation that does.
  const { labels, sizes } = components(thick, volume);
  const touching = new Uint8Array(sizes.length);
  const beside = near(own, thick, volume, [2, 2, 1]);
  for (let at = 0; at < total; at++) if (beside[at]) touching[labels[at] ?? 0] = 1;
  const unit = voxelMillilitres(volume);
  for (let at = 0; at < total; at++) {
    const label = labels[at] ?? 0;
    thick[at] = label > 0 && touching[label] && (sizes[label] ?? 0) * unit >= smallestMl ? 1 : 0;
  }
  return thick;
}

/** Ribs tell the wall's place well, so thin layers count there; elsewhere a thin layer is an error of the edges. */
function dropSlivers(volume: CtVolume, found: Mask, cavity: Mask): Mask {
  const thickest = open(found, volume, voxelsOf(volume, sliverMm.inside));
  const layers = open(found, volume, voxelsOf(volume, sliverMm.atWall));
  const inside = erode(cavity, volume, [voxelsOf(volume, wallMm)[0], voxelsOf(volume, wallMm)[1], 0]);
  return maskWhere(found.length, (at) => thickest[at] === 1 || (layers[at] === 1 && inside[at] === 0));
}

/** Whatever the lungs enclose on all sides is theirs. */
function fillHoles(volume: CtVolume, sides: Mask, airways: Mask | null): Mask {
  const elsewhere = maskWhere(sides.length, (at) => !sides[at]);
  const { labels, sizes } = components(elsewhere, volume);
  const outside = sizes.indexOf(Math.max(...sizes));
  const plane = volume.width * volume.height;
  for (let at = plane; at < sides.length; at++) {
    const label = labels[at] ?? 0;
    if (label === 0 || label === outside || airways?.[at]) continue;
    // The scan runs from below, so the neighbours underneath and before are settled already.
    sides[at] = sides[at - plane] || (sides[at - 1] ?? 0);
  }
  return sides;
}
