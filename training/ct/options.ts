import type { TrainOptions } from '../options.js';

/** Settings of one training run of the CT model; `run` holds a folder for each fold. */
export interface CtTrainOptions extends Omit<TrainOptions, 'holdOut' | 'orderSeed' | 'limit'> {
  /** How many of the folds are judged, 1 to `foldCount`; the model is the mean of so many networks. */
  networks: number;
  /** Ends after the folds: to compare settings without writing a model. */
  foldsOnly: boolean;
}

export const ctLabels = ['COVID', 'NON_COVID'] as const;
/** Parts of the training split, whole documents each, that judge in turn. */
export const foldCount = 5;
