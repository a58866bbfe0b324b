import type { TopLevelSpec } from 'vega-lite';
import type { SeverityFigures } from '../../evaluation/types.js';
import { colours } from '../render.js';
import { diagonal, schema, side } from './common.js';

/** The model's score against the reader's, and their difference over their mean. */
export function severityPlots({ points, agreement }: SeverityFigures): {
  scatter: TopLevelSpec;
  difference: TopLevelSpec | null;
} {
  const full = { domain: [0, 18] };
  const mark = { type: 'point', filled: true, size: 60, opacity: 0.75, color: colours[1] } as const;
  const scatter: TopLevelSpec = {
    $schema: schema,
    width: side,
    height: side,
    layer: [
      diagonal(18),
      {
        data: { values: [...points] },
        mark,
        encoding: {
          x: { field: 'truth', type: 'quantitative', scale: full, title: 'senior reader, Brixia score' },
          y: { field: 'score', type: 'quantitative', scale: full, title: 'model' },
        },
      },
    ],
  };
  if (agreement === null) return { scatter, difference: null };
  const lines = [
    { y: agreement.upper, text: `bias + 1.96 SD: ${agreement.upper.toFixed(1)}` },
    { y: agreement.bias, text: `bias: ${agreement.bias.toFixed(1)}` },
    { y: agreement.lower, text: `bias − 1.96 SD: ${agreement.lower.toFixed(1)}` },
  ];
  const reach = [...lines.map((line) => line.y), ...points.map(({ score, truth }) => score - truth)];
  const scale = { domain: [Math.floor(Math.min(...reach)) - 1, Math.ceil(Math.max(...reach)) + 1] };
  const y = { field: 'y', type: 'quantitative', title: 'model − reader', scale } as const;
  const difference: TopLevelSpec = {
    $schema: schema,
    width: side,
    height: side,
    layer: [
      {
        data: { values: lines },
        mark: { type: 'rule', color: colours[0], strokeDash: [5, 3], strokeWidth: 1.5 },
        encoding: { y },
      },
      {
        data: { values: lines },
        mark: {
          type: 'text',
          align: 'right',
          baseline: 'bottom',
          dy: -3,
          x: 'width',
          color: '#8a3d00',
          fontSize: 12,
        },
        encoding: { y, text: { field: 'text' } },
      },
      {
        data: { values: points.map(({ score, truth }) => ({ x: (score + truth) / 2, y: score - truth })) },
        mark,
        encoding: {
          x: { field: 'x', type: 'quantitative', scale: full, title: 'mean of model and reader' },
          y,
        },
      },
    ],
  };
  return { scatter, difference };
}
