import type { ColumnType, Generated, Kysely, Selectable } from 'kysely';

type Instant = ColumnType<Date, Date | string, Date | string>;
type InstantByDefault = ColumnType<Date, Date | string | undefined, Date | string>;
type Json<T> = ColumnType<T, string, string>;

export type TriageStatusName = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'ABSTAINED' | 'FAILED' | 'CANCELLED';
export type TriagePriorityName = 'STAT' | 'URGENT' | 'ROUTINE';
export type TriageSource = 'AUTO' | 'REQUEST' | 'DEMO' | 'CDS' | 'CLI';
export type ReviewVerdictName = 'ACCEPTED' | 'MODIFIED' | 'REJECTED';

export interface PatientTable {
  id: Generated<string>;
  /** Empty when the images name no issuer, so that uniqueness holds. */
  issuer: Generated<string>;
  /** DICOM Patient ID (0010,0020); not the row's id. */
  patientId: string;
  name: string | null;
  /** `YYYY-MM-DD`. */
  birthDate: string | null;
  sex: 'MALE' | 'FEMALE' | 'OTHER' | null;
  createdAt: InstantByDefault;
  updatedAt: InstantByDefault;
}

export interface StudyTable {
  id: Generated<string>;
  studyInstanceUid: string;
  /** The patient's row id. */
  patientId: string;
  description: string | null;
  accessionNumber: string | null;
  /** As in the images: `YYYYMMDD`, `HHMMSS.FFFFFF`. */
  studyDate: string | null;
  studyTime: string | null;
  studiedAt: Instant | null;
  receivedAt: InstantByDefault;
  lastReceivedAt: InstantByDefault;
}

export interface SeriesTable {
  id: Generated<string>;
  studyId: string;
  seriesInstanceUid: string;
  modality: string;
  description: string | null;
  number: number | null;
  bodyPartExamined: string | null;
  receivedAt: InstantByDefault;
}

export interface InstanceTable {
  id: Generated<string>;
  seriesId: string;
  sopInstanceUid: string;
  sopClassUid: string;
  transferSyntaxUid: string;
  /** SHA-256 of the whole object, hexadecimal: its address in the object store. */
  objectDigest: string;
  objectSize: number;
  number: number | null;
  rows: number | null;
  columns: number | null;
  frames: Generated<number>;
  photometricInterpretation: string | null;
  viewPosition: string | null;
  patientOrientation: string | null;
  imageType: string | null;
  burnedInAnnotation: string | null;
  /** SHA-256 of the decoded pixels; null until a second object of the same UID had to be compared with this. */
  pixelDigest: string | null;
  source: string;
  receivedAt: InstantByDefault;
}

export interface ModelTable {
  id: string;
  version: string;
  digest: string;
  task: string;
  labels: Json<string[]>;
  active: Generated<boolean>;
  card: string | null;
  registeredAt: InstantByDefault;
}

export interface TriageTable {
  id: Generated<string>;
  studyId: string;
  modelId: string;
  modelVersion: string;
  inputDigest: string;
  status: Generated<TriageStatusName>;
  priority: Generated<TriagePriorityName>;
  /** A stable upper-case code. */
  priorityReason: string | null;
  /** Place in the worklist, computed by the server; the largest comes first. */
  urgency: Generated<number>;
  progress: number | null;
  requestedAt: InstantByDefault;
  startedAt: Instant | null;
  finishedAt: Instant | null;
  /** Only grows: an attempt is told from an earlier one by it. */
  attempts: Generated<number>;
  /** The number of attempts at which it fails for good. */
  attemptLimit: Generated<number>;
  /** When it was last put in the queue; kept by a trigger. */
  queuedAt: InstantByDefault;
  workerId: string | null;
  problemCode: string | null;
  problemMessage: string | null;
  problemAdvice: string | null;
  problemDetail: string | null;
  problemRetryable: boolean | null;
  superseded: Generated<boolean>;
  supersededBy: string | null;
  requestId: string | null;
  source: Generated<TriageSource>;
  covidProbability: number | null;
  severityLevel: number | null;
  /** What is not sorted or filtered by: the service owns its shape. */
  result: Json<unknown> | null;
  /** Set by a trigger with the first review. */
  reviewed: Generated<boolean>;
  updatedAt: InstantByDefault;
}

