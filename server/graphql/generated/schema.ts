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
  DateTime: { input: Date; output: Date; }
};

/** Either the triage or what stood in its way. */
export type CancelTriageResult = CancelTriageSuccess | NotAuthorised | TriageNotFound | TriageStateConflict;

/** The triage is cancelled. */
export type CancelTriageSuccess = {
  __typename?: 'CancelTriageSuccess';
  /** The triage as it is now. */
  triage: Triage;
};

/** How long each part took, in milliseconds. */
export type Durations = {
  __typename?: 'Durations';
  /** Reading and decoding the images. */
  decodeMs: Scalars['Float']['output'];
  /** Waiting for a batch and the forward pass. */
  inferenceMs: Scalars['Float']['output'];
  /** From when it was last put in the queue to the start of the computation. */
  queuedMs: Scalars['Float']['output'];
  /** From the start of the computation to the stored result. */
  totalMs: Scalars['Float']['output'];
};

/** What computes the predictions. */
export type Engine = {
  __typename?: 'Engine';
  /** The device, for example the GPU's or the processor's name. */
  device: Scalars['String']['output'];
  /** True when a GPU computes. */
  gpu: Scalars['Boolean']['output'];
  /** `tensorflow`, `webgpu` or `wasm`; `none` before the first worker has started. */
  name: Scalars['String']['output'];
  /** Version of the engine's library. */
  version: Scalars['String']['output'];
};

/** Where in the picture the evidence lies: a class activation map. */
export type Explanation = {
  __typename?: 'Explanation';
  /** Its frame in that instance, 1 first. */
  frameNumber: Scalars['Int']['output'];
  /** Address of the overlay as a transparent PNG in the picture's own geometry, relative to the server's origin. Needs the same authorisation as the API. */
  heatmapUrl: Scalars['String']['output'];
  /** Opacity at which the overlay reads well over the picture, 0 to 1. */
  opacity: Scalars['Float']['output'];
  /** SOP Instance UID of the picture it belongs to. */
  sopInstanceUid: Scalars['ID']['output'];
};

/** One class of the model with its probability. */
export type Finding = {
  __typename?: 'Finding';
  /** Class as the model names it: COVID, NORMAL, PNEUMONIA, or others a model defines. */
  code: Scalars['String']['output'];
  /** Upper end of the 90 % interval of the probability, 0 to 1. Null when the model gives none. */
  high?: Maybe<Scalars['Float']['output']>;
  /** Lower end of the 90 % interval of the probability, 0 to 1. Null when the model gives none. */
  low?: Maybe<Scalars['Float']['output']>;
  /** Calibrated probability, 0 to 1. */
  probability: Scalars['Float']['output'];
};

/** One stored DICOM SOP instance (PS3.3 C.12.1). */
export type Instance = {
  __typename?: 'Instance';
  /** DICOM Columns (0028,0011): width in pixels. Null for an object without pixels. */
  columns?: Maybe<Scalars['Int']['output']>;
  /** DICOM Number of Frames (0028,0008), 1 for a single picture. */
  frames: Scalars['Int']['output'];
  /** DICOM Instance Number (0020,0013). Null when the image has none. */
  number?: Maybe<Scalars['Int']['output']>;
  /** DICOMweb address of the picture as PNG or JPEG, relative to the server's origin (WADO-RS rendered, PS3.18 10.4.1.1.3). */
  renderedUrl: Scalars['String']['output'];
  /** DICOM Rows (0028,0010): height in pixels. Null for an object without pixels. */
  rows?: Maybe<Scalars['Int']['output']>;
  /** DICOM SOP Class UID (0008,0016). */
  sopClassUid: Scalars['ID']['output'];
  /** DICOM SOP Instance UID (0008,0018). */
  sopInstanceUid: Scalars['ID']['output'];
  /** DICOM Transfer Syntax UID it is stored in (0002,0010). */
  transferSyntaxUid: Scalars['ID']['output'];
  /** DICOM View Position (0018,5101), for example `PA`, `AP` or `LL`. Null when the image names none. */
  viewPosition?: Maybe<Scalars['String']['output']>;
};

