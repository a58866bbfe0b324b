import sharp from 'sharp';
import { contentBox, type Box } from '../server/inference/borders.js';
import type { ModelManifest } from '../server/inference/manifest.js';
import { inputBox, normaliseExposure, within } from '../server/inference/preprocess.js';
import { resample } from '../server/inference/resample.js';
import type { Picture } from '../server/inference/types.js';
import { warp } from './augment.js';
import type { Random } from './random.js';

/** Draws a filled rectangle. */
function fill(
  picture: Picture,
  x: number,
  y: number,
  width: number,
  height: number,
  value: () => number,
): void {
  for (let row = Math.max(0, y); row < Math.min(picture.height, y + height); row++) {
    for (let column = Math.max(0, x); column < Math.min(picture.width, x + width); column++)
      picture.pixels[row * picture.width + column] = value();
  }
}

/** Blanks parts: a marker or label near the edge, a strip of the border, a patch anywhere (Zhong et al. 2020, arXiv:1708.04896). */
function blank(picture: Picture, random: Random): void {
  const { width, height } = picture;
  const grey = random.below(256);
  const flat = () => grey;
  if (random.next() < 0.3) {
    const w = Math.round(random.between(0.04, 0.2) * width);
    const h = Math.round(random.between(0.03, 0.1) * height);
    const x =
      random.next() < 0.5
        ? random.below(Math.round(width * 0.2))
        : width - w - random.below(Math.round(width * 0.2));
    fill(picture, x, random.below(height - h), w, h, flat);
  }
  if (random.next() < 0.25) {
    const depth = Math.round(random.between(0.02, 0.1) * width);
    const [x, y, w, h] = [
      [0, 0, depth, height],
      [width - depth, 0, depth, height],
      [0, 0, width, depth],
      [0, height - depth, width, depth],
    ][random.below(4)] as [number, number, number, number];
    fill(picture, x, y, w, h, random.next() < 0.5 ? () => 0 : flat);
  }
  if (random.next() < 0.25) {
    const w = Math.round(random.between(0.08, 0.28) * width);
    const h = Math.round(random.between(0.08, 0.28) * height);
    fill(picture, random.below(width - w), random.below(height - h), w, h, () => random.below(256));
  }
}

/** Grey values as another detector, processing and printer would have given them. */
function expose(picture: Picture, random: Random): void {
  const gamma = Math.exp(random.between(-0.5, 0.5));
  const bend = random.next() < 0.4 ? random.between(1, 5) : 0;
  const curve = Uint8Array.from({ length: 256 }, (_, i) => {
    const value = (i / 255) ** gamma;
    // A film's own curve is a sigmoid; bend 0 leaves the value as it is.
    const bent = bend === 0 ? value : 0.5 + Math.tanh(bend * (value - 0.5)) / (2 * Math.tanh(bend / 2));
    return Math.min(255, Math.max(0, Math.round(255 * bent)));
  });
  const grain = random.next() < 0.4 ? random.between(1, 9) : 0;
  picture.pixels.forEach((value, i) => {
    const noise = grain === 0 ? 0 : grain * (random.next() + random.next() - 1);
    picture.pixels[i] = Math.min(255, Math.max(0, Math.round((curve[value] ?? 0) + noise)));
  });
}

/** Loses detail as a resized, screenshot or strongly compressed film has. */
async function degrade(picture: Picture, random: Random): Promise<Picture> {
  const { width, height, pixels } = picture;
  const chance = random.next();
  const raw = { raw: { width, height, channels: 1 as const } };
  if (chance < 0.2) {
    const small = Math.round(width * random.between(0.45, 0.8));
    const box = { x: 0, y: 0, width, height };
    const less = Uint8Array.from(resample(picture, box, small, small), Math.round);
    const again = resample(
      { width: small, height: small, pixels: less },
      { ...box, width: small, height: small },
      width,
      height,
    );
    return { width, height, pixels: Uint8Array.from(again, Math.round) };
  }
  if (chance < 0.4) {
    const jpeg = await sharp(pixels, raw)
      .jpeg({ quality: 15 + random.below(60) })
      .toBuffer();
    const bytes = await sharp(jpeg).extractChannel(0).raw().toBuffer();
    return { width, height, pixels: new Uint8Array(bytes) };
  }
  return picture;
}

/** What of an input's settings a variant depends on. */
type VariantInput = Pick<ModelManifest['input'], 'width' | 'height' | 'percentiles' | 'range'>;

/**
 * A network input from the same film taken and handled otherwise: the box that serving would take, moved, resized,
 * turned and mirrored, then another exposure, lost detail, and blanked parts.
 */
export function variedInput(
  picture: Picture,
  input: ModelManifest['input'],
  random: Random,
): Promise<Float32Array> {
  return variedPart(picture, inputBox(picture, input), contentBox(picture), input, random);
}

/**
 * `variedInput` for pictures that are cut otherwise.
 *
 * @param found the box that serving would take
 * @param content what must not be left when the box is moved
 */
export async function variedPart(
  picture: Picture,
  found: Box,
  content: Box,
  input: VariantInput,
  random: Random,
): Promise<Float32Array> {
  const zoom = random.between(0.82, 1.12);
  const stretch = random.between(0.92, 1.08);
  const width = found.width * zoom * stretch;
  const height = (found.height * zoom) / stretch;
  const moved = {
    x: found.x + (found.width - width) / 2 + random.between(-0.08, 0.08) * found.width,
    y: found.y + (found.height - height) / 2 + random.between(-0.08, 0.08) * found.height,
    width,
    height,
  };
  const box = within(content, moved);
  let view: Picture = {
    width: input.width,
    height: input.height,
    pixels: Uint8Array.from(resample(picture, box, input.width, input.height), Math.round),
  };
  const angle = (random.between(-12, 12) * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const mirror = random.next() < 0.5 ? -1 : 1;
  view = warp(view, mirror * cos, -sin, mirror * sin, cos, 0, 0);
  expose(view, random);
  view = await degrade(view, random);
  blank(view, random);
  return normaliseExposure(Float32Array.from(view.pixels), input);
}
