import { contentBox } from './borders.js';
import { overPicture } from './heatmap-geometry.js';
import { lungBox, shareOf } from './lung-box.js';
import type { LinearHead, LoadedModel } from './manifest.js';
import { intervalAt } from './interval.js';
import { clamp, dot, mean, softmax } from './numbers.js';
import { pneumoniaKindOf } from './pneumonia-kind.js';
import { inputBox } from './preprocess.js';
import { severityOf } from './severity.js';
import type {
  AbstainCode,
  EngineOutput,
  Finding,
  Picture,
  PictureContext,
  Prediction,
  Quality,
  WarningCode,
} from './types.js';

const chestModalities = new Set(['CR', 'DX', 'RG', 'RF', 'XA', 'OT', 'SC']);
const lateralViews = new Set(['LL', 'RL', 'L', 'LATERAL', 'LLD', 'RLD']);
const otherBodyParts =
  /^(HAND|WRIST|FOOT|ANKLE|KNEE|HIP|SKULL|HEAD|ELBOW|ABDOMEN|PELVIS|BREAST|FINGER|TOE|LEG|ARM)/;
const suitabilityCodes: Record<string, AbstainCode> = {
  LATERAL: 'LATERAL_VIEW',
  ROTATED: 'ROTATED_OR_INVERTED',
  NOT_CHEST: 'NOT_A_CHEST_XRAY',
};

/** The reason not to judge that the image's own attributes give; null when they give none. */
export function refusedByContext(context: PictureContext): AbstainCode | null {
  const { modality, viewPosition, bodyPartExamined } = context;
  if (modality !== null && !chestModalities.has(modality.toUpperCase())) return 'NOT_A_CHEST_XRAY';
  if (bodyPartExamined !== null && otherBodyParts.test(bodyPartExamined.toUpperCase()))
    return 'NOT_A_CHEST_XRAY';
  if (viewPosition !== null && lateralViews.has(viewPosition.toUpperCase())) return 'LATERAL_VIEW';
  return null;
}

/** Class logits: the mean of each label's channel of the map. */
export function logitsOf(output: EngineOutput, labels: number): number[] {
  const cells = output.mapHeight * output.mapWidth;
  const channels = output.logitsMap.length / cells;
  const logits = new Array<number>(labels).fill(0);
  output.logitsMap.forEach((value, index) => {
    const channel = index % channels;
    if (channel < labels) logits[channel] = (logits[channel] ?? 0) + value / cells;
  });
  return logits;
}

/** Applies a linear head to standardised features. */
export function applyHead(head: Pick<LinearHead, 'weights' | 'bias'>, features: number[]): number[] {
  return head.weights.map((row, index) => dot(row, features) + (head.bias[index] ?? 0));
}

/** Root mean square of the standardised leading principal components: near 1 for a training film. */
export function distanceOf(
  features: number[],
  { components, variance }: LoadedModel['heads']['distance'],
): number {
  const squares = components.map((row, index) => dot(row, features) ** 2 / (variance[index] ?? 1));
  return Math.sqrt(mean(squares));
}

function heatmapOf(output: EngineOutput, labels: number, channel: number): Prediction['heatmap'] {
  const values: number[] = [];
  const channels = output.logitsMap.length / (output.mapHeight * output.mapWidth);
  for (let cell = 0; cell < output.logitsMap.length; cell += channels) {
    let others = 0;
    for (let c = 0; c < labels; c++) if (c !== channel) others += output.logitsMap[cell + c] ?? 0;
    values.push((output.logitsMap[cell + channel] ?? 0) - others / (labels - 1));
  }
  const top = Math.max(...values, 1e-6);
  return {
    width: output.mapWidth,
    height: output.mapHeight,
    values: values.map((value) => Number(clamp(value / top, 0, 1).toFixed(4))),
  };
}

/**
 * Turns a network's output into a judgement. Pure, so that serving, `classify` and `evaluate` agree.
 *
 * The class activation map needs no second pass, since the network's last layer is a convolution whose mean are
 * the logits (Zhou et al. 2016, doi:10.1109/CVPR.2016.319). Probabilities are calibrated by temperature
 * (Guo et al. 2017, arXiv:1706.04599); the interval is what came true among films of like probability.
 *
 * @param picture the original picture; with it the heatmap covers all of it and severity knows where the lungs
 *   are, without it only the network's view is known
 */
