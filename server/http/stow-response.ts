import { DomainError, type ErrorCode } from '../errors.js';

/** What became of one part of a store request. */
export type StoredPart =
  | {
      stored: true;
      sopClassUid: string;
      sopInstanceUid: string;
      seriesInstanceUid: string;
      studyInstanceUid: string;
    }
  | {
      stored: false;
      /** Null when the part was no DICOM object, or named none. */
      sopClassUid: string | null;
      sopInstanceUid: string | null;
      /** Failure Reason (0008,1197). */
      reason: number;
      code: ErrorCode;
      message: string;
    };

/** Failure reasons of PS3.18 table 10.5.3-1 and PS3.4 table GG.4-1; all other refusals are "cannot understand". */
const reasons: Partial<Record<ErrorCode, number>> = {
  DUPLICATE_UID_DIFFERENT_PIXELS: 0x0111,
  SYNTAX_NOT_SUPPORTED: 0x0122,
  DICOM_NOT_AN_IMAGE: 0x0122,
  DICOM_TOO_LARGE: 0xa700,
  STORAGE_FAILED: 0xa700,
  STUDY_MISMATCH: 0xa900,
  STUDY_PATIENT_MISMATCH: 0xa900,
  INTERNAL: 0x0110,
};
const cannotUnderstand = 0xc000;

/** A part that was not stored, from what intake threw; unexpected failures are masked. */
export function failureOf(error: unknown): StoredPart {
  const code = error instanceof DomainError ? error.code : 'INTERNAL';
  const message = error instanceof DomainError ? error.message : 'it could not be stored';
  const { sopClassUid = null, sopInstanceUid = null } =
    (error instanceof DomainError ? error.instance : null) ?? {};
  return {
    stored: false,
    sopClassUid,
    sopInstanceUid,
    reason: reasons[code] ?? cannotUnderstand,
    code,
    message,
  };
}

function statusOf(parts: readonly StoredPart[]): number {
  const failed = parts.filter((part) => !part.stored);
  if (failed.length === 0) return 200;
  if (failed.length < parts.length) return 202;
  if (failed.every(({ code }) => code === 'DICOM_TOO_LARGE')) return 413;
  if (failed.every(({ code }) => code === 'STORAGE_FAILED' || code === 'INTERNAL')) return 503;
  return 409;
}

const ui = (value: string | null) => (value === null ? { vr: 'UI' } : { vr: 'UI', Value: [value] });

/**
 * Status and Store Instances Response (PS3.18 10.5.3, PS3.3 C.12.1.1.16 and C.12.1.1.17).
 *
 * @param origin of the server, for the retrieve URLs
 */
export function storeResponse(
  parts: readonly StoredPart[],
  origin: string,
): { status: number; body: Record<string, unknown> } {
  const base = `${origin}/dicom-web/studies`;
  const stored = parts.filter((part) => part.stored);
  const failed = parts.filter((part) => !part.stored);
  const studies = new Set(stored.map(({ studyInstanceUid }) => studyInstanceUid));
  const [study] = studies;
  const body: Record<string, unknown> = {};
  // Retrieve URL of the study, where all of it is one study.
  if (studies.size === 1) body['00081190'] = { vr: 'UR', Value: [`${base}/${study}`] };
  if (failed.length > 0) {
    body['00081198'] = {
      vr: 'SQ',
      Value: failed.map(({ sopClassUid, sopInstanceUid, reason, code, message }) => ({
        '00081150': ui(sopClassUid),
        '00081155': ui(sopInstanceUid),
        '00081197': { vr: 'US', Value: [reason] },
        // Error Comment (0000,0902) says in words, with our stable code, what the number means.
        '00000902': { vr: 'LO', Value: [`${code}: ${message}`.slice(0, 64)] },
      })),
    };
  }
  if (stored.length > 0) {
    body['00081199'] = {
      vr: 'SQ',
      Value: stored.map(({ sopClassUid, sopInstanceUid, seriesInstanceUid, studyInstanceUid }) => ({
        '00081150': ui(sopClassUid),
        '00081155': ui(sopInstanceUid),
        '00081190': {
          vr: 'UR',
          Value: [`${base}/${studyInstanceUid}/series/${seriesInstanceUid}/instances/${sopInstanceUid}`],
        },
      })),
    };
  }
  return { status: statusOf(parts), body };
}
