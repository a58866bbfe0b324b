import type { CtDisease } from '../../demo/ct/disease.js';
import { thoraxVolume, type ThoraxSlice } from '../../demo/ct/thorax-volume.js';
import { sliceProbability } from '../../server/inference/slices/judge-slice.js';
import type { LoadedCtModel } from '../../server/inference/slices/manifest.js';
import { toSliceInput } from '../../server/inference/slices/slice-input.js';
import type { Engine } from '../../server/inference/types.js';
import type { Progress } from '../progress.js';

/** A slice of a generated series as the model sees it, with what is known of it. */
export interface GeneratedSlice {
  covidProbability: number;
  /** Share of the lung in the slice that is involved, 0 to 100. */
  involvementPercent: number;
  features: Float32Array;
}

/** A generated chest CT. */
export interface GeneratedSeries {
  disease: CtDisease;
  slices: GeneratedSlice[];
}

const size = 256;
/** Slices of a series, spread over the chest. */
const slicesOfSeries = 14;
/** A slice with less lung than this share of it is not classified when serving either. */
const leastLung = 0.02;

function diseases(): CtDisease[] {
  const clear = Array.from({ length: 10 }, (): CtDisease => ({ kind: 'CLEAR' }));
  const involved = (['PERIPHERAL', 'POSTERIOR', 'HILAR'] as const).flatMap((kind) =>
    [0.04, 0.12, 0.3].flatMap((extent) => [0.15, 0.5].map((solid): CtDisease => ({ kind, extent, solid }))),
  );
  return [...clear, ...involved];
}

function involvementOf({ lungs, involved }: ThoraxSlice): number | null {
  let [lung, ill] = [0, 0];
  lungs.forEach((side, at) => {
    if (side === 0) return;
    lung++;
    if (involved[at]) ill++;
  });
  return lung < leastLung * lungs.length ? null : (100 * ill) / lung;
}

/** Generated series of known truth, clear ones and involved ones, judged slice by slice as serving does. */
export async function judgeGenerated(
  engine: Engine,
  { manifest }: LoadedCtModel,
  progress: Progress,
): Promise<GeneratedSeries[]> {
  const list = diseases();
  const step = progress.stage('generated series', list.length);
  const result: GeneratedSeries[] = [];
  for (const [index, disease] of list.entries()) {
    const volume = thoraxVolume({ seed: `series ${index}`, disease, size, slices: slicesOfSeries });
    const inputs: Float32Array[] = [];
    const percents: number[] = [];
    for (let at = 0; at < volume.slices; at++) {
      const slice = volume.slice(at);
      const percent = involvementOf(slice);
      if (percent === null) continue;
      percents.push(percent);
      const picture = { width: size, height: size, hounsfield: slice.hu };
      inputs.push(toSliceInput(picture, manifest.input).values);
    }
    const outputs = await engine.infer(inputs);
    const slices = outputs.map((output, i) => ({
      covidProbability: sliceProbability(output, manifest),
      involvementPercent: percents[i] ?? 0,
      features: output.features,
    }));
    result.push({ disease, slices });
    step(result.length);
  }
  return result;
}
