import {
  analyseInThread,
  chooseStack,
  createVolumeBuilder,
  mayShowLung,
  planVolume,
  refine,
  refusalOf,
  slicesOfVolume,
  spread,
  type CtAnalysis,
  type CtRefusal,
  type CtVolume,
  type LeftOut,
  type PlacedSlice,
  type SeriesRefusal,
  type SliceInfo,
  type Stack,
  type VolumePlan,
} from '../../ct/index.js';
import type { DecodePool } from '../../dicom/decode-pool.js';
import { frameInfos } from '../../dicom/slice.js';
import { DomainError } from '../../errors.js';
import type { SliceOutcome } from '../../inference/slices/types.js';
import { isUnreadable, type SliceJudge } from '../task/tools.js';
import { createClassifier } from './classifier.js';
import { forEachOf } from '../lanes.js';

/** Headers read at once. */
const headerLanes = 8;
/** Slices classified before the lungs are known, spread over the stack. With those below no more than the API's 64. */
const firstLook = 20;
/** What is added once they are. */
const closerLook = { places: 12, involved: 4, strongest: 2 };
/** A volume of which more cannot be read is not judged. */
const mostUnreadable = 0.2;

/** An image of a study and where its file lies. */
export interface CtImage {
  sopInstanceUid: string;
  path: string;
}

export interface ExamineOptions {
  decoder: DecodePool;
  /** Classifies slices; null to measure the lungs alone. */
  judge: SliceJudge | null;
  /** Slices decoded at once, 1 or more: memory holds no more of them than these and those that wait to be classified. */
  concurrency: number;
  signal: AbortSignal;
  /** Share of the work that is done, 0 to 1. */
  onProgress?(share: number): void;
}

/** One slice of the judged series. */
export interface ExaminedSlice {
  /** In the ordered stack, 0 is the lowest. */
  index: number;
  positionMm: number;
  sopInstanceUid: string;
  /** From 0. */
  frame: number;
  /** 0 to 100 percent; null where no lung is in it. */
  involvementPercent: number | null;
  /** Null where it was not classified. */
  outcome: SliceOutcome | null;
  /** Of the slab of the volume in which it lies. */
  slab: number;
  /** Size as it is shown, in square pixels. */
  shown: { width: number; height: number };
}

/** Why a CT study is not judged: its series, or what its pictures show. */
export type CtAbstention = SeriesRefusal | CtRefusal;

/** Images and slices that could not be read. */
export interface Unreadable {
  count: number;
  /** What was wrong with the first; null where all could be read. */
  first: DomainError | null;
}

/** What was found in a CT study. `findings` is null where it abstains. */
export interface CtExamination {
  abstention: CtAbstention | null;
  leftOut: LeftOut[];
  unreadable: Unreadable;
  seriesInstanceUid: string | null;
  findings: CtFindings | null;
  durations: {
    headersMs: number;
    decodeMs: number;
    lungsMs: number;
    involvementMs: number;
    classifyMs: number;
  };
}

export interface CtFindings {
  analysis: CtAnalysis;
  /** All slices of the stack, the lowest first. */
  slices: ExaminedSlice[];
  stack: Stack;
  volume: CtVolume;
  /** Which slice lies where in the volume. */
  plan: VolumePlan;
}

/** Notes what cannot be read; everything else is thrown. */
function noted(unreadable: Unreadable, error: unknown): void {
  if (!(error instanceof DomainError) || error.retryable || !isUnreadable(error.code)) throw error;
  unreadable.count++;
  unreadable.first ??= error;
}

/**
 * Examines a CT study: chooses the series, streams its slices through the decoders into a coarse volume, finds the
 * lungs and measures their involvement. Slices of the whole height are classified while others are decoded and the
 * lungs are sought; then those where the signal is. Pictures are let go as soon as they have been used.
 *
 * @throws DomainError PIXELS_CORRUPT and the like when too many slices cannot be read, INFERENCE_FAILED, and what passes:
 *   STORAGE_FAILED, DECODE_TIMEOUT; the signal's reason when it is given up
 */
