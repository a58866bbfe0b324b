import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { DomainError } from '../server/errors.js';
import type { Picture } from '../server/inference/types.js';
import type { Random } from './random.js';

/** One row of manifest.csv. */
export interface Example {
  file: string;
  /** COVID, NORMAL or PNEUMONIA; null for pictures of other diseases. */
  label: string | null;
  /** Of a pneumonia other than COVID; null where it is not stated. */
  kind: 'BACTERIAL' | 'VIRAL' | null;
  patientId: string;
  source: string;
  view: string;
  split: 'train' | 'val';
  /** Brixia zones A to F by the senior reader, each 0 to 3; null for most. */
  zones: number[] | null;
  /** The same by the junior reader. */
  secondZones: number[] | null;
}

const labelOf: Record<string, string> = {
  covid: 'COVID',
  normal: 'NORMAL',
  pneumonia_bacterial: 'PNEUMONIA',
  pneumonia_viral: 'PNEUMONIA',
  pneumonia_unspecified: 'PNEUMONIA',
};

const kindOf: Record<string, Example['kind']> = {
  pneumonia_bacterial: 'BACTERIAL',
  pneumonia_viral: 'VIRAL',
};

/** Splits CSV text into records by RFC 4180 (quoted fields, doubled quotes). */
export function parseCsv(text: string): Record<string, string>[] {
  const rows: string[][] = [[]];
  let field = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    if (quoted) {
      if (character === '"' && text.charAt(i + 1) === '"') {
        field += '"';
        i++;
      } else if (character === '"') quoted = false;
      else field += character;
    } else if (character === '"') quoted = true;
    else if (character === ',' || character === '\n') {
      rows.at(-1)?.push(field.replace(/\r$/, ''));
      field = '';
      if (character === '\n') rows.push([]);
    } else field += character;
  }
  if (field !== '') rows.at(-1)?.push(field);
  const [header = [], ...records] = rows.filter((row) => row.length > 1);
  return records.map((row) => Object.fromEntries(header.map((name, index) => [name, row[index] ?? ''])));
}

/** @throws DomainError USAGE when the folder has no manifest.csv with the needed columns */
export async function readManifest(folder: string): Promise<Example[]> {
  const text = await readFile(join(folder, 'manifest.csv'), 'utf8').catch((cause: unknown) => {
    throw new DomainError('USAGE', `${folder} has no readable manifest.csv`, { cause });
  });
  return parseCsv(text).map((row, index) => {
    const { image, label, patient_id: patientId, source, view, split } = row;
    if (!image || !label || !patientId || (split !== 'train' && split !== 'val')) {
      throw new DomainError(
        'USAGE',
        `manifest.csv record ${index + 1}: image, label, patient_id or split is missing`,
      );
    }
    return {
      file: join(folder, 'images', image),
      label: labelOf[label] ?? null,
      kind: kindOf[label] ?? null,
      patientId,
      source: source ?? '',
      view: view ?? '',
      split,
      zones: zonesOf(row['brixia_senior']),
      secondZones: zonesOf(row['brixia_junior']),
    };
  });
}

function zonesOf(text = ''): number[] | null {
  const zones = (text.match(/[0-3]/g) ?? []).map(Number);
  return zones.length === 6 ? zones : null;
}

/** True for films the model may judge: everything that is not a lateral view. */
export function isFrontal(example: Example): boolean {
  return example.view !== 'L';
}

/** Reads a picture as 8-bit grey. @throws DomainError IMAGE_UNREADABLE */
export async function readPicture(file: string): Promise<Picture> {
  try {
    const image = sharp(file).removeAlpha().greyscale().extractChannel(0);
    const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, pixels: new Uint8Array(data) };
  } catch (cause) {
    throw new DomainError('IMAGE_UNREADABLE', 'the picture cannot be decoded', { cause });
  }
}

/** Patients that appear on both sides: must be empty wherever a model is judged. */
export function leakedPatients(a: Example[], b: Example[]): string[] {
  const left = new Set(a.map(({ patientId }) => patientId));
  return [...new Set(b.map(({ patientId }) => patientId).filter((patient) => left.has(patient)))];
}

/**
 * Carves a fold for early stopping and calibration out of the training split, whole patients only, the same share
 * of each label and source.
 */
export function carveFold(
  examples: Example[],
  share: number,
  random: Random,
): { train: Example[]; fold: Example[] } {
  const strata = new Map<string, Map<string, Example[]>>();
  for (const example of examples) {
    const key = `${example.label ?? 'other'} ${example.source}`;
    const patients = strata.get(key) ?? new Map<string, Example[]>();
    patients.set(example.patientId, [...(patients.get(example.patientId) ?? []), example]);
    strata.set(key, patients);
  }
  const chosen = new Set<string>();
  for (const patients of strata.values()) {
    const total = [...patients.values()].reduce((sum, list) => sum + list.length, 0);
    let taken = 0;
    for (const [patientId, list] of random.shuffle([...patients])) {
      if (taken >= total * share) break;
      chosen.add(patientId);
      taken += list.length;
    }
  }
  return {
    train: examples.filter(({ patientId }) => !chosen.has(patientId)),
    fold: examples.filter(({ patientId }) => chosen.has(patientId)),
  };
}

/** CT slices of a split beside the films, if they are there: pictures that an X-ray model must refuse. */
export async function ctSlices(data: string, split: 'train' | 'val'): Promise<string[]> {
  const folder = join(data, '../ct');
  if (!existsSync(join(folder, 'manifest.csv'))) return [];
  const rows = parseCsv(await readFile(join(folder, 'manifest.csv'), 'utf8'));
  return rows.filter((row) => row.split === split).map(({ image }) => join(folder, 'images', image ?? ''));
}
