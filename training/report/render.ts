import * as vega from 'vega';
import { compile, type Config, type TopLevelSpec } from 'vega-lite';

/** Okabe and Ito's colours, told apart with every kind of colour vision (Wong 2011, doi:10.1038/nmeth.1618). */
export const colours = ['#D55E00', '#0072B2', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#000000'];
/** Lines differ by their dashes, too, so that they can be told apart in print. */
export const dashes = [
  [1, 0],
  [7, 3],
  [2, 2],
  [8, 2, 2, 2],
];

const text = '#1b1f24';
const quiet = '#57606a';

const config: Config = {
  aria: false,
  mark: { aria: false },
  background: 'transparent',
  font: 'Helvetica, Arial, sans-serif',
  axis: {
    labelColor: text,
    titleColor: text,
    gridColor: '#e4e7eb',
    domainColor: quiet,
    tickColor: quiet,
    labelFontSize: 12,
    titleFontSize: 13,
    titleFontWeight: 'normal',
    titlePadding: 8,
  },
  legend: {
    labelFontSize: 12,
    titleFontSize: 12,
    labelColor: text,
    titleColor: text,
    labelLimit: 320,
    symbolSize: 120,
  },
  header: { labelFontSize: 13, labelColor: text },
  view: { stroke: null },
  title: { fontSize: 13, color: text, fontWeight: 'normal' },
};

/** A drawing by Vega-Lite as SVG text, without scripts and style attributes. */
export async function render(spec: TopLevelSpec): Promise<string> {
  const compiled = compile(spec, { config }).spec;
  const view = new vega.View(vega.parse(compiled), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return svg;
}
