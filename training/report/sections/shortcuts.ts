import type { Evaluation } from '../../evaluation/types.js';
import { percent, percentOf } from '../format.js';
import { figure, html, section, table, type Section } from '../html.js';
import { forestPlot } from '../plots/forest.js';
import { render } from '../render.js';

const share = (value: number) => `${(value * 100).toFixed(1)} %`;

/** Whether the model knows the hospital rather than the disease. */
export async function shortcutSection({
  shortcuts,
  accuracy,
  balancedAccuracy,
  leaks,
}: Evaluation): Promise<Section> {
  const { heatmap, views, probes } = shortcuts;
  const inside =
    heatmap.insideLungs === null
      ? 'No film was judged COVID with a heatmap, so that there is none to look at.'
      : `Of the heatmap, ${percentOf(heatmap.insideLungs)} lies inside the lung region on ${heatmap.films} films judged ` +
        `COVID. The region is ${share(heatmap.areaOfLungs)} of those pictures: a map that says nothing would have that share.`;
  return section(
    'shortcuts',
    'Shortcuts',
    html`<p>
      COVID films and others come from different hospitals, scanners and ages in this data. A model that tells
      the class without the lungs, or the source from its features, may lean on that. The lung region is
      ${shortcuts.lungRegion}.
    </p>`,
    figure(
      await render(
        forestPlot(
          [
            { name: 'whole films', proportion: accuracy },
            ...views.map(({ name, accuracy: proportion }) => ({ name, proportion })),
          ],
          'accuracy',
          { value: shortcuts.majority, name: 'most frequent class' },
        ),
      ),
      'Accuracy of the model on whole films, without the lungs and from the borders; it should fall to the dashed line.',
      `Accuracy: whole films ${percent(accuracy)}; ${views
        .map((view) => `${view.name} ${percent(view.accuracy)}`)
        .join('; ')}; always naming the most frequent class ${share(shortcuts.majority)}.`,
    ),
    table(
      'The model on masked films',
      ['film', 'what was done', 'accuracy', 'balanced accuracy', 'balanced, by chance'],
      [
        [
          'whole',
          'nothing',
          percent(accuracy),
          balancedAccuracy ? share(balancedAccuracy.value) : '–',
          share(shortcuts.chance),
        ],
        ...views.map((view) => [
          view.name,
          view.what,
          percent(view.accuracy),
          share(view.balancedAccuracy),
          share(shortcuts.chance),
        ]),
      ],
    ),
    table(
      "Probes: logistic regression on the network's features, cross-validated over patients",
      [
        'question',
        'films',
        'classes',
        'accuracy',
        'most frequent',
        'balanced accuracy',
        'balanced, by chance',
      ],
      probes.map((one) => [
        one.question,
        one.films,
        one.classes,
        percent(one.accuracy),
        share(one.majority),
        share(one.balancedAccuracy),
        share(one.chance),
      ]),
    ),
    html`<p>
        A probe that answers well shows that the answer is in the features, not that the model uses it.
      </p>
      <p>${inside}</p>
      <h3>Leak check</h3>
      <p>
        ${leaks.sharedPatients.length} patients are in both splits. Of ${leaks.trainingFilms} training and
        ${leaks.heldOutFilms} held-out pictures, ${leaks.candidates} pairs across the splits are near by
        perceptual hash, and ${leaks.duplicates.length} of them are the same picture by their pixels.
      </p>`,
    ...(leaks.duplicates.length === 0
      ? []
      : [
          table(
            'Pictures in both splits',
            ['held out', 'training', 'correlation'],
            leaks.duplicates.map((pair) => [pair.heldOut, pair.training, pair.correlation.toFixed(3)]),
          ),
        ]),
  );
}
