import h5wasm, { Dataset, File, Group } from 'h5wasm/node';
import { DomainError } from '../../server/errors.js';
import { byLayer, type StoredLayer, type StoredWeights } from './stored.js';

/** Every HDF5 file begins with these bytes (HDF5 File Format Specification, III.A). */
export const hdf5Signature = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');

/**
 * Reads a weight file of Keras as it is distributed: attributes `layer_names` and `weight_names`, at the root or, in a
 * full model, in the group `model_weights`. A model within the model is taken apart into its layers.
 *
 * @throws DomainError USAGE when the file cannot be read or is laid out otherwise
 */
export async function readHdf5(path: string): Promise<StoredWeights> {
  const library = await h5wasm.ready;
  // Without it the library prints what is wrong and goes on.
  library.activate_throwing_error_handler();
  let file: File;
  try {
    file = new File(path, 'r');
  } catch (cause) {
    throw new DomainError('USAGE', `${path} cannot be read as HDF5: damaged or cut short`, { cause });
  }
  try {
    const inner = file.get('model_weights');
    const root = inner instanceof Group ? inner : file;
    if (!('layer_names' in root.attrs || 'layer_names0' in root.attrs)) {
      const keras3 = file.get('layers') instanceof Group;
      const hint = keras3 ? 'it is a Keras 3 weight file: save it as .h5 from Keras' : 'no layer_names';
      throw new DomainError('USAGE', `${path} is not laid out as Keras's HDF5 weights (${hint})`);
    }
    const layers = names(root, 'layer_names').flatMap((name) => readLayer(root, name, path));
    return { format: 'keras-hdf5', layers };
  } catch (cause) {
    if (cause instanceof DomainError) throw cause;
    throw new DomainError('USAGE', `${path} is damaged or cut short`, { cause });
  } finally {
    file.close();
  }
}

function names(group: Group, attribute: string): string[] {
  // A list that is too long for one attribute is cut into numbered ones.
  const whole = group.attrs[attribute];
  const parts = whole
    ? [whole]
    : Object.keys(group.attrs)
        .filter((name) => name.startsWith(attribute) && /^\d+$/.test(name.slice(attribute.length)))
        .sort((a, b) => Number(a.slice(attribute.length)) - Number(b.slice(attribute.length)))
        .map((name) => group.attrs[name]);
  return parts.flatMap((part) => {
    const value = part?.value;
    return Array.isArray(value) ? value.map(String) : [];
  });
}

function readLayer(root: Group, layer: string, path: string): StoredLayer[] {
  const group = root.get(layer);
  if (!(group instanceof Group)) return [];
  const tensors = names(group, 'weight_names').map((name) => {
    const set = group.get(name);
    if (!(set instanceof Dataset)) throw new DomainError('USAGE', `${path}: layer ${layer} lacks ${name}`);
    const { value } = set;
    const shape = set.shape ?? [];
    if (!ArrayBuffer.isView(value) || value instanceof DataView || typeof value[0] === 'bigint')
      throw new DomainError('USAGE', `${path}: ${name} holds no numbers`);
    return { path: name, shape, values: Float32Array.from(value as ArrayLike<number>) };
  });
  const parts = byLayer(tensors);
  if (parts.length === 0) return [];
  // One prefix: the layer's own weights, whatever the prefix. Several: a model that is nested as a layer.
  const nested = parts.length > 1;
  return nested ? parts : [{ name: layer, weights: parts[0]?.weights ?? [] }];
}