export async function examineCt(
  images: readonly CtImage[],
  { decoder, judge, concurrency, signal, onProgress = () => undefined }: ExamineOptions,
): Promise<CtExamination> {
  const started = performance.now();
  const durations = { headersMs: 0, decodeMs: 0, lungsMs: 0, involvementMs: 0, classifyMs: 0 };
  const unreadable: Unreadable = { count: 0, first: null };
  const infos: SliceInfo[] = [];
  const pathOf = new Map(images.map(({ sopInstanceUid, path }) => [sopInstanceUid, path]));
  await forEachOf(images, headerLanes, signal, async ({ sopInstanceUid, path }) => {
    try {
      for (const info of await frameInfos({ path })) infos.push({ ...info, id: sopInstanceUid });
    } catch (error) {
      noted(unreadable, error);
    }
  });
  const { chosen, leftOut } = chooseStack(infos.filter(({ modality }) => modality === 'CT'));
  durations.headersMs = performance.now() - started;
  onProgress(0.05);
  const seriesInstanceUid = chosen?.seriesInstanceUid ?? null;
  const refuse = (abstention: CtAbstention): CtExamination => ({
    ...{ abstention, leftOut, unreadable, seriesInstanceUid, durations, findings: null },
  });
  if (chosen === null) return refuse(refusalOf(leftOut));

  const plan = planVolume(chosen);
  const builder = createVolumeBuilder(plan);
  const classifier = judge && createClassifier(judge, signal);
  const picks = slicesOfVolume(plan);
  const decode = async (index: number, whole: boolean) => {
    const slice = chosen.slices[index];
    const path = pathOf.get(slice?.id ?? '');
    if (slice === undefined || path === undefined) return null;
    return decoder.hounsfield({ path }, slice.frame, plan.slice, whole).catch((error: unknown) => {
      noted(unreadable, error);
      return null;
    });
  };
  const early = new Set(classifier ? spread(picks, firstLook) : []);
  const readBefore = unreadable.count;
  let done = 0;
  await forEachOf(picks, concurrency, signal, async (index) => {
    const picture = await decode(index, early.has(index));
    if (picture) builder.add(index, picture.reduced);
    if (picture?.whole && mayShowLung(picture.reduced)) classifier?.add(index, picture.whole);
    onProgress(0.05 + (0.55 * ++done) / picks.length);
  });
  durations.decodeMs = performance.now() - started - durations.headersMs;
  if (unreadable.first && unreadable.count - readBefore > mostUnreadable * picks.length)
    throw unreadable.first;

  const volume = builder.finish();
  const [analysis] = await Promise.all([analyseInThread(volume, signal), classifier?.settled()]);
  Object.assign(durations, analysis.durations);
  onProgress(0.85);
  if (analysis.refusal !== null) return refuse(analysis.refusal);
  const involvementOf = (index: number) => analysis.slices[plan.slabs[index] ?? 0] ?? null;
  let outcomes: ReadonlyMap<number, SliceOutcome> = new Map();
  if (classifier) {
    outcomes = await classifier.settled();
    const candidates = picks.flatMap((index) => {
      const involvementPercent = involvementOf(index);
      if (involvementPercent === null) return [];
      return [{ index, involvementPercent, covidProbability: outcomes.get(index)?.covidProbability ?? null }];
    });
    await forEachOf(refine(candidates, closerLook), concurrency, signal, async (index) => {
      const picture = await decode(index, true);
      if (picture?.whole) classifier.add(index, picture.whole);
    });
    outcomes = await classifier.settled();
    durations.classifyMs = classifier.busyMs();
  }
  onProgress(0.97);
  const slices = chosen.slices.map((slice, index): ExaminedSlice => ({
    ...{ index, sopInstanceUid: slice.id, frame: slice.frame, positionMm: slice.along },
    ...{ slab: plan.slabs[index] ?? 0, shown: shownSize(slice) },
    involvementPercent: involvementOf(index),
    outcome: outcomes.get(index) ?? null,
  }));
  return {
    ...{ abstention: null, leftOut, unreadable, seriesInstanceUid, durations },
    findings: { analysis, slices, stack: chosen, volume, plan },
  };
}

/** Pixels are made square by showing more of them along the axis in which they are longer. */
function shownSize({ columns, rows, pixelSpacing }: PlacedSlice): { width: number; height: number } {
  const [down = 1, across = 1] = pixelSpacing ?? [];
  const unit = Math.min(down, across) || 1;
  return { width: Math.round((columns * across) / unit), height: Math.round((rows * down) / unit) };
}