/** The review contradicts itself or names an unknown finding. Code `INVALID_REVIEW`. */
export type InvalidReview = Problem & {
  __typename?: 'InvalidReview';
  /** `INVALID_REVIEW`. */
  code: Scalars['String']['output'];
  /** What is wrong with it. */
  message: Scalars['String']['output'];
};

/** CT only: how much of the lungs is involved. */
export type Involvement = {
  __typename?: 'Involvement';
  /** Share of the left lung, 0 to 100 percent. */
  leftPercent: Scalars['Float']['output'];
  /** Address of the lung map, a small coronal picture with the involved zones, as a PNG, relative to the server's origin. Needs the same authorisation as the API. */
  lungMapUrl?: Maybe<Scalars['String']['output']>;
  /** Share of both lungs, 0 to 100 percent. */
  percent: Scalars['Float']['output'];
  /** Share of the right lung, 0 to 100 percent. */
  rightPercent: Scalars['Float']['output'];
  /** CT severity score, 0 to 25. */
  score: Scalars['Float']['output'];
  /** Share of each zone, 0 to 100 percent: right upper, middle, lower, then left. */
  zones: Array<Scalars['Float']['output']>;
};

/** A trained model. */
export type Model = {
  __typename?: 'Model';
  /** True when new triages use it. */
  active: Scalars['Boolean']['output'];
  /** Its model card, Markdown: training data, figures, limits. Null when it has none. */
  card?: Maybe<Scalars['String']['output']>;
  /** SHA-256 over the model's files, hexadecimal. */
  digest: Scalars['String']['output'];
  /** Identifier of the model, for example `cxr-mobilenet-v1`. */
  id: Scalars['ID']['output'];
  /** The classes it tells apart, in the order of its outputs. */
  labels: Array<Scalars['String']['output']>;
  /** What it is for: `cxr-triage` or `ct-triage`. */
  task: Scalars['String']['output'];
  /** Version of the trained weights, for example `1.0.0`. */
  version: Scalars['String']['output'];
};

/** No model with that id. Code `MODEL_NOT_FOUND`. */
export type ModelNotFound = Problem & {
  __typename?: 'ModelNotFound';
  /** `MODEL_NOT_FOUND`. */
  code: Scalars['String']['output'];
  /** What to do about it. */
  message: Scalars['String']['output'];
};

export type Mutation = {
  __typename?: 'Mutation';
  /** Stops a triage that is still queued or running. It ends as CANCELLED and can be retried. */
  cancelTriage: CancelTriageResult;
  /**
   * Asks for a triage of a study. The key is the content of its images and the model's version: when the same images
   * have already been triaged by the same model, that triage is returned and nothing is computed again.
   */
  requestTriage: RequestTriageResult;
  /** Puts a triage that failed or was cancelled back in the queue, under the same id. */
  retryTriage: RetryTriageResult;
  /** Records what a clinician thinks of a finished triage. The newest review counts; earlier ones are kept. */
  reviewTriage: ReviewTriageResult;
};


export type MutationCancelTriageArgs = {
  id: Scalars['ID']['input'];
};


export type MutationRequestTriageArgs = {
  input: RequestTriageInput;
};


export type MutationRetryTriageArgs = {
  id: Scalars['ID']['input'];
};


export type MutationReviewTriageArgs = {
  input: ReviewTriageInput;
};

/** The caller may not do this. Code `NOT_AUTHORISED`. */
export type NotAuthorised = Problem & {
  __typename?: 'NotAuthorised';
  /** `NOT_AUTHORISED`. */
  code: Scalars['String']['output'];
  /** What permission is missing. */
  message: Scalars['String']['output'];
};

/** Where a page ends (Relay cursor connections). */
export type PageInfo = {
  __typename?: 'PageInfo';
  /** Cursor of the last entry. Null for an empty page. */
  endCursor?: Maybe<Scalars['String']['output']>;
  /** True when there is more behind `endCursor`. */
  hasNextPage: Scalars['Boolean']['output'];
};

