/** What a person reads, in English. The other languages have the same shape. */
export const en = {
  tag: 'en',
  title: 'AI triage',
  notForDiagnosis: 'Not for diagnosis',
  request: 'AI diagnosis',
  requesting: 'Asking …',
  retry: 'Try again',
  cancel: 'Stop',
  loading: 'Loading …',
  none: 'No AI triage of this study yet.',
  noStudy: 'No study chosen.',
  unknownPatient: 'No images of this patient have been received.',
  unknownStudy: 'This study has not been received.',
  mismatch: 'This study belongs to another patient. Nothing is shown.',
  signIn: 'Please sign in to see the AI triage.',
  offline: 'No connection to the server. Trying again by itself.',
  stale: 'Shown as last received.',
  polling: 'Updated every few seconds',
  status: {
    QUEUED: 'Queued',
    RUNNING: 'Running',
    SUCCEEDED: 'Result',
    ABSTAINED: 'No judgement',
    FAILED: 'Failed',
    CANCELLED: 'Stopped',
  },
  queuePosition: (position: number) =>
    position === 1 ? 'Next in the queue' : `Number ${position} in the queue`,
  secondsLeft: (seconds: number) =>
    seconds < 90
      ? `about ${Math.max(1, Math.round(seconds))} s left`
      : `about ${Math.round(seconds / 60)} min left`,
  progress: 'Progress',
  superseded: 'Superseded: newer images or a newer model have a triage of their own.',
  supersededShort: 'superseded',
  cancelled: 'This triage was stopped before it ended.',
  findings: { COVID: 'COVID-19 pneumonia', NORMAL: 'Normal', PNEUMONIA: 'Other pneumonia' } as Record<
    string,
    string
  >,
  probabilities: 'Probabilities',
  interval: (low: string, high: string) => `90 % interval ${low}–${high}`,
  pneumoniaKind: (bacterial: string, viral: string) =>
    `If other pneumonia: bacterial ${bacterial}, viral ${viral}`,
  pneumoniaKindNote: 'Learned from children aged 1 to 5 at one hospital; says nothing reliable of adults.',
  severity: 'Lung involvement',
  levels: ['mild', 'moderate', 'severe'],
  level: (level: number, word: string) => `Level ${level} of 3, ${word}`,
  levelShort: (level: number) => `Level ${level}`,
  score: (score: string) => `Score ${score} of 18`,
  noSeverity: 'Severity not graded.',
  zones: 'Zones, each 0 to 3',
  zoneRows: ['Upper', 'Middle', 'Lower'],
  right: 'Patient’s right',
  left: 'Patient’s left',
  involvement: (percent: string, left: string, right: string) =>
    `${percent} of the lungs (right ${right}, left ${left})`,
  warnings: 'Bear in mind',
  /** By code; the two most probable findings are given. */
  warningTexts: {
    UNDECIDED: (first: string, second: string) => `Undecided between ${first} and ${second}.`,
    VIEW_NOT_STATED: () => 'The image does not state its view position.',
    IMAGE_UNREADABLE: () => 'An image of the study could not be read and was not judged.',
    IMAGE_DECLINED: () => 'An image of the study was not judged, because the model declines it.',
    IMAGES_LEFT_OUT: () => 'The study has more images than are judged; the rest were left out.',
  } as Record<string, (first: string, second: string) => string>,
  outside: 'The picture is unlike those the model was trained on.',
  showWhere: 'Show where',
  hideWhere: 'Hide picture',
  pictureAlt: 'Chest X-ray; the marked areas weighed most in the model’s judgement',
  model: 'Model',
  version: 'Version',
  engine: 'Engine',
  computed: 'Computed',
  seconds: (seconds: string) => `${seconds} s`,
  nextStep: 'What to do',
  detail: 'For the operator',
  review: 'Your review',
  accept: 'Accept',
  modify: 'Modify',
  reject: 'Reject',
  save: 'Save review',
  back: 'Back',
  foundInstead: 'Finding instead',
  levelInstead: 'Level instead',
  unchanged: 'No change',
  comment: 'Comment (optional)',
  needsChange: 'Choose a finding or a level.',
  verdict: { ACCEPTED: 'Accepted', MODIFIED: 'Modified', REJECTED: 'Rejected' },
  by: (who: string, when: string) => `by ${who}, ${when}`,
  localReviewer: 'local user',
  course: 'Course',
  courseColumns: ['Study', 'COVID-19', 'Level', 'State'],
  current: 'shown',
  openStudy: (date: string) => `Open study of ${date}`,
  worklist: 'Worklist, most urgent first',
  worklistEmpty: 'Nothing to triage.',
  more: 'Show more',
  noName: 'No name',
  stat: 'STAT',
  urgent: 'Urgent',
  unknownDate: 'no date',
  updated: 'Worklist updated.',
  problems: {
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
    DICOM_TRUNCATED: {
      message: 'The image arrived incomplete.',
      advice: 'Send it again from the modality or the archive.',
    },
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
    PIXELS_CORRUPT: {
      message: 'The picture inside the file is damaged.',
      advice: 'Send it again from the modality or the archive.',
    },
    PIXELS_MISSING: {
      message: 'The file describes an image but holds no picture.',
      advice: 'Send it again from the modality or the archive.',
    },
    DECODE_TIMEOUT: {
      message: 'Decoding the picture took too long and was stopped.',
      advice: 'The file may be damaged: send it again from the modality or the archive.',
    },
    WORKER_LOST: {
      message: 'The computation broke off several times.',
      advice: 'Read the study without AI and tell the operator: its pictures may be what breaks it.',
    },
    INFERENCE_FAILED: {
      message: 'The engine could not judge the picture.',
      advice: 'Read the study without AI; try again later or tell the operator.',
    },
    INTERNAL: {
      message: 'The picture could not be judged.',
      advice: 'Read the study without AI; try again later or tell the operator.',
    },
    OFFLINE: { message: 'The server did not answer.', advice: 'Check the network and try again.' },
    TIMEOUT: { message: 'The server took too long to answer.', advice: 'Try again in a moment.' },
    BAD_ANSWER: {
      message: 'The server could not answer.',
      advice: 'Try again; tell the operator if it stays.',
    },
    INTERNAL_SERVER_ERROR: {
      message: 'Something went wrong in the server.',
      advice: 'Try again; tell the operator if it stays.',
    },
    PICTURE_UNAVAILABLE: {
      message: 'The picture could not be loaded.',
      advice: 'Try again; tell the operator if it stays.',
    },
    NOT_AUTHORISED: { message: 'You may not do this.', advice: 'Ask the operator for the permission.' },
    PATIENT_AMBIGUOUS: {
      message: 'Several patients have this ID.',
      advice: 'Open the study itself, or tell the operator: the viewer must name the issuer.',
    },
    STUDY_NOT_FOUND: {
      message: 'This study has not been received.',
      advice: 'Send its images to the server first.',
    },
    STUDY_NOT_SUPPORTED: {
      message: 'No model here can judge this kind of study.',
      advice: 'Choose a chest X-ray.',
    },
    MODEL_NOT_FOUND: { message: 'The model is not installed.', advice: 'Tell the operator.' },
    TRIAGE_NOT_FOUND: { message: 'This triage no longer exists.', advice: 'Open the study again.' },
    TRIAGE_STATE_CONFLICT: {
      message: 'The triage has changed meanwhile.',
      advice: 'Look at it again, then decide.',
    },
    INVALID_REVIEW: { message: 'The review contradicts itself.', advice: 'Choose another finding or level.' },
  } as Record<string, { message: string; advice: string }>,
};

/** The shape of each language. */
export type Texts = typeof en;
