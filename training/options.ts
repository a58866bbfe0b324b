/** Settings of one training run. */
export interface TrainOptions {
  data: string;
  weights: string;
  out: string;
  run: string;
  version: string;
  epochs: number;
  batchSize: number;
  learningRate: number;
  variants: number;
  frozenBlocks: number;
  size: number;
  seed: number;
  /** Use only this many training pictures; for trying out. */
  limit: number | null;
  resume: boolean;
}

export const labels = ['COVID', 'NORMAL', 'PNEUMONIA'];
