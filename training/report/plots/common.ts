import type { TopLevelSpec } from 'vega-lite';
import { colours, dashes } from '../render.js';

/** What the drawings have in common. */

/** One layer of a Vega-Lite drawing. */
export type Layer = Extract<TopLevelSpec, { layer: unknown }>['layer'][number];

export const schema = 'https://vega.github.io/schema/vega-lite/v6.json';
/** Of a large square drawing, pixels. */
export const side = 330;
export const unit = { domain: [0, 1] };
export const quiet = '#57606a';

function cycled<T>(values: readonly T[], fallback: T, names: readonly string[]): T[] {
  return names.map((_, i) => values[i % values.length] ?? fallback);
}

/** A colour and a dash of its own for each name. */
export function palette(names: readonly string[]) {
  return {
    color: { domain: [...names], range: cycled(colours, '#000000', names) },
    dash: { domain: [...names], range: cycled(dashes, [1, 0], names) },
  };
}

/** The line on which both axes agree. */
export function diagonal(to: number): Layer {
  return {
    data: {
      values: [
        { x: 0, y: 0 },
        { x: to, y: to },
      ],
    },
    mark: { type: 'line', color: quiet, strokeDash: [3, 3], strokeWidth: 1 },
    encoding: { x: { field: 'x', type: 'quantitative' }, y: { field: 'y', type: 'quantitative' } },
  };
}
