import type * as Core from '@tensorflow/tfjs-core';
import type * as Layers from '@tensorflow/tfjs-layers';

export type FusedOperations = Pick<typeof Core, 'fused' | 'mean' | 'addN'>;

type Step = (values: Map<number, Core.Tensor4D | Core.Tensor2D>) => void;
const activations = ['linear', 'relu', 'relu6'] as const;

function same(value: unknown, wanted: number): boolean {
  return (Array.isArray(value) ? value : [value]).every((side) => side === wanted);
}

/**
 * Turns a layers model into one fused call per convolution. Layers run bias and relu6 as passes of their own over
 * every feature map: about a third of a MobileNet's time on wasm, a seventh or more on TensorFlow's CPU kernels.
 *
 * @returns null for a network with anything else in it than convolutions, sums, dropout and a pooling to features
 */
export function fuse(
  tf: FusedOperations,
  model: Layers.LayersModel,
): ((x: Core.Tensor4D) => Core.Tensor[]) | null {
  const steps: Step[] = [];
  for (const layer of model.layers) {
    const step = layer.getClassName() === 'InputLayer' ? () => undefined : stepOf(tf, layer);
    if (step === null) return null;
    steps.push(step);
  }
  const [input] = model.inputs;
  if (input === undefined || model.inputs.length !== 1) return null;
  return (x) => {
    const values = new Map<number, Core.Tensor4D | Core.Tensor2D>([[input.id, x]]);
    for (const step of steps) step(values);
    return model.outputs.flatMap(({ id }) => values.get(id) ?? []);
  };
}

function stepOf(tf: FusedOperations, layer: Layers.layers.Layer): Step | null {
  const kind = layer.getClassName();
  const config = layer.getConfig();
  // A layer used twice has no single input, and is none that we build.
  if (layer.inboundNodes.length !== 1 || Array.isArray(layer.output)) return null;
  if (kind === 'Add' && Array.isArray(layer.input)) {
    const terms = layer.input.map(({ id }) => id);
    const sum = layer.output.id;
    return (values) => {
      values.set(sum, tf.addN(terms.flatMap((id) => (values.get(id) as Core.Tensor4D | undefined) ?? [])));
    };
  }
  if (Array.isArray(layer.input)) return null;
  const from = layer.input.id;
  const to = layer.output.id;
  const map = (compute: (x: Core.Tensor4D) => Core.Tensor4D | Core.Tensor2D): Step => {
    return (values) => {
      values.set(to, compute(values.get(from) as Core.Tensor4D));
    };
  };
  if (kind === 'Dropout') return map((x) => x);
  if (config['dataFormat'] !== 'channelsLast') return null;
  if (kind === 'GlobalAveragePooling2D') return map((x) => tf.mean<Core.Tensor2D>(x, [1, 2]));
  if (kind !== 'Conv2D' && kind !== 'DepthwiseConv2D') return null;

  const activation = activations.find((name) => name === config['activation']);
  const pad = (['same', 'valid'] as const).find((name) => name === config['padding']);
  const [filter, bias] = layer.getWeights() as [Core.Tensor4D, Core.Tensor1D?];
  const strides = config['strides'] as [number, number];
  if (activation === undefined || pad === undefined || bias === undefined) return null;
  if (!same(config['dilationRate'] ?? 1, 1)) return null;
  const convolve = kind === 'Conv2D' ? tf.fused.conv2d : tf.fused.depthwiseConv2d;
  return map((x) => convolve({ x, filter, strides, pad, bias, activation }));
}
