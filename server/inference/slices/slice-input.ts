import { contentBox, type Box } from '../borders.js';
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
 * A part of a picture as the network takes it: stretched to the input's size, contrast normalised between two
 * percentiles, since windows differ from figure to figure. Training, which knows figures only, and serving share it.
 *
 * @returns height * width values in `input.range`
 */
export function sliceInput(
  picture: Picture,
  box: Box,
  input: Omit<SliceInput, 'window' | 'margin'>,
): Float32Array {
  return normaliseExposure(resample(picture, box, input.width, input.height), input);
}

/** A published figure as the network takes it: it was cut to the body by its author, and loses its frame. */
export function figureInput(figure: Picture, input: SliceInput): Float32Array {
  return sliceInput(figure, contentBox(figure), input);
}

/**
 * A slice as the network takes it: cut to the lungs and shown in the lung window, as figures are.
 *
 * @returns height * width values in `input.range`, and the part of the slice that they show
 */
export function toSliceInput(slice: SlicePicture, input: SliceInput): { values: Float32Array; box: Box } {
  const box = lungCrop(slice, input.margin);
  return { values: sliceInput(displayed(slice, input.window), box, input), box };
}
