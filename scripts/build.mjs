// Transpiles the TypeScript tree to dist/ file by file, so that threads and processes start from plain JavaScript.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
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
// Attributes, events, parts and CSS properties, for editors and integrators: custom-elements.json beside the module.
const analyzer = join(root, 'node_modules/.bin/cem');
const options = [
  'analyze',
  '--litelement',
  '--quiet',
  '--globs',
  'component/**/*.ts',
  '--outdir',
  'dist/component',
];
const { status } = spawnSync(analyzer, options, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
if (status !== 0) throw new Error('custom-elements.json could not be made');
const page = join(root, 'viewer');
await build({
  entryPoints: [join(page, 'main.ts')],
  outfile: join(root, 'dist/viewer/main.js'),
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  logLevel: 'warning',
});
for (const name of readdirSync(page).filter((file) => /\.(html|css)$/.test(file))) {
  cpSync(join(page, name), join(root, 'dist/viewer', name));
}
mkdirSync(join(root, 'dist/component'), { recursive: true });
console.log(`built ${entryPoints.length} files into dist/`);
