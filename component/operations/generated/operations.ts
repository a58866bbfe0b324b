export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
export type MakeOptional<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]?: Maybe<T[SubKey]> };
export type MakeMaybe<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]: Maybe<T[SubKey]> };
export type MakeEmpty<T extends { [key: string]: unknown }, K extends keyof T> = { [_ in K]?: never };
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** A calendar date without time zone, ISO 8601, for example `2026-11-24`. */
  Date: { input: string; output: string; }
  /** An instant in time, ISO 8601 with offset (RFC 3339), for example `2026-11-24T08:30:00.000Z`. */
  DateTime: { input: string; output: string; }
};

/** Which study to triage. */
export type RequestTriageInput = {
  /** Id of the model to use. Leave out for the active model of the study's modality. */
  modelId?: InputMaybe<Scalars['ID']['input']>;
  /** How soon. Default URGENT, because someone is asking. */
  priority?: InputMaybe<TriagePriority>;
  /** DICOM Study Instance UID (0020,000D) of a received study. */
  studyInstanceUid: Scalars['ID']['input'];
};

/** What a clinician thinks of a triage. */
export type ReviewTriageInput = {
  /** Free text, at most 2,000 characters. */
  comment?: InputMaybe<Scalars['String']['input']>;
  /** The class found instead, one of the model's labels. Needed for MODIFIED unless a severity level is given; not allowed otherwise. */
  finding?: InputMaybe<Scalars['String']['input']>;
  /** The severity level found instead, 1 to 3. Only for MODIFIED. */
  severityLevel?: InputMaybe<Scalars['Int']['input']>;
  /** Id of a triage that SUCCEEDED or ABSTAINED. */
  triageId: Scalars['ID']['input'];
  /** Agreement or not. */
  verdict: ReviewVerdict;
};

/** A clinician's verdict on a triage. */
export type ReviewVerdict =
  /** The clinician agrees. */
  | 'ACCEPTED'
  /** The clinician found something else, given in the review. */
  | 'MODIFIED'
  /** The clinician disagrees, or the picture should not have been judged. */
  | 'REJECTED';

/** How severity is scored. */
export type SeverityScale =
  /** Of X-rays: six zones, each 0 to 3, 0 to 18 in all (doi:10.1007/s11547-020-01200-3). */
  | 'BRIXIA'
  /** Of CT: five lobes, each 0 to 5, 0 to 25 in all (doi:10.1148/radiol.2020200370); the lobes are approximated by zones of each lung's height. */
  | 'CT_SEVERITY_SCORE';

/** DICOM Patient's Sex (0010,0040), PS3.3 C.7.1.1. */
export type Sex =
  /** Female (DICOM F). */
  | 'FEMALE'
  /** Male (DICOM M). */
  | 'MALE'
  /** Other (DICOM O). */
  | 'OTHER';

/** How soon a triage is computed. */
export type TriagePriority =
  /** In order of arrival. */
  | 'ROUTINE'
  /** Before everything else: the patient's care waits for it. */
  | 'STAT'
  /** Before routine work: a clinician is looking at the study. */
  | 'URGENT';

/** The life of a triage. QUEUED leads to RUNNING; the other four are ends. */
export type TriageStatus =
  /** There is nothing to judge: not a chest X-ray, a lateral view, no CT series with whole lungs, no readable image, or too unlike what the model was trained on. Trying again gives the same. */
  | 'ABSTAINED'
  /** Someone stopped it. It can be retried. */
  | 'CANCELLED'
  /** It could not be computed, after several tries. It can be retried. */
  | 'FAILED'
  /** Waits for a worker. */
  | 'QUEUED'
  /** A worker computes it. */
  | 'RUNNING'
  /** There is a result. */
  | 'SUCCEEDED';

/** Which triages a worklist holds. All given conditions must hold. */
export type WorklistFilter = {
  /** True to list superseded triages too. Default false. */
  includeSuperseded?: InputMaybe<Scalars['Boolean']['input']>;
  /** Only results with at least this COVID probability, 0 to 1. */
  minCovidProbability?: InputMaybe<Scalars['Float']['input']>;
  /** Only triages of the patient with this DICOM Patient ID. */
  patientId?: InputMaybe<Scalars['ID']['input']>;
  /** Only triages asked for at or after this instant. */
  requestedSince?: InputMaybe<Scalars['DateTime']['input']>;
  /** Only reviewed (true) or not yet reviewed (false) triages. Leave out for both. */
  reviewed?: InputMaybe<Scalars['Boolean']['input']>;
  /** Only these statuses. Leave out for all. */
  status?: InputMaybe<Array<TriageStatus>>;
};

