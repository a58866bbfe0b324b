import { createRandom } from '../random.js';
import { writeCtSlice, writeEnhancedCt, type CtAttributes, type CtFile, type CtPicture } from './ct-dicom.js';
import { thoraxVolume, type ThoraxVolume, type ThoraxVolumeOptions } from './thorax-volume.js';

/** How a generated series is stored, and what is wrong with it. All off unless told. */
export interface CtSeriesOptions extends ThoraxVolumeOptions {
  attributes: CtAttributes;
  /** Files in an order that has nothing to do with places, and instance numbers too. */
  shuffled?: boolean;
  /** Indices of slices that come a second time under another UID. */
  duplicated?: readonly number[];
  /** Indices of slices that are not there. */
  missing?: readonly number[];
  /** Signed stored values with intercept 0. */
  signed?: boolean;
  /** Each slice with a slope and intercept of its own. */
  rescalePerSlice?: boolean;
  /** What lies outside of the scanner's circle is stored as padding. */
  padded?: boolean;
  /** One Enhanced CT object with a frame for each slice. */
  enhanced?: boolean;
}

/** Lets pixels outside the circle of reconstruction be padding. */
function outsideCircle(size: number): Uint8Array {
  const mask = new Uint8Array(size * size);
  for (let at = 0; at < mask.length; at++) {
    const x = (at % size) - (size - 1) / 2;
    const y = Math.floor(at / size) - (size - 1) / 2;
    if (Math.hypot(x, y) > size / 2) mask[at] = 1;
  }
  return mask;
}

function shuffle<T>(items: T[], seed: string): T[] {
  const random = createRandom(`shuffle ${seed}`);
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random.next() * (i + 1));
    const [a, b] = [result[i], result[j]];
    if (a !== undefined && b !== undefined) [result[i], result[j]] = [b, a];
  }
  return result;
}

/**
 * A generated chest CT as DICOM files, one at a time, lowest slice first unless shuffled.
 *
 * @param volume what the options describe, where it has been made before
 */
export function* ctSeries(
  options: CtSeriesOptions,
  volume: Omit<ThoraxVolume, 'build'> = thoraxVolume(options),
): Generator<CtFile> {
  const { attributes, seed, signed = false, missing = [], duplicated = [] } = options;
  const { size, slices, pixel, spacing, origin } = volume;
  const padding = options.padded ? outsideCircle(size) : undefined;
  const all = Array.from({ length: slices }, (_, i) => i).filter((i) => !missing.includes(i));
  const sources = [...all, ...duplicated];
  const order = options.shuffled ? shuffle(sources, seed) : sources;
  const picture = (index: number, instanceNumber: number): CtPicture => ({
    hu: volume.slice(index).hu,
    ...{ rows: size, columns: size, pixel, thickness: spacing, instanceNumber, signed },
    position: [origin[0], origin[1], origin[2] + index * spacing],
    ...(signed ? { intercept: 0 } : {}),
    ...(options.rescalePerSlice ? { slope: 0.5 + 0.01 * (index % 9), intercept: -1024 - (index % 5) } : {}),
    ...(padding ? { padding } : {}),
  });
  if (options.enhanced) {
    yield writeEnhancedCt(
      attributes,
      order.map((index, i) => picture(index, i + 1)),
    );
    return;
  }
  for (const [i, index] of order.entries()) yield writeCtSlice(attributes, picture(index, i + 1));
}
