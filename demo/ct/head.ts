import { createRandom } from '../random.js';
import type { CtPicture } from './ct-dicom.js';

/** A head of nobody: skull, brain and ventricles. What a judge of lungs must refuse. */
export function* headSlices(seed: string, size: number): Generator<CtPicture> {
  const random = createRandom(`ct head ${seed}`);
  const slices = 26;
  const pixel = 240 / size;
  const thickness = 6;
  for (let k = 0; k < slices; k++) {
    const z = (k - (slices - 1) / 2) * thickness;
    const hu = new Int16Array(size * size);
    for (let at = 0; at < hu.length; at++) {
      const x = ((at % size) - (size - 1) / 2) * pixel;
      const y = (Math.floor(at / size) - (size - 1) / 2) * pixel;
      const off = Math.hypot(x / 74, y / 94, z / 88);
      const ventricle = Math.hypot((Math.abs(x) - 14) / 9, (y + 4) / 34, z / 16);
      let value = -1000;
      if (off < 1) value = off > 0.96 ? 30 : off > 0.88 ? 950 : ventricle < 1 ? 6 : off > 0.78 ? 39 : 30;
      hu[at] = Math.round(value + 6 * random.rough());
    }
    const position = [-120 + pixel / 2, -120 + pixel / 2, k * thickness] as const;
    yield { hu, rows: size, columns: size, pixel, thickness, position, instanceNumber: k + 1 };
  }
}
