import type { Evaluation } from '../../evaluation/types.js';
import { figureOf, percent } from '../format.js';
import { figure, html, section, table, type Section } from '../html.js';
import { severityPlots } from '../plots/severity.js';
import { render } from '../render.js';

export async function severitySection({ severity, intervals }: Evaluation): Promise<Section> {
  if (severity.films === 0) {
    return section(
      'severity',
      'Severity',
      html`<p>No held-out film has both a reader's grade and the model's.</p>`,
    );
  }
  const { scatter, difference } = severityPlots(severity);
  const { agreement } = severity;
  const limits = agreement ? `${agreement.lower.toFixed(1)} to ${agreement.upper.toFixed(1)}` : '–';
  return section(
    'severity',
    'Severity',
    html`<p>
      Brixia score, 0 to 18, against the senior reader, on ${severity.films} films; ${severity.notGraded} more
      have a reader's grade, but the model saw nothing to grade. Two readers differ by 1.87 points and
      correlate by 0.88 (Signoroni et al. 2021, on the graded films of this data).
    </p>`,
    html`<div class="pair">
      ${[
        figure(
          await render(scatter),
          'Each point is a film; the dashed line is agreement.',
          `Model against reader: mean absolute error ${figureOf(severity.meanAbsoluteErrorInterval, 2)} points, correlation ${figureOf(severity.correlation, 2)}.`,
        ),
        ...(difference === null
          ? []
          : [
              figure(
                await render(difference),
                'Bland-Altman: difference over mean, with the limits of agreement.',
                `Bland-Altman: bias ${figureOf(severity.bias, 2)} points, limits of agreement ${limits}.`,
              ),
            ]),
      ]}
    </div>`,
    table(
      'Agreement with the senior reader, bootstrap intervals over patients',
      ['figure', 'value'],
      [
        ['Mean absolute error, points', figureOf(severity.meanAbsoluteErrorInterval, 2)],
        ['Correlation', figureOf(severity.correlation, 2)],
        ['Bias (model − reader), points', figureOf(severity.bias, 2)],
        ['Limits of agreement, points', limits],
        ['Same level of 1 to 3', percent(severity.sameLevel)],
        [
          `Reader's score inside the ${(intervals.stated * 100).toFixed(0)} % interval`,
          intervals.severity ? percent(intervals.severity) : '–',
        ],
      ],
    ),
  );
}
