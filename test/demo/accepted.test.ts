import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoStudies } from '../../demo/generate.js';
import { lateralFilm } from '../../demo/lateral.js';
import { testPattern } from '../../demo/test-pattern.js';
import { decodeFrame } from '../../server/dicom/decode.js';
import { toDisplay } from '../../server/dicom/display.js';
import { parseHeader } from '../../server/dicom/header.js';
import { pickEngine } from '../../server/inference/engines/pick-engine.js';
import { judge } from '../../server/inference/judge.js';
import { loadModel, type LoadedModel } from '../../server/inference/manifest.js';
import { defaultModelFolder } from '../../server/inference/models.js';
import { toModelInput } from '../../server/inference/preprocess.js';
import type { Engine, Picture, PictureContext } from '../../server/inference/types.js';

// Real: the generated files at full size, our reader, the engine and the model that is served.
let engine: Engine;
let model: LoadedModel;

beforeAll(async () => {
  const folder = await defaultModelFolder('cxr-triage');
  model = await loadModel(folder);
  engine = await pickEngine('wasm');
  await engine.load(folder);
});
afterAll(() => engine?.dispose());

async function judgementOf(picture: Picture, context: PictureContext) {
  const [output] = await engine.infer([toModelInput(picture, model.manifest.input)]);
  if (!output) throw new Error('the engine gave nothing');
  return judge(picture, output, model, context);
}

const unknown: PictureContext = { modality: 'DX', viewPosition: null, bodyPartExamined: null };

describe('the served model and the demo pictures', () => {
  it('judges every chest and declines the hand, even when the file does not name it', async () => {
    const severe: number[] = [];
    const normal: number[] = [];
    for await (const { bytes, expected, truth, patientId } of demoStudies()) {
      const picture = toDisplay(await decodeFrame(bytes, 0));
      const { modality, viewPosition, bodyPartExamined } = parseHeader(bytes);
      const named = await judgementOf(picture, { modality, viewPosition, bodyPartExamined });
      if (expected === 'NOT_A_CHEST') {
        expect(named.abstainCode).toBe('NOT_A_CHEST_XRAY');
        expect((await judgementOf(picture, unknown)).abstainCode).not.toBeNull();
        continue;
      }
      expect({ patientId, abstained: named.abstainCode }).toEqual({ patientId, abstained: null });
      const covid = named.findings.find(({ code }) => code === 'COVID')?.probability ?? 0;
      if (truth?.grade === 3) severe.push(covid);
      if (truth?.finding === 'NORMAL') normal.push(covid);
    }
    expect(Math.min(...severe)).toBeGreaterThan(2 * Math.max(...normal));
  });

  it('declines the lateral view and the test pattern', async () => {
    for (const film of [await lateralFilm('1'), testPattern()]) {
      const pixels = Uint8Array.from(film.pixels, (value) => value >> 4);
      const judgement = await judgementOf({ width: film.width, height: film.height, pixels }, unknown);
      expect(judgement.abstainCode).not.toBeNull();
    }
  });
});
