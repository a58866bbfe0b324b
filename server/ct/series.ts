// From the images of a study to stacks of slices, and the stack to judge.

/** What is known of one slice before its pixels are decoded; null where the image does not say. */
export interface SliceInfo {
  /** The instance, in whatever way the caller names it. */
  id: string;
  /** Frame of a multi-frame object, from 0. */
  frame: number;
  seriesInstanceUid: string;
  seriesDescription: string | null;
  modality: string;
  /** Values of Image Type (0008,0008). */
  imageType: readonly string[];
  bodyPartExamined: string | null;
  /** Convolution Kernel (0018,1210). */
  kernel: string | null;
  /** Contrast/Bolus Agent (0018,0010). */
  contrastAgent: string | null;
  /** Image Orientation (Patient) (0020,0037): six direction cosines. */
  orientation: readonly number[] | null;
  /** Image Position (Patient) (0020,0032) in millimetres. */
  position: readonly number[] | null;
  /** Pixel Spacing (0028,0030): between rows, between columns, in millimetres. */
  pixelSpacing: readonly number[] | null;
  sliceThickness: number | null;
  rows: number;
  columns: number;
}

/** A slice with its place along the stack's axis. */
export interface PlacedSlice extends SliceInfo {
  /** Along the normal of the stack in millimetres, towards the head for axial stacks. */
  along: number;
}

/** Slices of one series that fit on one another, in order from feet to head. */
export interface Stack {
  seriesInstanceUid: string;
  description: string | null;
  slices: PlacedSlice[];
  /** Usual distance of neighbouring slices in millimetres. */
  spacing: number;
  /** Angle between the slices' normal and the body's axis, in degrees. */
  tilt: number;
  /** Whether a stack's normal is the body's axis, within what a gantry tilts. */
  axial: boolean;
  problems: { duplicates: number; gaps: number; mixedSpacing: boolean };
}

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);

/** Normal of a slice, turned towards the head. */
function normalOf([a = 0, b = 0, c = 0, d = 0, e = 0, f = 0]: readonly number[]): number[] {
  const normal = [b * f - c * e, c * d - a * f, a * e - b * d];
  const length = Math.hypot(...normal) || 1;
  const sign = (normal[2] ?? 0) < 0 ? -1 : 1;
  return normal.map((value) => (sign * value) / length);
}

/** True for six finite cosines that make two perpendicular unit vectors (PS3.3 C.7.6.2.1.1). */
function isOrientation(values: readonly number[] | null): values is readonly number[] {
  if (values?.length !== 6 || !values.every(Number.isFinite)) return false;
  const [row, column] = [values.slice(0, 3), values.slice(3)];
  const unit = (v: number[]) => Math.abs(Math.hypot(...v) - 1) < 0.02;
  return unit(row) && unit(column) && Math.abs(dot(row, column)) < 0.02;
}

const isPosition = (values: readonly number[] | null): values is readonly number[] =>
  values?.length === 3 && values.every(Number.isFinite);

/** Slices go on one stack when they share series, orientation, size and pixel spacing. */
function keyOf(slice: SliceInfo): string {
  const cosines = (slice.orientation ?? []).map((value) => value.toFixed(2).replace('-0.00', '0.00'));
  const spacing = (slice.pixelSpacing ?? []).map((value) => value.toFixed(3));
  return [slice.seriesInstanceUid, slice.rows, slice.columns, ...cosines, ...spacing].join(' ');
}

const tiltLimit = 32;
const samePlaceMm = 0.02;

function stackOf(slices: SliceInfo[]): Stack | null {
  const [first] = slices;
  if (!first || !isOrientation(first.orientation)) return null;
  const normal = normalOf(first.orientation);
  const placed: PlacedSlice[] = [];
  for (const slice of slices) {
    if (isPosition(slice.position)) placed.push({ ...slice, along: dot(normal, slice.position) });
  }
  // Instance numbers say nothing about places (PS3.3 C.7.6.2.1.1), and ids keep the order of twins the same.
  placed.sort((a, b) => a.along - b.along || (a.id < b.id ? -1 : a.id > b.id ? 1 : a.frame - b.frame));
  const unique = placed.filter((slice, i) => slice.along - (placed[i - 1]?.along ?? -Infinity) > samePlaceMm);
  if (unique.length === 0) return null;
  const steps = unique.slice(1).map((slice, i) => slice.along - (unique[i]?.along ?? 0));
  const sorted = [...steps].sort((a, b) => a - b);
  const spacing = sorted[Math.floor(sorted.length / 2)] ?? first.sliceThickness ?? 0;
  const gaps = steps.filter((step) => step > 1.5 * spacing).length;
  const uneven = steps.filter((step) => Math.abs(step - spacing) > 0.1 * spacing).length - gaps;
  const tilt = (Math.acos(Math.min(1, Math.abs(normal[2] ?? 0))) * 180) / Math.PI;
  return {
    seriesInstanceUid: first.seriesInstanceUid,
    description: first.seriesDescription,
    slices: unique,
    spacing,
    tilt,
    axial: tilt <= tiltLimit,
    problems: {
      duplicates: placed.length - unique.length,
      gaps,
      mixedSpacing: uneven > 0.05 * Math.max(1, steps.length),
    },
  };
}

/** A series or part of one that is left out, and why. */
export interface LeftOut {
  seriesInstanceUid: string;
  description: string | null;
  slices: number;
  code: LeftOutCode;
  /** Goes on after "the series"; plain English. */
  reason: string;
}

/** Why a series is left out, for programs. */
export type LeftOutCode =
  | 'LOCALISER'
  | 'NOT_A_SCAN'
  | 'NOT_AXIAL'
  | 'REFORMAT'
  | 'OTHER_BODY_PART'
  | 'GEOMETRY_UNKNOWN'
  | 'TOO_FEW_SLICES'
  | 'TOO_SHORT'
  | 'TOO_THICK'
  | 'ANOTHER_IS_BETTER';

/**
 * Groups slices into stacks by series, orientation and size and orders each by its slices' places, not by their numbers.
 * Slices of one series that lie at one place twice are taken once.
 *
 * @returns the stacks, and what has no place in space
 */
export function stacksOf(slices: readonly SliceInfo[]): { stacks: Stack[]; leftOut: LeftOut[] } {
  const groups = new Map<string, SliceInfo[]>();
  for (const slice of slices) {
    const key = keyOf(slice);
    const group = groups.get(key);
    if (group) group.push(slice);
    else groups.set(key, [slice]);
  }
  const stacks: Stack[] = [];
  const leftOut: LeftOut[] = [];
  for (const group of groups.values()) {
    const stack = stackOf(group);
    const [first] = group;
    if (stack) stacks.push(stack);
    else if (first) {
      leftOut.push({
        seriesInstanceUid: first.seriesInstanceUid,
        description: first.seriesDescription,
        slices: group.length,
        code: 'GEOMETRY_UNKNOWN',
        reason: 'does not say where its images lie in the body',
      });
    }
  }
  return { stacks, leftOut };
}
