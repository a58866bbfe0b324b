import { fitnessOf, type CtRefusal, type CtWarning } from './fitness.js';
import { measureInvolvement, type Involvement } from './involvement.js';
import { segmentLungs } from './lungs.js';
import { severityOfInvolvement, type CtSeverity } from './severity.js';
import type { CtVolume, Mask } from './volume.js';

/** All that is read off a volume. */
export interface CtAnalysis {
  refusal: CtRefusal | null;
  warnings: CtWarning[];
  involvement: Involvement;
  severity: CtSeverity | null;
  /** 0 elsewhere, 1 right lung, 2 left lung. */
  sides: Mask;
  /** 0 healthy or no lung, 1 ground glass, 2 consolidation. */
  map: Mask;
  /** Share of the lung in each slice of the volume, 0 to 100 percent; null in slices without lung. */
  slices: (number | null)[];
  durations: { lungsMs: number; involvementMs: number };
}

/** Finds the lungs in a volume and measures their involvement. Pure; about a second of work on one core. */
export function analyseVolume(volume: CtVolume): CtAnalysis {
  const started = performance.now();
  const lungs = segmentLungs(volume);
  const { refusal, warnings } = fitnessOf(volume, lungs);
  const segmented = performance.now();
  const { involvement, map, slices } = measureInvolvement(volume, lungs);
  const durations = { lungsMs: segmented - started, involvementMs: performance.now() - segmented };
  const severity = severityOfInvolvement(involvement);
  return { refusal, warnings, involvement, severity, sides: lungs.sides, map, slices, durations };
}
