// The store in a folder, with the faults that a disk can have.
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import type * as Files from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { hasRoom, openFileStore, type ObjectStore } from '../../server/objects/file-store.js';

const opened: string[] = [];
vi.mock('node:fs/promises', async (original) => {
  const files = await original<typeof Files>();
  const open: typeof files.open = (path, ...rest) => {
    opened.push(String(path));
    return files.open(path, ...rest);
  };
  return { ...files, open };
});

const bytes = Buffer.from('an object');
const digest = createHash('sha256').update(bytes).digest('hex');
let folder: string;
let store: ObjectStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'covid-triage-store-'));
  store = await openFileStore(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(): Promise<string> {
  const writer = await store.begin();
  try {
    await writer.write(bytes);
    const received = await writer.finish();
    await writer.keep();
    return received.digest;
  } finally {
    await writer.end();
  }
}

it('keeps an object under its digest and leaves nothing else behind', async () => {
  expect(await put()).toBe(digest);
  expect(await readFile(store.pathOf(digest))).toEqual(bytes);
  expect(await store.unsettled()).toEqual([digest]);
  await store.settle(digest);
  expect(await store.unsettled()).toEqual([]);
  expect(await readdir(join(folder, 'incoming'))).toEqual([]);
});

it('has nothing of an object that was not kept', async () => {
  const writer = await store.begin();
  await writer.write(bytes);
  await writer.finish();
  await writer.end();
  await expect(readFile(store.pathOf(digest))).rejects.toMatchObject({ code: 'ENOENT' });
  expect(await readdir(join(folder, 'incoming'))).toEqual([]);
});

it('syncs every folder above an object, also above one that was there before', async () => {
  const above = [dirname(store.pathOf(digest)), dirname(dirname(store.pathOf(digest))), folder];
  for (const time of ['first', 'second']) {
    opened.length = 0;
    await put();
    const synced = above.filter((path) => opened.includes(path)).map((path) => relative(folder, path));
    expect([time, ...synced]).toEqual([time, ...above.map((path) => relative(folder, path))]);
  }
});

it.each(['folder', 'file'])('says STORAGE_FAILED, retryable, when the %s cannot be made', async (what) => {
  const path = store.pathOf(digest);
  if (what === 'folder') await writeFile(join(folder, digest.slice(0, 2)), 'no folder');
  else await mkdir(path, { recursive: true });
  await expect(put()).rejects.toMatchObject({ code: 'STORAGE_FAILED', retryable: true, http: 503 });
});

it('says STORAGE_FAILED when the disk is taken away', async () => {
  const writer = await store.begin();
  await writer.write(bytes);
  await writer.finish();
  await rm(folder, { recursive: true, force: true });
  await expect(writer.keep()).rejects.toMatchObject({ code: 'STORAGE_FAILED', retryable: true });
  await writer.end();
});

it('has no room where too little is free or nothing can be written', async () => {
  expect(await hasRoom(folder, 0)).toBe(true);
  expect(await hasRoom(folder, Infinity)).toBe(false);
  expect(await hasRoom(join(folder, 'gone'), 0)).toBe(false);
});
