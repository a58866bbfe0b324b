import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseCsv, readManifest, type Example } from '../dataset.js';

/** A film with what the manifest knows beside the label. */
export interface Film extends Example {
  /** File name of the picture: the film's key in stored predictions. */
  name: string;
  sex: string | null;
  /** Years. */
  age: number | null;
  /** One of the 27 test pictures of the original write-up's small experiment. */
  protocolTest: boolean;
}

/** @throws DomainError USAGE as `readManifest` */
export async function readFilms(data: string): Promise<Film[]> {
  const examples = await readManifest(data);
  const rows = parseCsv(await readFile(join(data, 'manifest.csv'), 'utf8'));
  const rowOf = new Map(rows.map((row) => [row['image'] ?? '', row]));
  return examples.map((example) => {
    const name = basename(example.file);
    const row = rowOf.get(name) ?? {};
    const age = Number.parseFloat(row['age'] ?? '');
    return {
      ...example,
      name,
      sex: row['sex'] || null,
      age: Number.isFinite(age) ? age : null,
      protocolTest: row['seed_protocol'] === 'test',
    };
  });
}

/** Age in bands of twenty years; `unknown` without one. */
export function ageBand(age: number | null): string {
  if (age === null) return 'unknown';
  const from = Math.min(80, Math.floor(age / 20) * 20);
  return from === 80 ? '80 and over' : `${from} to ${from + 19}`;
}
