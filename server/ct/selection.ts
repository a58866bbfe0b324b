// Which slices of a stack are decoded and which of them are classified: as few as the verdict needs.
import type { VolumePlan } from './volume-builder.js';

/** The slice nearest to the middle of each slab: all that the volume is made of, lowest first. */
export function slicesOfVolume({ slabs }: Pick<VolumePlan, 'slabs'>): number[] {
  const groups = new Map<number, number[]>();
  slabs.forEach((slab, index) => {
    const group = groups.get(slab);
    if (group) group.push(index);
    else groups.set(slab, [index]);
  });
  return [...groups.values()].flatMap((group) => group[Math.floor((group.length - 1) / 2)] ?? []);
}

/** At most `count` items, evenly spread from end to end. */
export function spread<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  const places = Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * items.length) / count));
  return places.flatMap((place) => items[place] ?? []);
}

/** HU of aerated lung with its vessels blurred in; neither pure air nor tissue. */
const lungHu = { from: -940, to: -500 };
/** Edges of skin and table fall into the range, too. */
const leastShare = 0.03;

/** Whether a reduced slice may show lung: a guess that costs nothing, made before the lungs are found. */
export function mayShowLung(hu: Int16Array): boolean {
  let count = 0;
  for (const value of hu) if (value > lungHu.from && value < lungHu.to) count++;
  return count > leastShare * hu.length;
}

/** A slice that can be classified, as it is known once the lungs have been found. */
export interface Candidate {
  /** In the stack. */
  index: number;
  /** 0 to 100 percent. */
  involvementPercent: number;
  /** Null before it has been classified. */
  covidProbability: number | null;
}

export interface Refinement {
  /** Places inside the lungs of which each has a classified slice near it. */
  places: number;
  /** Slices added where most of the lung is involved. */
  involved: number;
  /** The strongest slices whose surroundings are looked at more closely. */
  strongest: number;
}

/**
 * The slices to classify beside those that have been: such that none of the lungs' height is left out, where most is
 * involved, and between the strongest slices and their classified neighbours.
 *
 * @param candidates slices with lung in them, lowest first
 * @returns indices in the stack, lowest first
 */
export function refine(
  candidates: readonly Candidate[],
  { places, involved, strongest }: Refinement,
): number[] {
  const known = candidates.map(({ covidProbability }) => covidProbability !== null);
  const added = new Set<number>();
  const take = (place: number) => {
    known[place] = true;
    added.add(place);
  };
  const reach = Math.max(0, Math.floor(candidates.length / places / 2));
  const isNear = (place: number, steps: number) =>
    known.slice(Math.max(0, place - steps), place + steps + 1).includes(true);
  for (const place of spread([...candidates.keys()], places)) if (!isNear(place, reach)) take(place);

  const byInvolvement = [...candidates.keys()].sort(
    (a, b) => (candidates[b]?.involvementPercent ?? 0) - (candidates[a]?.involvementPercent ?? 0),
  );
  let left = involved;
  for (const place of byInvolvement) {
    if (left === 0 || (candidates[place]?.involvementPercent ?? 0) === 0) break;
    if (isNear(place, 1)) continue;
    take(place);
    left--;
  }

  const classified = [...candidates.keys()].filter((place) => candidates[place]?.covidProbability != null);
  const byProbability = [...classified].sort(
    (a, b) => (candidates[b]?.covidProbability ?? 0) - (candidates[a]?.covidProbability ?? 0),
  );
  for (const place of byProbability.slice(0, strongest)) {
    const at = classified.indexOf(place);
    for (const neighbour of [classified[at - 1], classified[at + 1]]) {
      if (neighbour === undefined) continue;
      const between = Math.round((place + neighbour) / 2);
      if (!known[between]) take(between);
    }
  }
  return [...added].sort((a, b) => a - b).flatMap((place) => candidates[place]?.index ?? []);
}
