import type { CtRefusal, SeriesRefusal } from '../ct/index.js';
import type { ErrorCode } from '../errors.js';
import type { AbstainCode } from '../inference/types.js';
import type { SeriesWarningCode, StudyWarningCode } from './triage.result.js';

/** Why a CT study is not judged: its series, or what its pictures show. */
export type CtAbstainCode = SeriesRefusal | CtRefusal;

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

const readCt = 'Read the study without AI.';
const sendChest = 'Send an axial series of the whole chest, or read the study without AI.';

/** Why a CT study is not judged. */
export const ctAbstainTexts: Record<CtAbstainCode, ProblemText> = {
  NO_SUITABLE_SERIES: {
    message: 'The study holds no axial CT series of the chest that can be judged.',
    advice: sendChest,
  },
  TOO_FEW_SLICES: {
    message: 'The series has too few slices to judge the lungs.',
    advice: sendChest,
  },
  NOT_A_CHEST_CT: {
    message: 'The series shows another part of the body than the chest.',
    advice: readCt,
  },
  LOCALISER_ONLY: {
    message: 'Only a localiser has been received, no series of the chest.',
    advice: sendChest,
  },
  NO_LUNGS_FOUND: {
    message: 'No lungs were found in the series.',
    advice: readCt,
  },
  LUNGS_NOT_COVERED: {
    message: 'The series does not cover the whole lungs.',
    advice: sendChest,
  },
  NOT_HOUNSFIELD: {
    message: 'The values of the series are no Hounsfield units.',
    advice: 'Send the original series from the scanner instead of a processed one.',
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

/** Said with the result of a CT series. */
export const seriesWarnings: Record<SeriesWarningCode, string> = {
  SLICES_MISSING: 'Slices are missing; what lies between was filled in from their neighbours.',
  SPACING_UNEVEN: 'The distance between slices is uneven.',
  SLICES_DUPLICATED: 'Several slices lie in the same place; one of each was used.',
  GANTRY_TILTED: 'The gantry was tilted; the zones follow the tilted slices.',
  SERIES_LEFT_OUT: 'Another series was left out, because the one that was judged shows the lungs better.',
  LEFT_OUT_LOCALISER: 'A localiser was left out.',
  LEFT_OUT_NOT_A_SCAN: 'A dose report or a screen capture was left out.',
  LEFT_OUT_NOT_AXIAL: 'A series was left out, because it is not axial.',
  LEFT_OUT_REFORMAT: 'A series was left out, because it was computed from another one.',
  LEFT_OUT_OTHER_BODY_PART: 'A series was left out, because it shows another part of the body.',
  LEFT_OUT_GEOMETRY_UNKNOWN:
    'A series was left out, because it does not tell where its images lie in the body.',
  LEFT_OUT_TOO_FEW_SLICES: 'A series was left out, because it has too few slices.',
  LEFT_OUT_TOO_SHORT: 'A series was left out, because it covers too little of the chest.',
  LEFT_OUT_TOO_THICK: 'A series was left out, because its slices lie too far apart.',
  INVOLVEMENT_CONTRADICTS:
    'The probability and the involvement of the lungs contradict each other: look at the slices yourself.',
  APICES_NOT_COVERED: 'The tips of the lungs are not covered by the scan.',
  BASES_NOT_COVERED: 'The bases of the lungs are not covered by the scan.',
  LUNGS_UNEQUAL: 'One lung is much smaller than the other: removed, collapsed or hidden by fluid.',
};

/** Why a triage failed and what to do next. */
export function failureText(code: ErrorCode): ProblemText {
  return failureTexts[code] ?? { message: 'The picture could not be judged.', advice: withoutAi };
}

/** Why there is no verdict: the model declines, or no image can be read. */
export function problemText(code: AbstainCode | CtAbstainCode | ErrorCode): ProblemText {
  if (code in abstainTexts) return abstainTexts[code as AbstainCode];
  if (code in ctAbstainTexts) return ctAbstainTexts[code as CtAbstainCode];
  return failureText(code as ErrorCode);
}
