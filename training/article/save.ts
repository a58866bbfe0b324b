import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LayersModel, Tensor } from '../tf-types.js';

/** Writes a TensorFlow.js layers model with its weights as they are, 32 bits each. */
export async function saveLayersModel(model: LayersModel, folder: string): Promise<void> {
  const parts: Buffer[] = [];
  const weights: { name: string; shape: number[]; dtype: string }[] = [];
  for (const weight of model.weights) {
    const tensor = weight.read() as Tensor;
    const { buffer, byteOffset, byteLength } = Float32Array.from(tensor.dataSync());
    parts.push(Buffer.from(buffer, byteOffset, byteLength));
    weights.push({ name: weight.originalName, shape: tensor.shape, dtype: 'float32' });
  }
  const json = {
    format: 'layers-model',
    modelTopology: model.toJSON(null, false),
    weightsManifest: [{ paths: ['weights.bin'], weights }],
  };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'weights.bin'), Buffer.concat(parts));
  await writeFile(join(folder, 'model.json'), JSON.stringify(json));
}
