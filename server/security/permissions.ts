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

/**
 * What each field of the API needs: `Type.field` for the roots, whole types for what they lead to. What is not
 * here is denied, so a new type or root field stays closed until somebody decides who may see it.
 */
const needed: Readonly<Record<string, Permission>> = {
  'Query.patient': 'patients:read',
  'Query.patients': 'patients:read',
  'Query.study': 'patients:read',
  'Query.triage': 'triage:read',
  'Query.worklist': 'triage:read',
  'Query.models': 'triage:read',
  'Query.engine': 'triage:read',
  'Mutation.requestTriage': 'triage:request',
  'Mutation.cancelTriage': 'triage:request',
  'Mutation.retryTriage': 'triage:request',
  'Mutation.reviewTriage': 'triage:review',
  'Subscription.triageChanged': 'triage:read',
  Patient: 'patients:read',
  PatientConnection: 'patients:read',
  PatientEdge: 'patients:read',
  PageInfo: 'triage:read',
  Study: 'patients:read',
  Series: 'patients:read',
  Instance: 'patients:read',
  Triage: 'triage:read',
  TriageConnection: 'triage:read',
  TriageEdge: 'triage:read',
  TriageResult: 'triage:read',
  TriageProblem: 'triage:read',
  Finding: 'triage:read',
  Severity: 'triage:read',
  Explanation: 'triage:read',
  Quality: 'triage:read',
  Durations: 'triage:read',
  SliceFinding: 'triage:read',
  Involvement: 'triage:read',
  Review: 'triage:read',
  Model: 'triage:read',
  Engine: 'triage:read',
  Problem: 'triage:read',
  RequestTriageSuccess: 'triage:request',
  CancelTriageSuccess: 'triage:request',
  RetryTriageSuccess: 'triage:request',
  ReviewTriageSuccess: 'triage:review',
  StudyNotFound: 'triage:read',
  StudyNotSupported: 'triage:read',
  ModelNotFound: 'triage:read',
  TriageNotFound: 'triage:read',
  TriageStateConflict: 'triage:read',
  InvalidReview: 'triage:read',
  NotAuthorised: 'triage:read',
};

/** True when the caller may read this field. Introspection of the public schema is open to all. */
export function mayRead(caller: Caller, typeName: string, fieldName: string): boolean {
  if (typeName.startsWith('__') || fieldName.startsWith('__')) return true;
  const permission = needed[`${typeName}.${fieldName}`] ?? needed[typeName];
  return permission !== undefined && caller.permissions.has(permission);
}
