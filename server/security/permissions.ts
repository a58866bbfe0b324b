/** What a caller may be allowed to do. */
export type Permission =
  | 'patients:read'
  | 'triage:read'
  | 'triage:request'
  | 'triage:review'
  | 'images:read'
  | 'images:store'
  | 'operations:read';

/** Who calls, and what they may do. */
export interface Caller {
  /** Name that a review is signed with. */
  subject: string;
  permissions: ReadonlySet<Permission>;
}

/** The one caller while no tokens are configured: whoever reaches the loopback interface. */
export const localCaller: Caller = {
  subject: 'local',
  permissions: new Set([
    'patients:read',
    'triage:read',
    'triage:request',
    'triage:review',
    'images:read',
    'images:store',
    'operations:read',
  ]),
};

type Needed = Readonly<Record<string, Permission>>;

/** The named fields of one type, all of which need the same. */
function all(permission: Permission, fields: string): Needed {
  return Object.fromEntries(fields.split(' ').map((field) => [field, permission]));
}

/**
 * What each field of the API needs, by type. What is not here is denied, so a new field stays closed until somebody
 * decides who may see it.
 */
const needed: Readonly<Record<string, Needed>> = {
  Problem: all('triage:read', 'code message'),
  Query: {
    patient: 'patients:read',
    patients: 'patients:read',
    study: 'patients:read',
    triage: 'triage:read',
    worklist: 'triage:read',
    models: 'triage:read',
    engine: 'triage:read',
  },
  Mutation: {
    requestTriage: 'triage:request',
    cancelTriage: 'triage:request',
    retryTriage: 'triage:request',
    reviewTriage: 'triage:review',
  },
  Subscription: { triageChanged: 'triage:read' },
  Patient: all('patients:read', 'id issuer name birthDate sex studies triages latestTriage'),
  Study: all(
    'patients:read',
    'studyInstanceUid patient description accessionNumber studiedAt modalities seriesCount instanceCount lastReceivedAt series triages latestTriage',
  ),
  Series: all('patients:read', 'seriesInstanceUid modality description number instances'),
  Instance: all(
    'patients:read',
    'sopInstanceUid sopClassUid transferSyntaxUid number rows columns frames viewPosition renderedUrl',
  ),
  Triage: all(
    'triage:read',
    'id study patient status queuePosition estimatedSecondsLeft progress requestedAt startedAt finishedAt result problem review priority priorityReason superseded',
  ),
  TriageResult: all(
    'triage:read',
    'findings topFinding covidProbability severity pneumoniaKind explanation quality model engine inputDigest durations slices involvement',
  ),
  Finding: all('triage:read', 'code probability low high'),
  Severity: all('triage:read', 'level scale score low high zones'),
  PneumoniaKind: all('triage:read', 'bacterialProbability low high note'),
  Explanation: all('triage:read', 'heatmapUrl opacity sopInstanceUid frameNumber'),
  Quality: all('triage:read', 'inDistribution distance threshold warnings warningCodes'),
  Durations: all('triage:read', 'queuedMs decodeMs inferenceMs totalMs'),
  SliceFinding: all(
    'triage:read',
    'index positionMm sopInstanceUid frameNumber covidProbability involvementPercent evidence overlayUrl heatmapUrl',
  ),
  Involvement: all('triage:read', 'percent leftPercent rightPercent zones score lungMapUrl'),
  TriageProblem: all('triage:read', 'code message advice detail retryable'),
  Review: all('triage:read', 'verdict finding severityLevel comment reviewer reviewedAt'),
  Model: all('triage:read', 'id version task digest active labels card'),
  Engine: all('triage:read', 'name device version gpu'),
  RequestTriageSuccess: all('triage:request', 'triage'),
  CancelTriageSuccess: all('triage:request', 'triage'),
  RetryTriageSuccess: all('triage:request', 'triage'),
  ReviewTriageSuccess: all('triage:review', 'triage'),
  StudyNotFound: all('triage:read', 'code message'),
  StudyNotSupported: all('triage:read', 'code message'),
  ModelNotFound: all('triage:read', 'code message'),
  TriageNotFound: all('triage:read', 'code message'),
  TriageStateConflict: all('triage:read', 'code message triage'),
  InvalidReview: all('triage:read', 'code message'),
  NotAuthorised: all('triage:read', 'code message'),
  PatientConnection: all('patients:read', 'edges nodes pageInfo'),
  PatientEdge: all('patients:read', 'cursor node'),
  TriageConnection: all('triage:read', 'edges nodes pageInfo'),
  TriageEdge: all('triage:read', 'cursor node'),
  PageInfo: all('triage:read', 'hasNextPage endCursor'),
};

/** Every field that a permission is named for, as `Type.field`. */
export function guardedFields(): string[] {
  return Object.entries(needed).flatMap(([type, fields]) =>
    Object.keys(fields).map((field) => `${type}.${field}`),
  );
}

/** True when the caller may read this field. Introspection of the public schema is open to all. */
export function mayRead(caller: Caller, typeName: string, fieldName: string): boolean {
  if (typeName.startsWith('__') || fieldName.startsWith('__')) return true;
  const permission = Object.hasOwn(needed, typeName) ? needed[typeName]?.[fieldName] : undefined;
  return permission !== undefined && caller.permissions.has(permission);
}
