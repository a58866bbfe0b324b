// Generated volumes with known truth, on the grid that serving works on.
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  thoraxVolume,
  type ThoraxSlice,
  type ThoraxVolume,
  type ThoraxVolumeOptions,
} from '../../demo/ct/thorax-volume.js';
import type { CtVolume, Mask } from '../../server/ct/index.js';

export interface Known {
  volume: CtVolume;
  /** 1 right, 2 left. */
  lungs: Mask;
  /** Share of the lungs that is involved, 0 to 100 percent. */
  percent: number;
}

/** A volume with its truth; drawn at the working resolution of about 2 mm. */
export async function known(options: ThoraxVolumeOptions): Promise<Known> {
  const thorax = thoraxVolume({ size: 192, ...options });
  const { size, slices, pixel, spacing } = thorax;
  const plane = size * size;
  const hu = new Int16Array(plane * slices);
  const lungs = new Uint8Array(plane * slices);
  let lung = 0;
  let involved = 0;
  for (let k = 0; k < slices; k++) {
    // The test runner must hear from its workers now and then.
    if (k % 8 === 0) await nextTurn();
    const slice = thorax.slice(k);
    hu.set(slice.hu, k * plane);
    lungs.set(slice.lungs, k * plane);
    for (let p = 0; p < plane; p++) {
      if (slice.lungs[p]) lung++;
      if (slice.involved[p]) involved++;
    }
  }
  await nextTurn();
  const volume = { width: size, height: size, depth: slices, spacing: [pixel, pixel, spacing] as const, hu };
  return { volume, lungs, percent: (100 * involved) / lung };
}

/** A generated volume whose slices are drawn once, for tests that store it in several ways. */
export function keptVolume(options: ThoraxVolumeOptions): ThoraxVolume {
  const volume = thoraxVolume(options);
  const kept = new Map<number, ThoraxSlice>();
  const slice = (index: number) => {
    const drawn = kept.get(index) ?? volume.slice(index);
    kept.set(index, drawn);
    return drawn;
  };
  return { ...volume, slice };
}

/** Dice's coefficient of two masks; of one label when it is given. */
export function dice(found: Mask, truth: Mask, label?: number): number {
  let [both, sum] = [0, 0];
  for (let at = 0; at < truth.length; at++) {
    const a = label === undefined ? found[at] !== 0 : found[at] === label;
    const b = label === undefined ? truth[at] !== 0 : truth[at] === label;
    if (a) sum++;
    if (b) sum++;
    if (a && b) both++;
  }
  return (2 * both) / sum;
}
