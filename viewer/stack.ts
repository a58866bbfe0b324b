import type { Instance, Series, Study } from './api.js';

/** One picture of a stack. */
export interface StackSlice {
  sopInstanceUid: string;
  /** 1 first. */
  frameNumber: number;
  /** Along the axis of the stack in the patient's coordinates, larger is nearer to the head; null when not stated. */
  positionMm: number | null;
  /** WADO-RS rendered address of the frame, relative to the origin. */
  renderedUrl: string;
}

type Item = Record<string, { Value?: unknown[] } | undefined>;

const numbers = (item: Item | undefined, tag: string): number[] => (item?.[tag]?.Value ?? []).map(Number);
const inner = (item: Item | undefined, tag: string): Item[] => (item?.[tag]?.Value ?? []) as Item[];

/** Image Position and Orientation (Patient) of a frame, PS3.3 C.7.6.2 or, of an Enhanced object, C.7.6.16. */
function placeOf(item: Item, frame: number) {
  const group = inner(item, '52009230')[frame];
  const common = inner(item, '52009229')[0];
  const orientation = [group, common].map((one) => numbers(inner(one, '00209116')[0], '00200037'));
  return {
    position: [numbers(inner(group, '00209113')[0], '00200032'), numbers(item, '00200032')].find(
      ({ length }) => length === 3,
    ),
    orientation: [...orientation, numbers(item, '00200037')].find(({ length }) => length === 6),
  };
}

/** The direction across the slices, towards the head; null when the picture does not tell. */
function axisOf(orientation: number[] | undefined): number[] | null {
  if (!orientation) return null;
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = orientation;
  const normal = [b * f - c * e, c * d - a * f, a * e - b * d];
  const largest = normal.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
  return largest < 0 ? normal.map((value) => -value) : normal;
}

/**
 * Orders a series as a stack by where its pictures lie in the patient, the one nearest to the head first; by Instance
 * Number when they do not tell.
 *
 * @param metadata DICOM JSON of the series (PS3.18 F)
 * @param address of the series, relative to the origin
 */
export function orderStack(metadata: readonly Item[], address: string): StackSlice[] {
  let axis: number[] | null = null;
  const slices = metadata.flatMap((item) => {
    const sopInstanceUid = String(item['00080018']?.Value?.[0] ?? '');
    const [frames = 1] = numbers(item, '00280008');
    const [rows = 0] = numbers(item, '00280010');
    const [instanceNumber = 0] = numbers(item, '00200013');
    const path = `${address}/instances/${sopInstanceUid}`;
    return Array.from({ length: rows > 0 ? frames : 0 }, (_, frame) => {
      const { position, orientation } = placeOf(item, frame);
      axis ??= axisOf(orientation);
      const positionMm =
        position && axis ? position.reduce((sum, value, i) => sum + value * (axis?.[i] ?? 0), 0) : null;
      const renderedUrl = frames > 1 ? `${path}/frames/${frame + 1}/rendered` : `${path}/rendered`;
      return { instanceNumber, slice: { sopInstanceUid, frameNumber: frame + 1, positionMm, renderedUrl } };
    });
  });
  const isPlaced = slices.every(({ slice }) => slice.positionMm !== null);
  return slices
    .sort((one, other) =>
      isPlaced
        ? (other.slice.positionMm ?? 0) - (one.slice.positionMm ?? 0)
        : one.instanceNumber - other.instanceNumber,
    )
    .map(({ slice }) => slice);
}

const hasPicture = ({ rows }: Instance) => rows !== null;

/** The CT series of a study, each a stack: the one that its triage judged first, then the longest. */
export function stacksOf({ series, latestTriage }: Study): Series[] {
  const uid = latestTriage?.result?.explanation?.sopInstanceUid;
  const judgedFirst = ({ instances }: Series) =>
    instances.some(({ sopInstanceUid }) => sopInstanceUid === uid) ? 1 : 0;
  return series
    .filter(({ modality, instances }) => modality === 'CT' && instances.some(hasPicture))
    .sort((a, b) => judgedFirst(b) - judgedFirst(a) || b.instances.length - a.instances.length);
}

/** The other pictures of a study. */
export function singlesOf({ series }: Study): Instance[] {
  return series.flatMap(({ modality, instances }) => (modality === 'CT' ? [] : instances)).filter(hasPicture);
}

/** Reads a series as a stack. @throws Error with the HTTP status */
export async function readStack(
  studyInstanceUid: string,
  seriesInstanceUid: string,
  signal: AbortSignal,
): Promise<StackSlice[]> {
  const address = `/dicom-web/studies/${studyInstanceUid}/series/${seriesInstanceUid}`;
  const headers = { accept: 'application/dicom+json' };
  const response = await fetch(`${address}/metadata`, { headers, signal });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  const metadata: unknown = await response.json();
  return orderStack(Array.isArray(metadata) ? (metadata as Item[]) : [], address);
}
