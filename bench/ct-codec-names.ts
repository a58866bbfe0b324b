/** How the bench stores CT slices. */
export type CtCodecName = 'explicit' | 'rle' | 'jpeg-lossless' | 'jpeg-ls' | 'jpeg-2000';

export const ctCodecNames: readonly CtCodecName[] = [
  'explicit',
  'rle',
  'jpeg-lossless',
  'jpeg-ls',
  'jpeg-2000',
];
