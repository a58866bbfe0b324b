/** Settings of one training run of the CT model. */
export interface CtTrainOptions {
  /** Folder with manifest.csv and images/. */
  data: string;
  /** Folder of a layers model to start from: ImageNet's, or our own X-ray model. */
  weights: string;
  out: string;
  /** Checkpoints and logs, a folder for each fold. */
  run: string;
  /** Cached frozen features, which runs with the same figures and frozen stages share. */
  cache: string;
  version: string;
  epochs: number;
  batchSize: number;
  learningRate: number;
  variants: number;
  frozenBlocks: number;
  size: number;
  /** Strength of mixup, 0 for none. */
  mixup: number;
  seed: number;
  resume: boolean;
  /** How many of the folds are judged, 1 to `foldCount`; the model is the mean of so many networks. */
  networks: number;
  /** Ends after the folds: to compare settings without writing a model. */
  foldsOnly: boolean;
}

export const ctLabels = ['COVID', 'NON_COVID'] as const;
/** Parts of the training split, whole documents each, that judge in turn. */
export const foldCount = 5;
