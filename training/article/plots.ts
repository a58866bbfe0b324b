import type { TopLevelSpec } from 'vega-lite';
import { colours, render } from '../report/render.js';
import type { Epoch } from './run.js';

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
        scale: { domain: ['training', 'validation'], range: colours.slice(0, 2) },
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

/** These drawings stand alone, on whatever page shows them. */
function svg(spec: TopLevelSpec): Promise<string> {
  return render({ background: 'white', ...spec });
}
