import type { Picture } from '../server/inference/types.js';
import type { Random } from './random.js';

/** Samples the picture through an affine map of centred coordinates, bilinear, nearest fill at the edge. */
export function warp(
  picture: Picture,
  a: number,
  b: number,
  c: number,
  d: number,
  dx: number,
  dy: number,
): Picture {
  const { width, height, pixels } = picture;
  const result = new Uint8Array(width * height);
  const cx = (width - 1) / 2;
  const cy = (height - 1) / 2;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const sx = Math.min(width - 1, Math.max(0, a * (x - cx) + b * (y - cy) + cx + dx));
      const sy = Math.min(height - 1, Math.max(0, c * (x - cx) + d * (y - cy) + cy + dy));
      const x0 = Math.floor(sx);
      const y0 = Math.floor(sy);
      const x1 = Math.min(x0 + 1, width - 1);
      const y1 = Math.min(y0 + 1, height - 1);
      const fx = sx - x0;
      const fy = sy - y0;
      const top = (pixels[y0 * width + x0] ?? 0) * (1 - fx) + (pixels[y0 * width + x1] ?? 0) * fx;
      const bottom = (pixels[y1 * width + x0] ?? 0) * (1 - fx) + (pixels[y1 * width + x1] ?? 0) * fx;
      result[y * width + x] = Math.round(top * (1 - fy) + bottom * fy);
    }
  }
  return { width, height, pixels: result };
}

/** A film as another day and technician would have taken it: pose, exposure, grain and a crop of the border. */
export function augment(picture: Picture, random: Random): Picture {
  const angle = (random.between(-12, 12) * Math.PI) / 180;
  const zoomX = random.between(0.82, 1.06);
  const zoomY = zoomX * random.between(0.92, 1.08);
  const mirror = random.next() < 0.5 ? -1 : 1;
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  const moved = warp(
    picture,
    mirror * cos * zoomX,
    -sin * zoomY,
    mirror * sin * zoomX,
    cos * zoomY,
    random.between(-0.06, 0.06) * picture.width,
    random.between(-0.06, 0.06) * picture.height,
  );
  const gamma = Math.exp(random.between(-0.35, 0.35));
  const grain = random.next() < 0.5 ? random.between(0, 6) : 0;
  const curve = Float32Array.from({ length: 256 }, (_, value) => 255 * (value / 255) ** gamma);
  const pixels = moved.pixels.map((value) => {
    const noisy = (curve[value] ?? 0) + (grain > 0 ? grain * (random.next() + random.next() - 1) : 0);
    return Math.min(255, Math.max(0, Math.round(noisy)));
  });
  return { width: moved.width, height: moved.height, pixels };
}

/** What a model must refuse, made from what it knows. */
export const unsuitableKinds = [
  'rotated',
  'upsideDown',
  'inverted',
  'half',
  'noise',
  'stripes',
  'blobs',
] as const;
export type UnsuitableKind = (typeof unsuitableKinds)[number];

/** Makes an unsuitable picture of the given kind; the label is the suitability class it teaches. */
export function unsuitable(
  picture: Picture,
  kind: UnsuitableKind,
  random: Random,
): { picture: Picture; label: 'ROTATED' | 'NOT_CHEST' } {
  const { width, height } = picture;
  const draw = (value: (x: number, y: number) => number): Picture => ({
    width,
    height,
    pixels: Uint8Array.from({ length: width * height }, (_, i) =>
      Math.min(255, Math.max(0, value(i % width, Math.floor(i / width)))),
    ),
  });
  switch (kind) {
    case 'rotated': {
      const side = random.next() < 0.5 ? 1 : -1;
      return { picture: warp(picture, 0, side, -side, 0, 0, 0), label: 'ROTATED' };
    }
    case 'upsideDown':
      return { picture: warp(picture, -1, 0, 0, -1, 0, 0), label: 'ROTATED' };
    case 'inverted':
      return {
        picture: { width, height, pixels: picture.pixels.map((value) => 255 - value) },
        label: 'ROTATED',
      };
    case 'half': {
      const zoom = random.between(0.25, 0.4);
      const side = random.next() < 0.5 ? 1 : -1;
      const shifted = warp(
        picture,
        zoom,
        0,
        0,
        zoom,
        side * width * 0.28,
        random.between(-0.3, 0.3) * height,
      );
      return { picture: shifted, label: 'NOT_CHEST' };
    }
    case 'noise': {
      const level = random.between(60, 190);
      const depth = random.between(10, 90);
      return { picture: draw(() => level + depth * random.normal()), label: 'NOT_CHEST' };
    }
    case 'stripes': {
      const step = random.between(4, 60);
      const slope = random.between(-1, 1);
      return {
        picture: draw((x, y) => (Math.floor((x + slope * y) / step) % 2 === 0 ? 30 : 220)),
        label: 'NOT_CHEST',
      };
    }
    case 'blobs': {
      const blobs = Array.from({ length: 2 + random.below(8) }, () => ({
        x: random.next() * width,
        y: random.next() * height,
        r: random.between(0.05, 0.35) * width,
        v: random.between(60, 230),
      }));
      const value = (x: number, y: number) =>
        blobs.reduce((sum, blob) => sum + (Math.hypot(x - blob.x, y - blob.y) < blob.r ? blob.v : 0), 12);
      return { picture: draw(value), label: 'NOT_CHEST' };
    }
  }
}
