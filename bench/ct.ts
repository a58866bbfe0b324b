import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ctSeries } from '../demo/ct/ct-series.js';
import { createDecodePool } from '../server/dicom/index.js';
import { examineCt, type CtImage } from '../server/triage/ct/examine.js';

/** What one series took, in the unit that the name ends with. */
export interface CtBench {
  slices: number;
  headersMs: number;
  /** Reading, decoding and reducing all slices in parallel. */
  decodeMs: number;
  lungsMs: number;
  involvementMs: number;
  totalMs: number;
  /** Decoding the same slices alone, through the same pool. */
  bareDecodeMs: number;
  totalOverBareDecode: number;
  /** How far the resident memory of this process, threads included, rose above where it began. */
  memoryRiseMegabytes: number;
  involvementPercent: number;
}

export interface CtBenchOptions {
  /** Slices of 512 * 512 pixels in each series. */
  counts: readonly number[];
  tell(text: string): void;
}

const size = 512;

/** Examines generated chest CT series, explicit VR little endian, from files on disk. */
export async function benchCt({ counts, tell }: CtBenchOptions): Promise<CtBench[]> {
  const cores = availableParallelism();
  const results: CtBench[] = [];
  for (const count of counts) {
    const folder = await mkdtemp(join(tmpdir(), 'ct-bench-'));
    const decoder = createDecodePool({ size: cores, deadlineMs: 60_000 });
    try {
      tell(`generating ${count} slices`);
      const images = await generate(folder, count);
      tell(`decoding ${count} slices alone`);
      const bareDecodeMs = await bareDecode(images, decoder, cores + 1);
      tell(`examining ${count} slices`);
      const before = process.memoryUsage.rss();
      let peak = before;
      const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 20);
      const started = performance.now();
      const { durations, findings } = await examineCt(images, {
        ...{ decoder, judge: null, concurrency: cores + 1 },
        signal: new AbortController().signal,
      });
      const totalMs = performance.now() - started;
      clearInterval(watch);
      results.push({
        slices: count,
        ...durations,
        ...{ totalMs, bareDecodeMs, totalOverBareDecode: totalMs / bareDecodeMs },
        memoryRiseMegabytes: (peak - before) / 1e6,
        involvementPercent: findings?.analysis.involvement.percent ?? NaN,
      });
    } finally {
      await decoder.close();
      await rm(folder, { recursive: true, force: true });
    }
  }
  return results;
}

async function generate(folder: string, slices: number): Promise<CtImage[]> {
  const images: CtImage[] = [];
  const series = ctSeries({
    seed: 'bench',
    disease: { kind: 'PERIPHERAL', extent: 0.25, solid: 0.25 },
    ...{ size, slices, shuffled: true },
    attributes: {
      ...{ patientId: 'BENCH-CT', patientName: 'Bench^Nobody', birthDate: '19700101', sex: 'M' },
      ...{ studyDate: '20260105', studyTime: '080000', studyDescription: 'Chest CT (synthetic)' },
      ...{
        key: `bench ${slices}`,
        seriesNumber: 2,
        seriesDescription: 'Chest (synthetic)',
        bodyPart: 'CHEST',
      },
    },
  });
  for (const { sopInstanceUid, bytes } of series) {
    const path = join(folder, `${sopInstanceUid}.dcm`);
    await writeFile(path, bytes);
    images.push({ sopInstanceUid, path });
  }
  return images;
}

async function bareDecode(
  images: readonly CtImage[],
  decoder: ReturnType<typeof createDecodePool>,
  concurrency: number,
): Promise<number> {
  const waiting = [...images];
  const started = performance.now();
  const lane = async () => {
    for (let image = waiting.pop(); image; image = waiting.pop())
      await decoder.decode({ path: image.path }, 0);
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  return performance.now() - started;
}
