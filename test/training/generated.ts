import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Picture } from '../../server/inference/types.js';
import { createRandom } from '../../training/random.js';

/** The folder of real films, or null where it is absent (said once per run). */
export function dataFolder(): string | null {
  const folder = process.env['TRIAGE_DATA_DIR'];
  if (folder !== undefined && existsSync(join(folder, 'cxr/manifest.csv'))) return folder;
  console.warn('TRIAGE_DATA_DIR holds no cxr/manifest.csv: checks on real films are skipped');
  return null;
}

export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'triage-training-'));
}

/** A crude chest: two dark lungs in a bright body; the class decides where and how bright an opacity is. */
export function drawChest(label: number, seed: number, width = 160, height = 144): Picture {
  const random = createRandom(seed);
  const tilt = random.between(-6, 6);
  const pixels = Uint8Array.from({ length: width * height }, (_, i) => {
    const x = i % width;
    const y = Math.floor(i / width);
    const lung = (cx: number) =>
      ((x - cx - tilt) / (width * 0.16)) ** 2 + ((y - height / 2) / (height * 0.36)) ** 2;
    const inside = Math.min(lung(width * 0.3), lung(width * 0.7)) < 1;
    let value = inside ? 50 : 190;
    if (inside && label === 0 && y > height * 0.5) value += 90;
    if (inside && label === 2 && x < width / 2) value += 110;
    return Math.min(255, Math.max(0, Math.round(value + 8 * random.normal())));
  });
  return { width, height, pixels };
}

/** Writes a folder like the real one, with pictures of nobody; every third patient has two films. */
export async function generateData(folder: string, count: number): Promise<void> {
  await mkdir(join(folder, 'images'), { recursive: true });
  const names = ['covid', 'normal', 'pneumonia_viral'];
  // Where drawChest puts opacities: low in both lungs, or all over the right one.
  const zones = ['[0 1 3 0 1 3]', '', '[3 3 3 0 0 0]'];
  const rows = ['image,label,patient_id,source,view,split,brixia_senior,brixia_junior'];
  for (let i = 0; i < count; i++) {
    const patient = i % 4 === 3 ? i - 3 : i;
    const label = patient % 3;
    const { width, height, pixels } = drawChest(label, i);
    await sharp(pixels, { raw: { width, height, channels: 1 } })
      .png()
      .toFile(join(folder, 'images', `${i}.png`));
    const view = i % 10 === 9 ? 'L' : 'PA';
    rows.push(
      `${i}.png,${names[label] ?? ''},p${patient},made,${view},${patient % 5 === 4 ? 'val' : 'train'},${zones[label] ?? ''},`,
    );
  }
  await writeFile(join(folder, 'manifest.csv'), `${rows.join('\n')}\n`);
}
