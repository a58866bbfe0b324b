import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import {
  access,
  constants,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  stat,
  statfs,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { DomainError } from '../errors.js';

/** An object whose bytes are on the disk but not in the store yet. */
export interface ReceivedObject {
  digest: string;
  size: number;
  /** Where its bytes lie until it is kept. */
  path: string;
}

/** An object on its way into the store. All but `end` throw STORAGE_FAILED, retryable: disk full, not writable. */
export interface ObjectWriter {
  write(chunk: Uint8Array): Promise<void>;
  /** Makes the bytes durable; the store does not have the object yet. */
  finish(): Promise<ReceivedObject>;
  /**
   * Puts the finished object into the store, durably. Only one process at a time may do so, or remove it, for one
   * digest: the caller holds a lock. The object is listed by `unsettled` until it is settled.
   */
  keep(): Promise<void>;
  /** Removes what is left of the way: to be called at last, whatever became of the object. Does not throw. */
  end(): Promise<void>;
}

/** Objects by the SHA-256 of their bytes. */
export interface ObjectStore {
  begin(): Promise<ObjectWriter>;
  /** The bytes in pieces; the stream ends with an error when the object is not there. */
  stream(digest: string): Readable;
  /** Where the object lies, to be read by a thread. */
  pathOf(digest: string): string;
  remove(digest: string): Promise<void>;
  /** Objects that were kept by a process which did not come to the end: they may belong to nothing. */
  unsettled(): Promise<string[]>;
  /** Takes the object from the unsettled ones. */
  settle(digest: string): Promise<void>;
  /** Whether an object could be stored now, as seen at most some seconds ago. Cheap: nothing is written. */
  isWritable(): Promise<boolean>;
}

/** A temporary file that nothing has been written to for so long belongs to a process that was killed. */
const abandonedMs = 3_600_000;

/** With fewer free bytes the store is taken for full: a single film takes tens of megabytes. */
export const reserveBytes = 64 * 1024 * 1024;
const lookMs = 5_000;

/**
 * Whether anything of a useful size can be written in a folder.
 *
 * @param reserve free bytes that are wanted
 */
export async function hasRoom(folder: string, reserve: number): Promise<boolean> {
  try {
    await access(folder, constants.W_OK);
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize >= reserve;
  } catch {
    return false;
  }
}

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
  const kept = join(folder, 'kept');
  for (const made of [incoming, kept]) await mkdir(made, { recursive: true }).catch(storageFailed);
  for (const name of await readdir(incoming)) {
    const path = join(incoming, name);
    const written = (await stat(path).catch(() => null))?.mtimeMs ?? Infinity;
    // Other processes of this installation may be writing now.
    if (Date.now() - written > abandonedMs) await rm(path, { force: true });
  }
  const pathOf = (digest: string) => join(folder, digest.slice(0, 2), digest.slice(2, 4), digest);
  /** The file and every folder above it that may be new: also for one that was there, whose folders may not be synced. */
  const place = async ({ digest, size, path: temporary }: ReceivedObject) => {
    const path = pathOf(digest);
    const known = await stat(path).catch(() => null);
    await mkdir(dirname(path), { recursive: true });
    if (known?.size !== size) await rename(temporary, path);
    for (const above of [dirname(path), dirname(dirname(path)), folder]) await syncFolder(above);
  };

  let lookedAt = -Infinity;
  let answer = Promise.resolve(false);
  const look = async () => {
    // A disk that hangs is not asked again meanwhile: each question would hold a thread.
    lookedAt = Infinity;
    const hasPlace = await hasRoom(incoming, reserveBytes);
    lookedAt = performance.now();
    return hasPlace;
  };

  return {
    isWritable: () => {
      if (performance.now() - lookedAt > lookMs) answer = look();
      return answer;
    },
    begin: async () => {
      const name = randomUUID();
      const temporary = join(incoming, name);
      const handle = await open(temporary, 'wx').catch(storageFailed);
      const hash = createHash('sha256');
      let size = 0;
      let received: ReceivedObject | null = null;
      return {
        write: async (chunk) => {
          hash.update(chunk);
          size += chunk.length;
          // Not `write`, which may leave a part of the chunk unwritten.
          await handle.writeFile(chunk).catch(storageFailed);
        },
        finish: async () => {
          await handle.sync().catch(storageFailed);
          await handle.close().catch(storageFailed);
          return (received = { digest: hash.digest('hex'), size, path: temporary });
        },
        keep: async () => {
          if (received === null) throw new Error('an object is kept before it is finished');
          await writeFile(join(kept, received.digest), '').catch(storageFailed);
          await place(received).catch(storageFailed);
        },
        end: async () => {
          await handle.close().catch(() => undefined);
          await rm(temporary, { force: true }).catch(() => undefined);
        },
      };
    },
    stream: (digest) => createReadStream(pathOf(digest)),
    pathOf,
    remove: (digest) => rm(pathOf(digest), { force: true }),
    unsettled: () => readdir(kept),
    settle: (digest) => rm(join(kept, digest), { force: true }),
  };
}
