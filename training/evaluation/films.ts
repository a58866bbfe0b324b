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

/**
 * The films of a manifest, each once: a manifest may name a film in several rows, and a film that counts twice would
 * make every interval too narrow.
 *
 * @throws DomainError USAGE as `readManifest`
 */
export async function readFilms(data: string): Promise<Film[]> {
  const examples = new Map((await readManifest(data)).map((example) => [basename(example.file), example]));
  const rows = parseCsv(await readFile(join(data, 'manifest.csv'), 'utf8'));
  return [...examples].map(([name, example]) => {
    const own = rows.filter(({ image }) => image === name);
    const known = (column: string) => own.map((row) => row[column] ?? '').find((value) => value !== '');
    const age = Number.parseFloat(known('age') ?? '');
    return {
      ...example,
      name,
      sex: known('sex') ?? null,
      age: Number.isFinite(age) ? age : null,
      protocolTest: own.some((row) => row['seed_protocol'] === 'test'),
    };
  });
}

/** Age in bands of twenty years; `unknown` without one. */
export function ageBand(age: number | null): string {
  if (age === null) return 'unknown';
  const from = Math.min(80, Math.floor(age / 20) * 20);
  return from === 80 ? '80 and over' : `${from} to ${from + 19}`;
}
