// A process of its own for each series, so that its memory is its own.
import { availableParallelism } from 'node:os';
import { createDecodePool } from '../server/dicom/index.js';
import { examineCt, type CtImage } from '../server/triage/ct/examine.js';

/** What one series took, in the unit that the name ends with. */
export interface CtRun {
  headersMs: number;
  /** Reading, decoding and reducing what the volume is made of, in parallel. */
  decodeMs: number;
  lungsMs: number;
  involvementMs: number;
  /** Waiting for the engine; for the most part beside decoding and analysis. */
  classifyMs: number;
  totalMs: number;
  /** Decoding every slice of the series alone, through the same pool. */
  bareDecodeMs: number;
  /** How far the resident memory of the process, threads included, rose while the series was examined. */
  memoryRiseMegabytes: number;
  involvementPercent: number | null;
  classified: number;
}

async function run(images: CtImage[]): Promise<CtRun> {
  const cores = availableParallelism();
  const concurrency = cores + 2;
  const decoder = createDecodePool({ size: cores, deadlineMs: 60_000 });
  try {
    const waiting = [...images];
    const lane = async () => {
      for (let image = waiting.pop(); image; image = waiting.pop()) {
        await decoder.decode({ path: image.path }, 0);
      }
    };
    const bareStarted = performance.now();
    await Promise.all(Array.from({ length: concurrency }, lane));
    const bareDecodeMs = performance.now() - bareStarted;

    const before = process.memoryUsage.rss();
    let peak = before;
    const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 20);
    const started = performance.now();
    const { durations, findings } = await examineCt(images, {
      ...{ decoder, judge: null, concurrency },
      signal: new AbortController().signal,
    });
    const totalMs = performance.now() - started;
    clearInterval(watch);
    return {
      ...durations,
      ...{ totalMs, bareDecodeMs },
      memoryRiseMegabytes: (peak - before) / 1e6,
      involvementPercent: findings?.analysis.involvement.percent ?? null,
      classified: findings?.slices.filter(({ outcome }) => outcome !== null).length ?? 0,
    };
  } finally {
    await decoder.close();
  }
}

process.once('message', (images: CtImage[]) => {
  run(images).then(
    (result) => process.send?.(result, () => process.disconnect()),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
