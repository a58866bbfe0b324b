import type { SliceJudge, SliceOutcome, SlicePicture } from '../../server/triage/task/tools.js';

/**
 * A stand-in for a model of CT slices, with an opinion that follows from the picture alone: the more of the lung's
 * range is dense, the more probable is COVID. No medical meaning.
 */
export function createStandInJudge(): SliceJudge & { judged: number } {
  const judge = {
    judged: 0,
    model: { id: 'tiny-ct', version: '0.0.1', labels: ['COVID', 'NON_COVID'] },
    predictSlices: (slices: SlicePicture[]) => {
      judge.judged += slices.length;
      return Promise.resolve(slices.map(outcomeOf));
    },
  };
  return judge;
}

const cells = 8;

function outcomeOf({ width, height, hounsfield }: SlicePicture): SliceOutcome {
  const dense = new Float64Array(cells * cells);
  let [glass, air] = [0, 0];
  for (let at = 0; at < hounsfield.length; at++) {
    const value = hounsfield[at] ?? 0;
    if (value > -950 && value <= -700) air++;
    if (value <= -700 || value > -300) continue;
    glass++;
    const column = Math.floor(((at % width) * cells) / width);
    const cell = Math.floor((Math.floor(at / width) * cells) / height) * cells + column;
    dense[cell] = (dense[cell] ?? 0) + 1;
  }
  const most = Math.max(1, ...dense);
  return {
    covidProbability: Math.min(0.99, (1.5 * glass) / Math.max(1, glass + air)),
    heatmap: { width: cells, height: cells, values: Array.from(dense, (value) => value / most) },
    inferenceMs: 1,
  };
}
