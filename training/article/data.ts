import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import type { TensorFlow } from '../../server/inference/tensorflow.js';
import { DomainError } from '../../server/errors.js';
import { parseCsv } from '../dataset.js';
import type { Random } from '../random.js';

/** A picture of the article's small experiment. */
export interface ArticlePicture {
  image: string;
  file: string;
  /** Index in {@link articleLabels}. */
  label: number;
  patientId: string;
  source: string;
}

export const articleLabels = ['COVID', 'NORMAL', 'PNEUMONIA'];
const labelOf: Record<string, number> = {
  covid: 0,
  normal: 1,
  pneumonia_bacterial: 2,
  pneumonia_viral: 2,
  pneumonia_unspecified: 2,
};

/**
 * Reads the pictures whose `seed_protocol` is train or test.
 *
 * @throws DomainError USAGE when the manifest has none of one of them
 */
export async function readProtocol(
  folder: string,
): Promise<{ train: ArticlePicture[]; test: ArticlePicture[] }> {
  const text = await readFile(join(folder, 'manifest.csv'), 'utf8').catch((cause: unknown) => {
    throw new DomainError('USAGE', `${folder} has no readable manifest.csv`, { cause });
  });
  const of = (part: string) =>
    parseCsv(text)
      .filter((row) => row['seed_protocol'] === part)
      .map(({ image = '', label = '', patient_id: patientId = '', source = '' }): ArticlePicture => {
        const index = labelOf[label];
        if (index === undefined)
          throw new DomainError('USAGE', `${image}: the protocol has no label ${label}`);
        return { image, file: join(folder, 'images', image), label: index, patientId, source };
      });
  const [train, test] = [of('train'), of('test')];
  if (train.length === 0 || test.length === 0)
    throw new DomainError('USAGE', `${folder}: manifest.csv names no pictures by seed_protocol`);
  return { train, test };
}

/** Splits off a share of each label, as scikit-learn's `train_test_split` with `stratify` does: picture by picture. */
export function stratifiedSplit(
  pictures: ArticlePicture[],
  share: number,
  random: Random,
): { train: ArticlePicture[]; validation: ArticlePicture[] } {
  const validation = new Set<ArticlePicture>();
  for (const label of articleLabels.keys()) {
    const group = random.shuffle(pictures.filter((picture) => picture.label === label));
    group.slice(0, Math.round(group.length * share)).forEach((picture) => validation.add(picture));
  }
  return {
    train: pictures.filter((picture) => !validation.has(picture)),
    validation: pictures.filter((picture) => validation.has(picture)),
  };
}

/**
 * A picture as the write-up made it: grey, stretched to a square by bilinear interpolation, grey values 0 to 1.
 * Nothing else: no crop, no exposure normalisation.
 *
 * @returns size * size values in [0, 1], row by row
 * @throws DomainError IMAGE_UNREADABLE
 */
export async function readSquare(tf: TensorFlow, file: string, size: number): Promise<Float32Array> {
  try {
    const image = sharp(file).removeAlpha().greyscale().extractChannel(0);
    const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
    return tf.tidy(() => {
      const grey = tf.tensor3d(Float32Array.from(data), [info.height, info.width, 1]);
      const square = tf.image.resizeBilinear(grey, [size, size], false, true);
      return Float32Array.from(square.div(255).dataSync());
    });
  } catch (cause) {
    throw new DomainError('IMAGE_UNREADABLE', 'the picture cannot be decoded', { cause });
  }
}

/** Turns a square by an angle in degrees about its centre, bilinear; outside, the nearest edge goes on. */
export function rotate(pixels: Float32Array, size: number, degrees: number): Float32Array {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const centre = (size - 1) / 2;
  const inside = (value: number) => Math.min(size - 1, Math.max(0, value));
  const result = new Float32Array(size * size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const sx = inside(cos * (x - centre) - sin * (y - centre) + centre);
      const sy = inside(sin * (x - centre) + cos * (y - centre) + centre);
      const [x0, y0] = [Math.floor(sx), Math.floor(sy)];
      const [x1, y1] = [Math.min(x0 + 1, size - 1), Math.min(y0 + 1, size - 1)];
      const [fx, fy] = [sx - x0, sy - y0];
      const at = (row: number, column: number) => pixels[row * size + column] ?? 0;
      const top = at(y0, x0) * (1 - fx) + at(y0, x1) * fx;
      const bottom = at(y1, x0) * (1 - fx) + at(y1, x1) * fx;
      result[y * size + x] = top * (1 - fy) + bottom * fy;
    }
  }
  return result;
}
