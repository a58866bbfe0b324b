import { DomainError, type DomainErrorOptions, type ErrorCode } from '../errors.js';

/** Codes this folder throws. */
export type DicomProblem = Extract<
  ErrorCode,
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
>;

const HTTP: Partial<Record<DicomProblem, number>> = {
  DICOM_TOO_LARGE: 413,
  SYNTAX_NOT_SUPPORTED: 415,
  FRAME_OUT_OF_RANGE: 404,
  PIXELS_CORRUPT: 422,
  PIXELS_MISSING: 422,
  DECODE_TIMEOUT: 422,
};

/** A coded failure with its HTTP status. Messages hold no patient data. */
export function dicomError(
  code: DicomProblem,
  message: string,
  options: DomainErrorOptions = {},
): DomainError {
  return new DomainError(code, message, { http: HTTP[code] ?? 400, ...options });
}

/** Any failure as a coded one: what is not expected inside a decoder is a corrupt picture. */
export function asCorrupt(error: unknown, what: string): DomainError {
  if (error instanceof DomainError) return error;
  return dicomError('PIXELS_CORRUPT', `${what} cannot be decoded`, { cause: error });
}
