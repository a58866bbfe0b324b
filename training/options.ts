/** Settings of one training run. */
export interface TrainOptions {
  data: string;
  /** Folder of a layers model to start from: ImageNet's, or one of our own. */
  weights: string;
  out: string;
  run: string;
  /** Folder of the cached frozen features, which runs with the same pictures and frozen stages share. */
  cache: string;
  version: string;
  epochs: number;
  batchSize: number;
  learningRate: number;
  variants: number;
  frozenBlocks: number;
  size: number;
  /** Strength of mixup of two pictures' frozen features, 0 for none (Zhang et al. 2018, arXiv:1710.09412). */
  mixup: number;
  /** Sources kept out of training and fold, to be judged as hospitals never seen. */
  holdOut: string[];
  /** Seed of the split, the variants and the fresh layers: the same in runs that are compared or averaged. */
  seed: number;
  /** Seed of the order of batches; `seed` unless told. */
  orderSeed: number | null;
  /** Use only this many training pictures; for trying out. */
  limit: number | null;
  resume: boolean;
}

export const labels = ['COVID', 'NORMAL', 'PNEUMONIA'];
