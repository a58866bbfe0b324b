import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { carveFold, isFrontal, leakedPatients, parseCsv, readManifest } from '../../training/dataset.js';
import { createRandom } from '../../training/random.js';
import { dataFolder, generateData, temporaryFolder } from './generated.js';

describe('the data set', () => {
  it('reads quoted fields, doubled quotes and line breaks', () => {
    expect(parseCsv('a,b\r\n"x, y","say ""hi""\nthere"\n1,2\n')).toEqual([
      { a: 'x, y', b: 'say "hi"\nthere' },
      { a: '1', b: '2' },
    ]);
  });

  it('says what is wrong with a folder without a manifest', async () => {
    await expect(readManifest('/nowhere')).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('carves whole patients, a share of every label', async () => {
    const folder = await temporaryFolder();
    await generateData(folder, 60);
    const examples = (await readManifest(folder)).filter(({ split }) => split === 'train');
    const { train, fold } = carveFold(examples, 0.2, createRandom(3));
    expect(leakedPatients(train, fold)).toEqual([]);
    expect(train.length + fold.length).toBe(examples.length);
    expect(new Set(fold.map(({ label }) => label)).size).toBe(3);
    expect(carveFold(examples, 0.2, createRandom(3))).toEqual({ train, fold });
  });

  const real = dataFolder();
  it.skipIf(real === null)('keeps every real patient in one split and in one fold', async () => {
    const examples = await readManifest(join(real ?? '', 'cxr'));
    const train = examples.filter(({ split }) => split === 'train');
    const held = examples.filter(({ split }) => split === 'val');
    expect(leakedPatients(train, held)).toEqual([]);
    const carved = carveFold(train.filter(isFrontal), 0.12, createRandom(1));
    expect(leakedPatients(carved.train, carved.fold)).toEqual([]);
    expect(examples.every(({ file }) => existsSync(file))).toBe(true);
  });
});
