import type * as Core from '@tensorflow/tfjs-core';
import type * as Layers from '@tensorflow/tfjs-layers';
import { DomainError } from '../../errors.js';
import { folderHandler } from '../model-files.js';
import { readAnyModel } from '../models.js';
import { fuse } from './fused.js';
import type { Engine, EngineInfo, EngineOutput } from '../types.js';

/** One copy of TensorFlow.js: what both engines need of it. */
export type TensorFlowLike = Pick<typeof Core, 'tensor4d' | 'tidy' | 'memory' | 'fused' | 'mean' | 'addN'> &
  Pick<typeof Layers, 'loadLayersModel'>;

/**
 * Layers that the WebAssembly backend computes wrongly, without a word: `same` padding with a stride beyond the
 * kernel (tfjs issues 5907 and 8405; of no use to a classifier, since it skips pixels).
 */
function wrongInWasm(model: Layers.LayersModel): string[] {
  const sides = (value: unknown): number[] => (Array.isArray(value) ? value.map(Number) : [Number(value)]);
  return model.layers.flatMap((layer) => {
    const { padding, strides, kernelSize } = layer.getConfig();
    if (padding !== 'same' || strides === undefined || kernelSize === undefined) return [];
    return Math.max(...sides(strides)) > Math.min(...sides(kernelSize)) ? [layer.name] : [];
  });
}

/** Runs a layers model with the outputs `logits_map` and `features` on whichever backend `tf` has. */
export function createLayersEngine(tf: TensorFlowLike, info: EngineInfo): Engine {
  let model: Layers.LayersModel | null = null;
  let run: ((x: Core.Tensor4D) => Core.Tensor[]) | null = null;
  let shape: [number, number, number] = [0, 0, 0];

  const infer = async (batch: Float32Array[]): Promise<EngineOutput[]> => {
    const network = run;
    if (network === null) throw new DomainError('INFERENCE_FAILED', 'no model is loaded');
    const [height, width, channels] = shape;
    const size = height * width * channels;
    const values = new Float32Array(batch.length * size);
    batch.forEach((input, index) => {
      if (input.length !== size)
        throw new DomainError('INFERENCE_FAILED', `input of ${input.length}, not ${size} values`);
      values.set(input, index * size);
    });
    const [map, features] = tf.tidy(() =>
      network(tf.tensor4d(values, [batch.length, height, width, channels])),
    );
    if (!map || !features)
      throw new DomainError('MODEL_INVALID', 'the network has not the two outputs it should have');
    try {
      const [maps, vectors] = (await Promise.all([map.data(), features.data()])) as [
        Float32Array,
        Float32Array,
      ];
      const [, mapHeight = 0, mapWidth = 0, labels = 0] = map.shape;
      const mapSize = mapHeight * mapWidth * labels;
      const length = features.shape[1] ?? 0;
      return batch.map((_, index) => ({
        logitsMap: maps.slice(index * mapSize, (index + 1) * mapSize),
        mapHeight,
        mapWidth,
        features: vectors.slice(index * length, (index + 1) * length),
      }));
    } finally {
      map.dispose();
      features.dispose();
    }
  };

  return {
    infer,
    load: async (folder) => {
      const { manifest } = await readAnyModel(folder);
      shape = [manifest.input.height, manifest.input.width, manifest.input.channels];
      model?.dispose();
      model = await tf.loadLayersModel(folderHandler(folder)).catch((cause: unknown) => {
        throw new DomainError('MODEL_INVALID', `the network in ${folder} cannot be loaded`, { cause });
      });
      const wrong = info.name === 'wasm' ? wrongInWasm(model) : [];
      if (wrong.length > 0) {
        model.dispose();
        model = null;
        run = null;
        const reason = `the wasm engine computes these layers wrongly: ${wrong.join(', ')}`;
        throw new DomainError('MODEL_INVALID', `${reason}. Use the TensorFlow engine.`);
      }
      const network = model;
      run = fuse(tf, network) ?? ((x) => network.predict(x) as Core.Tensor[]);
    },
    warmUp: async (batchSizes) => {
      const blank = new Float32Array(shape[0] * shape[1] * shape[2]);
      for (const size of batchSizes) await infer(new Array<Float32Array>(size).fill(blank));
    },
    describe: () => info,
    tensorCount: () => tf.memory().numTensors,
    dispose: () => {
      model?.dispose();
      model = null;
      run = null;
    },
  };
}
