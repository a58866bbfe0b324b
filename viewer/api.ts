/** What the viewer reads of the public API (schema.graphql). */
export interface PatientSummary {
  id: string;
  issuer: string | null;
  name: string | null;
  birthDate: string | null;
  sex: 'MALE' | 'FEMALE' | 'OTHER' | null;
}

export interface Instance {
  sopInstanceUid: string;
  renderedUrl: string;
  rows: number | null;
}

export interface Series {
  seriesInstanceUid: string;
  modality: string;
  /** The first 50. */
  instances: Instance[];
}

/** What the triage says of one slice of a CT series. */
export interface JudgedSlice {
  sopInstanceUid: string;
  frameNumber: number;
  evidence: boolean;
  overlayUrl: string | null;
  heatmapUrl: string | null;
}

export interface Study {
  studyInstanceUid: string;
  description: string | null;
  studiedAt: string | null;
  modalities: string[];
  series: Series[];
  latestTriage: {
    result: {
      explanation: {
        heatmapUrl: string;
        opacity: number;
        sopInstanceUid: string;
        frameNumber: number;
      } | null;
    } | null;
  } | null;
}

export interface Patient extends PatientSummary {
  studies: Study[];
}

const patientFields = 'id issuer name birthDate sex';
const studyFields = `studyInstanceUid description studiedAt modalities
  series { seriesInstanceUid modality instances { sopInstanceUid renderedUrl rows } }
  latestTriage { result { explanation { heatmapUrl opacity sopInstanceUid frameNumber } } }`;

/** The server answered, but not with data. */
export class ApiError extends Error {}

async function query<Data>(document: string, variables: object, signal?: AbortSignal): Promise<Data> {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json',
    },
    body: JSON.stringify({ query: document, variables }),
    signal: signal ?? null,
  });
  const answer = (await response.json().catch(() => null)) as {
    data?: Data | null;
    errors?: { message: string }[];
  } | null;
  const [error] = answer?.errors ?? [];
  if (error) throw new ApiError(error.message);
  if (!answer?.data) throw new ApiError(`HTTP ${response.status}`);
  return answer.data;
}

/** Patients whose name or ID matches, at most 50. */
export async function findPatients(search: string, signal?: AbortSignal): Promise<PatientSummary[]> {
  const document = `query Patients($search: String) { patients(search: $search, first: 50) { nodes { ${patientFields} } } }`;
  const variables = { search: search === '' ? null : search };
  return (await query<{ patients: { nodes: PatientSummary[] } }>(document, variables, signal)).patients.nodes;
}

/** One patient with studies and pictures, newest study first; null when unknown. */
export async function readPatient(
  id: string,
  issuer: string | null,
  signal?: AbortSignal,
): Promise<Patient | null> {
  const document = `query Patient($id: ID!, $issuer: String) {
    patient(id: $id, issuer: $issuer) { ${patientFields} studies { ${studyFields} } } }`;
  return (await query<{ patient: Patient | null }>(document, { id, issuer }, signal)).patient;
}

/** What the newest triage says of the slices of a CT study; empty when it says nothing. */
export async function readSlices(studyInstanceUid: string, signal?: AbortSignal): Promise<JudgedSlice[]> {
  const document = `query Slices($uid: ID!) { study(studyInstanceUid: $uid) { latestTriage { result {
    slices { sopInstanceUid frameNumber evidence overlayUrl heatmapUrl } } } } }`;
  type Data = { study: { latestTriage: { result: { slices: JudgedSlice[] } | null } | null } | null };
  const { study } = await query<Data>(document, { uid: studyInstanceUid }, signal);
  return study?.latestTriage?.result?.slices ?? [];
}

/** Whose study it is; null when unknown. */
export async function patientOfStudy(
  studyInstanceUid: string,
  signal?: AbortSignal,
): Promise<{ id: string; issuer: string | null } | null> {
  const document = 'query Study($uid: ID!) { study(studyInstanceUid: $uid) { patient { id issuer } } }';
  type Data = { study: { patient: { id: string; issuer: string | null } } | null };
  return (await query<Data>(document, { uid: studyInstanceUid }, signal)).study?.patient ?? null;
}

/** The study at the top of the worklist, which the viewer opens when nothing else is asked for. */
export async function firstOfWorklist(): Promise<string | null> {
  const document = 'query First { worklist(first: 1) { nodes { study { studyInstanceUid } } } }';
  type Data = { worklist: { nodes: { study: { studyInstanceUid: string } }[] } };
  return (await query<Data>(document, {})).worklist.nodes[0]?.study.studyInstanceUid ?? null;
}
