import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { writeCtSlice, type CtAttributes, type CtCoding } from '../demo/ct/ct-dicom.js';
import { thoraxVolume, type ThoraxVolume } from '../demo/ct/thorax-volume.js';
import { createRandom } from '../demo/random.js';
import type { CtImage } from '../server/triage/ct/examine.js';

/** A chest of which series with any number of slices are cut. */
export interface BenchChest {
  volume: Omit<ThoraxVolume, 'slice'>;
  /** Slices of the volume without noise, the lowest first. */
  planes: Int16Array[];
}

const grain = 18;

/** Draws the chest once: slices of 512 * 512 pixels take long. */
export async function benchChest(size = 512, planes = 100): Promise<BenchChest> {
  const volume = thoraxVolume({
    ...{ seed: 'bench', size, slices: planes, noise: 0 },
    disease: { kind: 'PERIPHERAL', extent: 0.25, solid: 0.25 },
  });
  const drawn: Int16Array[] = [];
  for (let k = 0; k < volume.slices; k++) {
    drawn.push(volume.slice(k).hu);
    await nextTurn();
  }
  return { volume, planes: drawn };
}

/** Writes a series of so many slices, each between two of the chest's, with noise of its own. */
export async function writeSeries(
  { volume, planes }: BenchChest,
  folder: string,
  slices: number,
  coding: CtCoding | undefined,
): Promise<CtImage[]> {
  const { size, pixel, origin } = volume;
  const attributes: CtAttributes = {
    ...{ patientId: 'BENCH-CT', patientName: 'Bench^Nobody', birthDate: '19700101', sex: 'M' },
    ...{ studyDate: '20260105', studyTime: '080000', studyDescription: 'Chest CT (synthetic)' },
    ...{ key: `bench ${slices}`, seriesNumber: 2, seriesDescription: 'Chest (synthetic)', bodyPart: 'CHEST' },
  };
  const height = volume.spacing * (planes.length - 1);
  const thickness = height / (slices - 1);
  const random = createRandom('bench noise');
  const noise = Float32Array.from({ length: 65_536 }, () => grain * random.rough());
  const images: CtImage[] = [];
  for (let i = 0; i < slices; i++) {
    const place = (i * (planes.length - 1)) / (slices - 1);
    const below = planes[Math.floor(place)];
    const above = planes[Math.ceil(place)];
    if (!below || !above) throw new RangeError('outside of the chest');
    const share = place - Math.floor(place);
    const hu = new Int16Array(below.length);
    const shift = Math.floor(random.next() * noise.length);
    for (let at = 0; at < hu.length; at++) {
      const low = below[at] ?? 0;
      const value = low + share * ((above[at] ?? 0) - low) + (noise[(at + shift) & 0xffff] ?? 0);
      hu[at] = Math.max(-1024, Math.round(value));
    }
    const position = [origin[0], origin[1], i * thickness] as const;
    const picture = { hu, rows: size, columns: size, pixel, thickness, position, instanceNumber: i + 1 };
    const { sopInstanceUid, bytes } = writeCtSlice(attributes, picture, coding);
    const path = join(folder, `${sopInstanceUid}.dcm`);
    await writeFile(path, bytes);
    images.push({ sopInstanceUid, path });
  }
  return images;
}
