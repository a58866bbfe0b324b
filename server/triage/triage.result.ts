import type { PneumoniaKind, Quality, Severity, WarningCode } from '../inference/types.js';

/**
 * What is to be said of the images beside the one that the result is of: left out because there are too many, not
 * readable, or declined by the model.
 */
export type StudyWarningCode = 'IMAGES_LEFT_OUT' | 'IMAGE_UNREADABLE' | 'IMAGE_DECLINED';

export type StoredQuality = Omit<Quality, 'warningCodes'> & {
  warningCodes: (WarningCode | StudyWarningCode)[];
};

/** What a finished triage keeps beside its findings: the shape of `triage.result`. */
export interface StoredResult {
  severity: Severity | null;
  /** Null where pneumonia does not lead; missing in what was stored before models told the kinds apart, and for CT. */
  pneumoniaKind?: PneumoniaKind | null;
  quality: StoredQuality;
  heatmap: { width: number; height: number; values: number[] };
  /** The picture that was judged. */
  sopInstanceUid: string;
  /** Its frame, 1 first. */
  frameNumber: number;
  /** Its size as it is shown, in square pixels. */
  picture: { width: number; height: number };
  /** Engine and device, for example `wasm (AMD EPYC)`. */
  engine: string;
  durations: { queuedMs: number; decodeMs: number; inferenceMs: number; totalMs: number };
}
