import type { ModelManifest } from '../server/inference/manifest.js';
import type { Proportion, Report } from './metrics.js';

interface CardFigures extends Report {
  heldOut: { films: number };
  goodFilmsRefused: Proportion;
  unsuitableRefused: Record<string, Proportion>;
  severity: { films: number; meanAbsoluteError: number };
}

function percent({ value, low, high, count, of }: Proportion): string {
  const p = (share: number) => (share * 100).toFixed(1);
  return `${p(value)} % (${p(low)} to ${p(high)}; ${count} of ${of})`;
}

/** The model card: what the model is for, its weakest figures first, its data and its limits. */
export function modelCard(manifest: ModelManifest, figures: CardFigures): string {
  const sources = [...figures.sources].sort((a, b) => a.accuracy.value - b.accuracy.value);
  const kinds = Object.entries(figures.unsuitableRefused).sort(([, a], [, b]) => a.value - b.value);
  return `# ${manifest.id} ${manifest.version}

Not for diagnosis. It sorts frontal chest X-rays into ${manifest.labels.join(', ')} so that a reader sees urgent ones first.

All figures are of ${figures.heldOut.films} held-out frontal films of patients that were never trained on, from the same
hospitals as the training films, judged once through the serving path (\`npm run cli -- evaluate\`). Ranges are
Wilson 95 % intervals. **At other hospitals expect less**: COVID films and others come from different scanners, ages and
countries in this data, and a model can lean on that (doi:10.1038/s42256-021-00338-7).

## By source, the weakest first

| source | accuracy | sensitivity by class |
| --- | --- | --- |
${sources
  .map(({ source, accuracy, recall }) => {
    const list = Object.entries(recall).map(([label, value]) => `${label} ${percent(value)}`);
    return `| ${source} | ${percent(accuracy)} | ${list.join('; ')} |`;
  })
  .join('\n')}

## Whole

Accuracy ${percent(figures.accuracy)}. Expected calibration error ${figures.expectedCalibrationError.toFixed(3)}.

| class | sensitivity | specificity | precision | F1 |
| --- | --- | --- | --- | --- |
${figures.classes
  .map(
    (c) =>
      `| ${c.label} | ${percent(c.recall)} | ${percent(c.specificity)} | ${percent(c.precision)} | ${c.f1.toFixed(3)} |`,
  )
  .join('\n')}

Confusion matrix (rows: truth, columns: judged; ${manifest.labels.join(', ')}): ${JSON.stringify(figures.confusion)}

## Knowing what it cannot judge

Good frontal films refused: ${percent(figures.goodFilmsRefused)}.

| picture | refused |
| --- | --- |
${kinds.map(([kind, value]) => `| ${kind} | ${percent(value)} |`).join('\n')}

Attributes of the image (modality, view position, body part) are checked before, and refuse more.

## Severity

Brixia score by ridge regression on the network's features. On ${figures.severity.films} held-out graded films the mean
absolute error against the senior reader is ${figures.severity.meanAbsoluteError.toFixed(2)} points of 18 (two readers differ by 1.87).
Levels: 1 below 7, 2 from 7, 3 from 13 points.

## Intervals

The interval of a probability is the spread (5th to 95th percentile) of 12 linear heads fitted to resampled training films. It shows how
much the judgement depends on the sample of films; its coverage is not proven.

## Training data and licence

${manifest.trainingData}; patients never cross a split. COVID-19: Cohen et al. (arXiv:2006.11988), Haghanifar et al.; normal and
pneumonia: Kermany et al. (doi:10.17632/rscbjbr9sj.2), ChestX-ray8; the pictures' licences vary and none is contained
here. Start weights: MobileNetV1, ImageNet, Apache-2.0. These weights: ${manifest.licence}.
`;
}
