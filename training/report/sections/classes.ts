import type { Evaluation } from '../../evaluation/types.js';
import { figureOf, percent, percentOf } from '../format.js';
import { figure, html, section, table, type Section } from '../html.js';
import { confusionPlot } from '../plots/confusion.js';
import { precisionRecallPlot, rocPlot } from '../plots/curves.js';
import { forestPlot } from '../plots/forest.js';
import { render } from '../render.js';

/** What a reader wants to know first, the weakest source named beside the whole. */
export function summarySection(evaluation: Evaluation): Section {
  const weakest = [...evaluation.sources].sort((a, b) => a.accuracy.value - b.accuracy.value)[0];
  const covid = evaluation.classes.find(({ label }) => label === 'COVID');
  return section(
    'summary',
    'Summary',
    table(
      `Key figures on ${evaluation.heldOut.films} held-out films of ${evaluation.heldOut.patients} patients`,
      ['figure', 'value (95 % interval)'],
      [
        ['Accuracy', percent(evaluation.accuracy)],
        ['Accuracy, interval by patient', percentOf(evaluation.accuracyByPatient)],
        ['Weakest source', weakest ? `${weakest.source}: ${percent(weakest.accuracy)}` : '–'],
        ...(covid
          ? [
              ['COVID sensitivity', percent(covid.recall)],
              ['COVID specificity', percent(covid.specificity)],
            ]
          : []),
        ['Balanced accuracy', percentOf(evaluation.balancedAccuracy)],
        ['Macro F1', figureOf(evaluation.macroF1)],
        ['Expected calibration error (ten bins of equal mass)', figureOf(evaluation.calibration.error)],
        ['Good frontal films refused', percent(evaluation.goodFilmsRefused)],
        ['Accuracy on the films not refused', percent(evaluation.accuracyWhenJudged)],
        ["The write-up's test pictures", percent(evaluation.protocol.correct)],
      ],
    ),
  );
}

export async function classesSection(evaluation: Evaluation): Promise<Section> {
  const { labels } = evaluation.model;
  const words = labels
    .map(
      (label, i) =>
        `${label}: ${labels.map((other, k) => `${other} ${evaluation.confusion[i]?.[k] ?? 0}`).join(', ')}`,
    )
    .join('; ');
  return section(
    'classes',
    'Classes',
    html`<p>Every film counts here, those that the gate would refuse included.</p>`,
    figure(
      await render(confusionPlot(evaluation)),
      'Confusion matrix: rows are the truth, columns the judgement; percentages are of the row.',
      `Confusion matrix. Judged, for films whose truth is ${words}.`,
    ),
    table(
      'Figures of each class against all others, with Wilson intervals',
      ['class', 'sensitivity (recall)', 'specificity', 'precision', 'F1'],
      evaluation.classes.map((one) => [
        one.label,
        percent(one.recall),
        percent(one.specificity),
        percent(one.precision),
        one.f1.toFixed(3),
      ]),
    ),
  );
}

export async function rankingSection(evaluation: Evaluation): Promise<Section> {
  const words = evaluation.ranking
    .filter(({ roc }) => roc.length > 0)
    .map(({ label, areaUnderRoc }) => `${label} ${figureOf(areaUnderRoc)}`)
    .join('; ');
  const precise = evaluation.ranking
    .filter(({ roc }) => roc.length > 0)
    .map(({ label, averagePrecision }) => `${label} ${figureOf(averagePrecision)}`)
    .join('; ');
  return section(
    'curves',
    'ROC and precision-recall',
    html`<div class="pair">
      ${[
        figure(
          await render(rocPlot(evaluation)),
          'Receiver operating characteristic of each class against all others.',
          `ROC curves. Areas: ${words}.`,
        ),
        figure(
          await render(precisionRecallPlot(evaluation)),
          'Precision over sensitivity of each class against all others.',
          `Precision-recall curves. Average precision: ${precise}.`,
        ),
      ]}
    </div>`,
    table(
      'Areas under the curves, with bootstrap intervals over patients',
      ['positive', 'against', 'films', 'positives', 'area under ROC', 'average precision'],
      evaluation.ranking.map((one) => [
        one.label,
        one.against,
        one.films,
        one.positives,
        figureOf(one.areaUnderRoc),
        figureOf(one.averagePrecision),
      ]),
    ),
  );
}

export async function groupsSection(evaluation: Evaluation): Promise<Section> {
  const sources = [...evaluation.sources].sort((a, b) => a.accuracy.value - b.accuracy.value);
  return section(
    'groups',
    'Sources and subgroups',
    html`<p>
      A source is a hospital or a collection. All films of a source may be of one class: its accuracy is then
      a sensitivity, and says nothing of false alarms there.
    </p>`,
    figure(
      await render(
        forestPlot(
          sources.map(({ source, accuracy }) => ({
            name: `${source} (${accuracy.of})`,
            proportion: accuracy,
          })),
          'accuracy',
          { value: evaluation.accuracy.value, name: 'all' },
        ),
      ),
      'Accuracy by source with Wilson 95 % intervals, the weakest first.',
      `Accuracy by source: ${sources.map(({ source, accuracy }) => `${source} ${percent(accuracy)}`).join('; ')}.`,
    ),
    ...evaluation.subgroups.map(({ name, groups }) =>
      table(
        `By ${name}, the weakest first`,
        [name, 'films', 'patients', 'accuracy', 'sensitivity of each class', 'COVID area under ROC'],
        [...groups]
          .sort((a, b) => a.accuracy.value - b.accuracy.value)
          .map((group) => [
            group.value,
            group.films,
            group.patients,
            percent(group.accuracy),
            html`${Object.entries(group.recall).map(
              ([label, recall]) => html`<span class="line">${label} ${percent(recall)}</span>`,
            )}`,
            figureOf(group.covidAreaUnderRoc),
          ]),
      ),
    ),
  );
}
