import type { CtManifest } from '../../server/inference/slices/manifest.js';
import type { CtEvaluation } from './evaluate.js';
import { mainRows, shortcutRows, spreadText } from './page.js';

function table(header: string[], rows: string[][]): string {
  return [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function gapText({ gap, threshold }: CtEvaluation): string {
  if (gap === null) return 'Not measured.';
  const clear = gap.generated.find(({ involvement }) => involvement === 'clear series');
  const share = (value: number) => `${(100 * value).toFixed(0)} %`;
  return `No real series with known truth was there to measure by. Slices of generated chests (\`demo/ct\`), prepared as served slices are,
lie ${gap.distance.generated.median.toFixed(2)} times as far from the nearest training figure as figures of different documents lie from each other.
Of slices of clear generated series ${clear ? share(clear.probability.called) : '–'} are called COVID at the threshold of ${threshold}.

${table(
  [
    'involvement of the lung in the slice',
    'slices',
    'COVID probability, median and middle nine tenths',
    'called COVID',
  ],
  gap.generated.map(({ involvement, probability }) => [
    involvement,
    String(probability.slices),
    spreadText(probability),
    share(probability.called),
  ]),
)}`;
}

/** The card of a CT model: its weakest figures first, then what it is for, its data and its limits. */
export function ctModelCard(manifest: CtManifest, figures: CtEvaluation): string {
  const { series, input } = manifest;
  return `# ${manifest.id} ${manifest.version}

Not for diagnosis. It gives axial chest CT slices a COVID probability, by which a series is put in the queue.

## Shortcuts

The figures of this data set differ in file format, size and cut between COVID and the rest, so that a model can score without
looking at a lung. How much can be told without it, or with less of it:

${table(['what is seen', 'accuracy', 'area under the ROC curve'], shortcutRows(figures))}

## From figures to served slices

${gapText(figures)}

## Slices held out of training

${figures.heldOut.slices} figures of ${figures.heldOut.groups} documents, judged once (\`${figures.command}\`), at a threshold of ${figures.threshold}.
The folds are figures of the training split, each judged by a network that has not seen its document. Ranges are 95 % bootstrap
intervals over documents. With so few documents they are wide.

${table(['', 'held out', 'folds'], mainRows(figures.heldOut, figures.folds))}

Confusion, COVID first: ${figures.heldOut.confusion.map((row) => row.join(' and ')).join('; ')}.

## Limits

- The other class is what journals show beside COVID: tumours, emphysema, other pneumonia, and some normal lungs. A normal lung
  is rare in it, so the model says little of normal lungs.
- Figures were chosen to show a disease. In a series most slices show little.
- The figures carry no Hounsfield units, slice thickness or kernel; what these change was not measured.
- Age, sex, country and scanner of the patients are not known.

## How it judges

Slices are cut to the lungs, shown at a window of ${input.window.centre} HU, width ${input.window.width} HU, stretched to ${input.width}x${input.height} and normalised in contrast.
The series' probability is that of the mean log odds of its ${series.strongest} strongest slices; its interval is what this moves, in nine of
ten cases, when every second slice is left out. It says nothing of whether the model is right. Involvement of ${series.involvedFrom} % or more with a
probability below 0.5, or below ${series.clearBelow} % with one above, is shown as a contradiction.

Trained on ${manifest.trainingData}. Start: MobileNetV1's ImageNet weights or our X-ray model's, see training.json. Licence of the weights:
${manifest.licence}.
`;
}