/** A person as the images describe them: DICOM patient module (PS3.3 C.7.1.1), keyed by issuer and ID. */
export type Patient = {
  __typename?: 'Patient';
  /** DICOM Patient's Birth Date (0010,0030). Null when the images have none or an invalid one. */
  birthDate?: Maybe<Scalars['Date']['output']>;
  /** DICOM Patient ID (0010,0020). Unique within its issuer. */
  id: Scalars['ID']['output'];
  /** DICOM Issuer of Patient ID (0010,0021). Null when the images name none. */
  issuer?: Maybe<Scalars['String']['output']>;
  /** The newest triage that is not superseded, of the newest study that has one. Null when nothing has been triaged. */
  latestTriage?: Maybe<Triage>;
  /** DICOM Patient's Name (0010,0010), formatted for display: family name, given names; ideographic or phonetic where it has no alphabetic form. Null when the images have none. */
  name?: Maybe<Scalars['String']['output']>;
  /** DICOM Patient's Sex (0010,0040). Null when the images have none. */
  sex?: Maybe<Sex>;
  /** The patient's studies, newest first. */
  studies: Array<Study>;
  /** The patient's triages, newest first, current and superseded: the course over time. */
  triages: Array<Triage>;
};


/** A person as the images describe them: DICOM patient module (PS3.3 C.7.1.1), keyed by issuer and ID. */
export type PatientStudiesArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** A person as the images describe them: DICOM patient module (PS3.3 C.7.1.1), keyed by issuer and ID. */
export type PatientTriagesArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** One page of patients. */
export type PatientConnection = {
  __typename?: 'PatientConnection';
  /** The patients with their cursors. */
  edges: Array<PatientEdge>;
  /** The patients alone. */
  nodes: Array<Patient>;
  /** Where the page ends. */
  pageInfo: PageInfo;
};

/** A patient and its place in the list. */
export type PatientEdge = {
  __typename?: 'PatientEdge';
  /** Opaque; pass it as `after` to go on behind this patient. */
  cursor: Scalars['String']['output'];
  /** The patient. */
  node: Patient;
};

/** Bacterial against viral pneumonia: an opinion beside the findings, with narrower limits than theirs. */
export type PneumoniaKind = {
  __typename?: 'PneumoniaKind';
  /** Probability that the pneumonia is bacterial rather than viral, 0 to 1. */
  bacterialProbability: Scalars['Float']['output'];
  /** Upper end of the 90 % interval of the probability, 0 to 1. Null when the model gives none. */
  high?: Maybe<Scalars['Float']['output']>;
  /** Lower end of the 90 % interval of the probability, 0 to 1. Null when the model gives none. */
  low?: Maybe<Scalars['Float']['output']>;
  /** What the opinion was learned from and whom it is not for, in English. */
  note: Scalars['String']['output'];
};

/** What went wrong, in a form both programs and people can use. Every expected failure of a mutation implements it. */
export type Problem = {
  /** Stable upper-case code to match on, for example `STUDY_NOT_FOUND`. Codes are added, never renamed. */
  code: Scalars['String']['output'];
  /** One or two sentences for a person. Holds no patient data. */
  message: Scalars['String']['output'];
};

/** Whether the picture is one the model can judge. */
export type Quality = {
  __typename?: 'Quality';
  /** How far the picture is from the training pictures, in the model's own unit, 0 or more. Larger is stranger. 0 for CT, where the lungs that were found are what a series is accepted by. */
  distance: Scalars['Float']['output'];
  /** True when the picture is like those the model was trained on. */
  inDistribution: Scalars['Boolean']['output'];
  /** The distance above which the model abstains. 0 for CT. */
  threshold: Scalars['Float']['output'];
  /** A stable upper-case code for each of the warnings, in the same order, for viewers in other languages: `UNDECIDED` (the two most probable findings are close), `VIEW_NOT_STATED`, and of images that the result does not rest on: `IMAGE_UNREADABLE`, `IMAGE_DECLINED` (the model does not judge it), `IMAGES_LEFT_OUT` (the study has more than 64 pictures). Of a CT series: `SLICES_MISSING`, `SLICES_DUPLICATED`, `SPACING_UNEVEN`, `GANTRY_TILTED`, `APICES_NOT_COVERED`, `BASES_NOT_COVERED`, `LUNGS_UNEQUAL`, `INVOLVEMENT_CONTRADICTS` (probability and involvement speak against each other); of other series: `SERIES_LEFT_OUT` (the judged one shows the lungs better), and `LEFT_OUT_` with the reason, for example `LEFT_OUT_LOCALISER`. */
  warningCodes: Array<Scalars['String']['output']>;
  /** What a reader should bear in mind, in plain words; empty when there is nothing. */
  warnings: Array<Scalars['String']['output']>;
};

