// What `npm start` and `npm run cli` call: installs and builds when needed, then hands over to the command line.
import { join } from 'node:path';
import { buildIfStale, install, root } from './install.mjs';

install();
buildIfStale();
const [mode, ...args] = process.argv.slice(2);
process.argv.splice(2, process.argv.length, ...(mode === 'start' ? ['start', ...args] : args));
await import(join(root, 'dist/cli/index.js'));
