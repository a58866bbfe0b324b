// From start to result on the Node that runs this: the demo patients come in and every triage of theirs ends.
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './install.mjs';

const patienceMs = 120_000;
const expected = { succeeded: 10, abstained: 2 };
const folder = mkdtempSync(join(tmpdir(), 'covid-triage-smoke-'));
chmodSync(folder, 0o755);
const port = 20_000 + Math.floor(Math.random() * 20_000);
const env = {
  ...process.env,
  DATA_DIR: folder,
  PORT: String(port),
  // A CT series arrives slice by slice.
  AUTO_TRIAGE_QUIET_SECONDS: '2',
  LOG_LEVEL: 'warn',
};
const main = spawn(process.execPath, [join(root, 'dist/cli/index.js'), 'start'], {
  env,
  stdio: ['ignore', 'inherit', 'inherit'],
});
const gone = new Promise((resolve) => main.once('exit', resolve));

async function ended() {
  const query = '{ worklist(first: 100) { nodes { status finishedAt result { covidProbability } } } }';
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const { data } = await response.json();
  return data.worklist.nodes.filter(({ finishedAt }) => finishedAt !== null);
}

const until = Date.now() + patienceMs;
let found = { succeeded: 0, abstained: 0 };
const isThere = () => found.succeeded === expected.succeeded && found.abstained === expected.abstained;
while (!isThere() && Date.now() < until && main.exitCode === null) {
  await new Promise((resolve) => setTimeout(resolve, 500));
  const triages = await ended().catch(() => []);
  found = {
    succeeded: triages.filter(({ result }) => result !== null).length,
    abstained: triages.filter(({ status }) => status === 'ABSTAINED').length,
  };
}
main.kill('SIGTERM');
const code = await gone;
rmSync(folder, { recursive: true, force: true });
const passed = isThere() && code === 0;
console.log(
  `Node ${process.versions.node}: ${found.succeeded} results, ${found.abstained} declined, stopped with ${code}: ${passed ? 'ok' : 'FAILED'}`,
);
process.exitCode = passed ? 0 : 1;
