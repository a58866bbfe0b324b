import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Random } from '../../training/random.js';

/** Writes random MobileNetV1 weights in the layers format, the last kernel missing as in the real start weights. */
export async function writeStartWeights(
  folder: string,
  blocks: [number, number][],
  random: Random,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const groups: { paths: string[]; weights: { name: string; shape: number[] }[] }[] = [];
  const add = async (name: string, shape: number[], make: () => number) => {
    const path = `group${groups.length}`;
    const length = shape.reduce((product, size) => product * size, 1);
    await writeFile(join(folder, path), Buffer.from(Float32Array.from({ length }, make).buffer));
    groups.push({ paths: [path], weights: [{ name, shape }] });
  };
  const layer = async (name: string, kernelName: string, shape: number[], channels: number) => {
    const [h = 1, w = 1, inputs = 1] = shape;
    const deviation = Math.sqrt(2 / (h * w * (kernelName === 'kernel' ? inputs : 1)));
    if (name !== 'conv_pw_13') await add(`${name}/${kernelName}`, shape, () => deviation * random.normal());
    await add(`${name}_bn/gamma`, [channels], () => 1);
    await add(`${name}_bn/beta`, [channels], () => 0);
    await add(`${name}_bn/moving_mean`, [channels], () => 0);
    await add(`${name}_bn/moving_variance`, [channels], () => 1);
  };
  await layer('conv1', 'kernel', [3, 3, 3, 32], 32);
  let inputs = 32;
  for (const [index, [outputs]] of blocks.entries()) {
    await layer(`conv_dw_${index + 1}`, 'depthwise_kernel', [3, 3, inputs, 1], inputs);
    await layer(`conv_pw_${index + 1}`, 'kernel', [1, 1, inputs, outputs], outputs);
    inputs = outputs;
  }
  await writeFile(join(folder, 'model.json'), JSON.stringify({ weightsManifest: groups }));
}
