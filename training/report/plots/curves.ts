import type { TopLevelSpec } from 'vega-lite';
import type { Evaluation } from '../../evaluation/types.js';
import type { Interval } from '../../statistics/bootstrap.js';
import type { RocPoint } from '../../statistics/ranking.js';
import { figureOf } from '../format.js';
import { diagonal, palette, schema, side, unit } from './common.js';

function curvePlot(
  values: { x: number; y: number; order: number; name: string }[],
  names: string[],
  titles: { x: string; y: string; legend: string },
  interpolate: 'linear' | 'step-before',
  reference: boolean,
): TopLevelSpec {
  const { color, dash } = palette(names);
  const legend = {
    orient: 'bottom',
    columns: 1,
    title: titles.legend,
    titleLimit: 400,
    labelLimit: 400,
    symbolStrokeWidth: 3,
  } as const;
  return {
    $schema: schema,
    width: side,
    height: side,
    layer: [
      ...(reference ? [diagonal(1)] : []),
      {
        data: { values },
        mark: { type: 'line', interpolate, strokeWidth: 2 },
        encoding: {
          x: { field: 'x', type: 'quantitative', scale: unit, title: titles.x },
          y: { field: 'y', type: 'quantitative', scale: unit, title: titles.y },
          order: { field: 'order', type: 'quantitative' },
          color: { field: 'name', type: 'nominal', scale: color, legend },
          strokeDash: { field: 'name', type: 'nominal', scale: dash, legend },
        },
      },
    ],
  };
}

const curved = <Curve extends { roc: RocPoint[] }>({ ranking }: { ranking: Curve[] }) =>
  ranking.filter(({ roc }) => roc.length > 0);

/** @param evaluation a curve for each label */
export function rocPlot(evaluation: {
  ranking: { label: string; roc: RocPoint[]; areaUnderRoc: Interval | null }[];
}): TopLevelSpec {
  const named = curved(evaluation).map((one) => ({
    ...one,
    name: `${one.label} ${figureOf(one.areaUnderRoc)}`,
  }));
  const values = named.flatMap(({ name, roc }) =>
    roc.map(({ falsePositiveRate: x, truePositiveRate: y }, order) => ({ x, y, order, name })),
  );
  const titles = { x: '1 − specificity', y: 'sensitivity', legend: 'area (95 % interval)' };
  return curvePlot(
    values,
    named.map(({ name }) => name),
    titles,
    'linear',
    true,
  );
}

export function precisionRecallPlot(evaluation: Evaluation): TopLevelSpec {
  const named = curved(evaluation).map((one) => ({
    ...one,
    name: `${one.label} ${figureOf(one.averagePrecision)}`,
  }));
  const values = named.flatMap(({ name, precisionRecall }) => {
    const points = precisionRecall.map(({ recall: x, precision: y }) => ({ x, y }));
    return [{ x: 0, y: points[0]?.y ?? 1 }, ...points].map((point, order) => ({ ...point, order, name }));
  });
  return curvePlot(
    values,
    named.map(({ name }) => name),
    { x: 'sensitivity (recall)', y: 'precision', legend: 'average precision (95 % interval)' },
    'step-before',
    false,
  );
}
