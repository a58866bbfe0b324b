import type { Severity } from '../../server/inference/types.js';
import type { Judged, Proportion, Report } from '../metrics.js';
import type { LimitsOfAgreement } from '../statistics/agreement.js';
import type { Interval } from '../statistics/bootstrap.js';
import type { CoverageBin, ReliabilityBin } from '../statistics/calibration.js';
import type { PrecisionRecallPoint, RocPoint } from '../statistics/ranking.js';
import type { Film } from './films.js';

/** A held-out film with its judgement. */
export interface JudgedFilm extends Judged {
  film: Film;
  /** Ends of each label's interval, in the order of the labels. */
  ends: { low: number; high: number }[];
  abstainCode: string | null;
  severity: Severity | null;
}

/** The patient of each film, by whom the bootstrap draws. */
export function patientsOf(judged: readonly JudgedFilm[]): string[] {
  return judged.map(({ film }) => film.patientId);
}

/** Rank figures of one class against the others; null where only one side has films. */
export interface RankingFigures {
  label: string;
  /** What is positive and negative, in words. */
  against: string;
  films: number;
  positives: number;
  areaUnderRoc: Interval | null;
  averagePrecision: Interval | null;
  roc: RocPoint[];
  precisionRecall: PrecisionRecallPoint[];
}

export interface CalibrationFigures {
  /** Of the top probability, over ten bins of equal mass. */
  error: Interval | null;
  /** What chance alone gives a perfectly calibrated model. */
  errorByChance: number;
  brier: Interval | null;
  reliability: ReliabilityBin[];
  /** Of each label's probability. */
  classes: { label: string; error: Interval | null; reliability: ReliabilityBin[] }[];
}

export interface IntervalFigures {
  /** Share that the intervals are made to hold. */
  stated: number;
  /** Of the probabilities, over all labels: bins that are covered. */
  probabilities: { coveredBins: Proportion; classes: { label: string; bins: CoverageBin[] }[] };
  /** Of the severity score; null without graded films. */
  severity: Proportion | null;
}

export interface SeverityFigures {
  films: number;
  /** Graded by the reader, but not by the model, which saw nothing to grade. */
  notGraded: number;
  meanAbsoluteError: number;
  meanAbsoluteErrorInterval: Interval | null;
  correlation: Interval | null;
  agreement: LimitsOfAgreement | null;
  bias: Interval | null;
  /** Share of films in the same level of 1 to 3. */
  sameLevel: Proportion;
  points: { score: number; truth: number }[];
}

export interface Subgroup {
  value: string;
  films: number;
  patients: number;
  accuracy: Proportion;
  recall: Record<string, Proportion>;
  /** COVID against all others; null where there are too few of either to say. */
  covidAreaUnderRoc: Interval | null;
}

/** A probe: can a linear model read this from the features? */
export interface Probe {
  question: string;
  films: number;
  classes: number;
  accuracy: Proportion;
  /** Mean of the recalls, and what guessing gives. */
  balancedAccuracy: number;
  chance: number;
  /** Accuracy of always naming the most frequent. */
  majority: number;
}

export interface ShortcutFigures {
  lungRegion: string;
  majority: number;
  chance: number;
  views: { name: string; what: string; accuracy: Proportion; balancedAccuracy: number }[];
  probes: Probe[];
  heatmap: {
    films: number;
    /** Mean share of the heatmap's sum inside the lung region. */
    insideLungs: Interval | null;
    /** Share of the picture that the lung region covers: what a map that says nothing would give. */
    areaOfLungs: number;
  };
}

export interface LeakFigures {
  trainingFilms: number;
  heldOutFilms: number;
  sharedPatients: string[];
  /** Pairs across the splits whose perceptual hashes are near. */
  candidates: number;
  /** Those whose pixels agree, too. */
  duplicates: { training: string; heldOut: string; correlation: number }[];
}

export interface CostFigures {
  engine: string;
  engineVersion: string;
  device: string;
  processors: number;
  memoryGigabytes: number;
  /** Processes that wanted a processor, one-minute mean at the end: more than `processors` made the times longer. */
  load: number;
  node: string;
  platform: string;
  batchSize: number;
  /** Median of one picture at a time, from the decoded picture to the judgement. */
  singleMs: number;
  /** Means over the evaluation, per picture. */
  preprocessMs: number;
  inferenceMs: number;
  judgeMs: number;
  modelMegabytes: number;
  evaluationSeconds: number;
}

export interface HardCase {
  name: string;
  source: string;
  truth: string;
  predicted: string;
  /** Given to the truth. */
  probability: number;
  abstained: boolean;
}

export interface TrainingEpoch {
  epoch: number;
  trainLoss: number;
  foldLoss: number;
  foldAccuracy: number;
}

/** report.json: all that an evaluation found. */
export interface Evaluation extends Report {
  model: { id: string; version: string; digest: string; task: string; labels: string[] };
  createdAt: string;
  command: string;
  engine: string;
  heldOut: { films: number; patients: number; resamples: number };
  /** By patient, where `accuracy` takes films as independent. */
  accuracyByPatient: Interval | null;
  balancedAccuracy: Interval | null;
  macroF1: Interval | null;
  /** Accuracy on the films that the gate lets through. */
  accuracyWhenJudged: Proportion;
  ranking: RankingFigures[];
  calibration: CalibrationFigures;
  intervals: IntervalFigures;
  goodFilmsRefused: Proportion;
  unsuitableRefused: Record<string, Proportion>;
  severity: SeverityFigures;
  subgroups: { name: string; groups: Subgroup[] }[];
  protocol: {
    films: { name: string; truth: string; predicted: string; probability: number }[];
    correct: Proportion;
  };
  shortcuts: ShortcutFigures;
  leaks: LeakFigures;
  hardest: HardCase[];
  training: TrainingEpoch[];
  cost: CostFigures;
}