export type Query = {
  __typename?: 'Query';
  /** What computes the predictions at present. */
  engine: Engine;
  /** Models this server knows, the active one of each task first, at most 100. */
  models: Array<Model>;
  /**
   * One patient by the identifier the hospital uses (DICOM Patient ID, 0010,0020).
   * Null when no study of that patient has been received, or when the caller may not see the patient.
   */
  patient?: Maybe<Patient>;
  /** Patients with at least one received study, by family name then by ID, one page at a time. */
  patients: PatientConnection;
  /** One study by its Study Instance UID. Null when it has not been received, or when the caller may not see it. */
  study?: Maybe<Study>;
  /** One triage by its id. Null when there is none, or when the caller may not see its patient. */
  triage?: Maybe<Triage>;
  /**
   * Triages for a reading list, most urgent first. The order is the server's: what needs a person comes first
   * (failed and waiting work of high priority, severe and probable COVID), what has been reviewed comes last.
   */
  worklist: TriageConnection;
};


export type QueryPatientArgs = {
  id: Scalars['ID']['input'];
  issuer?: InputMaybe<Scalars['String']['input']>;
};


export type QueryPatientsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  search?: InputMaybe<Scalars['String']['input']>;
};


export type QueryStudyArgs = {
  studyInstanceUid: Scalars['ID']['input'];
};


export type QueryTriageArgs = {
  id: Scalars['ID']['input'];
};


export type QueryWorklistArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<WorklistFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
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

/** Either the triage or what stood in its way. */
export type RequestTriageResult = ModelNotFound | NotAuthorised | RequestTriageSuccess | StudyNotFound | StudyNotSupported;

/** The triage is queued, or exists already. */
export type RequestTriageSuccess = {
  __typename?: 'RequestTriageSuccess';
  /** The triage, new or found. */
  triage: Triage;
};

/** Either the triage or what stood in its way. */
export type RetryTriageResult = NotAuthorised | RetryTriageSuccess | TriageNotFound | TriageStateConflict;

/** The triage is queued again. */
export type RetryTriageSuccess = {
  __typename?: 'RetryTriageSuccess';
  /** The triage as it is now. */
  triage: Triage;
};

