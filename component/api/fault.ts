/**
 * Why a call gave no data. `auth`: nobody is signed in; `network`: nothing answered; `server`: the answer was an
 * error; `aborted`: the caller no longer wants it.
 */
export type FaultKind = 'auth' | 'network' | 'server' | 'aborted';

/** A call to the server that gave no data. */
export class Fault extends Error {
  constructor(
    readonly kind: FaultKind,
    /** The server's stable code, or one of this module's: `UNAUTHENTICATED`, `OFFLINE`, `TIMEOUT`, `BAD_ANSWER`. */
    readonly code: string,
    message = code,
  ) {
    super(message);
    this.name = 'Fault';
  }
}

/** Whatever was thrown, as a fault. */
export function asFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  return new Fault('server', 'BAD_ANSWER', error instanceof Error ? error.message : String(error));
}
