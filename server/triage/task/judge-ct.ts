import sharp from 'sharp';
import {
  contradictsInvolvement,
  coronalMap,
  seriesVerdict,
  slabAsStored,
  sliceOverlay,
  type RgbaPicture,
} from '../../ct/index.js';
import { DomainError } from '../../errors.js';
import type { CtManifest } from '../../inference/slices/manifest.js';
import { createLimit } from '../../limit.js';
import type { StudyImage } from '../../study/study.repository.js';
import { examineCt, type CtExamination, type CtFindings, type ExaminedSlice } from '../ct/examine.js';
import { qualityOf } from '../ct/quality.js';
import type { StoredInvolvement, StoredSlice } from '../triage.result.js';
import { createTicker } from './progress.js';
import { isUnreadable, type Attempt, type TriageTools, type Verdict } from './tools.js';

/** Series that a process examines at once: each holds a volume of up to some hundred megabytes while it is analysed. */
const examinedAtOnce = createLimit(2);
/** Slices of one series that are read and decoded at once. */
const lanes = 4;
/** Longer side of an overlay, pixels. */
const overlaySide = 512;
/** Evidence slices of which pictures are kept. */
const mostEvidence = 24;

/**
 * Judges a CT study: its best series, by slices of the whole lungs, with the share of the lungs that is involved.
 *
 * @throws DomainError for a failure that may pass: the attempt fails as a whole
 * @throws NotOurs when the triage was cancelled or taken over meanwhile
 */
export async function judgeCt(
  tools: TriageTools,
  model: CtManifest,
  attempt: Attempt,
  images: readonly StudyImage[],
): Promise<Verdict> {
  const { decoder, objects, inference } = tools;
  const files = images.map(({ sopInstanceUid, objectDigest }) => ({
    sopInstanceUid,
    path: objects.pathOf(objectDigest),
  }));
  const ticker = createTicker(tools, attempt);
  const { signal, set: onProgress } = ticker;
  try {
    return await examinedAtOnce(async () => {
      signal.throwIfAborted();
      const options = { decoder, judge: inference, concurrency: lanes, signal, onProgress };
      const examination = await examineCt(files, options);
      return examination.findings
        ? await judged(tools, model, examination, examination.findings)
        : abstained(examination);
    });
  } finally {
    await ticker.stop();
  }
}

/** A damaged image comes before a series that does not fit: sent again, it may be what makes the series whole. */
function abstained({ abstention, leftOut, unreadable }: CtExamination): Verdict {
  const { first, count } = unreadable;
  if (first && isUnreadable(first.code)) {
    return { kind: 'ABSTAINED', code: first.code, detail: `${first.message}; unreadable: ${count}` };
  }
  if (abstention === null) throw new DomainError('INTERNAL', 'the series was neither judged nor refused');
  const reasons = leftOut.map(({ reason }) => `a series ${reason}`);
  return { kind: 'ABSTAINED', code: abstention, detail: [...new Set(reasons)].join('; ') || null };
}

type Classified = ExaminedSlice & { outcome: NonNullable<ExaminedSlice['outcome']> };

async function judged(
  { inference }: TriageTools,
  { labels, series: rule }: CtManifest,
  examination: CtExamination,
  findings: CtFindings,
): Promise<Verdict> {
  const classified = findings.slices.filter(
    (slice): slice is Classified => slice.outcome !== null && slice.involvementPercent !== null,
  );
  const verdict = seriesVerdict(
    classified.map(({ outcome, involvementPercent }) => ({
      covidProbability: outcome.covidProbability,
      involvementPercent,
    })),
    rule,
  );
  const evidence = new Set(verdict.evidence.slice(0, mostEvidence));
  const strongest = classified[verdict.evidence[0] ?? 0];
  if (!strongest) throw new DomainError('INTERNAL', 'the verdict rests on no slice');
  const { analysis, volume } = findings;
  const { percent, leftPercent, rightPercent, zones, score } = analysis.involvement;
  const slices = await Promise.all(
    classified.map((slice, place) => storedSlice(findings, slice, evidence.has(place))),
  );
  const lungMap = await png(coronalMap(volume, analysis.sides, analysis.map));
  const involvement: StoredInvolvement = { percent, leftPercent, rightPercent, zones, score, lungMap };
  const { probability, low, high } = verdict;
  const isContradictory = contradictsInvolvement(probability, percent, rule);
  const { name, device } = inference.describe();
  const { headersMs, decodeMs, classifyMs } = examination.durations;
  return {
    kind: 'JUDGED',
    findings: findingsOf(labels, { probability, low, high }),
    result: {
      severity: analysis.severity && {
        ...{ scale: 'CT_SEVERITY_SCORE', ...analysis.severity, low: null, high: null, zones: [] },
      },
      quality: qualityOf(examination, findings, probability, isContradictory),
      heatmap: strongest.outcome.heatmap,
      sopInstanceUid: strongest.sopInstanceUid,
      frameNumber: strongest.frame + 1,
      picture: strongest.shown,
      engine: `${name} (${device})`,
    },
    series: { slices, involvement },
    decodeMs: headersMs + decodeMs,
    inferenceMs: classifyMs,
  };
}

/** COVID as the series shows it, and the rest for the model's other class. */
function findingsOf(
  [covidLabel, other]: CtManifest['labels'],
  covid: { probability: number; low: number; high: number },
) {
  const { probability, low, high } = covid;
  return [
    { code: covidLabel, probability, low, high },
    { code: other, probability: 1 - probability, low: 1 - high, high: 1 - low },
  ].sort((a, b) => b.probability - a.probability);
}

async function storedSlice(
  { plan, analysis }: CtFindings,
  { index, positionMm, sopInstanceUid, frame, involvementPercent, outcome, slab, shown }: Classified,
  evidence: boolean,
): Promise<StoredSlice> {
  const scale = Math.min(1, overlaySide / Math.max(shown.width, shown.height));
  const size = {
    width: Math.max(1, Math.round(shown.width * scale)),
    height: Math.max(1, Math.round(shown.height * scale)),
  };
  return {
    ...{ index, positionMm, sopInstanceUid, involvementPercent, evidence, ...shown },
    frameNumber: frame + 1,
    covidProbability: outcome.covidProbability,
    heatmap: evidence ? outcome.heatmap : null,
    overlay: evidence
      ? await png(sliceOverlay(slabAsStored(plan, analysis.map, slab), plan.slice, size))
      : null,
  };
}

/** Few colours: a palette makes it small. */
function png({ width, height, pixels }: RgbaPicture): Promise<Buffer> {
  return sharp(pixels, { raw: { width, height, channels: 4 } })
    .png({ compressionLevel: 9, palette: true, colours: 256 })
    .toBuffer();
}
