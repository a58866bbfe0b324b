import type { ErrorCode } from '../errors.js';
import type { AbstainCode } from '../inference/types.js';
import type { StudyWarningCode } from './triage.result.js';

/** For the clinician. */
interface ProblemText {
  /** What happened. */
  message: string;
  /** What to do next. */
  advice: string;
}

/** Why the model declines. */
export const abstainTexts: Record<AbstainCode, ProblemText> = {
  NOT_A_CHEST_XRAY: {
    message: 'The picture does not look like a chest X-ray.',
    advice: 'Send a frontal chest X-ray of the patient, or read the picture without AI.',
  },
  LATERAL_VIEW: {
    message: 'This is a lateral view; the model judges frontal views only.',
    advice: 'Send the PA or AP view of the examination.',
  },
  ROTATED_OR_INVERTED: {
    message: 'The picture seems to be rotated or its grey values inverted.',
    advice: 'Correct orientation and polarity at the workstation and send it again.',
  },
  OUT_OF_DISTRIBUTION: {
    message: 'The picture is too unlike those the model was trained on.',
    advice: 'Read it without AI; check positioning and exposure.',
  },
  IMAGE_WITHOUT_CONTENT: {
    message: 'The picture is blank or nearly so.',
    advice: 'Check the exposure and send it again.',
  },
};

const sendAgain = 'Send it again from the modality or the archive.';
const withoutAi = 'Read the study without AI; try again later or tell the operator.';

/** Why a triage failed or no image could be read, for the failures that have more to say than `failureText` does by itself. */
export const failureTexts: Partial<Record<ErrorCode, ProblemText>> = {
  DICOM_TRUNCATED: { message: 'The image arrived incomplete.', advice: sendAgain },
  DICOM_ENCRYPTED: {
    message: 'The image is encrypted and cannot be read here.',
    advice: 'Ask for an unencrypted copy.',
  },
  DICOM_TOO_LARGE: {
    message: 'The image is larger than this service can decode.',
    advice: 'Read the study without AI and tell the operator.',
  },
  SYNTAX_NOT_SUPPORTED: {
    message: 'The image is stored in a way that this service cannot decode.',
    advice: 'Ask imaging to send it again uncompressed.',
  },
  PIXELS_CORRUPT: { message: 'The picture inside the file is damaged.', advice: sendAgain },
  PIXELS_MISSING: { message: 'The file describes an image but holds no picture.', advice: sendAgain },
  DECODE_TIMEOUT: {
    message: 'Decoding the picture took too long and was stopped.',
    advice: 'The file may be damaged: send it again from the modality or the archive.',
  },
  WORKER_LOST: {
    message: 'The computation broke off several times.',
    advice: 'Read the study without AI and tell the operator: its pictures may be what breaks it.',
  },
  INFERENCE_FAILED: { message: 'The engine could not judge the picture.', advice: withoutAi },
  INTERNAL: { message: 'The picture could not be judged.', advice: withoutAi },
};

/** Said with a result of the images that it does not rest on. */
export const studyWarnings: Record<StudyWarningCode, string> = {
  IMAGE_UNREADABLE: 'An image of the study could not be read and was not judged.',
  IMAGE_DECLINED: 'An image of the study was not judged, because the model declines it.',
  IMAGES_LEFT_OUT: 'The study has more images than are judged; the rest were left out.',
};

/** Why a triage failed and what to do next. */
export function failureText(code: ErrorCode): ProblemText {
  return failureTexts[code] ?? { message: 'The picture could not be judged.', advice: withoutAi };
}

/** Why there is no verdict: the model declines, or no image can be read. */
export function problemText(code: AbstainCode | ErrorCode): ProblemText {
  return code in abstainTexts ? abstainTexts[code as AbstainCode] : failureText(code as ErrorCode);
}
