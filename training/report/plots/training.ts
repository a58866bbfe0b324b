import type { TopLevelSpec } from 'vega-lite';
import type { TrainingEpoch } from '../../evaluation/types.js';
import { palette, schema, side } from './common.js';

/** Loss of training and fold, and accuracy on the fold, by epoch. */
export function trainingPlots(epochs: readonly TrainingEpoch[]): {
  loss: TopLevelSpec;
  accuracy: TopLevelSpec;
} {
  const { color, dash } = palette(['training', 'fold']);
  const legend = { orient: 'bottom', title: null, symbolType: 'stroke', symbolStrokeWidth: 3 } as const;
  const plot = (
    values: { epoch: number; value: number; of: string }[],
    title: string,
    scale: { zero: boolean; domain?: number[] },
  ): TopLevelSpec => ({
    $schema: schema,
    width: side,
    height: 220,
    data: { values },
    mark: { type: 'line', point: { filled: true, size: 40 }, strokeWidth: 2 },
    encoding: {
      x: { field: 'epoch', type: 'quantitative', title: 'epoch', axis: { tickMinStep: 1, format: 'd' } },
      y: { field: 'value', type: 'quantitative', title, scale },
      color: { field: 'of', type: 'nominal', scale: color, legend },
      strokeDash: { field: 'of', type: 'nominal', scale: dash, legend },
    },
  });
  return {
    loss: plot(
      epochs.flatMap(({ epoch, trainLoss, foldLoss }) => [
        { epoch, value: trainLoss, of: 'training' },
        { epoch, value: foldLoss, of: 'fold' },
      ]),
      'loss',
      { zero: false },
    ),
    accuracy: plot(
      epochs.map(({ epoch, foldAccuracy }) => ({ epoch, value: foldAccuracy, of: 'fold' })),
      'accuracy',
      { zero: false },
    ),
  };
}
