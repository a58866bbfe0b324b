import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type * as Core from '@tensorflow/tfjs-core';
import type { TensorFlow } from '../../server/inference/tensorflow.js';
import { DomainError } from '../../server/errors.js';
import { byLayer, type StoredWeights } from './stored.js';

interface Group {
  paths: string[];
  weights: Core.io.WeightsManifestEntry[];
}

/**
 * Reads the weights of a TensorFlow.js layers model, quantised or not, without building it. A group whose file is
 * missing is left out: its weights count as missing, and are named when they are needed. A manifest.json beside the
 * model tells that it is one of our own.
 *
 * @param path model.json
 * @throws DomainError USAGE when it is no layers model or a file is too short
 */
export async function readLayersModel(tf: TensorFlow, path: string): Promise<StoredWeights> {
  const folder = dirname(path);
  const groups = await readGroups(path);
  const tensors: { path: string; shape: number[]; values: Float32Array }[] = [];
  for (const { paths, weights } of groups) {
    const parts = await Promise.all(paths.map((name) => readFile(join(folder, name)).catch(() => null)));
    const present = parts.filter((part) => part !== null);
    if (present.length < parts.length) continue;
    const bytes = Buffer.concat(present);
    const decoded = decode(tf, bytes, weights, `${path}: ${paths.join(', ')}`);
    for (const [name, tensor] of Object.entries(decoded)) {
      tensors.push({ path: name, shape: tensor.shape, values: Float32Array.from(tensor.dataSync()) });
      tensor.dispose();
    }
  }
  const own = await stat(join(folder, 'manifest.json')).then(
    () => true,
    () => false,
  );
  return { format: own ? 'own-model' : 'layers-model', layers: byLayer(tensors) };
}

async function readGroups(path: string): Promise<Group[]> {
  let json: { format?: string; weightsManifest?: Group[] };
  try {
    json = JSON.parse(await readFile(path, 'utf8')) as typeof json;
  } catch (cause) {
    throw new DomainError('USAGE', `${path} cannot be read as JSON`, { cause });
  }
  if (json.format === 'graph-model')
    throw new DomainError('USAGE', `${path} is a graph model, whose layers are not told apart`);
  if (!Array.isArray(json.weightsManifest))
    throw new DomainError('USAGE', `${path} is no TensorFlow.js layers model: no weightsManifest`);
  return json.weightsManifest;
}

function decode(
  tf: TensorFlow,
  bytes: Buffer,
  weights: Core.io.WeightsManifestEntry[],
  what: string,
): Record<string, Core.Tensor> {
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  try {
    return tf.io.decodeWeights(buffer, weights);
  } catch (cause) {
    throw new DomainError('USAGE', `${what} does not hold what the manifest says`, { cause });
  }
}
