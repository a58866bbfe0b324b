import { report, type Judged, type Report } from '../metrics.js';
import { articleLabels, type ArticlePicture } from './data.js';
import { judge } from './fit.js';
import { articleSettings, type ArticleOptions, type ArticleSettings } from './options.js';
import type { Epoch } from './run.js';

/** What became of one set of pictures. */
export interface SetReport extends Report {
  pictures: number;
  loss: number;
  /** Sensitivity and specificity of COVID against the rest. */
  covid: { sensitivity: Report['accuracy']; specificity: Report['accuracy'] };
  predictions: Prediction[];
}

interface Prediction {
  image: string;
  truth: string;
  predicted: string;
  probabilities: Record<string, number>;
}

/** The article's outputs. */
export interface ArticleReport {
  protocol: 'article';
  backbone: string;
  /** `pretrained` when start weights were given. */
  start: 'pretrained' | 'random';
  initialised: string[];
  settings: ArticleSettings;
  labels: string[];
  parameters: number;
  pictures: { train: number; validation: number; test: number };
  /** Patients of the test pictures that are in the training or validation pictures too. */
  testPatientsSeenInTraining: number;
  epochsDone: number;
  secondsPerEpoch: number;
  history: Epoch[];
  validation: SetReport;
  test: SetReport;
}

/** Puts the outputs together; probabilities are in the order of the pictures. */
export function articleReport(
  options: ArticleOptions,
  result: {
    parameters: number;
    initialised: string[];
    history: Epoch[];
    parts: { train: ArticlePicture[]; validation: ArticlePicture[]; test: ArticlePicture[] };
    validation: number[][];
    test: number[][];
  },
): ArticleReport {
  const { history, parts } = result;
  return {
    protocol: 'article',
    backbone: options.backbone,
    start: options.weights === null ? 'random' : 'pretrained',
    initialised: result.initialised,
    settings: articleSettings(options),
    labels: articleLabels,
    parameters: result.parameters,
    pictures: { train: parts.train.length, validation: parts.validation.length, test: parts.test.length },
    testPatientsSeenInTraining: sharedPatients([...parts.train, ...parts.validation], parts.test),
    epochsDone: history.length,
    secondsPerEpoch: history.reduce((sum, { seconds }) => sum + seconds, 0) / Math.max(1, history.length),
    history,
    validation: setReport(parts.validation, result.validation),
    test: setReport(parts.test, result.test),
  };
}

function setReport(pictures: ArticlePicture[], probabilities: number[][]): SetReport {
  const name = (index: number) => articleLabels[index] ?? '';
  const judged = pictures.map(({ label, source }, i): Judged => {
    const row = probabilities[i] ?? [];
    const predicted = name(row.indexOf(Math.max(...row)));
    return { truth: name(label), predicted, probabilities: row, source };
  });
  const figures = report(judged, articleLabels);
  const covid = figures.classes.find(({ label }) => label === 'COVID');
  if (!covid) throw new Error('the report lacks COVID');
  return {
    pictures: pictures.length,
    loss: judge(
      probabilities,
      pictures.map(({ label }) => label),
    ).loss,
    covid: { sensitivity: covid.recall, specificity: covid.specificity },
    ...figures,
    predictions: judged.map(({ truth, predicted, probabilities: row }, i) => ({
      image: pictures[i]?.image ?? '',
      truth,
      predicted,
      probabilities: Object.fromEntries(
        articleLabels.map((label, k) => [label, Number((row[k] ?? 0).toFixed(4))]),
      ),
    })),
  };
}

function sharedPatients(a: ArticlePicture[], b: ArticlePicture[]): number {
  const known = new Set(a.map(({ patientId }) => patientId));
  return new Set(b.map(({ patientId }) => patientId).filter((patient) => known.has(patient))).size;
}
