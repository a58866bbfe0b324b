import { DomainError } from '../../server/errors.js';
import { pickEngine, type EngineChoice } from '../../server/inference/engines/pick-engine.js';
import { loadModel, type LoadedModel } from '../../server/inference/manifest.js';
import type { Engine, Picture } from '../../server/inference/types.js';
import { isFrontal, readPicture } from '../dataset.js';
import type { Progress } from '../progress.js';
import { readFilms, type Film } from './films.js';
import { createJudge, type Judge } from './judging.js';
import { lungMask, shareInside } from './lungs.js';
import { storedPrediction, type StoredPrediction } from './predictions.js';
import type { JudgedFilm } from './types.js';

export const batchSize = 16;

/** A model that can judge: verified, loaded and warm. */
export interface Bench {
  model: LoadedModel;
  engine: Engine;
  judge: Judge;
}

/**
 * Runs work with a model on an engine, which is given back afterwards.
 *
 * @throws DomainError USAGE for a model of another task than chest X-rays
 */
export async function withModel<T>(
  folder: string,
  choice: EngineChoice,
  work: (bench: Bench) => Promise<T>,
): Promise<T> {
  const model = await loadModel(folder);
  const { id, task } = model.manifest;
  if (task !== 'cxr-triage')
    throw new DomainError('USAGE', `${id} is a model for ${task}, not for chest X-rays`);
  const engine = await pickEngine(choice);
  try {
    await engine.load(folder);
    await engine.warmUp([batchSize, 1]);
    return await work({ model, engine, judge: createJudge(engine, model, batchSize) });
  } finally {
    engine.dispose();
  }
}

/**
 * The films that a model is measured on: held out, frontal, of one of its classes.
 *
 * @throws DomainError USAGE when there is none
 */
export function measuredFilms(all: readonly Film[]): Film[] {
  const films = all.filter((film) => film.split === 'val' && isFrontal(film) && film.label !== null);
  if (films.length > 0) return films;
  throw new DomainError('USAGE', 'the manifest holds no labelled frontal film in split val');
}

/** Films judged, with what the shortcut section and the clock need of them. */
export interface JudgedFilms {
  judged: JudgedFilm[];
  features: Float32Array[];
  /** Share of each heatmap inside the lungs, and the lungs' share of the picture. */
  lungShares: { share: number; area: number }[];
  /** Some forty of the pictures. */
  sample: Picture[];
}

/**
 * Judges the films in the order in which they are given.
 *
 * @param done told how many are judged
 */
export async function judgeFilms(
  judge: Judge,
  films: readonly Film[],
  labels: readonly string[],
  done: (count: number) => void = () => undefined,
): Promise<JudgedFilms> {
  const result: JudgedFilms = { judged: [], features: [], lungShares: [], sample: [] };
  await judge.all(
    films.length,
    (index) => readPicture(films[index]?.file ?? ''),
    (index, verdict, picture) => {
      const film = films[index];
      if (!film) return;
      const { findings, abstainCode, severity, heatmap } = verdict.prediction;
      const of = (code: string) => findings.find((finding) => finding.code === code);
      result.judged.push({
        film,
        truth: film.label ?? '',
        predicted: findings[0]?.code ?? '',
        probabilities: labels.map((code) => of(code)?.probability ?? 0),
        ends: labels.map((code) => ({ low: of(code)?.low ?? 0, high: of(code)?.high ?? 1 })),
        source: film.source,
        abstainCode,
        severity,
      });
      result.features.push(verdict.features);
      result.lungShares.push(shareInside(heatmap, lungMask(picture)));
      if (index % Math.ceil(films.length / 40) === 0) result.sample.push(picture);
    },
    done,
  );
  return result;
}

/** The held-out films judged by a model, and nothing else: what a comparison needs. */
export function predictHeldOut(
  options: { data: string; model: string; engine: EngineChoice },
  progress: Progress,
): Promise<StoredPrediction[]> {
  return withModel(options.model, options.engine, async ({ judge, model }) => {
    const films = measuredFilms(await readFilms(options.data));
    const step = progress.stage('held-out films', films.length);
    const { judged } = await judgeFilms(judge, films, model.manifest.labels, step);
    return judged.map(storedPrediction);
  });
}
