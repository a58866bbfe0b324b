import type { LoadedModel } from '../../server/inference/manifest.js';
import { judge } from '../../server/inference/judge.js';
import { toModelInput } from '../../server/inference/preprocess.js';
import type { Engine, Picture, PictureContext, Prediction } from '../../server/inference/types.js';

/** What one picture gave. */
export interface Verdict {
  prediction: Prediction;
  /** The network's averaged features, as they left it. */
  features: Float32Array;
}

/** Where the time went, milliseconds in all and pictures. */
export interface JudgingTime {
  pictures: number;
  preprocessMs: number;
  inferenceMs: number;
  judgeMs: number;
}

export interface Judge {
  /**
   * Judges `count` pictures in batches, in order. The next batch is decoded while this one is computed.
   *
   * @param picture decodes the i-th picture
   * @param visit called with each verdict, in order
   */
  all(
    count: number,
    picture: (index: number) => Promise<Picture>,
    visit: (index: number, verdict: Verdict, picture: Picture) => void,
    done?: (count: number) => void,
  ): Promise<void>;
  /** Median of one picture at a time, milliseconds from the decoded picture to the judgement. */
  single(pictures: readonly Picture[]): Promise<number>;
  time(): JudgingTime;
}

/** Nothing is known but the pixels, so that no attribute can help the model. */
const unknown: PictureContext = { modality: null, viewPosition: null, bodyPartExamined: null };

/** Judges through what serves: the same preprocessing, engine, judgement. The engine has the model loaded. */
export function createJudge(engine: Engine, model: LoadedModel, batchSize = 16): Judge {
  const time: JudgingTime = { pictures: 0, preprocessMs: 0, inferenceMs: 0, judgeMs: 0 };
  const { input } = model.manifest;
  const run = async (pictures: readonly Picture[]): Promise<Verdict[]> => {
    const started = performance.now();
    const inputs = pictures.map((picture) => toModelInput(picture, input));
    const ready = performance.now();
    const outputs = await engine.infer(inputs);
    const inferred = performance.now();
    const verdicts = pictures.map((picture, i) => {
      const output = outputs[i];
      if (!output) throw new Error('the engine left a picture out');
      return { prediction: judge(picture, output, model, unknown), features: output.features };
    });
    time.pictures += pictures.length;
    time.preprocessMs += ready - started;
    time.inferenceMs += inferred - ready;
    time.judgeMs += performance.now() - inferred;
    return verdicts;
  };
  return {
    time: () => ({ ...time }),
    all: async (count, picture, visit, done = () => undefined) => {
      const read = (from: number) =>
        Promise.all(Array.from({ length: Math.min(batchSize, count - from) }, (_, i) => picture(from + i)));
      let next = count > 0 ? read(0) : Promise.resolve([]);
      for (let from = 0; from < count; from += batchSize) {
        const pictures = await next;
        if (from + batchSize < count) next = read(from + batchSize);
        // A failure of the next batch is reported when it is awaited, not as unhandled before.
        next.catch(() => undefined);
        const verdicts = await run(pictures);
        pictures.forEach((one, i) => {
          const verdict = verdicts[i];
          if (verdict) visit(from + i, verdict, one);
        });
        done(from + pictures.length);
      }
    },
    single: async (pictures) => {
      const before = { ...time };
      const durations: number[] = [];
      for (const picture of pictures) {
        const started = performance.now();
        await run([picture]);
        durations.push(performance.now() - started);
      }
      Object.assign(time, before);
      durations.sort((a, b) => a - b);
      return durations[durations.length >> 1] ?? 0;
    },
  };
}
