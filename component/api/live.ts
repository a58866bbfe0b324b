// A subscription over graphql-transport-ws (github.com/enisdenjo/graphql-ws, PROTOCOL.md) that comes back by itself.
import type { Operation } from '../operations/operation.js';
import { faultOf, tokenOf, type Connection } from './http.js';

export interface LiveHandlers<Result> {
  next(data: Result): void;
  /** The server has taken the subscription: from now on nothing is missed. */
  up(): void;
  /** The line is down; it is tried again by itself. */
  down(): void;
  /** The server wants a (new) sign-in; it is not tried again. */
  unauthorised(): void;
}

const firstDelayMs = 1_000;
const longestDelayMs = 30_000;
const ackTimeoutMs = 10_000;
const keepAliveMs = 20_000;
/** Close codes of the protocol that mean "sign in first". */
const unauthorisedCodes = [4401, 4403];

interface Message {
  type?: string;
  payload?: unknown;
}

function read(data: unknown): Message {
  try {
    const message: unknown = JSON.parse(String(data));
    return typeof message === 'object' && message !== null ? message : {};
  } catch {
    return {};
  }
}

/** Subscribes until the signal aborts; goes on after any interruption with growing pauses. */
export function subscribe<Result, Variables>(
  connection: Connection,
  operation: Operation<Result, Variables>,
  variables: Variables,
  handlers: LiveHandlers<Result>,
  signal: AbortSignal,
): void {
  let failures = 0;
  let socket: WebSocket | null = null;
  let waiting: ReturnType<typeof setTimeout> | undefined;

  const again = () => {
    if (signal.aborted) return;
    handlers.down();
    const delay = Math.min(longestDelayMs, firstDelayMs * 2 ** failures++);
    // Spread out, so that a hospital full of viewers does not return in the same instant.
    waiting = setTimeout(connect, delay * (0.5 + Math.random() / 2));
  };

  const open = (token: string | null) => {
    const address = new URL(connection.endpoint);
    address.protocol = address.protocol.replace('http', 'ws');
    const line = new WebSocket(address, 'graphql-transport-ws');
    socket = line;
    let watch = setTimeout(() => line.close(), ackTimeoutMs);
    let ended = false;
    const post = (message: object) =>
      line.readyState === WebSocket.OPEN && line.send(JSON.stringify(message));
    const stayAlive = () => {
      clearTimeout(watch);
      watch = setTimeout(() => {
        post({ type: 'ping' });
        watch = setTimeout(() => end(), ackTimeoutMs);
      }, keepAliveMs);
    };
    // `close` can take a minute on a dead line, so the end does not wait for it.
    const end = (code?: number) => {
      if (ended) return;
      ended = true;
      clearTimeout(watch);
      line.close();
      if (signal.aborted) return;
      if (code !== undefined && unauthorisedCodes.includes(code)) handlers.unauthorised();
      else again();
    };
    line.addEventListener('open', () =>
      post({ type: 'connection_init', payload: token === null ? {} : { authorization: `Bearer ${token}` } }),
    );
    line.addEventListener('close', ({ code }) => end(code));
    line.addEventListener('message', ({ data }) => {
      if (signal.aborted || ended) return;
      const { type, payload } = read(data);
      stayAlive();
      switch (type) {
        case 'connection_ack':
          failures = 0;
          post({ id: '1', type: 'subscribe', payload: { query: operation.text, variables } });
          handlers.up();
          break;
        case 'ping':
          post({ type: 'pong' });
          break;
        case 'next': {
          const { data: value } = payload as { data?: Result };
          if (value) handlers.next(value);
          break;
        }
        case 'error':
          end(faultOf(Array.isArray(payload) ? payload : []).kind === 'auth' ? 4401 : undefined);
          break;
        case 'complete':
          end();
          break;
        case undefined:
          break;
      }
    });
  };

  const connect = () => {
    tokenOf(connection).then(
      (token) => {
        if (signal.aborted) return;
        try {
          open(token);
        } catch {
          // A policy or an odd address forbids WebSockets here: polling goes on, and this is tried again later.
          again();
        }
      },
      () => !signal.aborted && handlers.unauthorised(),
    );
  };
  signal.addEventListener('abort', () => {
    clearTimeout(waiting);
    socket?.close();
  });
  connect();
}
