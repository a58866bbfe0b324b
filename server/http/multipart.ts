import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { Dicer } from '@fastify/busboy';
import { DomainError } from '../errors.js';

/** Parts whose bytes have arrived and whose storing may still go on, before more of the body is read. */
const maximumPending = 8;

/**
 * Takes a multipart body apart as it arrives (RFC 2046 5.1). The body is read no faster than its parts are
 * handled, so memory does not grow with it.
 *
 * @param handle called with each part's bytes, in order; it must not reject
 * @returns the handlers' results in the order of the parts
 * @throws DomainError USAGE when the body is no multipart message or the sender went away before its first part
 */
export async function readParts<Result>(
  body: Readable,
  boundary: string,
  handle: (part: AsyncIterable<Uint8Array>) => Promise<Result>,
): Promise<Result[]> {
  const results: Promise<Result>[] = [];
  const pending = new Set<Promise<Result>>();
  const dicer = new Dicer({ boundary });
  let failure: unknown = null;
  dicer.on('part', (part: Readable) => {
    // Without a listener the early end of a part that nobody reads any more would end the process.
    part.on('error', () => undefined);
    const result = handle(bytesOf(part));
    results.push(result);
    pending.add(result);
    void result.finally(() => {
      pending.delete(result);
      // What its reader left, or never began to read, is thrown away, so that the next part comes.
      part.resume();
    });
  });
  const finished = new Promise<void>((resolve) => {
    dicer.on('finish', resolve);
    dicer.on('error', (error: unknown) => {
      failure = error;
      resolve();
    });
  });
  try {
    for await (const chunk of body) {
      if (failure !== null) break;
      if (!dicer.write(chunk as Buffer)) await Promise.race([once(dicer, 'drain'), finished]);
      while (pending.size > maximumPending) await Promise.race(pending);
    }
  } catch (error) {
    failure = error;
  }
  dicer.end();
  await finished;
  const handled = await Promise.all(results);
  if (handled.length === 0) {
    throw new DomainError('USAGE', 'the body is not a multipart message with parts', { cause: failure });
  }
  return handled;
}

async function* bytesOf(part: Readable): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of part.iterator({ destroyOnReturn: false })) yield chunk as Uint8Array;
  } catch (cause) {
    throw new DomainError('DICOM_TRUNCATED', 'the message ends in the middle of this part', { cause });
  }
}
