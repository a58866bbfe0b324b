// Builds the TensorFlow engine in .engine/ from the TensorFlow that PyPI offers: TensorFlow.js for Node binds to it.
// The usual download of @tensorflow/tfjs-node-gpu is blocked by many hospital networks and ends at CUDA 11.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const engine = join(root, '.engine');
const gpu = process.argv.includes('--gpu');
const wheel = `${gpu ? 'tensorflow[and-cuda]' : 'tensorflow-cpu'}==2.20.0`;
const bindings = '@tensorflow/tfjs-node-gpu@4.22.0';
const stamp = join(engine, '.ready');
const wanted = `${wheel} ${bindings}`;

function fail(message) {
  console.error(message);
  process.exit(1);
}

function step(text, command, args, options = {}) {
  console.log(text);
  const { status, stderr, stdout } = spawnSync(command, args, { cwd: engine, encoding: 'utf8', ...options });
  if (status !== 0) fail(`${command} ${args[0]} failed:\n${(stderr || stdout || 'not found').slice(-3000)}`);
}

function verify() {
  const program = `
    const util = require('node:util');
    util.isNullOrUndefined ??= (value) => value === null || value === undefined;
    const tf = require('@tensorflow/tfjs-node-gpu');
    const sum = tf.matMul(tf.ones([8, 8]), tf.ones([8, 8])).sum().dataSync()[0];
    if (sum !== 512) throw new Error('matmul gave ' + sum);
    console.log(tf.getBackend(), tf.version['tfjs-core']);`;
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' };
  return spawnSync(process.execPath, ['-e', program], { cwd: engine, encoding: 'utf8', env });
}

if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && verify().status === 0) {
  console.log('The TensorFlow engine is already set up.');
  process.exit(0);
}
for (const [tool, debianPackage] of Object.entries({ python3: 'python3', 'g++': 'g++', make: 'make' })) {
  if (spawnSync(tool, ['--version']).status !== 0) {
    fail(
      `${tool} is missing. On Debian or Ubuntu: apt-get install python3 python3-pip g++ make (${debianPackage})`,
    );
  }
}
rmSync(engine, { recursive: true, force: true });
mkdirSync(engine, { recursive: true });
writeFileSync(join(engine, 'package.json'), '{ "private": true }\n');
const packages = join(engine, 'python');
const isCuda = gpu ? [] : ['--no-deps'];
step(`Fetching ${wheel} from PyPI (${gpu ? '3 GB' : '260 MB'})...`, 'python3', [
  '-m',
  'pip',
  'install',
  '--quiet',
  '--disable-pip-version-check',
  ...isCuda,
  '--target',
  packages,
  wheel,
]);
step('Fetching the bindings...', npm(), ['install', '--ignore-scripts', '--no-audit', '--no-fund', bindings]);

const folder = join(engine, 'node_modules/@tensorflow/tfjs-node-gpu');
const deps = join(folder, 'deps');
mkdirSync(join(deps, 'lib'), { recursive: true });
symlinkSync(join(packages, 'tensorflow/include'), join(deps, 'include'));
const libraries = {
  'libtensorflow.so': 'libtensorflow_cc.so.2',
  'libtensorflow_framework.so': 'libtensorflow_framework.so.2',
};
for (const [link, library] of Object.entries(libraries)) {
  symlinkSync(join(packages, 'tensorflow', library), join(deps, 'lib', library));
  symlinkSync(library, join(deps, 'lib', link));
}
step(
  'Building the bindings (about 20 s)...',
  'npx',
  ['--yes', 'node-pre-gyp', 'install', '--build-from-source'],
  {
    cwd: folder,
  },
);
const checked = verify();
if (checked.status !== 0) fail(`The engine was built but does not run:\n${checked.stderr.slice(-3000)}`);
writeFileSync(stamp, wanted);
console.log(`The TensorFlow engine is ready: backend ${checked.stdout.trim()}, ${gpu ? 'CUDA' : 'CPU'}.`);
if (gpu)
  console.log(
    `CUDA libraries lie under ${packages}/nvidia: ${readdirSync(join(packages, 'nvidia')).join(' ')}`,
  );

function npm() {
  return process.platform === 'win32' ? 'npm.cmd' : 'npm';
}