/** What a clinician thinks of a triage. */
export type Review = {
  __typename?: 'Review';
  /** Free text by the clinician. Null when not given. */
  comment?: Maybe<Scalars['String']['output']>;
  /** The finding the clinician chose instead. Null unless MODIFIED. */
  finding?: Maybe<Scalars['String']['output']>;
  /** When it was reviewed. */
  reviewedAt: Scalars['DateTime']['output'];
  /** Who reviewed: the subject of the caller's token, or `local` without tokens. */
  reviewer: Scalars['String']['output'];
  /** The severity level the clinician chose instead, 1 to 3. Null when not given. */
  severityLevel?: Maybe<Scalars['Int']['output']>;
  /** Agreement or not. */
  verdict: ReviewVerdict;
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

/** Either the triage or what stood in its way. */
export type ReviewTriageResult = InvalidReview | NotAuthorised | ReviewTriageSuccess | TriageNotFound | TriageStateConflict;

/** The review is recorded. */
export type ReviewTriageSuccess = {
  __typename?: 'ReviewTriageSuccess';
  /** The triage as it is now. */
  triage: Triage;
};

/** A clinician's verdict on a triage. */
export type ReviewVerdict =
  /** The clinician agrees. */
  | 'ACCEPTED'
  /** The clinician found something else, given in the review. */
  | 'MODIFIED'
  /** The clinician disagrees, or the picture should not have been judged. */
  | 'REJECTED';

/** DICOM series (PS3.3 C.7.3.1). */
export type Series = {
  __typename?: 'Series';
  /** DICOM Series Description (0008,103E). Null when the images have none. */
  description?: Maybe<Scalars['String']['output']>;
  /** Its instances in order of Instance Number (0020,0013). DICOMweb gives all of a longer series. */
  instances: Array<Instance>;
  /** DICOM Modality (0008,0060), for example `DX`, `CR` or `CT`. */
  modality: Scalars['String']['output'];
  /** DICOM Series Number (0020,0011). Null when the images have none. */
  number?: Maybe<Scalars['Int']['output']>;
  /** DICOM Series Instance UID (0020,000E). */
  seriesInstanceUid: Scalars['ID']['output'];
};


/** DICOM series (PS3.3 C.7.3.1). */
export type SeriesInstancesArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** How much of the lungs is affected: of an X-ray on the Brixia scale (six zones, each 0 to 3; doi:10.1007/s11547-020-01200-3), of a CT by the CT severity score (five lobes, each 0 to 5; doi:10.1148/radiol.2020200370). */
export type Severity = {
  __typename?: 'Severity';
  /** Upper end of the 90 % interval of the score, on its scale. Null when there is none. */
  high?: Maybe<Scalars['Float']['output']>;
  /** 1 mild, 2 moderate, 3 severe. */
  level: Scalars['Int']['output'];
  /** Lower end of the 90 % interval of the score, on its scale. Null when there is none. */
  low?: Maybe<Scalars['Float']['output']>;
  /** The scale of `score` and `zones`. */
  scale: SeverityScale;
  /** Score on its scale: 0 to 18 for BRIXIA, 0 to 25 for CT_SEVERITY_SCORE. */
  score: Scalars['Float']['output'];
  /** The six zones A to F (patient's right upper, middle, lower, then left), each 0 to 3. Empty when no zones are graded, as for CT. */
  zones: Array<Scalars['Float']['output']>;
};

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

/** CT only: what the model says about one slice. */
export type SliceFinding = {
  __typename?: 'SliceFinding';
  /** Probability that the slice shows COVID-19 pneumonia, 0 to 1. */
  covidProbability: Scalars['Float']['output'];
  /** Whether the series' probability rests on it: one of the slices a reader should look at. */
  evidence: Scalars['Boolean']['output'];
  /** Its frame in that instance, 1 first. */
  frameNumber: Scalars['Int']['output'];
  /** Address of the class activation map of the slice, as `overlayUrl`. Null when the slice carries no evidence, or the model gives none. */
  heatmapUrl?: Maybe<Scalars['String']['output']>;
  /** Position in the ordered volume, 0 is the lowest (nearest to the feet). */
  index: Scalars['Int']['output'];
  /** Share of the lung in this slice that is involved, 0 to 100 percent. Null when no lung is in it. */
  involvementPercent?: Maybe<Scalars['Float']['output']>;
  /** Address of the involved regions as a transparent PNG in the slice's own geometry, ground glass blue and consolidation red, relative to the server's origin. Needs the same authorisation as the API. Null when the slice carries no evidence. */
  overlayUrl?: Maybe<Scalars['String']['output']>;
  /** Position along the scan axis in millimetres, patient coordinate system (PS3.3 C.7.6.2.1.1). */
  positionMm: Scalars['Float']['output'];
  /** SOP Instance UID of the slice. */
  sopInstanceUid: Scalars['ID']['output'];
};

/** One examination: DICOM study (PS3.3 C.7.2.1). */
export type Study = {
  __typename?: 'Study';
  /** DICOM Accession Number (0008,0050). Null when the images have none. */
  accessionNumber?: Maybe<Scalars['String']['output']>;
  /** DICOM Study Description (0008,1030). Null when the images have none. */
  description?: Maybe<Scalars['String']['output']>;
  /** Number of instances received so far. */
  instanceCount: Scalars['Int']['output'];
  /** When the latest instance was received. A study is triaged once it has been quiet for a while. */
  lastReceivedAt: Scalars['DateTime']['output'];
  /** The newest triage that is not superseded. Null when the study has not been triaged, or new images wait for it. */
  latestTriage?: Maybe<Triage>;
  /** DICOM modalities of its series (0008,0060), for example `DX`, each once, in alphabetical order. */
  modalities: Array<Scalars['String']['output']>;
  /** Whose study it is. */
  patient: Patient;
  /** Its series in order of Series Number (0020,0011). `seriesCount` tells how many there are. */
  series: Array<Series>;
  /** Number of series received so far. */
  seriesCount: Scalars['Int']['output'];
  /** When the study was made: DICOM Study Date and Study Time (0008,0020, 0008,0030), read in the zone that the images name, else in the clinic's. Noon when they have a date alone. Null when they have no valid date. */
  studiedAt?: Maybe<Scalars['DateTime']['output']>;
  /** DICOM Study Instance UID (0020,000D). */
  studyInstanceUid: Scalars['ID']['output'];
  /** Its triages, newest first, current and superseded. */
  triages: Array<Triage>;
};


/** One examination: DICOM study (PS3.3 C.7.2.1). */
export type StudySeriesArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** One examination: DICOM study (PS3.3 C.7.2.1). */
export type StudyTriagesArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** No such study has been received, or the caller may not see it. Code `STUDY_NOT_FOUND`. */
export type StudyNotFound = Problem & {
  __typename?: 'StudyNotFound';
  /** `STUDY_NOT_FOUND`. */
  code: Scalars['String']['output'];
  /** What to do about it. */
  message: Scalars['String']['output'];
};

/** No model here can judge the study's modality. Code `STUDY_NOT_SUPPORTED`. */
export type StudyNotSupported = Problem & {
  __typename?: 'StudyNotSupported';
  /** `STUDY_NOT_SUPPORTED`. */
  code: Scalars['String']['output'];
  /** Which modality, and which are supported. */
  message: Scalars['String']['output'];
};

export type Subscription = {
  __typename?: 'Subscription';
  /**
   * Sends a triage each time its status, progress, result, review or superseded mark changes. With neither argument,
   * every triage the caller may see. Nothing is replayed: query first, then subscribe, then query once more. The server
   * completes a subscription when it may have missed a change: then begin anew in the same way.
   */
  triageChanged: Triage;
};


export type SubscriptionTriageChangedArgs = {
  patientId?: InputMaybe<Scalars['ID']['input']>;
  studyInstanceUid?: InputMaybe<Scalars['ID']['input']>;
};

/** A request to triage one state of a study by one model version, and all that came of it. */
export type Triage = {
  __typename?: 'Triage';
  /** Estimated seconds until the result, from the queue ahead and recent run times. Null when finished, before anything has been timed, or while no worker has the model: then it waits for one. */
  estimatedSecondsLeft?: Maybe<Scalars['Float']['output']>;
  /** When it ended, in whichever way. Null while QUEUED or RUNNING. */
  finishedAt?: Maybe<Scalars['DateTime']['output']>;
  /** A UUID, stable for the whole life of the triage. */
  id: Scalars['ID']['output'];
  /** Whose study it is. */
  patient: Patient;
  /** How soon it should be computed. */
  priority: TriagePriority;
  /** Why it has that priority, as a stable upper-case code: `READER_WAITS` (someone asked for it). Null for routine work. */
  priorityReason?: Maybe<Scalars['String']['output']>;
  /** Why there is no result. Null unless ABSTAINED or FAILED. */
  problem?: Maybe<TriageProblem>;
  /** Share of the work that is done, 0 to 1. Null unless RUNNING. */
  progress?: Maybe<Scalars['Float']['output']>;
  /** Place in the queue of its model: 1 is taken next. Null unless QUEUED. */
  queuePosition?: Maybe<Scalars['Int']['output']>;
  /** When it was asked for. */
  requestedAt: Scalars['DateTime']['output'];
  /** What the model says. Null unless SUCCEEDED. */
  result?: Maybe<TriageResult>;
  /** The newest review by a clinician. Null when nobody has reviewed it. */
  review?: Maybe<Review>;
  /** When a worker took it, the last time if it was tried again. Null while QUEUED for the first time. */
  startedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Where it is in its life. */
  status: TriageStatus;
  /** The study that is triaged. */
  study: Study;
  /** True when newer images or a newer model have a triage of their own: show that one, and mark this one as past. */
  superseded: Scalars['Boolean']['output'];
};

/** One page of triages. */
export type TriageConnection = {
  __typename?: 'TriageConnection';
  /** The triages with their cursors. */
  edges: Array<TriageEdge>;
  /** The triages alone. */
  nodes: Array<Triage>;
  /** Where the page ends. */
  pageInfo: PageInfo;
};

/** A triage and its place in the list. */
export type TriageEdge = {
  __typename?: 'TriageEdge';
  /** Opaque; pass it as `after` to go on behind this triage. */
  cursor: Scalars['String']['output'];
  /** The triage. */
  node: Triage;
};

/** No such triage, or the caller may not see it. Code `TRIAGE_NOT_FOUND`. */
export type TriageNotFound = Problem & {
  __typename?: 'TriageNotFound';
  /** `TRIAGE_NOT_FOUND`. */
  code: Scalars['String']['output'];
  /** What to do about it. */
  message: Scalars['String']['output'];
};

/** How soon a triage is computed. */
export type TriagePriority =
  /** In order of arrival. */
  | 'ROUTINE'
  /** Before everything else: the patient's care waits for it. */
  | 'STAT'
  /** Before routine work: a clinician is looking at the study. */
  | 'URGENT';

/** Why a triage has no result. */
export type TriageProblem = {
  __typename?: 'TriageProblem';
  /** For the clinician: what to do next. */
  advice: Scalars['String']['output'];
  /** Stable upper-case code, for example `LATERAL_VIEW` or `PIXELS_CORRUPT`. */
  code: Scalars['String']['output'];
  /** For the operator: where to look. Null when there is nothing to add. Holds no patient data. */
  detail?: Maybe<Scalars['String']['output']>;
  /** For the clinician: what happened, in plain words. */
  message: Scalars['String']['output'];
  /** True when trying the same again may help. */
  retryable: Scalars['Boolean']['output'];
};

/** What the model says about a study. Not a diagnosis. */
export type TriageResult = {
  __typename?: 'TriageResult';
  /** Calibrated probability of COVID-19 pneumonia, 0 to 1. */
  covidProbability: Scalars['Float']['output'];
  /** How long each part took. */
  durations: Durations;
  /** Engine and device that computed it, for example `tensorflow (cpu)`. */
  engine: Scalars['String']['output'];
  /** Where in the picture the evidence lies; of a CT series, in its strongest slice. Null when the model gives none. */
  explanation?: Maybe<Explanation>;
  /** One entry per class the model knows, at most 20, most probable first. The probabilities sum to 1. */
  findings: Array<Finding>;
  /** SHA-256 over the images that were judged, hexadecimal. The same images give the same digest. */
  inputDigest: Scalars['String']['output'];
  /** CT only: how much of the lungs is involved. Null for X-rays. */
  involvement?: Maybe<Involvement>;
  /** The model that computed it. */
  model: Model;
  /** A second opinion on whether the pneumonia is bacterial or viral. Null where pneumonia does not lead, the patient is known to be 18 or older (it is learned from children), or the model does not tell them apart. */
  pneumoniaKind?: Maybe<PneumoniaKind>;
  /** Whether the picture is one the model can judge. */
  quality: Quality;
  /** How much of the lungs looks affected. Null where there is nothing to grade, or the model does not grade. */
  severity?: Maybe<Severity>;
  /** CT only: the slices that were classified, in order of position, at most 64: some of the whole height of the lungs and those where the signal is. Empty for X-rays. */
  slices: Array<SliceFinding>;
  /** The most probable finding. */
  topFinding: Finding;
};

/** The triage is not in a state that allows this. Code `TRIAGE_STATE_CONFLICT`. */
export type TriageStateConflict = Problem & {
  __typename?: 'TriageStateConflict';
  /** `TRIAGE_STATE_CONFLICT`. */
  code: Scalars['String']['output'];
  /** Which state it is in and which are needed. */
  message: Scalars['String']['output'];
  /** The triage as it is now. */
  triage: Triage;
};

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
