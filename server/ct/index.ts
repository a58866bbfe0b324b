export { chooseStack, type Choice } from './choose.js';
export type { LeftOut, PlacedSlice, SliceInfo, Stack } from './series.js';
export { createVolumeBuilder, planVolume, type VolumeBuilder, type VolumePlan } from './volume-builder.js';
export type { CtVolume, Mask } from './volume.js';
export { segmentLungs, type LungMasks } from './lungs.js';
export { fitnessOf, type CtRefusal, type Fitness } from './fitness.js';
export { measureInvolvement, type Involvement, type InvolvementMap } from './involvement.js';
export { severityOfInvolvement, type CtSeverity } from './severity.js';
