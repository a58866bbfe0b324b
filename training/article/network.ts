import type { TensorFlow } from '../../server/inference/tensorflow.js';
import { DomainError } from '../../server/errors.js';
import { buildBackbone, type BackboneName } from '../backbones/index.js';
import { articleLabels } from './data.js';
import { createRandom, type Random } from '../random.js';
import type { LayersModel, SymbolicTensor, Tensor, Variable } from '../tf-types.js';

export interface ArticleNetwork {
  base: LayersModel;
  /** The whole, to probabilities: what is saved. */
  whole: LayersModel;
  /** The whole, to logits: what is trained. */
  logits: LayersModel;
  /** Seeds the dropout of what follows. */
  seedDropout(seed: number): void;
}

/**
 * The article's network: AveragePooling 4x4, Flatten, Dense 64 relu, Dropout 0.5, Dense 3 softmax on a backbone.
 *
 * @throws DomainError USAGE when the picture is too small for the pooling
 */
export function buildArticleNetwork(
  tf: TensorFlow,
  backbone: BackboneName,
  options: { size: number; alpha: number; freezeBase: boolean; seed: number },
): ArticleNetwork {
  const { size, seed } = options;
  const base = buildBackbone(tf, backbone, { height: size, width: size, alpha: options.alpha, seed });
  const input = base.inputs[0];
  const map = base.outputs[0];
  if (!input || !map) throw new Error(`${backbone} has no input or output`);
  if (Math.min(map.shape[1] ?? 0, map.shape[2] ?? 0) < 4)
    throw new DomainError('USAGE', `${backbone} on ${size} pixels leaves less than the 4x4 that are pooled`);
  const draw = { random: createRandom(seed) };
  const dense = (name: string, units: number, activation?: 'relu') =>
    tf.layers.dense({
      name,
      units,
      kernelInitializer: tf.initializers.glorotUniform({ seed: seed * 1009 + units }),
      ...(activation && { activation }),
    });
  let x = tf.layers.averagePooling2d({ name: 'head_pool', poolSize: 4, strides: 4 }).apply(map);
  x = tf.layers.flatten({ name: 'flatten' }).apply(x);
  x = dense('dense', 64, 'relu').apply(x);
  x = seededDropout(tf, 'dropout', 0.5, draw).apply(x as SymbolicTensor);
  const logits = dense('dense_1', articleLabels.length).apply(x as SymbolicTensor) as SymbolicTensor;
  const softmax = tf.layers.activation({ name: 'softmax', activation: 'softmax' });
  const probabilities = softmax.apply(logits) as SymbolicTensor;
  if (options.freezeBase) base.layers.forEach((layer) => (layer.trainable = false));
  return {
    base,
    whole: tf.model({ inputs: input, outputs: probabilities, name: `article_${backbone}` }),
    logits: tf.model({ inputs: input, outputs: logits, name: `article_${backbone}_logits` }),
    seedDropout: (value) => {
      draw.random = createRandom(value);
    },
  };
}

/** The variables behind a model's weights. */
export function variablesOf(weights: LayersModel['weights']): Variable[] {
  return weights.map((weight) => weight.read() as Variable);
}

/** Dropout by our own random numbers, so that a resumed run drops what an unbroken one would have. */
function seededDropout(tf: TensorFlow, name: string, rate: number, draw: { random: Random }) {
  class SeededDropout extends tf.layers.Layer {
    static readonly className = 'Dropout';

    override call(inputs: Tensor | Tensor[], kwargs: { training?: boolean }): Tensor {
      const x = Array.isArray(inputs) ? inputs[0] : inputs;
      if (!x) throw new Error(`${name} got no input`);
      if (kwargs.training !== true) return x;
      const kept = Float32Array.from({ length: x.size }, () =>
        draw.random.next() < rate ? 0 : 1 / (1 - rate),
      );
      return tf.tidy(() => tf.mul(x, tf.tensor(kept, x.shape)));
    }

    override getConfig() {
      return { ...super.getConfig(), rate };
    }
  }
  return new SeededDropout({ name });
}
