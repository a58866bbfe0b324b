// What `npm run fuzz` calls: damages DICOM files for a quarter of an hour, or for the minutes given, from a new seed each time.
import { join } from 'node:path';
import { buildIfStale, call, install, root } from './install.mjs';

install();
buildIfStale();
const [minutes = '15', seed = String(Date.now() % 2 ** 31)] = process.argv.slice(2);
console.log(`fuzzing for ${minutes} minutes; again with: npm run fuzz -- ${minutes} ${seed}`);
process.exitCode = call(join(root, 'node_modules/.bin/vitest'), ['run', 'test/dicom/fuzz.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, FUZZ_MINUTES: minutes, FUZZ_SEED: seed },
});
