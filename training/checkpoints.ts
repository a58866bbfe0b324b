import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '../server/errors.js';
import type { EpochResult } from './fit.js';

const fileName = (epoch: number) => `epoch-${String(epoch).padStart(3, '0')}.ckpt`;

/** Writes the trained part's weights after an epoch. */
export async function writeCheckpoint(folder: string, epoch: number, weights: Float32Array[]): Promise<void> {
  const header = Buffer.from(JSON.stringify(weights.map(({ length }) => length)));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(header.length);
  const parts = weights.map(({ buffer, byteOffset, byteLength }) =>
    Buffer.from(buffer, byteOffset, byteLength),
  );
  await writeFile(join(folder, fileName(epoch)), Buffer.concat([size, header, ...parts]));
}

/** The latest checkpoint of a run, or that of a given epoch; null when there is none. */
export async function readCheckpoint(
  folder: string,
  epoch?: number,
): Promise<{ epoch: number; weights: Float32Array[] } | null> {
  const name = (await readdir(folder))
    .filter((file) => (epoch === undefined ? file.endsWith('.ckpt') : file === fileName(epoch)))
    .sort()
    .at(-1);
  if (name === undefined) return null;
  const bytes = await readFile(join(folder, name));
  const size = bytes.readUInt32LE(0);
  const lengths = JSON.parse(bytes.subarray(4, 4 + size).toString()) as number[];
  let offset = 4 + size;
  const weights = lengths.map((length) => {
    const values = Float32Array.from({ length }, (_, i) => bytes.readFloatLE(offset + i * 4));
    offset += length * 4;
    return values;
  });
  const number = Number(/\d+/.exec(name)?.[0]);
  if (!Number.isInteger(number)) throw new DomainError('USAGE', `${name} is not a checkpoint`);
  return { epoch: number, weights };
}

/** The epoch with the least loss on the fold, by the run's log; null when nothing was logged. */
export async function bestEpoch(folder: string): Promise<EpochResult | null> {
  const text = await readFile(join(folder, 'log.jsonl'), 'utf8').catch(() => '');
  const results = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as EpochResult);
  return results.reduce<EpochResult | null>(
    (best, result) => (best === null || result.foldLoss < best.foldLoss ? result : best),
    null,
  );
}
