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

/** What a model must refuse, made from what it knows, and the class of the gate that each kind teaches. */
const kindLabels = {
  rotated: 'ROTATED',
  upsideDown: 'ROTATED',
  inverted: 'ROTATED',
  tilted: 'ROTATED',
  half: 'NOT_CHEST',
  noise: 'NOT_CHEST',
  stripes: 'NOT_CHEST',
  blobs: 'NOT_CHEST',
  photographed: 'NOT_CHEST',
} as const;
export type UnsuitableKind = keyof typeof kindLabels;
export const unsuitableKinds = Object.keys(kindLabels) as UnsuitableKind[];

/** The gate's class of a kind. */
export function labelOfKind(kind: UnsuitableKind): 'ROTATED' | 'NOT_CHEST' {
  return kindLabels[kind];
}

/** Makes an unsuitable picture of the given kind; the label is the suitability class it teaches. */
export function unsuitable(
  picture: Picture,
  kind: UnsuitableKind,
  random: Random,
): { picture: Picture; label: 'ROTATED' | 'NOT_CHEST' } {
  return { picture: spoil(picture, kind, random), label: labelOfKind(kind) };
}

function spoil(picture: Picture, kind: UnsuitableKind, random: Random): Picture {
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
      return warp(picture, 0, side, -side, 0, 0, 0);
    }
    case 'upsideDown':
      return warp(picture, -1, 0, 0, -1, 0, 0);
    case 'inverted':
      return { width, height, pixels: picture.pixels.map((value) => 255 - value) };
    case 'tilted': {
      const angle = ((random.next() < 0.5 ? 1 : -1) * random.between(35, 60) * Math.PI) / 180;
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      return warp(picture, cos, -sin, sin, cos, 0, 0);
    }
    case 'half': {
      const zoom = random.between(0.25, 0.4);
      const side = random.next() < 0.5 ? 1 : -1;
      return warp(picture, zoom, 0, 0, zoom, side * width * 0.28, random.between(-0.3, 0.3) * height);
    }
    case 'photographed': {
      // On a light box or screen in a room: small, aslant, bright round about, with a reflection across.
      const zoom = random.between(1.5, 2.2);
      const angle = (random.between(-18, 18) * Math.PI) / 180;
      const [a, b] = [Math.cos(angle) * zoom, Math.sin(angle) * zoom];
      const small = warp(picture, a, -b, b, a, 0, 0);
      const [room, rim, glare] = [random.between(20, 200), random.between(80, 250), random.between(0, 120)];
      const [gx, gy] = [random.next() * width, random.next() * height];
      return draw((x, y) => {
        const u = Math.abs(a * (x - width / 2) - b * (y - height / 2)) / width;
        const v = Math.abs(b * (x - width / 2) + a * (y - height / 2)) / height;
        const reach = Math.max(u, v);
        const shine = glare * Math.exp(-((x - gx) ** 2 + (y - gy) ** 2) / (0.05 * width * height));
        if (reach > 0.56) return room + 0.3 * shine;
        return (reach > 0.5 ? rim : (small.pixels[y * width + x] ?? 0)) + shine;
      });
    }
    case 'noise': {
      const level = random.between(60, 190);
      const depth = random.between(10, 90);
      return draw(() => level + depth * random.normal());
    }
    case 'stripes': {
      const step = random.between(4, 60);
      const slope = random.between(-1, 1);
      return draw((x, y) => (Math.floor((x + slope * y) / step) % 2 === 0 ? 30 : 220));
    }
    case 'blobs': {
      const blobs = Array.from({ length: 2 + random.below(8) }, () => ({
        x: random.next() * width,
        y: random.next() * height,
        r: random.between(0.05, 0.35) * width,
        v: random.between(60, 230),
      }));
      return draw((x, y) =>
        blobs.reduce((sum, blob) => sum + (Math.hypot(x - blob.x, y - blob.y) < blob.r ? blob.v : 0), 12),
      );
    }
  }
}
