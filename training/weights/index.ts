import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TensorFlow } from '../../server/inference/tensorflow.js';
import { DomainError } from '../../server/errors.js';
import { createRandom } from '../random.js';
import type { LayersModel } from '../tf-types.js';
import { hdf5Signature, readHdf5 } from './hdf5.js';
import { readLayersModel } from './layers-model.js';
import { translate } from './names.js';
import { unfold, type ExpectedLayer } from './own.js';
import type { StoredLayer, StoredWeight, StoredWeights } from './stored.js';

/** What a weight file did to a model. */
export interface LoadedWeights {
  format: StoredWeights['format'];
  loaded: number;
  /** Layers that the file lacks; they keep fresh values. */
  initialised: string[];
  /** Layers of the file that the model has no place for, such as a classifier. */
  unused: string[];
}

/**
 * Reads a weight file by what it is, not by its name: Keras's HDF5, a TensorFlow.js layers model (model.json or its
 * folder), or the folder of one of our own models.
 *
 * @throws DomainError USAGE when it is none of them
 */
export async function readWeightFile(tf: TensorFlow, path: string): Promise<StoredWeights> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new DomainError('USAGE', `no weights: ${path} cannot be read`, { cause });
  });
  if (found.isDirectory()) return readWeightFile(tf, join(path, 'model.json'));
  const file = await open(path);
  const { buffer } = await file.read(Buffer.alloc(8), 0, 8, 0).finally(() => file.close());
  if (buffer.equals(hdf5Signature)) return readHdf5(path);
  if (/^\s*\{/.test(buffer.toString('latin1'))) return readLayersModel(tf, path);
  throw new DomainError('USAGE', `${path} is neither Keras HDF5 weights nor a TensorFlow.js model.json`);
}

/**
 * Fills a backbone from a weight file.
 *
 * @param options whether layers that the file lacks may keep fresh values (a missing square 1x1 kernel begins as the
 *   identity and a little noise, so that the features before it survive), and the seed of the noise
 * @throws DomainError USAGE naming each layer whose shape differs, with both shapes, or that is missing
 */
export async function loadWeights(
  tf: TensorFlow,
  model: LayersModel,
  path: string,
  options: { initialiseMissing: boolean; seed: number },
): Promise<LoadedWeights> {
  const file = await readWeightFile(tf, path);
  const expected = expectedLayers(model);
  const own = file.format === 'own-model' ? unfold(file.layers, expected) : file.layers;
  const names = translate(
    own.map(({ name }) => name),
    expected.map(({ name }) => name),
  );
  const stored = new Map(own.flatMap((layer) => named(names.get(layer.name), layer)));
  const unused = own.filter(({ name }) => !names.has(name)).map(({ name }) => name);
  const missing = expected.filter(({ name }) => !stored.has(name));
  if (missing.length === expected.length)
    throw new DomainError('USAGE', `${path} has no layer of ${model.name}: it holds ${list(unused)}`);
  const fitted = expected.flatMap((layer) => {
    const found = stored.get(layer.name);
    return found ? [{ name: layer.name, ...align(layer, found) }] : [];
  });
  const problems = fitted.flatMap(({ problem }) => (problem === null ? [] : [problem]));
  if (problems.length > 0)
    throw new DomainError('USAGE', `${path} does not fit ${model.name}: ${problems.slice(0, 5).join('; ')}`);
  if (missing.length > 0 && !options.initialiseMissing) {
    const text = `${path} lacks ${list(missing.map(({ name }) => name))} of ${model.name}`;
    throw new DomainError('USAGE', `${text}; --initialise-missing begins these afresh`);
  }
  for (const { name, weights } of fitted) set(tf, model, name, weights);
  const random = createRandom(options.seed);
  for (const { name, weights } of missing) {
    const shape = weights[0]?.shape ?? [];
    if (weights.length === 1 && shape[0] === 1 && shape[1] === 1 && shape[2] === shape[3]) {
      const side = shape[2] ?? 0;
      const value = (_: unknown, i: number) => 0.01 * random.normal() + (i % (side + 1) === 0 ? 1 : 0);
      const values = Float32Array.from({ length: side * side }, value);
      set(tf, model, name, [{ name: 'kernel', shape, values }]);
    }
  }
  return {
    format: file.format,
    loaded: fitted.length,
    initialised: missing.map(({ name }) => name),
    unused,
  };
}

function named(name: string | undefined, layer: StoredLayer): [string, StoredLayer][] {
  return name === undefined ? [] : [[name, layer]];
}

function expectedLayers(model: LayersModel): ExpectedLayer[] {
  return model.layers
    .filter(({ weights }) => weights.length > 0)
    .map((layer) => {
      const { epsilon } = layer.getConfig();
      return {
        name: layer.name,
        weights: layer.weights.map(({ originalName, shape }) => ({
          name: originalName.slice(originalName.lastIndexOf('/') + 1),
          shape: shape as number[],
        })),
        epsilon: typeof epsilon === 'number' ? epsilon : null,
      };
    });
}

/** A layer's weights in the model's order: by kind where the file tells it, else by place, as Keras does. */
function align(
  expected: ExpectedLayer,
  found: StoredLayer,
): { weights: StoredWeight[]; problem: string | null } {
  const byKind = expected.weights.map(({ name }) => found.weights.find((weight) => weight.name === name));
  const complete = byKind.filter((weight) => weight !== undefined);
  const sameKinds = complete.length === expected.weights.length;
  const weights = sameKinds ? complete : found.weights;
  const shapes = (all: { shape: number[] }[]) => all.map(({ shape }) => `[${shape.join(', ')}]`).join(' ');
  const fits =
    found.weights.length === expected.weights.length &&
    expected.weights.every(({ shape }, i) => String(shape) === String(weights[i]?.shape));
  const problem = `layer ${expected.name}: expected ${shapes(expected.weights)}, found ${shapes(weights)}`;
  const other = found.name === expected.name ? '' : ` (in the file ${found.name})`;
  return { weights, problem: fits ? null : `${problem}${other}` };
}

function set(tf: TensorFlow, model: LayersModel, name: string, weights: StoredWeight[]): void {
  tf.tidy(() => {
    model.getLayer(name).setWeights(weights.map(({ values, shape }) => tf.tensor(values, shape)));
  });
}

function list(names: string[]): string {
  const shown = names.slice(0, 8).join(', ');
  return names.length > 8 ? `${shown} and ${names.length - 8} more` : shown || 'nothing';
}
