import type { AbstainCode } from '../inference/types.js';

/** For the clinician: why the model declines and what to do next. */
export const abstainTexts: Record<AbstainCode, { message: string; advice: string }> = {
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
