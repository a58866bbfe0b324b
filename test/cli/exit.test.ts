import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../server/runtime.js';

describe('commands', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'covid-triage-cli-'));
    // As root, PostgreSQL works as another user, who must be able to enter.
    chmodSync(folder, 0o755);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const run = (...args: string[]) => runWith({}, ...args);
  const runWith = (settings: Record<string, string>, ...args: string[]) => {
    const env = { ...process.env, ENGINE: 'wasm', HOST: '', PORT: '0', DATA_DIR: folder, ...settings };
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(projectRoot(), 'dist/cli/index.js'), ...args],
      {
        env,
        encoding: 'utf8',
      },
    );
    return { status, stdout, stderr };
  };

  it.each([
    'start',
    'serve',
    'worker',
    'migrate',
    'import',
    'classify',
    'train',
    'evaluate',
    'models',
    'bench',
    'doctor',
  ])('%s --help tells what it does and ends with 0', (command) => {
    const { status, stdout } = run(command, '--help');
    expect(status).toBe(0);
    expect(stdout).toContain(`Usage: covid-triage ${command}`);
  });

  it.each([
    ['an unknown command', ['frobnicate']],
    ['an unknown option', ['migrate', '--sideways']],
    ['a missing path', ['import', join('nowhere', 'at', 'all')]],
    ['no path', ['import']],
    ['a number that is none', ['bench', '--single', 'many']],
  ])('end with 2 for %s', (_name, args) => {
    expect(run(...args).status).toBe(2);
  });

  it('start ends with 2, and says how to mend it, when the engine that is asked for is not there', () => {
    const { status, stderr, stdout } = runWith({ ENGINE: 'webgpu', DEMO: '0' }, 'start');
    expect(stderr).toContain('Set ENGINE to auto');
    expect(stdout).toContain('Stopping');
    expect(status).toBe(2);
  }, 120_000);

  it('classify goes on after a bad file, in the order given, and ends with 1', () => {
    const bad = join(folder, 'bad.dcm');
    writeFileSync(bad, 'this is no picture');
    const { status, stdout } = run('classify', '--json', bad, join(folder, 'missing.png'));
    expect(status).toBe(1);
    const entries = JSON.parse(stdout) as {
      file: string;
      status: string;
      result: null;
      problem: { code: string };
    }[];
    expect(entries.map(({ status: ended, problem }) => [ended, problem.code])).toEqual([
      ['FAILED', 'NOT_DICOM'],
      ['FAILED', 'IMAGE_UNREADABLE'],
    ]);
  });
});
