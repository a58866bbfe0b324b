import type { DisplayOptions } from './display.js';
import type { DisplayFrame, GrayFrame } from './frame.js';
import type { ReducedSize } from './hounsfield.js';
import type { DicomProblem } from './problems.js';

/** What the pool asks of a decoder thread; one at a time. */
export type DecoderJob =
  | { kind: 'decode'; bytes: Uint8Array; frameIndex: number }
  | { kind: 'display'; bytes: Uint8Array; frameIndex: number; options: DisplayOptions }
  | { kind: 'hounsfield'; bytes: Uint8Array; frameIndex: number; size: ReducedSize }
  | { kind: 'digest'; bytes: Uint8Array };

export type DecoderAnswer = GrayFrame | DisplayFrame | Int16Array | string;

export type DecoderReply =
  | { kind: 'ready' }
  /** A frame of several is done: the deadline counts anew. */
  | { kind: 'progress' }
  | { kind: 'done'; answer: DecoderAnswer }
  | { kind: 'failed'; code: DicomProblem; message: string; cause: string | null };
