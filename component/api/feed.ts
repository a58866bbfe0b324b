import type { Operation } from '../operations/operation.js';
import { asFault, Fault } from './fault.js';
import type { Connection } from './http.js';
import { subscribe } from './live.js';

/** `live`: changes are pushed; `polling`: asked for now and then; `offline`: nothing answers. */
export type Line = 'connecting' | 'live' | 'polling' | 'offline';

export interface FeedOptions<Result, Variables> {
  connection: Connection;
  operation: Operation<Result, Variables>;
  variables: Variables;
  /** Reads everything once; throws a {@link Fault}. */
  load(): Promise<void>;
  changed(data: Result): void;
  line(line: Line): void;
  failed(fault: Fault): void;
  signal: AbortSignal;
}

const pollMs = 5_000;
const gatherMs = 150;

/**
 * Keeps something up to date: reads it, subscribes to its changes and reads once more, since nothing is replayed.
 * Polls while the subscription is down.
 */
export class Feed<Result, Variables> {
  private subscribed = false;
  private started = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private reading: Promise<void> | null = null;
  private again = false;

  constructor(private readonly options: FeedOptions<Result, Variables>) {
    const { signal } = options;
    const online = () => this.soon(0);
    globalThis.addEventListener('online', online);
    signal.addEventListener('abort', () => {
      clearTimeout(this.timer);
      globalThis.removeEventListener('online', online);
    });
    this.soon(0);
  }

  /** Reads again shortly; many calls in a short time read once. */
  soon(delayMs = gatherMs): void {
    if (this.options.signal.aborted) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.read(), delayMs);
  }

  private read(): Promise<void> {
    if (this.reading) {
      // What is on its way may have left before the change that is asked about now.
      this.again = true;
      return this.reading;
    }
    this.reading = this.attempt().finally(() => {
      this.reading = null;
      if (!this.again) return;
      this.again = false;
      this.soon();
    });
    return this.reading;
  }

  private async attempt(): Promise<void> {
    const { load, line, failed, signal } = this.options;
    try {
      await load();
      if (signal.aborted) return;
      line(this.subscribed ? 'live' : this.started ? 'polling' : 'connecting');
      this.start();
    } catch (error) {
      const fault = asFault(error);
      if (signal.aborted || fault.kind === 'aborted') return;
      if (fault.kind === 'network') line('offline');
      failed(fault);
      if (fault.kind === 'auth') return;
    }
    if (!this.subscribed && !signal.aborted) this.soon(pollMs);
  }

  private start(): void {
    if (this.started) return;
    this.started = true;
    const { connection, operation, variables, changed, line, failed, signal } = this.options;
    subscribe(
      connection,
      operation,
      variables,
      {
        next: changed,
        up: () => {
          this.subscribed = true;
          line('live');
          this.soon(0);
        },
        down: () => {
          const was = this.subscribed;
          this.subscribed = false;
          line('polling');
          this.soon(was ? 0 : pollMs);
        },
        unauthorised: () => {
          this.subscribed = false;
          failed(new Fault('auth', 'UNAUTHENTICATED'));
        },
      },
      signal,
    );
  }
}
