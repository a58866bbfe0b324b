import type { TriageFieldsFragment } from '../operations/generated/operations.js';

type Fields = TriageFieldsFragment;
type Result = NonNullable<Fields['result']>;
type PneumoniaKind = NonNullable<Result['pneumoniaKind']>;
type Severity = NonNullable<Result['severity']>;
type Slice = Result['slices'][number];
type Involvement = NonNullable<Result['involvement']>;

/** A copy with null, or what is given, for each key that the page left out: servers may omit what is null. */
function filled<Whole extends object>(given: object | null | undefined, defaults: Whole): Whole {
  const present = Object.entries(given ?? {}).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(present) };
}

function completedResult(given: Result): Result {
  const findings = (given.findings ?? []).map((finding) =>
    filled(finding, { code: '', probability: 0, low: null, high: null }),
  );
  const result = filled<Result>(given, {
    findings,
    topFinding: findings[0] ?? { code: '', probability: 0 },
    covidProbability: findings.find(({ code }) => code === 'COVID')?.probability ?? 0,
    severity: null,
    pneumoniaKind: null,
    explanation: null,
    quality: { inDistribution: true, warnings: [], warningCodes: [] },
    model: { id: '', version: '', labels: findings.map(({ code }) => code) },
    engine: '',
    durations: { totalMs: 0 },
    slices: [],
    involvement: null,
  });
  return {
    ...result,
    findings,
    severity:
      result.severity &&
      filled<Severity>(result.severity, {
        level: 1,
        scale: 'BRIXIA',
        score: 0,
        low: null,
        high: null,
        zones: [],
      }),
    slices: result.slices.map((slice, index) =>
      filled<Slice>(slice, {
        index,
        positionMm: 0,
        sopInstanceUid: '',
        frameNumber: 1,
        covidProbability: 0,
        involvementPercent: null,
        evidence: false,
        overlayUrl: null,
        heatmapUrl: null,
      }),
    ),
    involvement:
      result.involvement &&
      filled<Involvement>(result.involvement, {
        percent: 0,
        leftPercent: 0,
        rightPercent: 0,
        zones: [],
        score: 0,
        lungMapUrl: null,
      }),
    pneumoniaKind:
      result.pneumoniaKind &&
      filled<PneumoniaKind>(result.pneumoniaKind, { bacterialProbability: 0, low: null, high: null }),
    quality: filled(result.quality, { inDistribution: true, warnings: [], warningCodes: [] }),
  };
}

/**
 * A triage that the page gave, with every key the element reads. A page in JavaScript, or one that hands on another
 * server's answer, may have left some out.
 */
export function completed(given: Fields): Fields {
  const triage = filled<Fields>(given, {
    id: '',
    status: 'CANCELLED',
    queuePosition: null,
    estimatedSecondsLeft: null,
    progress: null,
    requestedAt: '',
    finishedAt: null,
    priority: 'ROUTINE',
    priorityReason: null,
    superseded: false,
    study: { studyInstanceUid: '', description: null, studiedAt: null },
    result: null,
    problem: null,
    review: null,
  });
  return {
    ...triage,
    study: filled(triage.study, { studyInstanceUid: '', description: null, studiedAt: null }),
    result: triage.result && completedResult(triage.result),
    problem:
      triage.problem &&
      filled(triage.problem, { code: '', message: '', advice: '', detail: null, retryable: false }),
    review:
      triage.review &&
      filled(triage.review, {
        verdict: 'ACCEPTED' as const,
        finding: null,
        severityLevel: null,
        comment: null,
        reviewer: '',
        reviewedAt: '',
      }),
  };
}
