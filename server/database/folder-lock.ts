import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { identityOf } from './process.js';

/** A lock on a folder; it ends with the process that holds it. */
export interface FolderLock {
  release(): Promise<void>;
}

/** The process that holds a lock, as written in its file. */
interface Holder {
  pid: number;
  identity: string;
}

async function holderOf(file: string): Promise<Holder | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as Holder);
}

/**
 * Takes the lock, or says who has it. The file appears whole or not at all (by `link`), so that of two processes which
 * come at once one has it. The file of a process that is gone is moved away first, by one process alone.
 *
 * @param file of the lock, in a folder that is there
 * @returns the lock, or the number of the process that holds it
 */
export async function takeLock(file: string): Promise<FolderLock | number> {
  const mine = { pid: process.pid, identity: identityOf(process.pid) ?? '' };
  for (;;) {
    const written = `${file}.${randomUUID()}`;
    await writeFile(written, JSON.stringify(mine), { mode: 0o600 });
    try {
      await link(written, file);
      return { release: () => rm(file, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      await rm(written, { force: true });
    }
    const holder = await holderOf(file);
    if (holder === null) continue;
    if (identityOf(holder.pid) === holder.identity) return holder.pid;
    await moveAway(file, holder);
  }
}

/** Removes the file of a holder that is gone; a new holder's, which took its place meanwhile, is put back. */
async function moveAway(file: string, gone: Holder): Promise<void> {
  const moved = `${file}.${randomUUID()}`;
  try {
    await rename(file, moved);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const found = await holderOf(moved);
  if (found?.identity !== gone.identity) await link(moved, file).catch(() => undefined);
  await rm(moved, { force: true });
}
