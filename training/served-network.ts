import type { TensorFlow } from '../server/inference/tensorflow.js';
import { severityBlocks, type Network } from './backbone.js';
import type { LayersModel, SymbolicTensor, Tensor } from './tf-types.js';

/**
 * The network as it is served: its map gets two further channels after those of the labels, linear in the features of
 * `severityBlocks`, so that severity costs no second pass. The finer map is averaged in twos by the stride of its
 * convolution, and the parts are added, each zero in the other's channels.
 *
 * @param severity for each of `severityBlocks` two rows of weights and their biases
 */
export function withSeverity(
  tf: TensorFlow,
  { stages, whole }: Network,
  severity: { weights: number[][]; bias: number[] }[],
): LayersModel {
  const [kernel, bias] = whole.getLayer('logits_map').getWeights() as [Tensor, Tensor];
  const [, , inputs = 0, labels = 0] = kernel.shape;
  const last = stages.outputs.at(-1) as SymbolicTensor;
  const part = (name: string, x: SymbolicTensor, side: number, weights: () => [Tensor, Tensor]) => {
    const layer = tf.layers.conv2d({
      name,
      filters: labels + 2,
      kernelSize: side,
      strides: side,
      padding: 'same',
    });
    const y = layer.apply(x) as SymbolicTensor;
    tf.tidy(() => {
      layer.setWeights(weights());
    });
    return y;
  };
  const parts = [
    part('label_channels', last, 1, () => [
      tf.concat([kernel, tf.zeros([1, 1, inputs, 2])], 3),
      tf.concat([bias, tf.zeros([2])]),
    ]),
    ...severity.map((fit, index) => {
      const map = stages.outputs[index] as SymbolicTensor;
      const side = Math.round((map.shape[1] ?? 1) / (last.shape[1] ?? 1));
      const share = 1 / (side * side * severity.length);
      return part(`severity_${severityBlocks[index] ?? index}`, map, side, () => {
        const rows = [
          ...Array.from({ length: labels }, () => (fit.weights[0] ?? []).map(() => 0)),
          ...fit.weights,
        ];
        const channels = tf.transpose(tf.tensor2d(rows)).mul(share).expandDims(0).expandDims(0);
        return [
          tf.tile(channels, [side, side, 1, 1]),
          tf.tensor1d([...new Array<number>(labels).fill(0), ...fit.bias.map((b) => b / severity.length)]),
        ];
      });
    }),
  ];
  const map = tf.layers.add({ name: 'logits_map' }).apply(parts) as SymbolicTensor;
  const pool = tf.layers.globalAveragePooling2d({ name: 'features', dataFormat: 'channelsLast' });
  return tf.model({
    inputs: stages.inputs,
    outputs: [map, pool.apply(last) as SymbolicTensor],
    name: 'mobilenet_v1',
  });
}
