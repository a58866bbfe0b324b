import { DomainError, type ErrorCode } from '../errors.js';
import { warningTexts, type WarningCode } from '../intake/warnings.js';

/** What became of one part of a store request. */
export type StoredPart =
  | {
      stored: true;
      sopClassUid: string;
      sopInstanceUid: string;
      seriesInstanceUid: string;
      studyInstanceUid: string;
      warning: WarningCode | null;
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
      /** True when the same object may be stored later. */
      retryable: boolean;
    };

/**
 * Failure reasons (PS3.18 table I.2-2, PS3.4 table B.2-1, PS3.7 annex C); all other refusals are "cannot understand".
 * A transfer syntax that is not decoded here is no reason: such objects are stored, and their triage says so.
 */
const reasons: Partial<Record<ErrorCode, number>> = {
  DUPLICATE_UID_DIFFERENT_PIXELS: 0x0111,
  INSTANCE_MISMATCH: 0x0111,
  DICOM_NOT_AN_IMAGE: 0x0122,
  DICOM_TOO_LARGE: 0xa700,
  STORAGE_FAILED: 0xa700,
  DECODE_TIMEOUT: 0xa700,
  STUDY_MISMATCH: 0xa900,
  STUDY_PATIENT_MISMATCH: 0xa900,
  SERIES_STUDY_MISMATCH: 0xa900,
  INTERNAL: 0x0110,
};
const cannotUnderstand = 0xc000;
/** Warning reasons (PS3.18 table I.2-1): "coercion of data elements", "elements discarded". */
const warningReasons: Record<WarningCode, number> = {
  PATIENT_DEMOGRAPHICS_DIFFER: 0xb000,
  DUPLICATE_UID_DIFFERENT_ATTRIBUTES: 0xb006,
};
/** What was sent is no DICOM object, or not a whole one. */
const badSyntax: readonly ErrorCode[] = ['NOT_DICOM', 'DICOM_EMPTY', 'DICOM_TRUNCATED', 'DICOM_MISSING_UID'];

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
    retryable: error instanceof DomainError && error.retryable,
  };
}

/**
 * Status of the whole (PS3.18 table 10.5.3-1): 202 where not all was stored, or with warnings. Where nothing was stored: 400 "due to bad syntax", 409 "due to a conflict
 * in the request (e.g., unsupported SOP Class or Study Instance UID mismatch)" and for a mixture of reasons. An
 * unsupported media type of the request, 415, is answered before anything is read. 503 makes senders try again, so it is
 * kept for what may pass (PS3.18 table 8.5-1).
 */
function statusOf(parts: readonly StoredPart[]): number {
  const failed = parts.filter((part) => !part.stored);
  if (failed.length === 0) return parts.some((part) => part.stored && part.warning !== null) ? 202 : 200;
  if (failed.length < parts.length) return 202;
  if (failed.every(({ code }) => code === 'DICOM_TOO_LARGE')) return 413;
  if (failed.every(({ code }) => badSyntax.includes(code))) return 400;
  if (failed.every(({ retryable }) => retryable)) return 503;
  if (failed.every(({ code }) => code === 'INTERNAL')) return 500;
  return 409;
}

/** Error Comment (0000,0902): says in words, with our stable code, what a number means. */
const comment = (code: string, message: string) => ({
  vr: 'LO',
  Value: [`${code}: ${message}`.slice(0, 64)],
});
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
        '00000902': comment(code, message),
      })),
    };
  }
  if (stored.length > 0) {
    body['00081199'] = {
      vr: 'SQ',
      Value: stored.map(({ sopClassUid, sopInstanceUid, seriesInstanceUid, studyInstanceUid, warning }) => ({
        '00081150': ui(sopClassUid),
        '00081155': ui(sopInstanceUid),
        '00081190': {
          vr: 'UR',
          Value: [`${base}/${studyInstanceUid}/series/${seriesInstanceUid}/instances/${sopInstanceUid}`],
        },
        ...(warning !== null && {
          '00081196': { vr: 'US', Value: [warningReasons[warning]] },
          '00000902': comment(warning, warningTexts[warning]),
        }),
      })),
    };
  }
  return { status: statusOf(parts), body };
}
