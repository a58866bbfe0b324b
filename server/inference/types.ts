/** A picture ready to be shown or judged: one channel, 0 black to 255 white, dense tissue bright. */
export interface Picture {
  width: number;
  height: number;
  /** width * height values, row by row. */
  pixels: Uint8Array;
}

/** What an engine computes for one picture. */
export interface EngineOutput {
  /**
   * mapHeight * mapWidth * channels, channel last: one channel for each label, whose mean over height and width
   * is the logit, then two for severity in models that grade it.
   */
  logitsMap: Float32Array;
  mapHeight: number;
  mapWidth: number;
  /** The last feature map averaged over height and width. */
  features: Float32Array;
}

/** What computes, for `Query.engine`, the log and `doctor`. */
export interface EngineInfo {
  name: 'tensorflow' | 'webgpu' | 'wasm';
  device: string;
  version: string;
  gpu: boolean;
  /** Why this engine was picked, for the log and `doctor`. */
  reason: string;
}

/** One way to run a model. All engines give the same probabilities to 1e-3. */
export interface Engine {
  load(modelFolder: string): Promise<void>;
  /** Runs each batch size once, since the first call of a size is several times slower. */
  warmUp(batchSizes: number[]): Promise<void>;
  /** @param batch one input of height * width * channels values per picture */
  infer(batch: Float32Array[]): Promise<EngineOutput[]>;
  describe(): EngineInfo;
  /** Live tensors, to find leaks. */
  tensorCount(): number;
  dispose(): void;
}

/** What is known about a picture beside its pixels; each null when the image does not say. */
export interface PictureContext {
  modality: string | null;
  viewPosition: string | null;
  bodyPartExamined: string | null;
}

export interface Finding {
  code: string;
  /** Calibrated, 0 to 1. */
  probability: number;
  /** Ends of the 90 % interval, 0 to 1. */
  low: number;
  high: number;
}

export interface Severity {
  level: 1 | 2 | 3;
  /** Brixia score, 0 to 18, with the ends of its 90 % interval. */
  score: number;
  low: number;
  high: number;
  /** Zones A to F, each 0 to 3. */
  zones: number[];
}

export type AbstainCode =
  | 'NOT_A_CHEST_XRAY'
  | 'LATERAL_VIEW'
  | 'ROTATED_OR_INVERTED'
  | 'OUT_OF_DISTRIBUTION'
  | 'IMAGE_WITHOUT_CONTENT';

export type WarningCode = 'UNDECIDED' | 'VIEW_NOT_STATED';

export interface Quality {
  inDistribution: boolean;
  /** 0 or more; larger is stranger. */
  distance: number;
  threshold: number;
  /** Plain English, one for each code. */
  warnings: string[];
  warningCodes: WarningCode[];
}

/** A model's judgement of one picture: findings, or the reason to give none. */
export interface Prediction {
  abstainCode: AbstainCode | null;
  /** Most probable first; the probabilities sum to 1. */
  findings: Finding[];
  severity: Severity | null;
  quality: Quality;
  /** Class activation map of COVID (or of the top finding in models without it), 0 to 1. */
  heatmap: { width: number; height: number; values: number[] };
}
