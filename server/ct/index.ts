export { analyseInThread } from './analysis-thread.js';
export { analyseVolume, type CtAnalysis } from './analyse.js';
export { coronalMap, slabAsStored, sliceOverlay, type RgbaPicture } from './pictures.js';
export { chooseStack, refusalOf, type Choice, type SeriesRefusal } from './choose.js';
export { mayShowLung, refine, slicesOfVolume, spread } from './selection.js';
export {
  contradictsInvolvement,
  seriesVerdict,
  type JudgedSlice,
  type SeriesRule,
  type SeriesVerdict,
} from './verdict.js';
export type { LeftOut, LeftOutCode, PlacedSlice, SliceInfo, Stack } from './series.js';
export { createVolumeBuilder, planVolume, type VolumeBuilder, type VolumePlan } from './volume-builder.js';
export type { CtVolume, Mask } from './volume.js';
export { segmentLungs, type LungMasks } from './lungs.js';
export { fitnessOf, type CtRefusal, type CtWarning, type Fitness } from './fitness.js';
export { measureInvolvement, type Involvement, type InvolvementMap } from './involvement.js';
export { severityOfInvolvement, type CtSeverity } from './severity.js';
