import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../../server/runtime.js';
import { createTestDatabase } from '../support/database.js';
import { makeDicom } from '../support/dicom-factory.js';

const side = 1024;
const frames = 1000;

/** Bytes of a process that are its own, not pages of files. */
async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/RssAnon:\s+(\d+)/.exec(status)?.[1]) * 1024;
}

it('takes 2 GB in one upload without growing with it', { timeout: 180_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'covid-triage-memory-'));
  const { url: databaseUrl, db, close } = await createTestDatabase({ migrate: false });
  const env = {
    ...process.env,
    DATABASE_URL: databaseUrl,
    DATA_DIR: folder,
    PORT: '0',
    AUTO_TRIAGE: '0',
    LOG_LEVEL: 'error',
  };
  const server = spawn(process.execPath, [join(projectRoot(), 'dist/cli/index.js'), 'serve', '--json'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [first] = await new Promise<Buffer[]>((resolve) =>
      server.stdout.once('data', (data: Buffer) => resolve([data])),
    );
    const { url } = JSON.parse(String(first)) as { url: string };
    const whole = await makeDicom({ rows: side, columns: side, frames: 1 });
    const head = whole.subarray(0, whole.length - side * side * 2 - 12);
    const pixelData = Buffer.from([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x57, 0, 0, 0, 0, 0, 0]);
    pixelData.writeUInt32LE(frames * side * side * 2, 8);
    expect(whole.subarray(head.length, head.length + 6)).toEqual(pixelData.subarray(0, 6));
    const before = await residentBytes(server.pid ?? 0);
    let most = before;
    const status = await new Promise<number>((resolve, reject) => {
      const upload = request(`${url}/dicom-web/studies`, {
        method: 'POST',
        headers: { 'content-type': 'multipart/related; type="application/dicom"; boundary=big' },
      });
      upload.on('response', (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      upload.on('error', reject);
      const send = async () => {
        upload.write('--big\r\nContent-Type: application/dicom\r\n\r\n');
        upload.write(head);
        upload.write(pixelData);
        const frame = Buffer.alloc(side * side * 2, 7);
        for (let sent = 0; sent < frames; sent++) {
          if (!upload.write(frame)) await new Promise((drained) => upload.once('drain', drained));
          if (sent % 10 === 0) most = Math.max(most, await residentBytes(server.pid ?? 0));
        }
        upload.end('\r\n--big--\r\n');
      };
      send().catch(reject);
    });
    expect(status).toBe(200);
    const [stored] = await db.selectFrom('instance').select('objectSize').execute();
    expect(stored?.objectSize).toBeGreaterThan(2_000_000_000);
    expect(most - before).toBeLessThan(300_000_000);
  } finally {
    const gone = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGTERM');
    await gone;
    await close();
    await rm(folder, { recursive: true, force: true });
  }
});
