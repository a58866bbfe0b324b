import {
  analyseInThread,
  chooseStack,
  createVolumeBuilder,
  planVolume,
  type CtAnalysis,
  type CtRefusal,
  type CtVolume,
  type LeftOut,
  type SliceInfo,
  type VolumePlan,
} from '../ct/index.js';
import type { DecodePool } from '../dicom/decode-pool.js';
import { frameInfos } from '../dicom/slice.js';

/** An image of a study and where its file lies. */
export interface CtImage {
  sopInstanceUid: string;
  path: string;
}

export interface ExamineOptions {
  decoder: DecodePool;
  /** Slices decoded at once, 1 or more: memory holds no more of them than these. */
  concurrency: number;
  /** Share of the slices that are decoded, 0 to 1. */
  onProgress?(share: number): void;
}

/** One slice of the judged series. */
export interface ExaminedSlice {
  /** In the ordered stack, 0 is the lowest. */
  index: number;
  positionMm: number;
  sopInstanceUid: string;
  frame: number;
  /** 0 to 100 percent; null where no lung is in it. */
  involvementPercent: number | null;
}

/** Why a CT study is not judged: its series, or what its pictures show. */
export type CtAbstention = 'NO_SUITABLE_SERIES' | CtRefusal;

/** What was found in a CT study. `findings` is null where it abstains. */
export interface CtExamination {
  abstention: CtAbstention | null;
  leftOut: LeftOut[];
  seriesInstanceUid: string | null;
  warnings: string[];
  findings: {
    analysis: CtAnalysis;
    slices: ExaminedSlice[];
    volume: CtVolume;
    /** Which slice lies where in the volume. */
    plan: VolumePlan;
  } | null;
  durations: { headersMs: number; decodeMs: number; lungsMs: number; involvementMs: number };
}

/** Runs a task for every item, so many at once; the first failure is thrown once the others under way have ended. */
async function forEachOf<T>(
  items: readonly T[],
  concurrency: number,
  task: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (;;) {
      const index = next++;
      const item = items[index];
      if (item === undefined) return;
      await task(item, index);
    }
  };
  const lanes = Array.from({ length: Math.max(1, concurrency) }, () =>
    lane().catch((error: unknown) => {
      next = items.length;
      throw error;
    }),
  );
  const failed = (await Promise.allSettled(lanes)).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}

/**
 * Examines a CT study: chooses the series, streams its slices through the decoders into a coarse volume, finds the
 * lungs and measures their involvement. Slices are let go as soon as they are decoded.
 *
 * @throws DomainError as `DecodePool.decode`, for a slice that cannot be read or decoded
 */
export async function examineCt(
  images: readonly CtImage[],
  { decoder, concurrency, onProgress }: ExamineOptions,
): Promise<CtExamination> {
  const started = performance.now();
  const infos: SliceInfo[] = [];
  const byUid = new Map(images.map((image) => [image.sopInstanceUid, image]));
  await forEachOf(images, concurrency, async ({ sopInstanceUid, path }) => {
    for (const info of await frameInfos({ path })) infos.push({ ...info, id: sopInstanceUid });
  });
  const { chosen, leftOut } = chooseStack(infos.filter(({ modality }) => modality === 'CT'));
  const durations = { headersMs: performance.now() - started, decodeMs: 0, lungsMs: 0, involvementMs: 0 };
  const seriesInstanceUid = chosen?.seriesInstanceUid ?? null;
  const refuse = (abstention: CtAbstention): CtExamination => ({
    ...{ abstention, leftOut, seriesInstanceUid, durations, warnings: [], findings: null },
  });
  if (chosen === null) return refuse('NO_SUITABLE_SERIES');

  const plan = planVolume(chosen);
  const builder = createVolumeBuilder(plan);
  let done = 0;
  await forEachOf(chosen.slices, concurrency, async ({ id, frame }, index) => {
    const image = byUid.get(id);
    if (image === undefined) return;
    builder.add(index, await decoder.hounsfield({ path: image.path }, frame, plan.slice));
    onProgress?.(++done / chosen.slices.length);
  });
  const volume = builder.finish();
  durations.decodeMs = performance.now() - started - durations.headersMs;
  const analysis = await analyseInThread(volume);
  Object.assign(durations, analysis.durations);
  if (analysis.refusal !== null) return refuse(analysis.refusal);
  const { gaps, mixedSpacing, duplicates } = chosen.problems;
  const warnings = [...analysis.warnings];
  if (gaps > 0) warnings.push(`Slices are missing in ${gaps} place${gaps > 1 ? 's' : ''}.`);
  if (mixedSpacing) warnings.push('The distance between slices is uneven.');
  if (duplicates > 0) warnings.push(`${duplicates} slices lie where another lies; one of each is used.`);
  if (chosen.tilt > 3) warnings.push(`The gantry was tilted by ${Math.round(chosen.tilt)} degrees.`);
  const slices = chosen.slices.map(({ id, frame, along }, index): ExaminedSlice => ({
    ...{ index, sopInstanceUid: id, frame, positionMm: along },
    involvementPercent: analysis.slices[plan.slabs[index] ?? 0] ?? null,
  }));
  return {
    ...{ abstention: null, leftOut, seriesInstanceUid, warnings, durations },
    findings: { analysis, slices, volume, plan },
  };
}
