import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Epoch } from './run.js';

/** Colour-blind safe (Okabe and Ito 2008). */
const colours = ['#0072B2', '#D55E00'];

/** Loss and accuracy by epoch, of training and validation, as SVG. */
export function curvesPlot(history: Epoch[]): Promise<string> {
  const rows = history.flatMap(({ epoch, train, validation }) => [
    { epoch, set: 'training', loss: train.loss, accuracy: train.accuracy },
    { epoch, set: 'validation', loss: validation.loss, accuracy: validation.accuracy },
  ]);
  const panel = (field: 'loss' | 'accuracy', title: string) => ({
    title,
    width: 360,
    height: 240,
    mark: { type: 'line' as const, point: history.length < 3 },
    encoding: {
      x: { field: 'epoch', type: 'quantitative' as const, axis: { tickMinStep: 1 } },
      y: { field, type: 'quantitative' as const, scale: field === 'accuracy' ? { domain: [0, 1] } : {} },
      color: {
        field: 'set',
        type: 'nominal' as const,
        title: null,
        scale: { domain: ['training', 'validation'], range: colours },
      },
    },
  });
  return svg({ data: { values: rows }, hconcat: [panel('loss', 'Loss'), panel('accuracy', 'Accuracy')] });
}

/** Confusion matrix as SVG: truth by row, prediction by column. */
export function confusionPlot(confusion: number[][], labels: string[]): Promise<string> {
  const rows = confusion.flatMap((row, i) =>
    row.map((count, k) => ({ truth: labels[i], predicted: labels[k], count })),
  );
  const most = Math.max(1, ...confusion.flat());
  const axes = {
    x: { field: 'predicted', type: 'nominal' as const, sort: labels, axis: { labelAngle: 0 } },
    y: { field: 'truth', type: 'nominal' as const, sort: labels },
  };
  return svg({
    title: 'The pictures kept for the end',
    data: { values: rows },
    width: 300,
    height: 240,
    layer: [
      {
        mark: 'rect',
        encoding: { ...axes, color: { field: 'count', type: 'quantitative', scale: { scheme: 'blues' } } },
      },
      {
        mark: { type: 'text', fontSize: 16 },
        encoding: {
          ...axes,
          text: { field: 'count', type: 'quantitative' },
          color: { condition: { test: `datum.count > ${most / 2}`, value: 'white' }, value: 'black' },
        },
      },
    ],
  });
}

function svg(spec: TopLevelSpec): Promise<string> {
  const compiled = compile({ background: 'white', ...spec }).spec;
  return new vega.View(vega.parse(compiled), { renderer: 'none' }).toSVG();
}
