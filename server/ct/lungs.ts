import { airwayMask } from './airways.js';
import { airLimit, bodyMask } from './body.js';
import { boxOf, cropMask, cropVolume, pasteMask } from './crop.js';
import { closeConsolidations } from './consolidations.js';
import { components } from './morphology.js';
import { splitSides } from './sides.js';
import { sizeOf, voxelMillilitres, type CtVolume, type Mask } from './volume.js';

/** Gas of stomach and bowel is nearer to pure air than any lung. */
const gasBelow = -955;
/** Parts of the lungs cut off by consolidation; smaller ones are airways and noise. */
const islandMl = 1.5;
const lungMl = 150;

export interface LungMasks {
  /** 0 elsewhere, 1 right lung, 2 left lung; consolidated parts included, trachea and main bronchi not. */
  sides: Mask;
  /** What of it was not seen as lung by its air but closed in, 0 or 1. */
  closed: Mask;
  body: Mask;
}

/** Connected air inside the body that may be lung. */
function airOfLungs(volume: CtVolume, body: Mask, airways: Mask | null): Mask {
  const { hu } = volume;
  const total = sizeOf(volume);
  const air = new Uint8Array(total);
  for (let at = 0; at < total; at++) {
    air[at] = body[at] && !airways?.[at] && (hu[at] ?? 0) < airLimit ? 1 : 0;
  }
  const { labels, sizes } = components(air, volume);
  const sums = new Float64Array(sizes.length);
  for (let at = 0; at < total; at++) {
    const label = labels[at] ?? 0;
    if (label > 0) sums[label] = (sums[label] ?? 0) + (hu[at] ?? 0);
  }
  const unit = voxelMillilitres(volume);
  const isLung = sizes.map((size, label) => {
    const mean = (sums[label] ?? 0) / Math.max(1, size);
    return label > 0 && size * unit >= islandMl && mean > gasBelow;
  });
  // Without one large part there is no lung for the islands to belong to.
  if (!sizes.some((size, label) => isLung[label] && size * unit >= lungMl)) return new Uint8Array(total);
  for (let at = 0; at < total; at++) air[at] = isLung[labels[at] ?? 0] ? 1 : 0;
  return air;
}

/** Column of the body's middle. */
function middleOf(volume: CtVolume, body: Mask): number {
  let sum = 0;
  let count = 0;
  for (let at = 0; at < body.length; at += 3) {
    if (!body[at]) continue;
    sum += at % volume.width;
    count++;
  }
  return sum / Math.max(1, count);
}

/**
 * Finds the lungs in Hounsfield units: air inside the body, without trachea, main bronchi and gas of the belly,
 * right and left apart, with vessels and consolidated parts closed in. Pure; its cost is bounded by the grid's size.
 *
 * The steps follow Hu et al. 2001 (doi:10.1109/42.929615): threshold, components, airways by following the trachea,
 * separation of the sides, smoothing. The closing-in of consolidations is ours: see `closeConsolidations`.
 *
 * @returns empty masks where there are no lungs
 */
export function segmentLungs(volume: CtVolume): LungMasks {
  const body = bodyMask(volume);
  const box = boxOf(body, volume);
  if (box === null) return { sides: new Uint8Array(body.length), closed: new Uint8Array(body.length), body };
  const { sides, closed } = segmentInside(cropVolume(volume, box), cropMask(body, volume, box));
  return { sides: pasteMask(sides, volume, box), closed: pasteMask(closed, volume, box), body };
}

function segmentInside(volume: CtVolume, body: Mask): Omit<LungMasks, 'body'> {
  const airways = airwayMask(volume, body);
  const air = airOfLungs(volume, body, airways);
  const middle = middleOf(volume, body);
  const sides = splitSides(air, volume, middle);
  const whole = closeConsolidations(volume, body, sides, airways, middle);
  const closed = new Uint8Array(whole.length);
  for (let at = 0; at < whole.length; at++) closed[at] = whole[at] && !air[at] ? 1 : 0;
  return { sides: whole, closed };
}