export type TriageFieldsFragment = { id: string, status: TriageStatus, queuePosition: number | null, estimatedSecondsLeft: number | null, progress: number | null, requestedAt: string, finishedAt: string | null, priority: TriagePriority, priorityReason: string | null, superseded: boolean, study: { studyInstanceUid: string, description: string | null, studiedAt: string | null }, result: { covidProbability: number, engine: string, findings: Array<{ code: string, probability: number, low: number | null, high: number | null }>, topFinding: { code: string, probability: number }, severity: { level: number, scale: SeverityScale, score: number, low: number | null, high: number | null, zones: Array<number> } | null, pneumoniaKind: { bacterialProbability: number, low: number | null, high: number | null } | null, explanation: { heatmapUrl: string, opacity: number, sopInstanceUid: string, frameNumber: number } | null, quality: { inDistribution: boolean, warnings: Array<string>, warningCodes: Array<string> }, model: { id: string, version: string, labels: Array<string> }, durations: { totalMs: number }, slices: Array<{ index: number, positionMm: number, sopInstanceUid: string, frameNumber: number, covidProbability: number, involvementPercent: number | null, evidence: boolean, overlayUrl: string | null, heatmapUrl: string | null }>, involvement: { percent: number, leftPercent: number, rightPercent: number, zones: Array<number>, score: number, lungMapUrl: string | null } | null } | null, problem: { code: string, message: string, advice: string, detail: string | null, retryable: boolean } | null, review: { verdict: ReviewVerdict, finding: string | null, severityLevel: number | null, comment: string | null, reviewer: string, reviewedAt: string } | null };

export type CourseFieldsFragment = { id: string, status: TriageStatus, requestedAt: string, finishedAt: string | null, superseded: boolean, study: { studyInstanceUid: string, studiedAt: string | null }, result: { covidProbability: number, severity: { level: number, score: number } | null } | null };

export type WorklistFieldsFragment = { id: string, status: TriageStatus, queuePosition: number | null, progress: number | null, requestedAt: string, priority: TriagePriority, superseded: boolean, patient: { id: string, issuer: string | null, name: string | null }, study: { studyInstanceUid: string, description: string | null, studiedAt: string | null }, result: { covidProbability: number, topFinding: { code: string, probability: number }, severity: { level: number } | null } | null, problem: { code: string, message: string } | null, review: { verdict: ReviewVerdict } | null };

export type StudyTriageQueryVariables = Exact<{
  studyInstanceUid: Scalars['ID']['input'];
}>;


export type StudyTriageQuery = { study: { studyInstanceUid: string, latestTriage: TriageFieldsFragment | null, patient: { id: string, triages: Array<CourseFieldsFragment> } } | null };

export type PatientTriageQueryVariables = Exact<{
  patientId: Scalars['ID']['input'];
  issuer?: InputMaybe<Scalars['String']['input']>;
}>;


export type PatientTriageQuery = { patient: { id: string, latestTriage: TriageFieldsFragment | null, triages: Array<CourseFieldsFragment>, studies: Array<{ studyInstanceUid: string }> } | null };

export type StudyPicturesQueryVariables = Exact<{
  studyInstanceUid: Scalars['ID']['input'];
}>;


export type StudyPicturesQuery = { study: { series: Array<{ instances: Array<{ sopInstanceUid: string, renderedUrl: string }> }> } | null };

export type WorklistPageQueryVariables = Exact<{
  filter?: InputMaybe<WorklistFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['String']['input']>;
}>;


export type WorklistPageQuery = { worklist: { nodes: Array<WorklistFieldsFragment>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type TriageChangedSubscriptionVariables = Exact<{
  patientId?: InputMaybe<Scalars['ID']['input']>;
  studyInstanceUid?: InputMaybe<Scalars['ID']['input']>;
}>;


export type TriageChangedSubscription = { triageChanged: TriageFieldsFragment };

export type AnyTriageChangedSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type AnyTriageChangedSubscription = { triageChanged: { id: string } };

export type RequestTriageMutationVariables = Exact<{
  input: RequestTriageInput;
}>;


export type RequestTriageMutation = { outcome:
    | { __typename: 'ModelNotFound', code: string, message: string }
    | { __typename: 'NotAuthorised', code: string, message: string }
    | { __typename: 'RequestTriageSuccess', triage: TriageFieldsFragment }
    | { __typename: 'StudyNotFound', code: string, message: string }
    | { __typename: 'StudyNotSupported', code: string, message: string }
   };

export type CancelTriageMutationVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type CancelTriageMutation = { outcome:
    | { __typename: 'CancelTriageSuccess', triage: TriageFieldsFragment }
    | { __typename: 'NotAuthorised', code: string, message: string }
    | { __typename: 'TriageNotFound', code: string, message: string }
    | { __typename: 'TriageStateConflict', code: string, message: string }
   };

export type RetryTriageMutationVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type RetryTriageMutation = { outcome:
    | { __typename: 'NotAuthorised', code: string, message: string }
    | { __typename: 'RetryTriageSuccess', triage: TriageFieldsFragment }
    | { __typename: 'TriageNotFound', code: string, message: string }
    | { __typename: 'TriageStateConflict', code: string, message: string }
   };

export type ReviewTriageMutationVariables = Exact<{
  input: ReviewTriageInput;
}>;


export type ReviewTriageMutation = { outcome:
    | { __typename: 'InvalidReview', code: string, message: string }
    | { __typename: 'NotAuthorised', code: string, message: string }
    | { __typename: 'ReviewTriageSuccess', triage: TriageFieldsFragment }
    | { __typename: 'TriageNotFound', code: string, message: string }
    | { __typename: 'TriageStateConflict', code: string, message: string }
   };
