import { readFile, writeFile } from 'node:fs/promises';
import { DomainError } from '../../server/errors.js';
import { parseCsv } from '../dataset.js';
import type { JudgedFilm } from './types.js';

/** One film of a stored evaluation: enough to compare two models film by film. */
export interface StoredPrediction {
  image: string;
  patientId: string;
  source: string;
  truth: string;
  predicted: string;
  /** Of each label, in the order of the model's labels. */
  probabilities: number[];
  abstainCode: string | null;
  /** Brixia score of the model and of the senior reader, 0 to 18. */
  severity: number | null;
  severityTruth: number | null;
}

export const predictionsFile = 'predictions.csv';

/** What is kept of a judged film: no picture, no features. */
export function storedPrediction({ film, severity, ...judged }: JudgedFilm): StoredPrediction {
  const { source, truth, predicted, probabilities, abstainCode } = judged;
  return {
    image: film.name,
    patientId: film.patientId,
    source,
    truth,
    predicted,
    probabilities,
    abstainCode,
    severity: severity?.score ?? null,
    severityTruth: film.zones?.reduce((sum, zone) => sum + zone, 0) ?? null,
  };
}

const columns = [
  'image',
  'patient_id',
  'source',
  'truth',
  'predicted',
  'abstained',
  'severity',
  'severity_truth',
];

function quoted(value: string): string {
  return /[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/** One row a film, beside report.json. Names and patients are the manifest's own. */
export async function writePredictions(
  file: string,
  predictions: readonly StoredPrediction[],
  labels: readonly string[],
): Promise<void> {
  const rows = predictions.map((one) => [
    one.image,
    one.patientId,
    one.source,
    one.truth,
    one.predicted,
    one.abstainCode ?? '',
    one.severity?.toFixed(2) ?? '',
    one.severityTruth?.toString() ?? '',
    ...one.probabilities.map((probability) => probability.toFixed(5)),
  ]);
  const lines = [[...columns, ...labels.map((label) => `p_${label}`)], ...rows];
  await writeFile(file, `${lines.map((line) => line.map(quoted).join(',')).join('\n')}\n`);
}

/** @throws DomainError USAGE when the file is not there or not such a file */
export async function readPredictions(file: string, labels: readonly string[]): Promise<StoredPrediction[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new DomainError('USAGE', `${file} cannot be read: evaluate the model first`, { cause });
  });
  const number = (value: string | undefined) => (value ? Number(value) : null);
  return parseCsv(text).map((row, index) => {
    const probabilities = labels.flatMap((label) => number(row[`p_${label}`]) ?? []);
    const { image, patient_id: patientId, truth, predicted } = row;
    if (!image || !patientId || !truth || !predicted || probabilities.length !== labels.length)
      throw new DomainError('USAGE', `${file}, record ${index + 1}: not a stored prediction`);
    return {
      image,
      patientId,
      source: row['source'] ?? '',
      truth,
      predicted,
      probabilities,
      abstainCode: row['abstained'] || null,
      severity: number(row['severity']),
      severityTruth: number(row['severity_truth']),
    };
  });
}
