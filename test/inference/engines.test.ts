import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pickEngine } from '../../server/inference/engines/pick-engine.js';
import { judge } from '../../server/inference/judge.js';
import { loadModel, sha256 } from '../../server/inference/manifest.js';
import { defaultModelFolder } from '../../server/inference/models.js';
import { toModelInput } from '../../server/inference/preprocess.js';
import { loadTensorFlow } from '../../server/inference/tensorflow.js';
import type { Picture } from '../../server/inference/types.js';
import { writeTinyModel } from '../support/tiny-model.js';

let folder = '';
let tensorFlowMissing: string | null = null;
try {
  loadTensorFlow();
} catch (error) {
  tensorFlowMissing = String(error);
  console.warn(`SKIPPED, the TensorFlow engine is not tested: ${tensorFlowMissing}`);
}
const real = await defaultModelFolder('cxr-triage').catch(() => null);
if (real === null) console.warn('SKIPPED, no trained model is there to be tested');

/** No X-ray: smooth blobs whose place depends on the seed. */
function picture(seed: number): Picture {
  const size = 320;
  const pixels = Uint8Array.from({ length: size * size }, (_, i) => {
    const [x, y] = [i % size, Math.floor(i / size)];
    return 128 + 80 * Math.sin(x / (20 + seed)) * Math.cos(y / (31 - seed)) + ((x * y) % 40);
  });
  return { width: size, height: size, pixels };
}
const context = { modality: 'DX', viewPosition: 'PA', bodyPartExamined: 'CHEST' };

beforeAll(async () => {
  folder = await writeTinyModel(await mkdtemp(join(tmpdir(), 'engine-')));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function agree(modelFolder: string): Promise<void> {
  const model = await loadModel(modelFolder);
  const pictures = [0, 1, 2, 3].map(picture);
  const inputs = pictures.map((one) => toModelInput(one, model.manifest.input));
  const results = [];
  for (const choice of ['wasm', 'tensorflow'] as const) {
    const engine = await pickEngine(choice);
    await engine.load(modelFolder);
    const outputs = await engine.infer(inputs);
    results.push(outputs.map((output, i) => judge(picture(i), output, model, context)));
    engine.dispose();
  }
  const [wasm = [], native = []] = results;
  const spread = new Set(wasm.map(({ findings }) => findings[0]?.probability));
  expect(spread.size, 'pictures that all give the same would prove nothing').toBeGreaterThan(1);
  wasm.forEach((one, i) => {
    const probabilities = new Map(native[i]?.findings.map((finding) => [finding.code, finding.probability]));
    for (const { code, probability } of one.findings) {
      expect(Math.abs(probability - (probabilities.get(code) ?? NaN))).toBeLessThan(1e-3);
    }
    expect(one.abstainCode).toBe(native[i]?.abstainCode);
  });
}

describe('engines', () => {
  it.skipIf(tensorFlowMissing !== null)('agree to 1e-3 on a tiny network', async () => agree(folder));
  it.skipIf(tensorFlowMissing !== null || real === null)('agree to 1e-3 on the trained network', async () =>
    agree(real ?? ''),
  );

  const choices = tensorFlowMissing === null ? (['wasm', 'tensorflow'] as const) : (['wasm'] as const);
  it.each(choices)('%s leaks no tensor in 1,000 runs', async (choice) => {
    const engine = await pickEngine(choice);
    const atStart = engine.tensorCount();
    await engine.load(folder);
    await engine.warmUp([1]);
    const loaded = engine.tensorCount();
    const input = new Float32Array(64 * 64).fill(0.5);
    for (let i = 0; i < 1000; i++) await engine.infer([input]);
    expect(engine.tensorCount()).toBe(loaded);
    engine.dispose();
    expect(engine.tensorCount()).toBe(atStart);
  });

  it.skipIf(real === null)('wasm leaks no tensor in 50 runs of the trained network', async () => {
    const engine = await pickEngine('wasm');
    await engine.load(real ?? '');
    const { manifest } = await loadModel(real ?? '');
    const input = toModelInput(picture(1), manifest.input);
    await engine.infer([input]);
    const loaded = engine.tensorCount();
    for (let i = 0; i < 50; i++) await engine.infer([input]);
    expect(engine.tensorCount()).toBe(loaded);
    engine.dispose();
  });

  it('a failed run leaves no tensor behind', async () => {
    const engine = await pickEngine('wasm');
    await engine.load(folder);
    const loaded = engine.tensorCount();
    await expect(engine.infer([new Float32Array(7)])).rejects.toMatchObject({ code: 'INFERENCE_FAILED' });
    expect(engine.tensorCount()).toBe(loaded);
    engine.dispose();
  });

  it('says that a forced engine is not there, and what to do', async () => {
    await expect(pickEngine('webgpu')).rejects.toMatchObject({
      code: 'ENGINE_NOT_AVAILABLE',
      message: expect.stringContaining('setup:tensorflow') as string,
    });
  });

  it('refuses weights that differ from their digest', async () => {
    const broken = await writeTinyModel(await mkdtemp(join(tmpdir(), 'broken-')));
    await appendFile(join(broken, 'weights.bin'), 'x');
    const engine = await pickEngine('wasm');
    await expect(engine.load(broken)).rejects.toMatchObject({ code: 'MODEL_INVALID' });
    await rm(broken, { recursive: true });
  });

  it('wasm refuses a stride beyond the kernel, which it would compute wrongly', async () => {
    const strided = await writeTinyModel(await mkdtemp(join(tmpdir(), 'strided-')));
    const json = (await readFile(join(strided, 'model.json'), 'utf8')).replace(
      '"strides":[2,2]',
      '"strides":[4,4]',
    );
    await writeFile(join(strided, 'model.json'), json);
    const manifest = await readFile(join(strided, 'manifest.json'), 'utf8');
    const parsed = JSON.parse(manifest) as { files: Record<string, string> };
    parsed.files['model.json'] = sha256(Buffer.from(json));
    await writeFile(join(strided, 'manifest.json'), JSON.stringify(parsed));
    const engine = await pickEngine('wasm');
    const before = engine.tensorCount();
    await expect(engine.load(strided)).rejects.toThrow(/conv1/);
    expect(engine.tensorCount()).toBe(before);
    await rm(strided, { recursive: true });
  });
});
