import { DomainError } from '../../errors.js';
import type { PredictionWithDurations } from '../../inference/service.js';
import type { StudyImage } from '../../study/study.repository.js';
import { forEachOf } from '../lanes.js';
import { abstainTexts, failureText, studyWarnings } from '../problem-texts.js';
import type { StoredQuality, StudyWarningCode } from '../triage.result.js';
import { report } from './progress.js';
import { isUnreadable, type Attempt, type TriageTools, type Verdict } from './tools.js';

/** At most so many pictures of a study are judged; what is left out is said with the result. */
export const maximumPictures = 64;
/** Pictures of one study that are decoded and judged at once. */
const parallel = 4;
/** Decoding that takes longer is told as progress, milliseconds. */
const slowMs = 250;

interface Shot {
  image: StudyImage;
  frameIndex: number;
}
interface Judged extends PredictionWithDurations, Shot {
  picture: { width: number; height: number };
  decodeMs: number;
}
interface Unread extends Shot {
  problem: DomainError;
}

/**
 * Judges every frame of every image by itself; the study's result is that of the accepted picture with the highest
 * COVID probability.
 *
 * @throws DomainError for a failure that is not the images' own: the attempt fails as a whole, so that no picture
 *   is left out because of a full queue or a lost thread
 * @throws NotOurs when the triage was cancelled or taken over meanwhile
 */
export async function judgePictures(
  tools: TriageTools,
  attempt: Attempt,
  images: readonly StudyImage[],
): Promise<Verdict> {
  const all = images.flatMap((image) =>
    Array.from({ length: image.frames }, (_, frameIndex): Shot => ({ image, frameIndex })),
  );
  const shots = all.slice(0, maximumPictures);
  let done = 0;
  const outcomes: (Judged | Unread)[] = [];
  await forEachOf(shots, parallel, null, async (shot, place) => {
    const decoded = async (decodeMs: number) => {
      // Half the way, told where it took long enough to be waited for.
      if (decodeMs > slowMs) await report(tools, attempt, (done + 0.5) / shots.length);
    };
    outcomes[place] = await judgeOne(tools, shot, decoded);
    done += 1;
    // The last picture's end is the result itself.
    if (done < shots.length) await report(tools, attempt, done / shots.length);
  });
  const judged = outcomes.filter((outcome): outcome is Judged => 'prediction' in outcome);
  const unread = outcomes.filter((outcome): outcome is Unread => 'problem' in outcome);
  return verdictOf(tools, judged, unread, all.length - shots.length);
}

async function judgeOne(
  { objects, decoder, inference }: TriageTools,
  shot: Shot,
  decoded: (decodeMs: number) => Promise<void>,
): Promise<Judged | Unread> {
  const { modality, viewPosition, bodyPartExamined, objectDigest } = shot.image;
  try {
    const started = performance.now();
    const path = objects.pathOf(objectDigest);
    const picture = await decoder.renderDisplay({ path }, shot.frameIndex);
    const decodeMs = performance.now() - started;
    await decoded(decodeMs);
    const answer = await inference.predict(picture, { modality, viewPosition, bodyPartExamined });
    return { ...answer, ...shot, picture: { width: picture.width, height: picture.height }, decodeMs };
  } catch (error) {
    if (error instanceof DomainError && !error.retryable && isUnreadable(error.code)) {
      return { ...shot, problem: error };
    }
    throw error;
  }
}

const covidOf = ({ prediction }: Judged) =>
  prediction.findings.find(({ code }) => code === 'COVID')?.probability ?? 0;

function verdictOf(tools: TriageTools, judged: Judged[], unread: Unread[], leftOut: number): Verdict {
  const accepted = judged.filter(({ prediction }) => prediction.abstainCode === null);
  accepted.sort((a, b) => covidOf(b) - covidOf(a));
  const [chosen] = accepted;
  if (!chosen) return declined(judged, unread);
  const { prediction, durations } = chosen;
  const { name, device } = tools.inference.describe();
  return {
    kind: 'JUDGED',
    findings: prediction.findings,
    result: {
      severity: prediction.severity && { scale: 'BRIXIA', ...prediction.severity },
      pneumoniaKind: prediction.pneumoniaKind,
      quality: withStudyWarnings(prediction.quality, judged, unread, leftOut),
      heatmap: prediction.heatmap,
      sopInstanceUid: chosen.image.sopInstanceUid,
      frameNumber: chosen.frameIndex + 1,
      picture: chosen.picture,
      engine: `${name} (${device})`,
    },
    series: null,
    decodeMs: chosen.decodeMs,
    inferenceMs: durations.queueMs + durations.preprocessMs + durations.inferenceMs,
  };
}

/** A damaged picture comes before a declined one: sent again, it may be the one that can be judged. */
function declined(judged: Judged[], unread: Unread[]): Verdict {
  const [first] = unread;
  if (first && isUnreadable(first.problem.code)) {
    const detail = `${first.problem.message}; unreadable: ${unread.length} of ${unread.length + judged.length}`;
    return { kind: 'ABSTAINED', code: first.problem.code, detail };
  }
  const reason = judged[0]?.prediction.abstainCode;
  if (!reason) throw new DomainError('INTERNAL', 'no picture was judged and none was refused');
  return { kind: 'ABSTAINED', code: reason, detail: null };
}

/** A lateral view beside the frontal one is how studies are made, and the model is known to judge frontal ones. */
function withStudyWarnings(
  quality: StoredQuality,
  judged: Judged[],
  unread: Unread[],
  leftOut: number,
): StoredQuality {
  const warnings = [...quality.warnings];
  const warningCodes = [...quality.warningCodes];
  const warn = (code: StudyWarningCode, detail: string) => {
    warnings.push(`${studyWarnings[code]} ${detail}`);
    warningCodes.push(code);
  };
  for (const { problem } of unread) warn('IMAGE_UNREADABLE', failureText(problem.code).message);
  for (const { prediction } of judged) {
    const { abstainCode } = prediction;
    if (abstainCode !== null && abstainCode !== 'LATERAL_VIEW') {
      warn('IMAGE_DECLINED', abstainTexts[abstainCode].message);
    }
  }
  if (leftOut > 0) warn('IMAGES_LEFT_OUT', `Left out: ${leftOut}.`);
  return { ...quality, warnings, warningCodes };
}
