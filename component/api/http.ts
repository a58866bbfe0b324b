import type { Operation } from '../operations/operation.js';
import { asFault, Fault } from './fault.js';

/** Gives the caller's bearer token; an empty string means that none is needed. */
export type TokenProvider = () => string | Promise<string>;

/** Where the server is and how to be let in. */
export interface Connection {
  /** Absolute address of the GraphQL API. */
  endpoint: string;
  tokenProvider: TokenProvider | null;
}

const timeoutMs = 30_000;

/** The token for the next call, or null. A provider that fails means that nobody is signed in. */
export async function tokenOf({ tokenProvider }: Connection): Promise<string | null> {
  if (!tokenProvider) return null;
  try {
    return (await tokenProvider()) || null;
  } catch {
    throw new Fault('auth', 'UNAUTHENTICATED');
  }
}

/** One authorised request; throws {@link Fault} for anything but an answer of the server itself. */
async function call(connection: Connection, url: string, init: RequestInit, signal: AbortSignal) {
  const token = await tokenOf(connection);
  const own = new AbortController();
  const stop = () => own.abort();
  signal.addEventListener('abort', stop);
  const timer = setTimeout(stop, timeoutMs);
  try {
    if (signal.aborted) throw new Fault('aborted', 'ABORTED');
    const headers = new Headers(init.headers);
    // A token goes to the API's own origin alone, wherever an address in an answer may point.
    if (token !== null && new URL(url).origin === new URL(connection.endpoint).origin) {
      headers.set('Authorization', `Bearer ${token}`);
    }
    const response = await fetch(url, { ...init, headers, signal: own.signal, credentials: 'same-origin' });
    const body = init.method === 'POST' ? await response.text() : await response.blob();
    return { response, body };
  } catch (error) {
    if (signal.aborted) throw new Fault('aborted', 'ABORTED');
    if (error instanceof Fault) throw error;
    throw new Fault('network', own.signal.aborted ? 'TIMEOUT' : 'OFFLINE');
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

interface Answer {
  data?: unknown;
  errors?: { message?: string; extensions?: { code?: string } }[];
}

/** What an answer with errors means. */
export function faultOf(errors: Answer['errors'] = []): Fault {
  const [first] = errors;
  const code = first?.extensions?.code ?? 'BAD_ANSWER';
  return new Fault(code === 'UNAUTHENTICATED' ? 'auth' : 'server', code, first?.message);
}

function parse(text: string): Answer | null {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' ? answer : null;
  } catch {
    return null;
  }
}

/**
 * Sends one GraphQL query or mutation.
 * @throws {@link Fault}
 */
export async function send<Result, Variables>(
  connection: Connection,
  operation: Operation<Result, Variables>,
  variables: Variables,
  signal: AbortSignal,
): Promise<Result> {
  try {
    const { response, body } = await call(
      connection,
      connection.endpoint,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({ query: operation.text, variables }),
      },
      signal,
    );
    if (response.status === 401) throw new Fault('auth', 'UNAUTHENTICATED');
    const answer = typeof body === 'string' ? parse(body) : null;
    if (answer?.errors?.length) throw faultOf(answer.errors);
    // A proxy in front of a server that is down answers with a page of its own.
    if (response.status >= 502 && response.status <= 504) throw new Fault('network', 'OFFLINE');
    if (!response.ok || !answer?.data) throw new Fault('server', 'BAD_ANSWER', `HTTP ${response.status}`);
    return answer.data as Result;
  } catch (error) {
    throw asFault(error);
  }
}

/**
 * Fetches a picture, its address being relative to the API's origin.
 * @throws {@link Fault}
 */
export async function fetchPicture(
  connection: Connection,
  address: string,
  signal: AbortSignal,
): Promise<Blob> {
  const url = new URL(address, connection.endpoint).href;
  const { response, body } = await call(connection, url, { headers: { accept: 'image/*' } }, signal);
  if (response.status === 401) throw new Fault('auth', 'UNAUTHENTICATED');
  if (!response.ok || typeof body === 'string') throw new Fault('server', 'PICTURE_UNAVAILABLE');
  return body;
}
