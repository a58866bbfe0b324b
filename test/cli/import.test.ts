// The demo patients as the first start takes them in, with the real programs.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoCts } from '../../demo/ct/demo-ct.js';
import { demoStudies } from '../../demo/generate.js';
import { projectRoot } from '../../server/runtime.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/server.js';

const entry = join(projectRoot(), 'dist/cli/index.js');

describe('the demo patients', () => {
  let folder: string;
  let database: TestDatabase;
  const run = (args: string[], settings: Record<string, string> = {}): ChildProcess => {
    const env = { ...process.env, DATABASE_URL: database.url, DATA_DIR: folder, AUTO_TRIAGE: '0', PORT: '0' };
    return spawn(process.execPath, [entry, ...args], {
      env: { ...env, LOG_LEVEL: 'error', ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  };
  const ended = (child: ChildProcess) => new Promise<number | null>((resolve) => child.once('exit', resolve));
  const output = (stream: NodeJS.ReadableStream | null) => {
    let text = '';
    stream?.on('data', (data: Buffer) => (text += data.toString()));
    return () => text;
  };
  const imported = async () => {
    const child = run(['import', '--demo', '--json']);
    const text = output(child.stdout);
    expect(await ended(child)).toBe(0);
    return (JSON.parse(text()) as { status: string }[]).map(({ status }) => status);
  };
  const stored = async () =>
    (await database.db.selectFrom('instance').select('sopInstanceUid').execute()).map(
      ({ sopInstanceUid }) => sopInstanceUid,
    );

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'covid-triage-demo-'));
    database = await createTestDatabase();
  });
  afterAll(async () => {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('are told missing in the log when they cannot be taken in', { timeout: 120_000 }, async () => {
    const main = run(['start'], { MAX_OBJECT_BYTES: '1024', DEMO: '1', ENGINE: 'wasm' });
    const log = output(main.stderr);
    try {
      await eventually(
        async () => log(),
        (text) => text.includes('demo patients were not all taken in'),
        90_000,
      );
    } finally {
      main.kill('SIGTERM');
      await ended(main);
    }
    expect(await stored()).toEqual([]);
  });

  it('are completed after an interruption, once', { timeout: 180_000 }, async () => {
    const expected: string[] = [];
    for await (const { sopInstanceUid } of demoStudies(64)) expected.push(sopInstanceUid);
    for (const { files } of demoCts(16)) {
      for await (const { sopInstanceUid } of files()) expected.push(sopInstanceUid);
    }
    const interrupted = run(['import', '--demo', '--json']);
    await eventually(stored, (uids) => uids.length > 0, 60_000);
    interrupted.kill('SIGKILL');
    await ended(interrupted);
    const before = (await stored()).length;
    expect(before).toBeLessThan(expected.length);
    const statuses = await imported();
    expect(statuses.filter((status) => status === 'ALREADY_STORED')).toHaveLength(before);
    expect((await stored()).sort()).toEqual(expected.sort());
    expect(await imported()).toEqual([]);
  });
});
