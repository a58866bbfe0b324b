import type { TopLevelSpec } from 'vega-lite';
import type { ReliabilityBin } from '../../statistics/calibration.js';
import { diagonal, schema, unit } from './common.js';

/** Stated probability against what came true, with Wilson intervals. */
export function reliabilityPlot(
  bins: readonly ReliabilityBin[],
  title: string,
  colour: string,
): TopLevelSpec {
  const values = bins.map(({ stated, observed: { value, low, high } }) => ({ stated, value, low, high }));
  const x = { field: 'stated', type: 'quantitative', scale: unit, title: 'stated probability' } as const;
  return {
    $schema: schema,
    width: 185,
    height: 185,
    title,
    layer: [
      diagonal(1),
      {
        data: { values },
        mark: { type: 'rule', color: colour, strokeWidth: 1.5 },
        encoding: {
          x,
          y: { field: 'low', type: 'quantitative', scale: unit, title: 'came true' },
          y2: { field: 'high' },
        },
      },
      {
        data: { values },
        mark: { type: 'point', filled: true, size: 50, color: colour, opacity: 1 },
        encoding: { x, y: { field: 'value', type: 'quantitative', scale: unit, title: 'came true' } },
      },
    ],
  };
}
