// What `npm test` calls: every check in order; goes on after a failure so that one run shows them all.
import { buildIfStale, call, install, root } from './install.mjs';
import { join } from 'node:path';

install();
buildIfStale();
const bin = (name) => join(root, 'node_modules/.bin', name);
const steps = [
  ['format', [bin('prettier'), '--check', '--log-level', 'warn', '.']],
  ['lint', [bin('eslint'), '--max-warnings', '0', '.']],
  ['types', [bin('tsc'), '--noEmit']],
  ['generated code', [process.execPath, join(root, 'scripts/check-generated.mjs')]],
];
const failed = [];
for (const [name, [command, ...args]] of steps) {
  const started = Date.now();
  const status = call(command, args);
  console.log(
    `${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`,
  );
  if (status !== 0) failed.push(name);
}
const filters = process.argv.slice(2);
const tests = call(bin('vitest'), ['run', ...filters], { stdio: 'inherit' });
if (tests !== 0) failed.push('tests');
if (failed.length > 0) console.log(`failed: ${failed.join(', ')}`);
process.exitCode = failed.length > 0 ? 1 : 0;