export interface FindingTable {
  triageId: string;
  code: string;
  /** 0 is the most probable. */
  ordinal: number;
  probability: number;
  low: number | null;
  high: number | null;
}

/** A slice that was classified. */
export interface TriageSliceTable {
  triageId: string;
  /** In the ordered series, 0 is the lowest. */
  index: number;
  positionMm: number;
  sopInstanceUid: string;
  /** 1 first. */
  frameNumber: number;
  covidProbability: number;
  involvementPercent: number | null;
  /** Whether the probability of the series rests on it. */
  evidence: boolean;
  /** Size as it is shown, in square pixels. */
  width: number;
  height: number;
  heatmap: Json<{ width: number; height: number; values: number[] }> | null;
  /** PNG. */
  overlay: Buffer | null;
}

export interface TriageInvolvementTable {
  triageId: string;
  percent: number;
  leftPercent: number;
  rightPercent: number;
  /** Right upper, middle, lower, then left. */
  zones: number[];
  score: number;
  /** PNG. */
  lungMap: Buffer;
}

export interface ReviewTable {
  /** Grows with time: the largest of a triage counts. */
  id: Generated<number>;
  triageId: string;
  verdict: ReviewVerdictName;
  finding: string | null;
  severityLevel: number | null;
  comment: string | null;
  reviewer: string;
  requestId: string | null;
  reviewedAt: InstantByDefault;
}

/** Written by a trigger with each change of state; never changed. */
export interface TriageEventTable {
  id: Generated<number>;
  triageId: string;
  fromStatus: TriageStatusName | null;
  toStatus: TriageStatusName;
  at: InstantByDefault;
  actor: string;
  requestId: string | null;
  detail: string | null;
}

/** A worker process that was started; it lives as long as it holds its advisory lock and is seen. */
export interface WorkerTable {
  id: string;
  engine: Json<unknown>;
  /** What it has loaded, as `id@version`. */
  models: Generated<string[]>;
  /** Names under which it takes jobs. */
  runners: Generated<string[]>;
  /** Its latest sign of life. */
  seenAt: InstantByDefault;
  /** Triages it computes at once. */
  concurrency: number;
  startedAt: InstantByDefault;
}

/** What was done once and for all. */
export interface MilestoneTable {
  name: string;
  reachedAt: InstantByDefault;
}

/** Tables by name. Columns are snake_case in PostgreSQL and camelCase here. */
export interface Database {
  patient: PatientTable;
  study: StudyTable;
  series: SeriesTable;
  instance: InstanceTable;
  model: ModelTable;
  triage: TriageTable;
  finding: FindingTable;
  triageSlice: TriageSliceTable;
  triageInvolvement: TriageInvolvementTable;
  review: ReviewTable;
  triageEvent: TriageEventTable;
  worker: WorkerTable;
  milestone: MilestoneTable;
}

/** A database or a transaction in it. */
export type Db = Kysely<Database>;

export type PatientRow = Selectable<PatientTable>;
export type StudyRow = Selectable<StudyTable>;
export type SeriesRow = Selectable<SeriesTable>;
export type InstanceRow = Selectable<InstanceTable>;
export type ModelRow = Selectable<ModelTable>;
export type TriageRow = Selectable<TriageTable>;
export type FindingRow = Selectable<FindingTable>;
export type TriageSliceRow = Selectable<TriageSliceTable>;
export type TriageInvolvementRow = Selectable<TriageInvolvementTable>;
export type ReviewRow = Selectable<ReviewTable>;
export type TriageEventRow = Selectable<TriageEventTable>;
