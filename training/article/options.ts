import type { BackboneName } from '../backbones/index.js';

/** What decides the result of the experiment. */
export interface ArticleSettings {
  backbone: BackboneName;
  initialiseMissing: boolean;
  freezeBase: boolean;
  epochs: number;
  batchSize: number;
  learningRate: number;
  /** Side of the input in pixels. */
  size: number;
  /** Width of the mobilenets. */
  alpha: number;
  seed: number;
}

/** Settings of the article's experiment and where things lie. */
export interface ArticleOptions extends ArticleSettings {
  data: string;
  /** Run folder: checkpoint, log, model and reports. */
  run: string;
  /** Start weights; null begins without pre-training. */
  weights: string | null;
  resume: boolean;
}

/** The article's own settings. */
export const articleDefaults = { epochs: 50, batchSize: 8, learningRate: 1e-5, size: 256 };

/** The settings without the places, which may differ when a run goes on elsewhere. */
export function articleSettings(options: ArticleOptions): ArticleSettings {
  const { backbone, initialiseMissing, freezeBase, epochs, batchSize, learningRate, size, alpha, seed } =
    options;
  return { backbone, initialiseMissing, freezeBase, epochs, batchSize, learningRate, size, alpha, seed };
}
