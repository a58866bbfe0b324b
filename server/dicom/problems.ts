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

const FOR_CLINICIANS: Record<DicomProblem, string> = {
  NOT_DICOM: 'The file is not a readable DICOM image. Send it again from the modality or the archive.',
  DICOM_EMPTY: 'The file is empty. Send the image again from the modality or the archive.',
  DICOM_TRUNCATED: 'The image arrived incomplete. Send it again from the modality or the archive.',
  DICOM_ENCRYPTED: 'The image is encrypted and cannot be read here. Ask for an unencrypted copy.',
  DICOM_MISSING_UID: 'The image lacks the identifiers of its study. Ask imaging to correct and resend it.',
  DICOM_NOT_AN_IMAGE: 'This object holds no image, for example a report. Choose an image of the study.',
  DICOM_TOO_LARGE: 'The image is larger than this service accepts. Ask the operator.',
  SYNTAX_NOT_SUPPORTED:
    'The image is stored in a way this service cannot decode. Ask imaging to resend it uncompressed.',
  PIXELS_CORRUPT: 'The picture inside the file is damaged. Send it again from the modality or the archive.',
  PIXELS_MISSING: 'The file describes an image but holds no picture. Send it again from the modality.',
  FRAME_OUT_OF_RANGE: 'The image has fewer pictures than asked for. Open the study again.',
  DECODE_TIMEOUT: 'Decoding the picture took too long and was stopped. It may be damaged: send it again.',
};

const HTTP: Partial<Record<DicomProblem, number>> = {
  DICOM_TOO_LARGE: 413,
  SYNTAX_NOT_SUPPORTED: 415,
  FRAME_OUT_OF_RANGE: 404,
  PIXELS_CORRUPT: 422,
  PIXELS_MISSING: 422,
  DECODE_TIMEOUT: 422,
};

/** A coded failure with its sentence for a clinician. Messages hold no patient data. */
export function dicomError(
  code: DicomProblem,
  message: string,
  options: DomainErrorOptions = {},
): DomainError {
  return new DomainError(code, message, {
    http: HTTP[code] ?? 400,
    clinicianMessage: FOR_CLINICIANS[code],
    ...options,
  });
}

/** Any failure as a coded one: what is not expected inside a decoder is a corrupt picture. */
export function asCorrupt(error: unknown, what: string): DomainError {
  if (error instanceof DomainError) return error;
  return dicomError('PIXELS_CORRUPT', `${what} cannot be decoded`, { cause: error });
}
