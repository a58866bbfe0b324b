/** Codes of expected failures. They are stable: integrators match on them. */
export type ErrorCode =
  | 'NOT_DICOM'
  | 'DICOM_EMPTY'
  | 'DICOM_TRUNCATED'
  | 'DICOM_ENCRYPTED'
  | 'DICOM_MISSING_UID'
  | 'DICOM_NOT_AN_IMAGE'
  | 'DICOM_TOO_LARGE'
  | 'SYNTAX_NOT_SUPPORTED'
  | 'PIXELS_CORRUPT'
  | 'PIXELS_MISSING'
  | 'FRAME_OUT_OF_RANGE'
  | 'DECODE_TIMEOUT'
  | 'DUPLICATE_UID_DIFFERENT_PIXELS'
  | 'STUDY_PATIENT_MISMATCH'
  | 'STUDY_MISMATCH'
  | 'SERIES_STUDY_MISMATCH'
  | 'INSTANCE_MISMATCH'
  | 'PATIENT_AMBIGUOUS'
  | 'STORAGE_FAILED'
  | 'DATABASE_UNREACHABLE'
  | 'IMAGE_UNREADABLE'
  | 'MODEL_NOT_FOUND'
  | 'MODEL_INVALID'
  | 'ENGINE_NOT_AVAILABLE'
  | 'INFERENCE_FAILED'
  | 'WORKER_LOST'
  | 'CONFIG_INVALID'
  | 'NOT_FOUND'
  | 'USAGE'
  | 'INTERNAL';

/** What else a caller may need to answer for a failure. */
export interface DomainErrorOptions {
  /** The underlying failure; logged, never shown. */
  cause?: unknown;
  /** HTTP status for routes that answer for it. */
  http?: number;
  /** True when the same work may succeed later (time-out, lost connection). */
  retryable?: boolean;
  /** Which DICOM instance it is about, when that is known. */
  instance?: { sopClassUid: string; sopInstanceUid: string };
}

/**
 * An expected failure with a stable code. The message is for people and holds no patient data:
 * it may reach logs, HTTP answers and GraphQL clients.
 */
export class DomainError extends Error {
  readonly code: ErrorCode;
  readonly http: number;
  readonly retryable: boolean;
  readonly instance: { sopClassUid: string; sopInstanceUid: string } | null;

  constructor(code: ErrorCode, message: string, options: DomainErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'DomainError';
    this.code = code;
    this.http = options.http ?? 400;
    this.retryable = options.retryable ?? false;
    this.instance = options.instance ?? null;
  }

  /** The same failure, with the instance it is about. */
  about(instance: { sopClassUid: string; sopInstanceUid: string }): DomainError {
    const { code, message, http, retryable, cause } = this;
    const { sopClassUid, sopInstanceUid } = instance;
    return new DomainError(code, message, {
      http,
      retryable,
      cause,
      instance: { sopClassUid, sopInstanceUid },
    });
  }
}
