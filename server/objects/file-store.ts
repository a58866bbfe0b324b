import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { DomainError } from '../errors.js';

/** An object on its way into the store. */
export interface ObjectWriter {
  write(chunk: Uint8Array): Promise<void>;
  /**
   * Makes the object durable under its digest.
   *
   * @throws DomainError STORAGE_FAILED, retryable: disk full, not writable
   */
  commit(): Promise<{ digest: string; size: number }>;
  abort(): Promise<void>;
}

/** Objects by the SHA-256 of their bytes. */
export interface ObjectStore {
  begin(): Promise<ObjectWriter>;
  /** @throws DomainError NOT_FOUND */
  read(digest: string): Promise<Uint8Array>;
  /** The bytes in pieces; the stream ends with an error when the object is not there. */
  stream(digest: string): Readable;
}

/** A temporary file that nothing has been written to for so long belongs to a process that was killed. */
const abandonedMs = 3_600_000;

function storageFailed(cause: unknown): never {
  throw new DomainError('STORAGE_FAILED', 'the object store cannot be written to; send it again later', {
    cause,
    http: 503,
    retryable: true,
  });
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}

/** Opens the store in a local folder; what an interrupted write left behind is removed. */
export async function openFileStore(folder: string): Promise<ObjectStore> {
  const incoming = join(folder, 'incoming');
  await mkdir(incoming, { recursive: true }).catch(storageFailed);
  for (const name of await readdir(incoming)) {
    const path = join(incoming, name);
    const written = (await stat(path).catch(() => null))?.mtimeMs ?? Infinity;
    // Other processes of this installation may be writing now.
    if (Date.now() - written > abandonedMs) await rm(path, { force: true });
  }
  const pathOf = (digest: string) => join(folder, digest.slice(0, 2), digest.slice(2, 4), digest);
  return {
    begin: async () => {
      const temporary = join(incoming, randomUUID());
      const handle = await open(temporary, 'wx').catch(storageFailed);
      const hash = createHash('sha256');
      let size = 0;
      return {
        write: async (chunk) => {
          hash.update(chunk);
          size += chunk.length;
          // Not `write`, which may leave a part of the chunk unwritten.
          await handle.writeFile(chunk).catch(storageFailed);
        },
        commit: async () => {
          await handle.sync().catch(storageFailed);
          await handle.close();
          const digest = hash.digest('hex');
          const path = pathOf(digest);
          const known = await stat(path).catch(() => null);
          if (known?.size === size) await rm(temporary);
          else {
            const made = await mkdir(dirname(path), { recursive: true });
            await rename(temporary, path);
            await syncFolder(dirname(path));
            if (made !== undefined) {
              await syncFolder(dirname(dirname(path)));
              await syncFolder(folder);
            }
          }
          return { digest, size };
        },
        abort: async () => {
          await handle.close().catch(() => undefined);
          await rm(temporary, { force: true });
        },
      };
    },
    stream: (digest) => createReadStream(pathOf(digest)),
    read: (digest) =>
      readFile(pathOf(digest)).catch((cause: unknown) => {
        throw new DomainError('NOT_FOUND', `object ${digest} is not in the store`, { cause });
      }),
  };
}
