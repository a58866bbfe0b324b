import type { Prediction } from '../types.js';

/** A CT slice in Hounsfield units, row by row. */
export interface SlicePicture {
  width: number;
  height: number;
  hounsfield: Int16Array;
}

/** What a model says of one slice. */
export interface SliceOutcome {
  /** Calibrated, 0 to 1. */
  covidProbability: number;
  /** Class activation map of COVID over the whole slice, 0 to 1; null where nothing speaks for it. */
  heatmap: Prediction['heatmap'] | null;
  /** Milliseconds of the whole batch the slice was in. */
  inferenceMs: number;
}
