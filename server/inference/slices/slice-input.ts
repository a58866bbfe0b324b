import type { Box } from '../borders.js';
import { clamp } from '../numbers.js';
import { normaliseExposure } from '../preprocess.js';
import { resample } from '../resample.js';
import type { Picture } from '../types.js';
import { lungCrop } from './lung-crop.js';
import type { SliceInput } from './manifest.js';
import type { SlicePicture } from './types.js';

/** A slice as a display window shows it, black at its lower end and below (DICOM PS3.3 C.11.2.1.2). */
export function displayed(
  { width, height, hounsfield }: SlicePicture,
  window: SliceInput['window'],
): Picture {
  const lowest = window.centre - window.width / 2;
  const pixels = new Uint8Array(hounsfield.length);
  for (let at = 0; at < pixels.length; at++) {
    pixels[at] = Math.round(clamp((((hounsfield[at] ?? 0) - lowest) * 255) / window.width, 0, 255));
  }
  return { width, height, pixels };
}

/**
 * An axial slice as the network takes it: cut to the lungs, stretched to the input's size, contrast normalised between
 * two percentiles. Training calls it on published figures, serving on slices that `displayed` has made look like them.
 *
 * @returns height * width values in `input.range`, and the part of the picture that they show
 */
export function toSliceInput(picture: Picture, input: SliceInput): { values: Float32Array; box: Box } {
  const box = lungCrop(picture, input.margin);
  return { values: normaliseExposure(resample(picture, box, input.width, input.height), input), box };
}
