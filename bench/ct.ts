import { fork } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CtImage } from '../server/triage/ct/examine.js';
import type { CtCodecName } from './ct-codec-names.js';
import { ctCoding } from './ct-codecs.js';
import { benchChest, writeSeries } from './ct-files.js';
import type { CtRun } from './ct-run.js';

export interface CtBench extends CtRun {
  codec: CtCodecName;
  slices: number;
  /** Of all files together. */
  megabytes: number;
  totalOverBareDecode: number;
}

export interface CtBenchOptions {
  codecs: readonly CtCodecName[];
  /** Slices of 512 * 512 pixels in each series. */
  counts: readonly number[];
  tell(text: string): void;
}

/** Examines generated chest CT series from files on disk, each codec and number of slices in a process of its own. */
export async function benchCt({ codecs, counts, tell }: CtBenchOptions): Promise<CtBench[]> {
  tell('generating a chest');
  const chest = await benchChest();
  const results: CtBench[] = [];
  for (const codec of codecs) {
    const coding = await ctCoding(codec);
    for (const slices of counts) {
      const folder = await mkdtemp(join(tmpdir(), 'ct-bench-'));
      try {
        tell(`writing ${slices} slices, ${codec}`);
        const images = await writeSeries(chest, folder, slices, coding);
        const sizes = await Promise.all(images.map(({ path }) => stat(path).then(({ size }) => size)));
        tell(`examining ${slices} slices, ${codec}`);
        const run = await inProcess(images);
        const megabytes = sizes.reduce((sum, size) => sum + size, 0) / 1e6;
        results.push({
          ...{ codec, slices, megabytes, ...run },
          totalOverBareDecode: run.totalMs / run.bareDecodeMs,
        });
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    }
  }
  return results;
}

function inProcess(images: readonly CtImage[]): Promise<CtRun> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL('./ct-run.js', import.meta.url)));
    child.once('message', (result) => resolve(result as CtRun));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the measuring process ended with ${code ?? 'a signal'}`)));
    child.send(images);
  });
}
