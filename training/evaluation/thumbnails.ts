import { join } from 'node:path';
import sharp from 'sharp';
import { heatmapOverlay } from '../../server/inference/heatmap.js';
import { readPicture } from '../dataset.js';
import type { Judge } from './judging.js';
import type { HardCase } from './types.js';

/** A hard case as it looks: data URIs of the film and of the film under its heatmap. */
export interface Thumbnail {
  film: string;
  overlay: string;
}

const side = 200;

/** Pictures of the hardest films, by name. They are patients' films: for a local page only. */
export async function thumbnailsOf(
  judge: Judge,
  cases: readonly HardCase[],
  data: string,
): Promise<Map<string, Thumbnail>> {
  const made = new Map<string, Promise<Thumbnail>>();
  await judge.all(
    cases.length,
    (index) => readPicture(join(data, 'images', cases[index]?.name ?? '')),
    (index, { prediction }, { width, height, pixels }) => {
      const film = sharp(pixels, { raw: { width, height, channels: 1 } }).toColourspace('srgb');
      const small = (image: sharp.Sharp) =>
        image.resize(side, side, { fit: 'inside' }).jpeg({ quality: 80 }).toBuffer();
      const overlay = heatmapOverlay(prediction.heatmap, width, height);
      const layered = film
        .clone()
        .png()
        .toBuffer()
        .then((png) =>
          sharp(png)
            .composite([{ input: Buffer.from(overlay), raw: { width, height, channels: 4 } }])
            .png()
            .toBuffer(),
        )
        .then((png) => small(sharp(png)));
      const uri = (bytes: Buffer) => `data:image/jpeg;base64,${bytes.toString('base64')}`;
      made.set(
        cases[index]?.name ?? '',
        Promise.all([small(film.clone()), layered]).then(([plain, over]) => ({
          film: uri(plain),
          overlay: uri(over),
        })),
      );
    },
  );
  return new Map(
    await Promise.all([...made].map(async ([name, thumbnail]) => [name, await thumbnail] as const)),
  );
}
