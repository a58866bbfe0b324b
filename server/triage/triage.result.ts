import type { Quality, Severity } from '../inference/types.js';

/** What a finished triage keeps beside its findings: the shape of `triage.result`. */
export interface StoredResult {
  severity: Severity | null;
  quality: Quality;
  heatmap: { width: number; height: number; values: number[] };
  /** The picture that was judged. */
  sopInstanceUid: string;
  /** Its size as it is shown, in square pixels. */
  picture: { width: number; height: number };
  /** Engine and device, for example `wasm (AMD EPYC)`. */
  engine: string;
  durations: { queuedMs: number; decodeMs: number; inferenceMs: number; totalMs: number };
}
