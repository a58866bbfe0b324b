import { stacksOf, type LeftOut, type LeftOutCode, type SliceInfo, type Stack } from './series.js';

/** The stack to judge with all others and why they were left out; `chosen` is null where none will do. */
export interface Choice {
  chosen: Stack | null;
  leftOut: LeftOut[];
}

const leastSlices = 20;
/** Lungs are 20 to 30 cm high. */
const leastHeightMm = 120;
const thickestMm = 10.5;
const otherParts = /HEAD|BRAIN|SKULL|NECK|ABDOMEN|PELVIS|SPINE|KNEE|HIP|LEG|FOOT|HAND|WRIST|SINUS|ORBIT/;
const chestParts = /CHEST|THORAX|LUNG|THX|PULMO/;
const lungKernel = /LUNG|^B[56789]\d|^BL\d|^BR[567]\d|FC5\d|FC8\d|^YA|^YB|^L$|SHARP|BONE|EDGE/;
const reformats = /\bMPR\b|REFORMAT|CORONAL|SAGITTAL|\bCOR\b|\bSAG\b|\bMIP\b|MINIP|\bVRT\b|\b3D\b/;

/** What no judge of lungs wants, whatever else there is; null when nothing speaks against the stack. */
function unsuitable(stack: Stack): Pick<LeftOut, 'code' | 'reason'> | null {
  const because = (code: LeftOutCode, reason: string) => ({ code, reason });
  const [slice] = stack.slices;
  if (!slice) return because('TOO_FEW_SLICES', 'holds no image');
  const types = slice.imageType.map((type) => type.toUpperCase());
  const text = (stack.description ?? '').toUpperCase();
  if (types.includes('LOCALIZER') || /SCOUT|TOPOGRAM|LOCALI[SZ]ER|SURVIEW/.test(text))
    return because('LOCALISER', 'is a localiser');
  if (types.includes('SCREEN SAVE') || /DOSE|PROTOCOL/.test(text))
    return because('NOT_A_SCAN', 'is a dose report or a screen capture');
  if (!stack.axial) return because('NOT_AXIAL', 'is not axial');
  if (types.some((type) => /MPR|REFORMATTED|MIP|PROJECTION IMAGE/.test(type)) || reformats.test(text)) {
    return because('REFORMAT', 'is a reformat of another series');
  }
  const part = (slice.bodyPartExamined ?? '').toUpperCase();
  if (otherParts.test(part) && !chestParts.test(part)) {
    return because('OTHER_BODY_PART', 'shows another part of the body');
  }
  if (!slice.pixelSpacing || slice.pixelSpacing.some((value) => !(value > 0.05 && value < 5))) {
    return because('GEOMETRY_UNKNOWN', 'does not tell the size of its pixels');
  }
  if (stack.slices.length < leastSlices) {
    const few = stack.slices.length === 1 ? 'is a single slice' : 'has too few slices';
    return because('TOO_FEW_SLICES', `${few} (${stack.slices.length}; ${leastSlices} are needed)`);
  }
  const height = stack.spacing * (stack.slices.length - 1);
  if (height < leastHeightMm) return because('TOO_SHORT', `covers only ${Math.round(height)} mm of the body`);
  if (stack.spacing > thickestMm)
    return because('TOO_THICK', `has slices ${stack.spacing.toFixed(1)} mm apart`);
  return null;
}

/** Why one suitable stack is worse than the one chosen, in the order in which it counts. */
const preferences: { worse: string; cost(stack: Stack): number }[] = [
  {
    worse: 'does not name the chest',
    cost: ({ slices: [slice], description }) =>
      chestParts.test(`${slice?.bodyPartExamined ?? ''} ${description ?? ''}`.toUpperCase()) ? 0 : 1,
  },
  { worse: 'covers less of the body', cost: (stack) => (coverage(stack) < 200 ? 1 : 0) },
  { worse: 'has thicker slices', cost: (stack) => (thicknessOf(stack) > 3.1 ? 1 : 0) },
  { worse: 'is a contrast phase', cost: ({ slices: [slice] }) => (slice?.contrastAgent ? 1 : 0) },
  { worse: 'has missing slices', cost: ({ problems }) => (problems.gaps > 0 ? 1 : 0) },
  {
    worse: 'is not reconstructed with a lung kernel',
    cost: ({ slices: [slice], description }) =>
      lungKernel.test((slice?.kernel ?? '').toUpperCase()) || /LUNG/i.test(description ?? '') ? 0 : 1,
  },
  { worse: 'has slices further apart', cost: (stack) => Math.round(stack.spacing * 10) },
  { worse: 'has fewer slices', cost: (stack) => -stack.slices.length },
];

const coverage = ({ spacing, slices }: Stack) => spacing * (slices.length - 1);
const thicknessOf = ({ slices, spacing }: Stack) => slices[0]?.sliceThickness ?? spacing;

/**
 * Chooses the stack of a study that shows the lungs best and says of every other why it was left out.
 *
 * @param slices of all CT series of the study
 */
export function chooseStack(slices: readonly SliceInfo[]): Choice {
  const { stacks, leftOut } = stacksOf(slices);
  const suitable: Stack[] = [];
  const leave = (stack: Stack, why: Pick<LeftOut, 'code' | 'reason'>) =>
    leftOut.push({
      seriesInstanceUid: stack.seriesInstanceUid,
      description: stack.description,
      slices: stack.slices.length,
      ...why,
    });
  for (const stack of stacks) {
    const why = unsuitable(stack);
    if (why === null) suitable.push(stack);
    else leave(stack, why);
  }
  suitable.sort((a, b) => {
    for (const { cost } of preferences) {
      const difference = cost(a) - cost(b);
      if (difference !== 0) return difference;
    }
    return a.seriesInstanceUid < b.seriesInstanceUid ? -1 : 1;
  });
  const [chosen, ...others] = suitable;
  if (!chosen) return { chosen: null, leftOut };
  for (const stack of others) {
    const reason = preferences.find(({ cost }) => cost(stack) > cost(chosen))?.worse;
    leave(stack, { code: 'ANOTHER_IS_BETTER', reason: reason ?? 'is a second one of the same kind' });
  }
  return { chosen, leftOut };
}

/** Why no series of a study is judged. */
export type SeriesRefusal =
  'NO_SUITABLE_SERIES' | 'TOO_FEW_SLICES' | 'NOT_A_CHEST_CT' | 'LOCALISER_ONLY' | 'LUNGS_NOT_COVERED';

const refusals: Partial<Record<LeftOutCode, SeriesRefusal>> = {
  TOO_FEW_SLICES: 'TOO_FEW_SLICES',
  OTHER_BODY_PART: 'NOT_A_CHEST_CT',
  TOO_SHORT: 'LUNGS_NOT_COVERED',
};

/** The one reason that all series but localisers and reports share, where there is one. */
export function refusalOf(leftOut: readonly LeftOut[]): SeriesRefusal {
  const scans = leftOut.filter(({ code }) => code !== 'LOCALISER' && code !== 'NOT_A_SCAN');
  if (scans.length === 0)
    return leftOut.some(({ code }) => code === 'LOCALISER') ? 'LOCALISER_ONLY' : 'NO_SUITABLE_SERIES';
  const [first, ...others] = new Set(scans.map(({ code }) => code));
  return (first !== undefined && others.length === 0 && refusals[first]) || 'NO_SUITABLE_SERIES';
}
