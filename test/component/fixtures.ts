/** Triages as the server answers them, one for each state that the element shows. */
/** One grey pixel as PNG. */
export const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==',
  'base64',
);

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
  severity: { level: 2, score: 8.4, low: 5.1, high: 11.7, zones: [1, 2, 2, 0.5, 1, 2] } as object | null,
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
  involvement: null,
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
};
