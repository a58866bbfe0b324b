/** Codes of what is said about objects that were taken. They are stable: integrators match on them. */
export type WarningCode = 'PATIENT_DEMOGRAPHICS_DIFFER' | 'DUPLICATE_UID_DIFFERENT_ATTRIBUTES';

/** The codes in words, without patient data; with its code, each fits in the 64 characters of an Error Comment. */
export const warningTexts: Record<WarningCode, string> = {
  PATIENT_DEMOGRAPHICS_DIFFER: 'other birth date or sex than stored',
  DUPLICATE_UID_DIFFERENT_ATTRIBUTES: 'the first stored are kept',
};
