import type { Selectable } from 'kysely';
import type { CtWarning, LeftOutCode } from '../ct/index.js';
import type { TriageInvolvementTable, TriageSliceTable } from '../database/types.js';
import type { PneumoniaKind, Quality, WarningCode } from '../inference/types.js';

/**
 * What is to be said of the images beside the one that the result is of: left out because there are too many, not
 * readable, or declined by the model.
 */
export type StudyWarningCode = 'IMAGES_LEFT_OUT' | 'IMAGE_UNREADABLE' | 'IMAGE_DECLINED';

/** What is to be said of a CT series and of what was found in it. */
export type SeriesWarningCode =
  | CtWarning
  | 'SLICES_MISSING'
  | 'SPACING_UNEVEN'
  | 'SLICES_DUPLICATED'
  | 'GANTRY_TILTED'
  | 'SERIES_LEFT_OUT'
  | `LEFT_OUT_${Exclude<LeftOutCode, 'ANOTHER_IS_BETTER'>}`
  | 'INVOLVEMENT_CONTRADICTS';

export type StoredQuality = Omit<Quality, 'warningCodes'> & {
  warningCodes: (WarningCode | StudyWarningCode | SeriesWarningCode)[];
};

export interface StoredSeverity {
  /** Missing in results stored before there was more than one scale: BRIXIA. */
  scale?: 'BRIXIA' | 'CT_SEVERITY_SCORE';
  level: 1 | 2 | 3;
  score: number;
  /** Null where the scale has no interval. */
  low: number | null;
  high: number | null;
  zones: number[];
}

/** What a finished triage keeps beside its findings: the shape of `triage.result`. */
export interface StoredResult {
  severity: StoredSeverity | null;
  /** Null where pneumonia does not lead; missing in what was stored before models told the kinds apart, and for CT. */
  pneumoniaKind?: PneumoniaKind | null;
  quality: StoredQuality;
  /** Null where the model gives none. */
  heatmap: { width: number; height: number; values: number[] } | null;
  /** The picture that was judged; of a CT series its strongest slice. */
  sopInstanceUid: string;
  /** Its frame, 1 first. */
  frameNumber: number;
  /** Its size as it is shown, in square pixels. */
  picture: { width: number; height: number };
  /** Engine and device, for example `wasm (AMD EPYC)`. */
  engine: string;
  durations: { queuedMs: number; decodeMs: number; inferenceMs: number; totalMs: number };
}

/** A judged slice of a CT series, as it is kept. */
export type StoredSlice = Omit<Selectable<TriageSliceTable>, 'triageId'>;
/** The involvement of the lungs, as it is kept. */
export type StoredInvolvement = Omit<Selectable<TriageInvolvementTable>, 'triageId'>;
