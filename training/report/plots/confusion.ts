import type { TopLevelSpec } from 'vega-lite';
import { schema } from './common.js';

/** Rows: truth, columns: judged; shaded by the share of the row. */
export function confusionPlot({
  confusion,
  model,
}: {
  confusion: number[][];
  model: { labels: string[] };
}): TopLevelSpec {
  const values = confusion.flatMap((row, i) => {
    const total = row.reduce((a, b) => a + b, 0);
    return row.map((count, k) => ({
      truth: model.labels[i] ?? '',
      judged: model.labels[k] ?? '',
      share: total > 0 ? count / total : 0,
      text: `${count}`,
      percent: total > 0 ? `${((100 * count) / total).toFixed(1)} %` : '',
    }));
  });
  const ink = { condition: { test: 'datum.share > 0.5', value: 'white' }, value: '#1b1f24' };
  return {
    $schema: schema,
    width: 110 * model.labels.length,
    height: 80 * model.labels.length,
    data: { values },
    encoding: {
      x: {
        field: 'judged',
        type: 'nominal',
        sort: [...model.labels],
        title: 'judged',
        axis: { orient: 'top', labelAngle: 0, domain: false, ticks: false },
      },
      y: { field: 'truth', type: 'nominal', sort: [...model.labels], axis: { domain: false, ticks: false } },
    },
    layer: [
      {
        mark: { type: 'rect', stroke: 'white', strokeWidth: 2 },
        encoding: {
          color: {
            field: 'share',
            type: 'quantitative',
            scale: { domain: [0, 1], range: ['#eef4f9', '#0b4f82'] },
            legend: null,
          },
        },
      },
      { mark: { type: 'text', fontSize: 18, dy: -8 }, encoding: { text: { field: 'text' }, color: ink } },
      { mark: { type: 'text', fontSize: 12, dy: 12 }, encoding: { text: { field: 'percent' }, color: ink } },
    ],
  };
}
