import { contentBox, type Box } from './borders.js';
import type { ModelManifest } from './manifest.js';
import { nthSmallest } from './numbers.js';
import { resample } from './resample.js';
import type { Picture } from './types.js';

/** The part of a picture that the network sees: without its frame, and no longer than `maxAspect` allows. */
export function inputBox(picture: Picture, input: ModelManifest['input']): Box {
  const box = contentBox(picture);
  const width = Math.min(box.width, Math.max(1, Math.round(box.height * input.maxAspect)));
  const height = Math.min(box.height, Math.max(1, Math.round(box.width * input.maxAspect)));
  return {
    x: box.x + Math.floor((box.width - width) / 2),
    y: box.y + Math.floor((box.height - height) / 2),
    width,
    height,
  };
}

/** A box in whole pixels, cut where it leaves the outer one. */
export function within(outer: Box, box: Box): Box {
  const span = (start: number, length: number, from: number, to: number): [number, number] => {
    const low = Math.min(to - 1, Math.max(from, Math.round(start)));
    return [low, Math.max(1, Math.min(to, Math.round(start + length)) - low)];
  };
  const [x, width] = span(box.x, box.width, outer.x, outer.x + outer.width);
  const [y, height] = span(box.y, box.height, outer.y, outer.y + outer.height);
  return { x, y, width, height };
}

/**
 * A picture as the network takes it: frame removed, resampled, exposure normalised between two percentiles.
 * Margins, aspect ratio and exposure tell the hospital rather than the disease (DeGrave et al. 2021,
 * doi:10.1038/s42256-021-00338-7). Serving and training both call this, so that they cannot differ.
 *
 * @returns height * width values in `input.range`
 */
export function toModelInput(picture: Picture, input: ModelManifest['input']): Float32Array {
  return normaliseExposure(resample(picture, inputBox(picture, input), input.width, input.height), input);
}

/** Stretches grey values so that the two percentiles fall on the ends of `input.range`, and clips what lies beyond. */
export function normaliseExposure(
  values: Float32Array,
  input: Pick<ModelManifest['input'], 'percentiles' | 'range'>,
): Float32Array {
  const scratch = Float32Array.from(values);
  const at = (share: number) =>
    nthSmallest(scratch, Math.max(0, Math.min(scratch.length - 1, Math.floor(share * scratch.length))));
  const dark = at(input.percentiles[0]);
  const bright = at(1 - input.percentiles[1]);
  const [low, high] = input.range;
  const gain = (high - low) / Math.max(bright - dark, 1);
  return values.map((value) => Math.min(high, Math.max(low, low + (value - dark) * gain)));
}

/** True when a picture holds next to nothing: blank, a handful of grey levels, or too small to judge. */
export function isWithoutContent(picture: Picture): boolean {
  const { pixels } = picture;
  const histogram = new Uint32Array(256);
  // A quarter of a million pixels tell as much as all; odd, so that they wander over the columns.
  const step = Math.floor(pixels.length / 262_144) | 1;
  for (let i = 0; i < pixels.length; i += step) {
    const value = pixels[i] ?? 0;
    histogram[value] = (histogram[value] ?? 0) + 1;
  }
  const used = histogram.filter((count) => count > (pixels.length / step) * 0.0005).length;
  return used < 12 || Math.min(picture.width, picture.height) < 64;
}
