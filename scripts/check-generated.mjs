// Fails when the committed generated code differs from what the schema gives now.
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generate, loadCodegenConfig } from '@graphql-codegen/cli';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
const { config } = await loadCodegenConfig({ configFilePath: 'codegen.ts' });
const outputs = await generate({ ...config, silent: true }, false);
const stale = outputs.filter(({ filename, content }) => readFileSync(filename, 'utf8') !== content);
for (const { filename } of stale) {
  console.error(`${filename} is not what schema.graphql gives: run \`npm run generate\` and commit it`);
}
process.exit(stale.length > 0 ? 1 : 0);
