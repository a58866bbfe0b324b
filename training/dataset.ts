import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { DomainError } from '../server/errors.js';
import type { Picture } from '../server/inference/types.js';
import { parseCsv } from './csv.js';
import { Random } from './random.js';

export const labels = ['COVID', 'NORMAL', 'PNEUMONIA'] as const;
export type Label = (typeof labels)[number];

/** One radiograph of the manifest. */
export interface Sample {
  file: string;
  /** Index into {@link labels}; null for pictures that the classes do not cover. */
  label: number | null;
  patient: string;
  source: string;
  view: string;
  split: 'train' | 'val';
  /** Brixia zones A to F by the senior reader, each 0 to 3. */
  brixia: number[] | null;
  seedTest: boolean;
}

/** Reads `manifest.csv`. @throws DomainError USAGE when it is not there or holds no usable row */
export async function readManifest(folder: string): Promise<Sample[]> {
  const text = await readFile(join(folder, 'manifest.csv'), 'utf8').catch((cause: unknown) => {
    throw new DomainError('USAGE', `no manifest.csv in ${folder}`, { cause });
  });
  const samples = parseCsv(text).map((row): Sample => {
    const zones = [...(row['brixia_senior'] ?? '')].map(Number);
    return {
      file: join(folder, 'images', row['image'] ?? ''),
      label: labelOf(row['label'] ?? ''),
      patient: row['patient_id'] ?? '',
      source: row['source'] ?? '',
      view: row['view'] ?? '',
      split: row['split'] === 'val' ? 'val' : 'train',
      brixia: zones.length === 6 && zones.every((zone) => zone >= 0 && zone <= 3) ? zones : null,
      seedTest: row['seed_protocol'] === 'test',
    };
  });
  if (samples.length === 0) throw new DomainError('USAGE', `manifest.csv in ${folder} lists no pictures`);
  return samples;
}

function labelOf(text: string): number | null {
  if (text === 'covid') return 0;
  if (text === 'normal') return 1;
  return text.startsWith('pneumonia_') ? 2 : null;
}

/** Frontal films of the three classes: what the classifier learns from and is judged on. */
export function classifiable(samples: Sample[]): (Sample & { label: number })[] {
  return samples.filter((s): s is Sample & { label: number } => s.label !== null && s.view !== 'L');
}

/**
 * Assigns each patient to one of `folds` folds, spread evenly over label and source.
 *
 * @returns fold of each patient; a patient is never in two
 */
export function foldPatients(samples: Sample[], folds: number, seed: number): Map<string, number> {
  const strata = new Map<string, Set<string>>();
  const seen = new Set<string>();
  for (const { patient, label, source } of samples) {
    if (seen.has(patient)) continue;
    seen.add(patient);
    const key = `${String(label)} ${source}`;
    const stratum = strata.get(key) ?? new Set();
    strata.set(key, stratum.add(patient));
  }
  const random = new Random(seed);
  const result = new Map<string, number>();
  let next = 0;
  for (const key of [...strata.keys()].sort()) {
    for (const patient of random.shuffle([...(strata.get(key) ?? [])])) result.set(patient, next++ % folds);
  }
  return result;
}

/** Patients that appear on both sides: must be empty. */
export function leakedPatients(a: Sample[], b: Sample[]): string[] {
  const left = new Set(a.map((sample) => sample.patient));
  return [...new Set(b.map((sample) => sample.patient).filter((patient) => left.has(patient)))];
}

/** Decodes a picture file to 8-bit grey. @throws DomainError IMAGE_UNREADABLE */
export async function readPicture(file: string): Promise<Picture> {
  try {
    const { data, info } = await sharp(file)
      .removeAlpha()
      .toColourspace('b-w')
      .extractChannel(0)
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, pixels: new Uint8Array(data) };
  } catch (cause) {
    throw new DomainError('IMAGE_UNREADABLE', 'the picture cannot be decoded', { cause });
  }
}
