import type { ModelManifest } from '../server/inference/manifest.js';
import type { Evaluation } from './evaluation/types.js';
import { figureOf, percent, percentOf } from './report/format.js';

function table(header: string[], rows: string[][]): string {
  return [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

const share = (value: number) => `${(value * 100).toFixed(1)} %`;

function subgroupTables({ subgroups, model }: Evaluation): string {
  return subgroups
    .filter(({ name }) => name !== 'source')
    .map(({ name, groups }) => {
      const rows = [...groups]
        .sort((a, b) => a.accuracy.value - b.accuracy.value)
        .map(({ value, films, accuracy, recall }) => [
          value,
          String(films),
          percent(accuracy),
          ...model.labels.map((label) => (recall[label] ? percent(recall[label]) : '–')),
        ]);
      return table([name, 'films', 'accuracy', ...model.labels.map((label) => `${label} sensitivity`)], rows);
    })
    .join('\n\n');
}

function shortcuts({ shortcuts: found, leaks }: Evaluation): string {
  const { views, probes, heatmap, majority } = found;
  const inside =
    heatmap.insideLungs === null
      ? ''
      : ` Of the heatmap of films judged COVID, ${percentOf(heatmap.insideLungs)} lies inside the lung region, which is ` +
        `${share(heatmap.areaOfLungs)} of the picture.`;
  return `${table(
    ['film', 'accuracy of the model', 'balanced accuracy'],
    views.map((view) => [view.name, percent(view.accuracy), share(view.balancedAccuracy)]),
  )}

Always naming the most frequent class gives ${share(majority)}. What a linear probe reads from the network's features,
cross-validated over patients:

${table(
  ['question', 'accuracy', 'most frequent', 'balanced accuracy', 'by chance'],
  probes.map((one) => [
    one.question,
    percent(one.accuracy),
    share(one.majority),
    share(one.balancedAccuracy),
    share(one.chance),
  ]),
)}

The lung region is ${found.lungRegion}.${inside}
Of ${leaks.trainingFilms} training and ${leaks.heldOutFilms} held-out films, ${leaks.sharedPatients.length} patients and ${leaks.duplicates.length} pictures (by perceptual hash) are in both.`;
}

/** The model card: what the model is for, its weakest figures first, its data and its limits. */
export function modelCard(manifest: ModelManifest, figures: Evaluation): string {
  const sources = [...figures.sources].sort((a, b) => a.accuracy.value - b.accuracy.value);
  const kinds = Object.entries(figures.unsuitableRefused).sort(([, a], [, b]) => a.value - b.value);
  const { severity, intervals, calibration, cost, heldOut } = figures;
  const held =
    intervals.severity === null ? '' : ` It holds the reader's score in ${percent(intervals.severity)}.`;
  return `# ${manifest.id} ${manifest.version}

Not for diagnosis. It sorts frontal chest X-rays into ${manifest.labels.join(', ')} so that a reader sees urgent ones first.

All figures are of ${heldOut.films} held-out frontal films of ${heldOut.patients} patients that were never trained on, from the same
hospitals as the training films, each judged once through the serving path (\`npm run cli -- evaluate\`). Ranges of proportions are
Wilson 95 % intervals; the others are bootstrap intervals over patients. **At other hospitals expect less**: COVID films and
others come from different scanners, ages and countries in this data, and a model can lean on that
(doi:10.1038/s42256-021-00338-7). Curves, calibration plots and the hardest films are in report.html.

## By source, the weakest first

${table(
  ['source', 'accuracy', 'sensitivity by class'],
  sources.map(({ source, accuracy, recall }) => [
    source,
    percent(accuracy),
    Object.entries(recall)
      .map(([label, value]) => `${label} ${percent(value)}`)
      .join('; '),
  ]),
)}

## Shortcuts

${shortcuts(figures)}

## Whole

Accuracy ${percent(figures.accuracy)}; by patient ${percentOf(figures.accuracyByPatient)}. Of the write-up's own test pictures,
${percent(figures.protocol.correct)}.

${table(
  ['class', 'sensitivity', 'specificity', 'precision', 'F1'],
  figures.classes.map((one) => [
    one.label,
    percent(one.recall),
    percent(one.specificity),
    percent(one.precision),
    one.f1.toFixed(3),
  ]),
)}

${table(
  ['class', 'against', 'area under ROC', 'average precision'],
  figures.ranking.map((one) => [
    one.label,
    one.against,
    figureOf(one.areaUnderRoc),
    figureOf(one.averagePrecision),
  ]),
)}

Confusion matrix (rows: truth, columns: judged; ${manifest.labels.join(', ')}): ${JSON.stringify(figures.confusion)}

## Subgroups

Where the manifest says nothing of a film, it counts as unknown: most films do not state sex and age.

${subgroupTables(figures)}

## Calibration

Expected calibration error ${figureOf(calibration.error)} over ten bins of equal mass (${figures.expectedCalibrationError.toFixed(3)} over bins of equal
width; chance alone gives a perfect model ${calibration.errorByChance.toFixed(3)}). Brier score ${figureOf(calibration.brier)} of 2.

The interval of a probability is stated to hold ${(intervals.stated * 100).toFixed(0)} %. Of bins of films with like probability, the share that came true lies
between the mean ends of their intervals in ${percent(intervals.probabilities.coveredBins)}.

## Knowing what it cannot judge

Good frontal films refused: ${percent(figures.goodFilmsRefused)}; accuracy on the others ${percent(figures.accuracyWhenJudged)}.

${table(
  ['picture', 'refused'],
  kinds.map(([kind, value]) => [kind, percent(value)]),
)}

Attributes of the image (modality, view position, body part) are checked before, and refuse more.

## Severity

Brixia score from the network's features. On ${severity.films} held-out graded films the mean absolute error against the senior reader
is ${figureOf(severity.meanAbsoluteErrorInterval, 2)} points of 18 and the correlation ${figureOf(severity.correlation, 2)} (two readers: 1.87 and 0.88); the
model is ${figureOf(severity.bias, 2)} points off on average. The interval is stated to hold ${(intervals.stated * 100).toFixed(0)} %.${held}
The level of 1 to 3 is the reader's in ${percent(severity.sameLevel)}.

## Time

${cost.singleMs.toFixed(1)} ms a film from the decoded film to the judgement, one at a time (median; ${cost.engine} ${cost.engineVersion}, ${cost.device},
${cost.processors} processors at a load of ${cost.load.toFixed(1)}). Model files: ${cost.modelMegabytes.toFixed(1)} MB.

## Training data and licence

${manifest.trainingData}; patients never cross a split. COVID-19: Cohen et al. (arXiv:2006.11988), Haghanifar et al.; normal and
pneumonia: Kermany et al. (doi:10.17632/rscbjbr9sj.2), ChestX-ray8; the pictures' licences vary and none is contained
here. Start weights: MobileNetV1, ImageNet, Apache-2.0. These weights: ${manifest.licence}.
`;
}