export function interpret(
  output: EngineOutput,
  model: LoadedModel,
  context: PictureContext,
  picture?: Picture,
): Prediction {
  const { manifest, heads } = model;
  const { labels, thresholds } = manifest;
  const features = Array.from(
    output.features,
    (value, i) => (value - (heads.mean[i] ?? 0)) / (heads.deviation[i] ?? 1),
  );
  const probabilities = softmax(logitsOf(output, labels.length).map((logit) => logit / manifest.temperature));
  const findings = labels.map((code, index): Finding => {
    const probability = probabilities[index] ?? 0;
    return { code, probability, ...intervalAt(heads.intervals[index], probability) };
  });
  findings.sort((a, b) => b.probability - a.probability);
  const top = findings[0]?.code ?? '';

  const lungs = picture && manifest.lungs && lungBox(picture, contentBox(picture), manifest.lungs);
  const suitability = softmax(
    applyHead(heads.suitability, withLikeness(features, heads.likeness, lungs?.correlation)),
  );
  const unsuitable = 1 - (suitability[heads.suitability.labels.indexOf('FRONTAL')] ?? 0);
  const distance = distanceOf(features, heads.distance);
  const strange = distance > thresholds.distance;
  let abstainCode = refusedByContext(context);
  if (abstainCode === null && unsuitable > thresholds.unsuitability) {
    abstainCode =
      suitabilityCodes[likeliestUnsuitable(heads.suitability.labels, suitability)] ?? 'NOT_A_CHEST_XRAY';
  }
  const unlike = lungs !== undefined && lungs.correlation < (thresholds.likeness ?? -1);
  if (abstainCode === null && unlike) abstainCode = 'NOT_A_CHEST_XRAY';
  if (abstainCode === null && strange) abstainCode = 'OUT_OF_DISTRIBUTION';

  const view = heatmapOf(output, labels.length, labels.indexOf(labels.includes('COVID') ? 'COVID' : top));
  return {
    abstainCode,
    findings,
    severity:
      top === 'NORMAL'
        ? null
        : severityOf(
            output,
            labels.length,
            heads.severity,
            thresholds.severity,
            lungs && picture && shareOf(inputBox(picture, manifest.input), lungs.box),
          ),
    pneumoniaKind: top === 'PNEUMONIA' ? pneumoniaKindOf(features, heads.pneumoniaKind) : null,
    quality: {
      inDistribution: !strange && !unlike && unsuitable <= thresholds.unsuitability,
      distance,
      threshold: thresholds.distance,
      ...warningsFor(findings, context),
    },
    heatmap: picture ? overPicture(view, inputBox(picture, manifest.input), picture) : view,
  };
}

/** Standardised features with the likeness to the mean chest film after them, in models whose gate weighs it. */
export function withLikeness(
  features: number[],
  likeness: LoadedModel['heads']['likeness'],
  correlation?: number,
): number[] {
  if (likeness === undefined) return features;
  // Enlarged: the gate's penalty then leaves it the say that one of a thousand features has not.
  return [...features, (1.5 * ((correlation ?? likeness.mean) - likeness.mean)) / likeness.deviation];
}

function likeliestUnsuitable(labels: string[], probabilities: number[]): string {
  let best = -1;
  labels.forEach((label, index) => {
    if (label !== 'FRONTAL' && (best < 0 || (probabilities[index] ?? 0) > (probabilities[best] ?? 0)))
      best = index;
  });
  return labels[best] ?? '';
}

function warningsFor(
  findings: Finding[],
  context: PictureContext,
): Pick<Quality, 'warnings' | 'warningCodes'> {
  const found: [WarningCode, string][] = [];
  const [first, second] = findings;
  if (first && second && first.probability - second.probability < 0.2) {
    found.push(['UNDECIDED', `Undecided between ${first.code} and ${second.code}.`]);
  }
  if (context.viewPosition === null) {
    found.push(['VIEW_NOT_STATED', 'The image does not state its view position.']);
  }
  return { warningCodes: found.map(([code]) => code), warnings: found.map(([, text]) => text) };
}
