/** One tensor of a weight file. */
export interface StoredWeight {
  /** As the file calls it, without the layer: `kernel`, `gamma`, `bn_conv1_running_std`. */
  name: string;
  shape: number[];
  values: Float32Array;
}

/** The weights of one layer, in the file's order. */
export interface StoredLayer {
  name: string;
  weights: StoredWeight[];
}

/** What a weight file holds, whatever its format. */
export interface StoredWeights {
  format: 'keras-hdf5' | 'layers-model' | 'own-model';
  /** Layers in the file's order; only those that have weights. */
  layers: StoredLayer[];
}

/** Gathers tensors whose names are paths, such as `conv1/bn/gamma:0`, into layers. */
export function byLayer(tensors: { path: string; shape: number[]; values: Float32Array }[]): StoredLayer[] {
  const layers = new Map<string, StoredWeight[]>();
  for (const { path, shape, values } of tensors) {
    const clean = path.replace(/:\d+$/, '');
    const slash = clean.lastIndexOf('/');
    const layer = clean.slice(0, Math.max(0, slash));
    const list = layers.get(layer) ?? [];
    list.push({ name: clean.slice(slash + 1), shape, values });
    layers.set(layer, list);
  }
  return [...layers].map(([name, weights]) => ({ name, weights }));
}
