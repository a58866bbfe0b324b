// Transpiles the TypeScript tree to dist/ file by file, so that threads and processes start from plain JavaScript.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folders = ['server', 'cli', 'demo', 'training', 'bench', 'migrations'];

function sources(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, name))
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'));
}

const entryPoints = folders.flatMap((folder) => sources(join(root, folder)));
rmSync(join(root, 'dist'), { recursive: true, force: true });
await build({
  entryPoints,
  outbase: root,
  outdir: join(root, 'dist'),
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: true,
  logLevel: 'warning',
});
const element = join(root, 'component/index.ts');
if (existsSync(element)) {
  await build({
    entryPoints: [element],
    outfile: join(root, 'dist/component/covid-triage.js'),
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    logLevel: 'warning',
  });
}
console.log(`built ${entryPoints.length} files into dist/`);
