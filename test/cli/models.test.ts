import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultModelFolder } from '../../server/inference/models.js';
import { projectRoot } from '../../server/runtime.js';
import { sha256 } from '../../server/inference/manifest.js';
import { writeTinyModel } from '../support/tiny-model.js';

/** Another version of the same weights. */
function setVersion(folder: string, version: string): void {
  const file = join(folder, 'manifest.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as object;
  writeFileSync(file, JSON.stringify({ ...manifest, version }));
}

const header =
  'image,patient_id,source,truth,predicted,abstained,severity,severity_truth,p_COVID,p_NORMAL,p_PNEUMONIA';

function storePredictions(folder: string, wrong: number): void {
  const rows = Array.from({ length: 60 }, (_, i) =>
    i < wrong
      ? `${i}.jpg,p${i},made,NORMAL,COVID,,,,0.7,0.2,0.1`
      : `${i}.jpg,p${i},made,NORMAL,NORMAL,,,,0.1,0.8,0.1`,
  );
  writeFileSync(join(folder, 'predictions.csv'), `${[header, ...rows].join('\n')}\n`);
}

describe('models', () => {
  let root: string;
  const run = (...args: string[]) => {
    const env = { ...process.env, MODEL_DIR: root, HOST: '' };
    const command = [join(projectRoot(), 'dist/cli/index.js'), 'models', ...args];
    return spawnSync(process.execPath, command, { env, encoding: 'utf8' });
  };
  const folder = (version: string) => join(root, 'tiny', version);

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'models-'));
    for (const version of ['0.9.0', '0.10.0']) {
      await writeTinyModel(folder(version));
      setVersion(folder(version), version);
    }
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('lists them, the newest first and served', () => {
    const { status, stdout } = run('list');
    expect(status).toBe(0);
    const [first, second] = stdout.split('\n');
    expect(first).toMatch(/^\* tiny@0\.10\.0 {2}cxr-triage/);
    expect(second).toMatch(/^ {2}tiny@0\.9\.0/);
    const entries = JSON.parse(run('list', '--json').stdout) as { digest: string; active: boolean }[];
    expect(entries.map(({ active }) => active)).toEqual([true, false]);
    expect(entries[0]?.digest).toBe(sha256(readFileSync(join(folder('0.10.0'), 'manifest.json'))));
  });

  it('activates an older one, which the server then takes, whole and alone', async () => {
    expect(await defaultModelFolder('cxr-triage', root)).toBe(folder('0.10.0'));
    const { status, stdout } = run('activate', 'tiny@0.9.0');
    expect(status).toBe(0);
    expect(stdout).toContain('tiny@0.9.0 is served');
    expect(await defaultModelFolder('cxr-triage', root)).toBe(folder('0.9.0'));
    expect(run('list').stdout).toMatch(/^\* tiny@0\.9\.0/m);
    expect(readdirSync(root).sort()).toEqual(['active.json', 'tiny']);
  });

  it('activates nothing that is damaged, missing or elsewhere', async () => {
    writeFileSync(join(folder('0.9.0'), 'weights.bin'), 'damaged');
    expect(run('activate', 'tiny@0.9.0').status).toBe(1);
    expect(run('activate', 'tiny@7.0.0').status).toBe(2);
    const elsewhere = mkdtempSync(join(tmpdir(), 'elsewhere-'));
    await writeTinyModel(elsewhere);
    expect(run('activate', elsewhere).status).toBe(2);
    rmSync(elsewhere, { recursive: true });
    expect(readdirSync(root)).toEqual(['tiny']);
  });

  it('serves no other model in the place of one that was activated and is gone', async () => {
    run('activate', 'tiny@0.9.0');
    rmSync(folder('0.9.0'), { recursive: true });
    await expect(defaultModelFolder('cxr-triage', root)).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
    writeFileSync(join(root, 'active.json'), '{ "cxr-triage": ');
    await expect(defaultModelFolder('cxr-triage', root)).rejects.toMatchObject({ code: 'MODEL_INVALID' });
  });

  it('shows card and facts', () => {
    writeFileSync(join(folder('0.9.0'), 'MODEL_CARD.md'), '# tiny\n');
    const { stdout } = run('show', 'tiny@0.9.0');
    expect(stdout).toContain('tiny@0.9.0, cxr-triage');
    expect(stdout).toContain('# tiny');
    const shown = JSON.parse(run('show', folder('0.9.0'), '--json').stdout) as {
      card: string;
      figures: null;
    };
    expect(shown).toMatchObject({ card: '# tiny\n', figures: null });
  });

  it('compares stored predictions, and says what is missing', () => {
    expect(run('compare', 'tiny@0.9.0', 'tiny@0.10.0').status).toBe(2);
    storePredictions(folder('0.9.0'), 20);
    storePredictions(folder('0.10.0'), 3);
    const { status, stdout } = run('compare', 'tiny@0.9.0', 'tiny@0.10.0');
    expect(status).toBe(0);
    expect(stdout).toMatch(/accuracy +0\.667 +0\.950 +\+0\.283 .* second is better/);
  });

  it.each([[[]], [['frobnicate']], [['show']], [['list', '--sideways']]])('ends with 2 for %j', (args) => {
    expect(run(...args).status).toBe(2);
  });
});
