// Installs what is missing and builds what is stale; plain JavaScript, since nothing is installed yet.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

function fail(message) {
  console.error(message);
  process.exit(1);
}

/** Runs npm or node in the project; output goes to stderr so that `--json` commands keep stdout to themselves. */
export function call(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['inherit', 2, 2], ...options });
  if (error) fail(`${command} could not be started: ${error.message}`);
  return status ?? 1;
}

function digest(...files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

/** Runs `npm ci` unless node_modules was installed from this very lock file on this platform. */
export function install() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20) fail(`Node ${process.versions.node} is too old: install Node 20, 22 or 24.`);
  const stamp = join(root, 'node_modules/.installed');
  const wanted = `${digest('package.json', 'package-lock.json')} ${process.platform}-${process.arch}`;
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.error('Installing packages (npm ci), this takes about half a minute...');
  const args = ['ci', '--no-audit', '--no-fund', '--include=dev'];
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  if (call(npm, args, { shell: process.platform === 'win32' }) !== 0) {
    fail('npm ci failed: see its message above. Is the package registry reachable?');
  }
  writeFileSync(stamp, wanted);
}

const sourceFolders = [
  'server',
  'cli',
  'demo',
  'training',
  'bench',
  'migrations',
  'component',
  'viewer',
  'scripts',
];

function newest(path) {
  if (!existsSync(path)) return 0;
  const entry = statSync(path);
  if (!entry.isDirectory()) return entry.mtimeMs;
  return readdirSync(path).reduce((time, name) => Math.max(time, newest(join(path, name))), entry.mtimeMs);
}

/** Builds dist/ unless it is newer than every source. */
export function buildIfStale() {
  const stamp = join(root, 'dist/.built');
  const sources = [...sourceFolders, 'package.json', 'schema.graphql'].map((name) =>
    newest(join(root, name)),
  );
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= Math.max(...sources)) return;
  if (call(process.execPath, [join(root, 'scripts/build.mjs')]) !== 0) fail('The build failed.');
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(stamp, '');
}
