import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../server/runtime.js';
import { makeDicom, uidOf } from '../support/dicom-factory.js';
import { eventually, multipart, stow } from '../support/server.js';

const studies = 50;

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

// The real programs as an operator runs them: supervisor, server, worker and embedded PostgreSQL.
describe('processes that are killed', () => {
  let folder: string;
  let port: number;
  let main: ChildProcess;
  let lines = '';
  const url = () => `http://127.0.0.1:${port}`;

  const start = () => {
    const env = {
      ...process.env,
      DATA_DIR: folder,
      PORT: String(port),
      DEMO: '0',
      ENGINE: 'wasm',
      AUTO_TRIAGE_QUIET_SECONDS: '0',
      LOG_LEVEL: 'info',
    };
    main = spawn(process.execPath, [join(projectRoot(), 'dist/cli/index.js'), 'start'], {
      env,
      stdio: 'pipe',
    });
    main.stderr?.on('data', (data: Buffer) => {
      lines += data.toString();
    });
  };
  const ready = () =>
    eventually(
      () =>
        fetch(`${url()}/readyz`).then(
          ({ status }) => status,
          () => 0,
        ),
      (status) => status === 200,
      60_000,
    );
  const workerPid = () =>
    eventually(
      async () => Number(/.*"pid":(\d+).*"taking triages"/.exec(lines)?.[1] ?? 0),
      (pid) => pid > 0,
      60_000,
    );
  const databaseUrl = async () =>
    (JSON.parse(await readFile(join(folder, 'postgres/owner.json'), 'utf8')) as { url: string }).url;
  const database = async () => {
    const client = new pg.Client({ connectionString: await databaseUrl() });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  const acknowledged = new Set<string>();
  const send = async (n: number) => {
    const sopUid = uidOf(`kill ${n}`);
    const bytes = await makeDicom({
      seed: n,
      sopUid,
      studyUid: uidOf(`kill study ${n}`),
      patientId: `K${n}`,
    });
    // A sender keeps trying until it is told that the object is stored.
    await eventually(
      () =>
        stow(url(), multipart([bytes])).then(
          ({ status }) => status,
          () => 0,
        ),
      (status) => status === 200,
      90_000,
    );
    acknowledged.add(sopUid);
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'covid-triage-kill-'));
    // As root, PostgreSQL works as another user, who must be able to enter.
    await chmod(folder, 0o755);
    port = await freePort();
    start();
    await ready();
  });
  afterAll(async () => {
    const gone = new Promise((resolve) => main.once('exit', resolve));
    main.kill('SIGTERM');
    await gone;
    await rm(folder, { recursive: true, force: true });
  });

  it('lose nothing that was acknowledged, and every triage ends once', { timeout: 240_000 }, async () => {
    const sending = (async () => {
      for (let n = 0; n < studies; n++) await send(n);
    })();
    const sent = (count: number) =>
      eventually(
        async () => acknowledged.size,
        (size) => size >= count,
        120_000,
      );

    await sent(10);
    process.kill(await workerPid(), 'SIGKILL');

    await sent(20);
    const postmaster = (await readFile(join(folder, 'postgres/cluster/postmaster.pid'), 'utf8')).split(
      '\n',
    )[0];
    process.kill(Number(postmaster), 'SIGKILL');

    await sent(30);
    const gone = new Promise((resolve) => main.once('exit', resolve));
    main.kill('SIGKILL');
    await gone;
    start();

    await sending;
    await ready();
    const client = await database();
    const rowsOf = async (text: string) => (await client.query<Record<string, string | number>>(text)).rows;
    await eventually(
      async () =>
        Number(
          (
            await rowsOf(
              `select count(*)::int as n from triage where status in ('SUCCEEDED', 'ABSTAINED', 'FAILED')`,
            )
          )[0]?.n,
        ),
      (ended) => ended === studies,
      120_000,
    );
    const stored = await rowsOf('select sop_instance_uid as uid from instance');
    expect(new Set(stored.map(({ uid }) => uid))).toEqual(acknowledged);
    const ends = await rowsOf(`select triage_id, count(*)::int as n from triage_event
      where to_status in ('SUCCEEDED', 'ABSTAINED', 'FAILED', 'CANCELLED') group by triage_id`);
    expect(ends).toHaveLength(studies);
    expect(ends.every(({ n }) => n === 1)).toBe(true);
    const failed = await rowsOf(`select problem_code from triage where status = 'FAILED'`);
    expect(failed).toEqual([]);
    await client.end();
  });

  it('hand a triage that was being computed to another worker within 30 s', { timeout: 90_000 }, async () => {
    const client = await database();
    await client.query(`create function slow_end() returns trigger language plpgsql as $$
      begin perform pg_sleep(4); return new; end $$`);
    await client.query(`create trigger slow_end before update on triage for each row
      when (new.status in ('SUCCEEDED', 'ABSTAINED')) execute function slow_end()`);
    await send(900);
    const running = () =>
      client
        .query<{ status: string; worker_id: string }>(
          `select t.status, t.worker_id from triage t join study s on s.id = t.study_id where study_instance_uid = $1`,
          [uidOf('kill study 900')],
        )
        .then(({ rows }) => rows[0]);
    const before = await eventually(running, (row) => row?.status === 'RUNNING');
    const pids = await workerProcesses(main.pid ?? 0);
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await client.query('drop trigger slow_end on triage');
    const killedAt = Date.now();
    const after = await eventually(
      running,
      (row) => row?.status === 'SUCCEEDED' || row?.status === 'ABSTAINED',
      40_000,
    );
    expect(Date.now() - killedAt).toBeLessThan(30_000);
    expect(after?.worker_id).not.toBe(before?.worker_id);
    await client.end();
  });

  it(
    'hand a triage to another worker when theirs is stopped but not gone',
    { timeout: 120_000 },
    async () => {
      const client = await database();
      const [stopped] = await eventually(
        () => workerProcesses(main.pid ?? 0),
        (pids) => pids.length > 0,
        60_000,
      );
      await client.query(`create trigger slow_end before update on triage for each row
      when (new.status in ('SUCCEEDED', 'ABSTAINED')) execute function slow_end()`);
      await send(901);
      const row = () =>
        client
          .query<{ status: string; worker_id: string; attempts: number }>(
            `select t.status, t.worker_id, t.attempts from triage t join study s on s.id = t.study_id where study_instance_uid = $1`,
            [uidOf('kill study 901')],
          )
          .then((answer) => answer.rows[0]);
      const before = await eventually(row, (one) => one?.status === 'RUNNING', 60_000);
      // The supervisor as well: it would put another in its place, and nothing would end late.
      for (const pid of [main.pid ?? 0, stopped ?? 0]) process.kill(pid, 'SIGSTOP');
      const other = spawn(process.execPath, [join(projectRoot(), 'dist/cli/index.js'), 'worker'], {
        env: { ...process.env, DATA_DIR: folder, DATABASE_URL: await databaseUrl(), ENGINE: 'wasm' },
        stdio: 'ignore',
      });
      await client.query('drop trigger slow_end on triage');
      const after = await eventually(
        row,
        (one) => one?.status === 'SUCCEEDED' || one?.status === 'ABSTAINED',
        60_000,
      );
      expect(after?.worker_id).not.toBe(before?.worker_id);
      for (const pid of [stopped ?? 0, main.pid ?? 0]) process.kill(pid, 'SIGCONT');
      const gone = new Promise((resolve) => other.once('exit', resolve));
      other.kill('SIGTERM');
      await gone;
      expect(await row()).toEqual(after);
      await client.end();
    },
  );

  it('are replaced when they hang, and triages go on', { timeout: 180_000 }, async () => {
    const client = await database();
    const workers = () => workerProcesses(main.pid ?? 0);
    const [hung] = await eventually(workers, (pids) => pids.length > 0, 60_000);
    process.kill(hung ?? 0, 'SIGSTOP');
    await send(902);
    const status = () =>
      client
        .query<{ status: string }>(
          `select t.status from triage t join study s on s.id = t.study_id where study_instance_uid = $1`,
          [uidOf('kill study 902')],
        )
        .then(({ rows }) => rows[0]?.status);
    await eventually(status, (now) => now === 'SUCCEEDED' || now === 'ABSTAINED', 120_000);
    expect(await workers()).not.toContain(hung);
    await client.end();
  });
});

/** Children of a process that are workers, by their command lines. */
async function workerProcesses(parent: number): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const status = await readFile(`/proc/${name}/status`, 'utf8').catch(() => '');
    const command = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    if (status.includes(`PPid:\t${parent}\n`) && command.includes('\0worker')) found.push(Number(name));
  }
  return found;
}
