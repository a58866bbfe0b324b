// Files taken in by the real program, from the built project.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { projectRoot } from '../../server/runtime.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { makeDicom } from '../support/dicom-factory.js';

let folder: string;
let database: TestDatabase;
const run = async (...args: string[]): Promise<string> => {
  const env = { ...process.env, DATABASE_URL: database.url, DATA_DIR: folder, AUTO_TRIAGE: '0' };
  const entry = join(projectRoot(), 'dist/cli/index.js');
  return (await promisify(execFile)(process.execPath, [entry, 'import', ...args], { env })).stdout;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'covid-triage-import-'));
  database = await createTestDatabase();
});
afterAll(async () => {
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

it('tells the warnings of files that it takes, which are no failures', { timeout: 60_000 }, async () => {
  const [first, corrected] = [join(folder, '1.dcm'), join(folder, '2.dcm')];
  await writeFile(first, await makeDicom({ seed: 1 }));
  await writeFile(corrected, await makeDicom({ seed: 1, patientName: 'Correct^Name' }));
  const results = JSON.parse(await run('--json', first, corrected)) as unknown[];
  expect(results).toMatchObject([
    { status: 'STORED', problem: null, warning: null },
    { status: 'ALREADY_STORED', problem: null, warning: { code: 'DUPLICATE_UID_DIFFERENT_ATTRIBUTES' } },
  ]);
  const text = await run(first, corrected);
  expect(text).toMatch(
    /2\.dcm: DUPLICATE_UID_DIFFERENT_ATTRIBUTES: .+\n0 stored, 2 known already, 0 refused/,
  );
});
