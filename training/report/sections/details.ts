import type { Thumbnail } from '../../evaluation/thumbnails.js';
import type { Evaluation, HardCase } from '../../evaluation/types.js';
import { percent } from '../format.js';
import { figure, html, section, table, type Html, type Section } from '../html.js';
import { trainingPlots } from '../plots/training.js';
import { render } from '../render.js';

export async function trainingSection({ training }: Evaluation): Promise<Section[]> {
  const last = training.at(-1);
  if (last === undefined) return [];
  const { loss, accuracy } = trainingPlots(training);
  const best = training.reduce((a, b) => (b.foldLoss < a.foldLoss ? b : a));
  return [
    section(
      'training',
      'Training',
      html`<div class="pair">
        ${[
          figure(
            await render(loss),
            'Loss by epoch, on the training films and on the fold kept for early stopping.',
            `Loss over ${last.epoch} epochs: training ends at ${last.trainLoss.toFixed(3)}, the fold is best at epoch ${best.epoch} with ${best.foldLoss.toFixed(3)}.`,
          ),
          figure(
            await render(accuracy),
            'Accuracy on the fold by epoch.',
            `Accuracy on the fold ends at ${last.foldAccuracy.toFixed(3)}; at epoch ${best.epoch} it is ${best.foldAccuracy.toFixed(3)}.`,
          ),
        ]}
      </div>`,
    ),
  ];
}

export function protocolSection({ protocol }: Evaluation): Section[] {
  if (protocol.films.length === 0) return [];
  return [
    section(
      'protocol',
      "The original write-up's test pictures",
      html`<p>${percent(protocol.correct)} are judged as they are labelled.</p>`,
      html`<details>
        <summary>Each of them</summary>
        ${table(
          "The write-up's test pictures",
          ['picture', 'truth', 'judged', 'probability', 'right'],
          protocol.films.map((film) => [
            film.name,
            film.truth,
            film.predicted,
            film.probability.toFixed(3),
            film.truth === film.predicted ? 'yes' : 'no',
          ]),
        )}
      </details>`,
    ),
  ];
}

function card(one: HardCase, { film, overlay }: Thumbnail): Html {
  const judged = `${one.truth}, judged ${one.predicted}`;
  return html`<li>
    <img src="${film}" alt="Film ${one.name}: ${judged}" /><img
      src="${overlay}"
      alt="The same film under its heatmap"
    />
    <span>${judged}; ${one.source}; ${one.probability.toFixed(3)} for the truth</span>
  </li>`;
}

/** The films with the least probability for the truth; with pictures in a local page only. */
export function hardestSection({ hardest }: Evaluation, thumbnails: ReadonlyMap<string, Thumbnail>): Section {
  const pictures = hardest.flatMap((one) => {
    const thumbnail = thumbnails.get(one.name);
    return thumbnail ? [card(one, thumbnail)] : [];
  });
  return section(
    'hardest',
    'Hardest films',
    html`<p>Those with the least probability for their label. A label may be wrong, too.</p>`,
    ...(pictures.length > 0
      ? [
          html`<ul class="films">
            ${pictures}
          </ul>`,
        ]
      : []),
    table(
      'The hardest films',
      ['picture', 'source', 'truth', 'judged', 'probability of the truth', 'refused'],
      hardest.map((one) => [
        one.name,
        one.source,
        one.truth,
        one.predicted,
        one.probability.toFixed(3),
        one.abstained ? 'yes' : 'no',
      ]),
    ),
  );
}

export function costSection({ cost, heldOut }: Evaluation): Section {
  return section(
    'cost',
    'Time and cost',
    table(
      'What a judgement costs on the machine of this evaluation',
      ['figure', 'value'],
      [
        [
          'One film at a time, median',
          `${cost.singleMs.toFixed(1)} ms from the decoded film to the judgement`,
        ],
        [`In batches of ${cost.batchSize}, preprocessing`, `${cost.preprocessMs.toFixed(1)} ms a film`],
        [`In batches of ${cost.batchSize}, network`, `${cost.inferenceMs.toFixed(1)} ms a film`],
        [`In batches of ${cost.batchSize}, judgement and heatmap`, `${cost.judgeMs.toFixed(1)} ms a film`],
        ['Engine', html`${cost.engine} ${cost.engineVersion} on ${cost.device}`],
        [
          'Machine',
          html`${cost.processors} processors, ${cost.memoryGigabytes} GB, ${cost.platform}, Node ${cost.node}`,
        ],
        [
          'Load of the machine meanwhile',
          `${cost.load.toFixed(1)} processes for ${cost.processors} processors`,
        ],
        ['Model files', `${cost.modelMegabytes.toFixed(1)} MB`],
        ['Whole evaluation', `${cost.evaluationSeconds} s for ${heldOut.films} films and all checks`],
      ],
    ),
  );
}
