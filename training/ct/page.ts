import { figureOf, percentOf } from '../report/format.js';
import { figure, html, section, table, type Section } from '../report/html.js';
import { pageShell } from '../report/page.js';
import { reliabilityPlot } from '../report/plots/calibration.js';
import { confusionPlot } from '../report/plots/confusion.js';
import { rocPlot } from '../report/plots/curves.js';
import { colours, render } from '../report/render.js';
import type { CtEvaluation } from './evaluate.js';
import type { CtFigures } from './figures.js';
import type { Spread } from './gap.js';

const share = (value: number) => `${(100 * value).toFixed(1)} %`;
export const spreadText = ({ median, low, high }: Spread) =>
  `${median.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;

/** Rows of the main figures, for page and card. */
export function mainRows(held: CtFigures, folds: CtFigures | null): string[][] {
  const row = (name: string, text: (figures: CtFigures) => string) => [
    name,
    text(held),
    folds === null ? '–' : text(folds),
  ];
  return [
    row('slices, documents', ({ slices, groups }) => `${slices}, ${groups}`),
    row('specificity', ({ specificity }) => percentOf(specificity)),
    row('sensitivity', ({ sensitivity }) => percentOf(sensitivity)),
    row('accuracy', ({ accuracy }) => percentOf(accuracy)),
    row('accuracy, each document once', ({ accuracyByGroup }) => percentOf(accuracyByGroup)),
    row('area under the ROC curve', ({ areaUnderRoc }) => figureOf(areaUnderRoc)),
    row('calibration error', ({ calibrationError }) => figureOf(calibrationError)),
    row('Brier score', ({ brier }) => brier.toFixed(3)),
  ];
}

/** What the model makes of figures without lungs, worst first. */
export function shortcutRows({ shortcuts: { probe, views }, heldOut }: CtEvaluation): string[][] {
  return [
    [
      `size, format and outermost pixels alone (another classifier, ${probe.slices} training figures in folds)`,
      percentOf(probe.accuracy),
      figureOf(probe.areaUnderRoc),
    ],
    ...views.map((view) => [
      `the model, ${view.name}`,
      percentOf(view.accuracy),
      figureOf(view.areaUnderRoc),
    ]),
    ['the model, whole figures', percentOf(heldOut.accuracy), figureOf(heldOut.areaUnderRoc)],
  ];
}

async function whole({ heldOut, folds, roc, model, reliability }: CtEvaluation): Promise<Section> {
  const covid = { label: 'COVID', roc, areaUnderRoc: heldOut.areaUnderRoc };
  return section(
    'figures',
    'How well slices are told apart',
    table(
      'Held-out figures and the folds of the training split',
      ['', 'held out', 'folds'],
      mainRows(heldOut, folds),
    ),
    figure(
      await render(confusionPlot({ confusion: heldOut.confusion, model })),
      'Confusion matrix of the held-out figures.',
      `${heldOut.confusion[0][0]} COVID figures judged so, ${heldOut.confusion[0][1]} missed; ${heldOut.confusion[1][1]} others judged so, ${heldOut.confusion[1][0]} called COVID.`,
    ),
    figure(
      await render(rocPlot({ ranking: [covid] })),
      'Receiver operating characteristic.',
      `Area under the curve ${figureOf(heldOut.areaUnderRoc)}.`,
    ),
    figure(
      await render(reliabilityPlot(reliability, 'COVID', colours[0] ?? 'black')),
      'Stated probability against what came true, in bins of equal size.',
      reliability
        .map(({ stated, observed }) => `${share(stated)} stated, ${share(observed.value)} true`)
        .join('; '),
    ),
  );
}

/** The report of a CT model's evaluation as one page. */
export async function ctReportPage(evaluation: CtEvaluation): Promise<string> {
  const { model, heldOut, gap, hardest } = evaluation;
  const sections = [
    section(
      'shortcuts',
      'Shortcuts',
      table(
        'Without the lungs',
        ['what is seen', 'accuracy', 'area under the ROC curve'],
        shortcutRows(evaluation),
      ),
    ),
    await whole(evaluation),
    ...(gap === null
      ? []
      : [
          section(
            'gap',
            'Figures and served slices',
            table(
              'COVID probability of generated slices: median and middle nine tenths',
              ['involvement of the lung in the slice', 'slices', 'probability', 'called COVID'],
              gap.generated.map(({ involvement, probability }) => [
                involvement,
                probability.slices,
                spreadText(probability),
                share(probability.called),
              ]),
            ),
            html`<p>
              Distance to the nearest training figure, 1 being the median between figures of different
              documents: figures ${spreadText(gap.distance.figures)}, generated slices
              ${spreadText(gap.distance.generated)}.
            </p>`,
          ),
        ]),
    section(
      'hardest',
      'The hardest figures',
      table(
        'Held-out figures that are judged most wrongly',
        ['picture', 'truth', 'COVID probability'],
        hardest.map(({ name, truth, covidProbability }) => [name, truth, covidProbability.toFixed(3)]),
      ),
    ),
  ];
  const facts = html`${heldOut.slices} figures of ${heldOut.groups} documents held out of training, judged on
    ${evaluation.createdAt.slice(0, 10)}. Intervals are of 95 %: percentiles of ${evaluation.resamples}
    bootstrap draws of whole documents. Model digest <code>${model.digest.slice(0, 16)}</code>. Made by
    <code>${evaluation.command}</code>.`;
  return pageShell(
    `Evaluation of ${model.id} ${model.version}`,
    {
      notice:
        'Not for diagnosis. The figures were chosen by authors and journals: slices of a scanner in daily use are not ' +
        'like them, and less is to be expected there.',
      facts,
      footer:
        "All numbers are in report.json beside this page; each figure's judgement is in predictions.csv.",
    },
    sections,
  );
}
