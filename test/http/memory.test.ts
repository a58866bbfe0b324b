import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../server/runtime.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { makeDicom, uidOf } from '../support/dicom-factory.js';

const side = 1024;
const frameBytes = side * side * 2;
const growthLimit = 300_000_000;

// The real server as a process of its own: what it needs must not grow with what it is sent.
describe('objects of many frames', () => {
  let folder: string;
  let database: TestDatabase;
  let server: ChildProcess;
  let url: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'covid-triage-memory-'));
    database = await createTestDatabase({ migrate: false });
    const env = {
      ...process.env,
      DATABASE_URL: database.url,
      DATA_DIR: folder,
      PORT: '0',
      AUTO_TRIAGE: '0',
      LOG_LEVEL: 'error',
    };
    server = spawn(process.execPath, [join(projectRoot(), 'dist/cli/index.js'), 'serve', '--json'], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const first = await new Promise<Buffer>((resolve) => server.stdout?.once('data', resolve));
    ({ url } = JSON.parse(String(first)) as { url: string });
  });
  afterAll(async () => {
    const gone = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGTERM');
    await gone;
    await database.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Bytes of the server that are its own, not pages of files. */
  const residentBytes = async () => {
    const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
    return Number(/RssAnon:\s+(\d+)/.exec(status)?.[1]) * 1024;
  };

  /** The result, and by how many bytes the server grew meanwhile. */
  async function watched<T>(work: Promise<T>): Promise<{ result: T; growth: number }> {
    const before = await residentBytes();
    let most = before;
    let done = false;
    const settled = work.finally(() => (done = true));
    settled.catch(() => undefined);
    while (!done) {
      most = Math.max(most, await residentBytes());
      await Promise.race([settled, new Promise((resolve) => setTimeout(resolve, 20))]);
    }
    return { result: await settled, growth: most - before };
  }

  /** The bytes of an object of so many frames up to the first of them. */
  async function headOf(seed: number, frames: number, patientName: string): Promise<Buffer> {
    const shape = { rows: side, columns: side, frames: 1 };
    const elements = { '00280008': ['IS', frames] as [string, number] };
    const whole = await makeDicom({ seed, patientName, sopUid: uidOf(`large ${seed}`), ...shape, elements });
    const head = whole.subarray(0, whole.length - frameBytes - 12);
    const pixelData = Buffer.from([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x57, 0, 0, 0, 0, 0, 0]);
    pixelData.writeUInt32LE(frames * frameBytes, 8);
    expect(whole.subarray(head.length, head.length + 6)).toEqual(pixelData.subarray(0, 6));
    return Buffer.concat([head, pixelData]);
  }

  /** Sends an object of so many frames for each seed in one upload; each frame is of one grey. */
  async function upload(seeds: number[], frames: number, patientName: string): Promise<number> {
    const heads = await Promise.all(seeds.map((seed) => headOf(seed, frames, patientName)));
    return new Promise<number>((resolve, reject) => {
      const sent = request(`${url}/dicom-web/studies`, {
        method: 'POST',
        headers: { 'content-type': 'multipart/related; type="application/dicom"; boundary=big' },
      });
      sent.on('response', (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      sent.on('error', reject);
      const send = async () => {
        for (const head of heads) {
          sent.write('\r\n--big\r\nContent-Type: application/dicom\r\n\r\n');
          sent.write(head);
          const frame = Buffer.alloc(frameBytes, 7);
          for (let index = 0; index < frames; index++) {
            if (!sent.write(frame)) await new Promise((drained) => sent.once('drain', drained));
          }
        }
        sent.end('\r\n--big--\r\n');
      };
      send().catch(reject);
    });
  }

  it('takes more than 2 GB in one upload without growing with it', { timeout: 180_000 }, async () => {
    const { result, growth } = await watched(upload([1, 3], 520, 'Large^One'));
    expect(result).toBe(200);
    const stored = await database.db.selectFrom('instance').select('objectSize').execute();
    expect(stored.map(({ objectSize }) => objectSize > 1_090_000_000)).toEqual([true, true]);
    expect(growth).toBeLessThan(growthLimit);
  });

  it('compares, shows and describes 600 MB without holding them', { timeout: 180_000 }, async () => {
    expect(await upload([2], 300, 'Large^Two')).toBe(200);
    const again = await watched(upload([2], 300, 'Large^Renamed'));
    // Known, and under another name, which is not taken.
    expect(again.result).toBe(202);
    expect(again.growth).toBeLessThan(growthLimit);
    const rendered = `${url}/dicom-web/studies/${uidOf('study 2')}/rendered`;
    const pictures = await watched(
      Promise.all(Array.from({ length: 4 }, () => fetch(rendered).then(({ status }) => status))),
    );
    expect(pictures.result).toEqual([200, 200, 200, 200]);
    expect(pictures.growth).toBeLessThan(growthLimit);
    const metadata = await watched(
      fetch(`${url}/dicom-web/studies/${uidOf('study 2')}/metadata`).then((answer) => answer.json()),
    );
    expect(metadata.result).toMatchObject([{ '00280008': { Value: [300] } }]);
    expect(metadata.growth).toBeLessThan(growthLimit);
    const rows = await database.db
      .selectFrom('instance')
      .select('pixelDigest')
      .where('sopInstanceUid', '=', uidOf('large 2'))
      .execute();
    expect(rows).toEqual([{ pixelDigest: expect.any(String) as string }]);
  });
});
