import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Picture } from '../../server/inference/types.js';
import { readPicture } from '../../training/dataset.js';
import { findLeaks } from '../../training/evaluation/leaks.js';
import { readFilms } from '../../training/evaluation/films.js';
import { fingerprint, hammingDistance } from '../../training/picture-hash.js';
import { correlation } from '../../training/statistics/agreement.js';
import { drawChest, temporaryFolder } from './generated.js';

const image = ({ width, height, pixels }: Picture) => sharp(pixels, { raw: { width, height, channels: 1 } });

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  await mkdir(join(folder, 'images'), { recursive: true });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('perceptual hashes', () => {
  const film = drawChest(0, 7, 320, 288);

  it.each<[string, (source: sharp.Sharp) => sharp.Sharp]>([
    ['half the size', (source) => source.resize(160)],
    ['a poor JPEG', (source) => source.jpeg({ quality: 25 })],
    ['another exposure', (source) => source.linear(0.8, 20)],
  ])('know a film again as %s', async (_name, change) => {
    const file = join(folder, 'changed');
    await writeFile(file, await change(image(film)).toFormat('jpeg').toBuffer());
    const before = fingerprint(film);
    const after = fingerprint(await readPicture(file));
    expect(hammingDistance(before.perceptual, after.perceptual)).toBeLessThanOrEqual(10);
    expect(correlation([...before.thumbnail], [...after.thumbnail])).toBeGreaterThan(0.975);
  });

  it('tell a mirrored film from the film', () => {
    const mirrored = film.pixels.map((_, i) => {
      const x = i % film.width;
      return film.pixels[i - x + film.width - 1 - x] ?? 0;
    });
    const other = fingerprint({ ...film, pixels: mirrored });
    const distance = hammingDistance(fingerprint(film).perceptual, other.perceptual);
    expect(distance).toBeGreaterThan(10);
  });

  it('count differing bits', () => {
    expect(hammingDistance([0, 0], [0xffffffff, 0xffffffff])).toBe(64);
    expect(hammingDistance([0b1011, 0x80000000], [0b0010, 0])).toBe(3);
  });
});

describe('the leak check', () => {
  it('finds a copy across the splits under another name, and a patient in both', async () => {
    const rows = ['image,label,patient_id,source,view,split,brixia_senior'];
    // Drawn films of one class are alike: those held out are of another, but for the copy.
    const classes = [0, 1, 0, 2, 2, 1];
    for (let i = 0; i < 6; i++) {
      const copy = i === 5 ? 1 : i;
      const source = image(drawChest(classes[i] ?? 0, copy, 320, 288));
      const changed = i === 5 ? source.resize(200).jpeg({ quality: 40 }) : source.png();
      await writeFile(join(folder, 'images', `${i}.png`), await changed.toBuffer());
      rows.push(`${i}.png,normal,p${i === 4 ? 0 : i},made,PA,${i < 3 ? 'train' : 'val'},`);
    }
    await writeFile(join(folder, 'manifest.csv'), `${rows.join('\n')}\n`);
    const leaks = await findLeaks(await readFilms(folder), () => () => undefined);
    expect(leaks.sharedPatients).toEqual(['p0']);
    expect(leaks.duplicates.map(({ training, heldOut }) => [training, heldOut])).toEqual([
      ['1.png', '5.png'],
    ]);
    expect(leaks).toMatchObject({ trainingFilms: 3, heldOutFilms: 3 });
  });
});
