import type { ErrorCode } from '../errors.js';
import type { DicomInput } from './byte-source.js';
import type { DisplayOptions } from './display.js';
import type { DisplayFrame, GrayFrame } from './frame.js';

/** What the pool asks of a decoder thread; one at a time. */
export type DecoderJob =
  | { kind: 'decode'; input: DicomInput; frameIndex: number }
  | { kind: 'display'; input: DicomInput; frameIndex: number; options: DisplayOptions }
  | { kind: 'digest'; input: DicomInput }
  | { kind: 'metadata'; input: DicomInput };

export type DecoderAnswer = GrayFrame | DisplayFrame | string;

/** A DomainError on its way between threads. */
export interface DecoderFailure {
  code: ErrorCode;
  message: string;
  http: number;
  retryable: boolean;
  cause: string | null;
}

export type DecoderReply =
  { kind: 'ready' } | { kind: 'done'; answer: DecoderAnswer } | { kind: 'failed'; failure: DecoderFailure };
