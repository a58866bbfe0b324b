import type { Proportion } from '../metrics.js';
import type { ArticleReport, SetReport } from './report.js';

function share({ value, low, high, count, of }: Proportion): string {
  return `${value.toFixed(4)} (${count} of ${of}; ${low.toFixed(3)} to ${high.toFixed(3)})`;
}

function table(header: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

function figures(report: SetReport, labels: string[]): string {
  const classes = report.classes.map(({ label, precision, recall, specificity, f1 }, i) => [
    label,
    precision.value.toFixed(2),
    share(recall),
    share(specificity),
    f1.toFixed(2),
    String(report.confusion[i]?.reduce((sum, count) => sum + count, 0) ?? 0),
  ]);
  const confusion = report.confusion.map((row, i) => [`**${labels[i] ?? ''}**`, ...row.map(String)]);
  return `Accuracy ${share(report.accuracy)}, loss ${report.loss.toFixed(4)}.
COVID against the rest: sensitivity ${share(report.covid.sensitivity)}, specificity ${share(report.covid.specificity)}.

${table(['class', 'precision', 'recall (sensitivity)', 'specificity', 'F1', 'pictures'], classes)}

Confusion matrix, truth by row, prediction by column:

${table(['', ...labels], confusion)}`;
}

/** The report as a page to read. Intervals are Wilson's, 95 %. */
export function articleMarkdown(report: ArticleReport): string {
  const { settings, pictures, labels } = report;
  const start = report.start === 'random' ? 'without pre-training' : 'from pre-trained weights';
  const fresh =
    report.initialised.length > 0
      ? ` Begun afresh for want of weights: ${report.initialised.join(', ')}.`
      : '';
  const seen =
    report.testPatientsSeenInTraining > 0
      ? `The split is the article's, by picture: ${report.testPatientsSeenInTraining} patients of the last pictures are in the training or validation pictures too.`
      : 'No patient of the last pictures is in the training or validation pictures.';
  const unfinished =
    report.epochsDone < settings.epochs
      ? '**Unfinished: these are the figures of a run that was stopped.** '
      : '';
  const predictions = report.test.predictions.map(({ image, truth, predicted, probabilities }) => [
    image,
    truth,
    truth === predicted ? predicted : `**${predicted}**`,
    ...labels.map((label) => (probabilities[label] ?? 0).toFixed(4)),
  ]);
  return `# The article's experiment: ${report.backbone} ${start}

${unfinished}${report.epochsDone} of ${settings.epochs} epochs, batch ${settings.batchSize}, ${settings.size}x${settings.size} pixels, \
Adam ${settings.learningRate} with decay, base ${settings.freezeBase ? 'frozen' : 'trained too'}, seed ${settings.seed}; \
${report.parameters} parameters; ${report.secondsPerEpoch.toFixed(0)} s an epoch.${fresh}
${pictures.train} pictures to train on, ${pictures.validation} to validate (stratified 80/20), ${pictures.test} kept for the end.
The article gave 39 of 40 on validation and 9 of 9 COVID. ${seen}
So few pictures, from other hospitals for each class, say little about new patients: see the intervals.

## The ${report.test.pictures} pictures kept for the end

${figures(report.test, labels)}

![Confusion matrix](confusion.svg)

## Validation

${figures(report.validation, labels)}

## Loss and accuracy

![Loss and accuracy by epoch](curves.svg)

## Each of the ${report.test.pictures}

${table(['picture', 'truth', 'predicted', ...labels], predictions)}
`;
}
