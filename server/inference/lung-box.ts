import type { Box } from './borders.js';
import type { Picture } from './types.js';

/** A mean chest film that others are laid over, and where its lungs are. */
export interface LungAtlas {
  /** Side of the square template, cells. */
  side: number;
  /** side * side values of mean 0 and deviation 1, row-major; dense tissue is high. */
  template: number[];
}

/** Side of the reduced picture in which the box is sought. */
const thumbSide = 48;
/** How strongly a box is held to the whole picture: correlation lost per unit of squared log scale and shift. */
const stiffness = { scale: 0.25, aspect: 0.6, shift: 0.5 };
/** A box in shares of the content: centre and sides. */
type Pose = [cx: number, cy: number, width: number, height: number];

/** Means of small patches, at most 9 pixels each: enough for a search at this size, and cheap on large films. */
function reduce(picture: Picture, box: Box): Float32Array {
  const thumb = new Float32Array(thumbSide * thumbSide);
  for (let row = 0; row < thumbSide; row++) {
    for (let column = 0; column < thumbSide; column++) {
      let sum = 0;
      for (let k = 0; k < 9; k++) {
        const x = box.x + Math.floor(((column + (k % 3) / 3 + 1 / 6) * box.width) / thumbSide);
        const y = box.y + Math.floor(((row + Math.floor(k / 3) / 3 + 1 / 6) * box.height) / thumbSide);
        sum += picture.pixels[y * picture.width + x] ?? 0;
      }
      thumb[row * thumbSide + column] = sum / 9;
    }
  }
  return thumb;
}

/** Pearson's correlation of the template with the part of the thumb that a pose covers. */
function correlation(thumb: Float32Array, { side, template }: LungAtlas, pose: Pose): number {
  const [cx, cy, width, height] = pose;
  let sum = 0;
  let squares = 0;
  let product = 0;
  for (let row = 0; row < side; row++) {
    const v = (cy + ((row + 0.5) / side - 0.5) * height) * thumbSide - 0.5;
    const y = Math.min(thumbSide - 1.001, Math.max(0, v));
    const top = Math.floor(y);
    const fy = y - top;
    for (let column = 0; column < side; column++) {
      const u = (cx + ((column + 0.5) / side - 0.5) * width) * thumbSide - 0.5;
      const x = Math.min(thumbSide - 1.001, Math.max(0, u));
      const left = Math.floor(x);
      const fx = x - left;
      const at = top * thumbSide + left;
      const upper = (thumb[at] ?? 0) * (1 - fx) + (thumb[at + 1] ?? 0) * fx;
      const lower = (thumb[at + thumbSide] ?? 0) * (1 - fx) + (thumb[at + thumbSide + 1] ?? 0) * fx;
      const value = upper * (1 - fy) + lower * fy;
      sum += value;
      squares += value * value;
      product += value * (template[row * side + column] ?? 0);
    }
  }
  const n = side * side;
  const deviation = Math.sqrt(Math.max(squares / n - (sum / n) ** 2, 1e-6));
  return product / n / deviation;
}

/**
 * Where the lungs are: the box whose content is most like a mean chest film, found by coarse and then finer
 * search of centre, scale and aspect. It makes a place in the network's view a place in the lung.
 *
 * @param content the part of the picture inside its frame, where the lungs are sought
 * @returns the box in pixels of the original picture and its correlation with the mean film, -1 to 1
 */
export function lungBox(picture: Picture, content: Box, atlas: LungAtlas): { box: Box; correlation: number } {
  const thumb = reduce(picture, content);
  const shape = content.width / content.height;
  const score = (pose: Pose): number => {
    const [cx, cy, width, height] = pose;
    const scale = Math.log(Math.sqrt(width * height) / 0.9);
    const aspect = Math.log((width / height) * shape);
    const bend =
      stiffness.scale * scale ** 2 +
      stiffness.aspect * aspect ** 2 +
      stiffness.shift * ((cx - 0.5) ** 2 + (cy - 0.5) ** 2);
    return correlation(thumb, atlas, pose) - bend;
  };
  const base: [number, number] = shape >= 1 ? [1 / shape, 1] : [1, shape];
  let best: Pose = [0.5, 0.5, base[0], base[1]];
  let top = -Infinity;
  const consider = (pose: Pose) => {
    const value = score(pose);
    if (value > top) {
      top = value;
      best = pose;
    }
  };
  for (const scale of [0.65, 0.8, 0.95]) {
    for (let i = -2; i <= 2; i++) {
      for (let j = -2; j <= 2; j++)
        consider([0.5 + 0.09 * i, 0.5 + 0.09 * j, scale * base[0], scale * base[1]]);
    }
  }
  for (const step of [0.06, 0.03, 0.015]) {
    for (let round = 0; round < 2; round++) {
      for (const sign of [-1, 1]) {
        const [cx, cy, width, height] = best;
        consider([cx + sign * step, cy, width, height]);
        consider([cx, cy + sign * step, width, height]);
        consider([cx, cy, width * (1 + sign * step), height]);
        consider([cx, cy, width, height * (1 + sign * step)]);
      }
    }
  }
  const [cx, cy, width, height] = best;
  return {
    box: {
      x: content.x + (cx - width / 2) * content.width,
      y: content.y + (cy - height / 2) * content.height,
      width: width * content.width,
      height: height * content.height,
    },
    correlation: correlation(thumb, atlas, best),
  };
}

/** A box in shares of another: 0 to 1 inside of it. */
export function shareOf(outer: Box, box: Box): Box {
  return {
    x: (box.x - outer.x) / outer.width,
    y: (box.y - outer.y) / outer.height,
    width: box.width / outer.width,
    height: box.height / outer.height,
  };
}
