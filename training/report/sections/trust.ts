import { mean } from '../../../server/inference/numbers.js';
import { suitableKind } from '../../evaluation/gate.js';
import type { Evaluation } from '../../evaluation/types.js';
import { figureOf, percent } from '../format.js';
import { figure, html, section, table, type Section } from '../html.js';
import { reliabilityPlot } from '../plots/calibration.js';
import { forestPlot } from '../plots/forest.js';
import { colours, render } from '../render.js';

/** Reliability of the top probability and of each class, and whether intervals hold what they state. */
export async function calibrationSection({ calibration, intervals }: Evaluation): Promise<Section> {
  const all = [
    { label: 'top finding', error: calibration.error, reliability: calibration.reliability },
    ...calibration.classes,
  ];
  const plots = await Promise.all(
    all.map(async ({ label, error, reliability }, i) =>
      figure(
        await render(reliabilityPlot(reliability, label, colours[(i + 6) % 7] ?? '#000000')),
        `Calibration error ${figureOf(error)}`,
        `Reliability of ${label}: ${reliability
          .map(
            ({ stated, observed }) => `stated ${stated.toFixed(2)}, came true ${observed.value.toFixed(2)}`,
          )
          .join('; ')}.`,
      ),
    ),
  );
  const classes = intervals.probabilities.classes.map(({ label, bins }) => [
    label,
    `${bins.filter(({ covered }) => covered).length} of ${bins.length}`,
    mean(bins.map(({ low, high }) => high - low)).toFixed(3),
  ]);
  return section(
    'calibration',
    'Calibration and intervals',
    html`<p>
      Films of like probability are put into ten bins of equal mass. A model that states what comes true lies
      on the diagonal. Chance alone gives a perfectly calibrated model an error of
      ${calibration.errorByChance.toFixed(3)} on so many films. Brier score (0 best, 2 worst):
      ${figureOf(calibration.brier)}.
    </p>`,
    html`<div class="pair small">${plots}</div>`,
    table(
      `Intervals of probabilities, stated to hold ${(intervals.stated * 100).toFixed(0)} %: bins in which the share that came true lies between the mean ends`,
      ['class', 'bins covered', 'mean width'],
      [...classes, ['all', percent(intervals.probabilities.coveredBins), '']],
    ),
    html`<p>
      The interval of the severity score holds the reader's score in
      ${intervals.severity === null ? 'no film, since none is graded' : percent(intervals.severity)}.
    </p>`,
  );
}

export async function gateSection({ goodFilmsRefused, unsuitableRefused }: Evaluation): Promise<Section> {
  const kinds = Object.entries(unsuitableRefused)
    .filter(([kind]) => kind !== suitableKind)
    .sort(([, a], [, b]) => a.value - b.value)
    .map(([name, proportion]) => ({ name, proportion }));
  const moved = unsuitableRefused[suitableKind];
  const should = [
    { name: 'frontal films as they are', proportion: goodFilmsRefused },
    ...(moved ? [{ name: 'frontal films, moved and re-exposed', proportion: moved }] : []),
  ];
  return section(
    'gate',
    'Abstention',
    html`<p>
      Judged by the pixels alone. Attributes of the image (modality, view position, body part) are checked
      before, and refuse more. Laterals and CT slices are real and were not trained on; the other kinds are
      generated from held-out films.
    </p>`,
    figure(
      await render(forestPlot(kinds, 'share refused')),
      'Unsuitable pictures refused, with Wilson 95 % intervals, the weakest first.',
      `Unsuitable pictures refused: ${kinds.map(({ name, proportion }) => `${name} ${percent(proportion)}`).join('; ')}.`,
    ),
    table(
      'Refused of what should be refused, and of what should pass',
      ['picture', 'should be', 'refused'],
      [
        ...should.map(({ name, proportion }) => [name, 'judged', percent(proportion)]),
        ...kinds.map(({ name, proportion }) => [name, 'refused', percent(proportion)]),
      ],
    ),
  );
}
