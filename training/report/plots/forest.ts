import type { TopLevelSpec } from 'vega-lite';
import type { Proportion } from '../../metrics.js';
import { colours } from '../render.js';
import { quiet, schema, unit, type Layer } from './common.js';

/** Proportions with their intervals, one below the other, with a reference line where one is given. */
export function forestPlot(
  rows: readonly { name: string; proportion: Proportion }[],
  title: string,
  reference: { value: number; name: string } | null = null,
): TopLevelSpec {
  const values = rows.map(({ name, proportion: { value, low, high } }) => ({ name, value, low, high }));
  const y = { field: 'name', type: 'nominal', sort: null, title: null, axis: { labelLimit: 320 } } as const;
  const x = (field: string) =>
    ({ field, type: 'quantitative', scale: unit, title, axis: { format: '.0%' } }) as const;
  const lines: Layer[] =
    reference === null
      ? []
      : [
          {
            data: { values: [reference] },
            mark: { type: 'rule', strokeDash: [4, 3], color: quiet, strokeWidth: 1.5 },
            encoding: { x: x('value') },
          },
          {
            data: { values: [reference] },
            mark: {
              type: 'text',
              align: 'left',
              dx: 5,
              dy: -4,
              y: 0,
              baseline: 'bottom',
              color: quiet,
              fontSize: 12,
            },
            encoding: { x: x('value'), text: { field: 'name' } },
          },
        ];
  return {
    $schema: schema,
    width: 420,
    height: { step: 30 },
    layer: [
      ...lines,
      {
        data: { values },
        mark: { type: 'rule', strokeWidth: 2, color: colours[1] },
        encoding: { y, x: x('low'), x2: { field: 'high' } },
      },
      {
        data: { values },
        mark: { type: 'point', filled: true, size: 70, opacity: 1, color: colours[1] },
        encoding: { y, x: x('value') },
      },
    ],
  };
}
