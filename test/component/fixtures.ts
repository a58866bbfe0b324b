import sharp from 'sharp';

/** Triages as the server answers them, one for each state that the element shows. */
/** One grey pixel as PNG. */
export const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==',
  'base64',
);

const onePixel = (background: string) =>
  sharp({ create: { width: 1, height: 1, channels: 3, background } })
    .png()
    .toBuffer();
export const redPixel = await onePixel('#ff0000');
export const bluePixel = await onePixel('#0000ff');

export const base = {
  id: '00000000-0000-4000-8000-000000000001',
  status: 'QUEUED',
  queuePosition: 3,
  estimatedSecondsLeft: 12,
  progress: null as number | null,
  requestedAt: '2026-01-05T08:00:00.000Z',
  finishedAt: null as string | null,
  priority: 'ROUTINE',
  priorityReason: null,
  superseded: false,
  study: { studyInstanceUid: '1.2.3', description: 'Chest', studiedAt: '2026-01-05T07:00:00.000Z' },
  result: null as object | null,
  problem: null as object | null,
  review: null as object | null,
};
export const finding = (code: string, probability: number) => ({
  code,
  probability,
  low: probability * 0.8,
  high: Math.min(1, probability * 1.1),
});
export const result = {
  findings: [finding('COVID', 0.71), finding('PNEUMONIA', 0.2), finding('NORMAL', 0.09)],
  topFinding: { code: 'COVID', probability: 0.71 },
  covidProbability: 0.71,
  severity: { level: 2, scale: 'BRIXIA', score: 8.4, low: 5.1, high: 11.7, zones: [1, 2, 2, 0.5, 1, 2] } as
    object | null,
  pneumoniaKind: null as object | null,
  explanation: null,
  quality: {
    inDistribution: true,
    warnings: ['<b>Bold</b> words stay words', 'Undecided between COVID and PNEUMONIA.'],
    warningCodes: ['SOMETHING_NEW', 'UNDECIDED'],
  },
  model: { id: 'cxr', version: '1.0.0', labels: ['COVID', 'NORMAL', 'PNEUMONIA'] },
  engine: 'wasm (cpu)',
  durations: { totalMs: 310 },
  slices: [] as object[],
  involvement: null as object | null,
};
export const ended = {
  ...base,
  queuePosition: null,
  estimatedSecondsLeft: null,
  finishedAt: '2026-01-05T08:00:01.000Z',
};
export const succeeded = { ...ended, status: 'SUCCEEDED', result };
export const problem = {
  code: 'LATERAL_VIEW',
  message: 'This is a lateral view.',
  advice: 'Send the PA view.',
  detail: null,
  retryable: false,
};
const slice = (
  index: number,
  covidProbability: number,
  involvementPercent: number | null,
  evidence = true,
) => ({
  index,
  positionMm: -200 + index * 2.5,
  sopInstanceUid: `1.2.3.${index}`,
  frameNumber: 1,
  covidProbability,
  involvementPercent,
  evidence,
  overlayUrl: evidence ? `/triages/1/slices/${index}/overlay.png` : null,
  heatmapUrl: evidence ? `/triages/1/slices/${index}/heatmap.png` : null,
});
export const ctResult = {
  ...result,
  findings: [finding('COVID', 0.86), finding('NON_COVID', 0.14)],
  topFinding: { code: 'COVID', probability: 0.86 },
  covidProbability: 0.86,
  severity: { level: 2, scale: 'CT_SEVERITY_SCORE', score: 12, low: null, high: null, zones: [] },
  quality: {
    inDistribution: true,
    warnings: ['Slices are missing.', 'A localiser was left out.'],
    warningCodes: ['SLICES_MISSING', 'LEFT_OUT_LOCALISER'],
  },
  model: { id: 'ct', version: '1.0.0', labels: ['COVID', 'NON_COVID'] },
  explanation: {
    heatmapUrl: '/triages/1/heatmap.png',
    opacity: 0.5,
    sopInstanceUid: '1.2.3.41',
    frameNumber: 1,
  },
  slices: [slice(10, 0.1, 0, false), slice(40, 0.7, 12.4), slice(41, 0.95, 22), slice(80, 0.6, null)],
  involvement: {
    percent: 18.2,
    leftPercent: 14,
    rightPercent: 22,
    zones: [4, 18, 40, 0.3, 12, 30],
    score: 12,
    lungMapUrl: '/triages/1/lung-map.png',
  },
};
export const ctSucceeded = { ...succeeded, result: ctResult };
export const states: Record<string, object> = {
  queued: base,
  running: { ...base, status: 'RUNNING', queuePosition: null, progress: 0.4 },
  succeeded,
  'pneumonia leads': {
    ...succeeded,
    result: { ...result, pneumoniaKind: { bacterialProbability: 0.34, low: 0.2, high: 0.47 } },
  },
  'without severity': { ...succeeded, result: { ...result, severity: null } },
  abstained: { ...ended, status: 'ABSTAINED', problem },
  failed: {
    ...ended,
    status: 'FAILED',
    problem: { ...problem, code: 'PIXELS_CORRUPT', detail: 'frame 0', retryable: true },
  },
  cancelled: { ...ended, status: 'CANCELLED' },
  superseded: { ...succeeded, superseded: true },
  'CT, running': { ...base, status: 'RUNNING', queuePosition: null, progress: 0.42 },
  'CT, succeeded': ctSucceeded,
  'CT, without lungs graded': { ...succeeded, result: { ...ctResult, severity: null, involvement: null } },
  'CT, abstained': {
    ...ended,
    status: 'ABSTAINED',
    problem: { ...problem, code: 'TOO_FEW_SLICES', message: 'Too few.', advice: 'Send more.' },
  },
};
