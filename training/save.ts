import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256, type Heads, type ModelManifest } from '../server/inference/manifest.js';
import type { LayersModel, Tensor } from './tf-types.js';

/** IEEE 754 half precision, round to nearest even; overflow saturates to the largest half. */
export function toHalf(value: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, Math.max(-65504, Math.min(65504, value)));
  const bits = view.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 112;
  const fraction = bits & 0x7fffff;
  if (exponent <= 0) {
    if (exponent < -10) return sign;
    const shift = 14 - exponent;
    const full = fraction | 0x800000;
    const half = full >>> shift;
    const rest = full & ((1 << shift) - 1);
    const middle = 1 << (shift - 1);
    return sign | (half + (rest > middle || (rest === middle && (half & 1) === 1) ? 1 : 0));
  }
  const half = (exponent << 10) | (fraction >>> 13);
  const rest = fraction & 0x1fff;
  return sign | (half + (rest > 0x1000 || (rest === 0x1000 && (half & 1) === 1) ? 1 : 0));
}

/** Writes the network as a TensorFlow.js layers model with float16 weights. */
export async function saveNetwork(model: LayersModel, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const parts: Buffer[] = [];
  const weights: object[] = [];
  for (const layer of model.layers) {
    for (const weight of layer.weights) {
      const tensor = weight.read() as Tensor;
      const values = await tensor.data();
      const bytes = Buffer.alloc(values.length * 2);
      values.forEach((value, i) => bytes.writeUInt16LE(toHalf(value), i * 2));
      parts.push(bytes);
      const quantization = { dtype: 'float16', original_dtype: 'float32' };
      weights.push({ name: weight.originalName, shape: tensor.shape, dtype: 'float32', quantization });
    }
  }
  const json = {
    format: 'layers-model',
    modelTopology: model.toJSON(null, false),
    weightsManifest: [{ paths: ['weights.bin'], weights }],
  };
  await writeFile(join(folder, 'weights.bin'), Buffer.concat(parts));
  await writeFile(join(folder, 'model.json'), JSON.stringify(json));
}

/** Writes heads and manifest; the manifest's digests cover the network and the heads. */
export async function saveManifest(
  folder: string,
  manifest: Omit<ModelManifest, 'files'>,
  heads: Heads,
): Promise<ModelManifest> {
  await writeFile(join(folder, 'heads.json'), JSON.stringify(heads));
  const files: Record<string, string> = {};
  for (const name of ['model.json', 'weights.bin', 'heads.json'])
    files[name] = sha256(await readFile(join(folder, name)));
  const complete = { ...manifest, files };
  await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(complete, null, 2)}\n`);
  return complete;
}
