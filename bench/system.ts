import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childEnvironment } from '../server/config.js';
import { projectRoot } from '../server/runtime.js';
import { memoryBelow, processorTimeBelow, type ProcessorTime } from './processes.js';

/** The whole system as `npm start` runs it, in a folder of its own. */
export interface System {
  url: string;
  /** From the start of the process to the first ready answer, seconds. */
  secondsToReady: number;
  /** Largest resident memory of all its processes together so far, bytes. */
  peakBytes(): number;
  /** Of all its processes so far. */
  processorTime(): Promise<ProcessorTime>;
  graphql<Data>(query: string, variables?: object): Promise<Data>;
  /** Sends objects in one store request. */
  store(objects: readonly Uint8Array[]): Promise<void>;
  stop(): Promise<void>;
}

const sampleMs = 250;

export async function startSystem(engine: string): Promise<System> {
  const folder = await mkdtemp(join(tmpdir(), 'covid-triage-bench-'));
  // As root, PostgreSQL works as another user, who must be able to enter.
  await chmod(folder, 0o755);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const settings = { DATA_DIR: folder, PORT: String(port), DEMO: '0', AUTO_TRIAGE: '0', LOG_LEVEL: 'error' };
  const env = childEnvironment({ ...settings, ENGINE: engine });
  const started = performance.now();
  const main = spawn(process.execPath, [join(projectRoot(), 'dist/cli/index.js'), 'start'], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const { pid } = main;
  if (pid === undefined) throw new Error('the system did not start');
  const isReady = () =>
    fetch(`${url}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
  while (!(await isReady())) await pause(10);
  const secondsToReady = (performance.now() - started) / 1000;
  let peak = 0;
  const sampling = setInterval(() => {
    memoryBelow(pid).then(
      (bytes) => {
        peak = Math.max(peak, bytes);
      },
      () => undefined,
    );
  }, sampleMs);
  // Kept open and plain: what measures runs on the same cores as what is measured.
  const agent = new Agent({ keepAlive: true });
  const graphql = async <Data>(query: string, variables: object = {}): Promise<Data> => {
    const text = await post(`${url}/graphql`, agent, JSON.stringify({ query, variables }));
    const { data, errors } = JSON.parse(text) as { data: Data; errors?: { message: string }[] };
    if (errors?.[0]) throw new Error(errors[0].message);
    return data;
  };
  // Ready means that work is accepted; what is measured afterwards needs a worker as well.
  while ((await graphql<{ engine: { name: string } }>('{ engine { name } }')).engine.name === 'none')
    await pause(50);
  return {
    url,
    secondsToReady,
    peakBytes: () => peak,
    processorTime: () => processorTimeBelow(pid),
    graphql,
    store: async (objects) => {
      const boundary = 'bench';
      const parts = objects.flatMap((bytes) => [
        Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`),
        bytes,
        Buffer.from('\r\n'),
      ]);
      const response = await fetch(`${url}/dicom-web/studies`, {
        method: 'POST',
        headers: { 'content-type': `multipart/related; type="application/dicom"; boundary=${boundary}` },
        body: new Uint8Array(Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)])),
      });
      if (response.status !== 200) throw new Error(`the store request was answered ${response.status}`);
    },
    stop: async () => {
      clearInterval(sampling);
      agent.destroy();
      const gone = new Promise((resolve) => main.once('exit', resolve));
      main.kill('SIGTERM');
      await gone;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function post(url: string, agent: Agent, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => resolve(Buffer.concat(parts).toString()));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
