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
  probabilities: number[];
  abstained: boolean;
  severity: number | null;
  severityTruth: number | null;
}

export const predictionsFile = 'predictions.csv';

function quoted(value: string): string {
  return /[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/** One row a film, beside report.json. Names and patients are the manifest's own. */
export async function writePredictions(
  file: string,
  judged: readonly JudgedFilm[],
  labels: readonly string[],
): Promise<void> {
  const header = [
    'image',
    'patient_id',
    'source',
    'truth',
    'predicted',
    'abstained',
    'severity',
    'severity_truth',
  ];
  const rows = judged.map(({ film, source, truth, predicted, probabilities, abstainCode, severity }) => [
    film.name,
    film.patientId,
    source,
    truth,
    predicted,
    abstainCode ?? '',
    severity?.score.toFixed(2) ?? '',
    film.zones === null ? '' : String(film.zones.reduce((sum, zone) => sum + zone, 0)),
    ...probabilities.map((probability) => probability.toFixed(5)),
  ]);
  const lines = [[...header, ...labels.map((label) => `p_${label}`)], ...rows];
  await writeFile(file, `${lines.map((line) => line.map(quoted).join(',')).join('\n')}\n`);
}

/** @throws DomainError USAGE when the file is not there or not such a file */
export async function readPredictions(file: string, labels: readonly string[]): Promise<StoredPrediction[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new DomainError('USAGE', `${file} cannot be read: evaluate the model first`, { cause });
  });
  const number = (value: string | undefined) => (value === undefined || value === '' ? null : Number(value));
  return parseCsv(text).map((row, index) => {
    const probabilities = labels.map((label) => number(row[`p_${label}`]));
    const known = probabilities.filter((value) => value !== null && Number.isFinite(value)) as number[];
    const { image, patient_id: patientId, truth, predicted } = row;
    if (!image || !patientId || !truth || !predicted || known.length !== labels.length)
      throw new DomainError('USAGE', `${file}, record ${index + 1}: not a stored prediction`);
    return {
      image,
      patientId,
      source: row['source'] ?? '',
      truth,
      predicted,
      probabilities: known,
      abstained: (row['abstained'] ?? '') !== '',
      severity: number(row['severity']),
      severityTruth: number(row['severity_truth']),
    };
  });
}
