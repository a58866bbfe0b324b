import type { LayersModel, SymbolicTensor } from '../tf-types.js';
import type { TensorFlow } from '../../server/inference/tensorflow.js';
import { DomainError } from '../../server/errors.js';
import { createBuilder, type Builder } from './builder.js';
import { densenet121 } from './densenet121.js';
import { inceptionv3 } from './inceptionv3.js';
import { mobilenet } from './mobilenet.js';
import { mobilenetv2 } from './mobilenetv2.js';
import { useNativeGradients } from './native-gradients.js';
import { resnet50 } from './resnet50.js';
import { vgg16 } from './vgg16.js';

interface Backbone {
  build(b: Builder, input: SymbolicTensor, alpha: number): SymbolicTensor;
  /** Least side of the input in pixels. */
  minimum: number;
  /** Whether the width can be scaled by alpha. */
  scalable: boolean;
}

const registry = {
  inceptionv3: { build: inceptionv3, minimum: 75, scalable: false },
  resnet50: { build: resnet50, minimum: 32, scalable: false },
  vgg16: { build: vgg16, minimum: 32, scalable: false },
  mobilenet: { build: mobilenet, minimum: 32, scalable: true },
  mobilenetv2: { build: mobilenetv2, minimum: 32, scalable: true },
  densenet121: { build: densenet121, minimum: 32, scalable: false },
} satisfies Record<string, Backbone>;

export type BackboneName = keyof typeof registry;
export const backboneNames = Object.keys(registry) as BackboneName[];

/** @throws DomainError USAGE for a name that is no backbone's */
export function backboneName(text: string): BackboneName {
  const name = backboneNames.find((one) => one === text);
  if (!name) throw new DomainError('USAGE', `${text} is no backbone: ${backboneNames.join(', ')}`);
  return name;
}

/**
 * Builds a backbone without its classifier, equal to Keras's application of that name with `include_top=False`:
 * layer names, order and shapes of weights, padding, epsilon. Start values are Glorot's, drawn from the seed.
 *
 * @param options height and width in pixels; channels is 3 for the official weights; alpha scales the mobilenets' width
 * @returns model from [batch, height, width, channels] to the last feature map
 * @throws DomainError USAGE for a picture that is too small, or an alpha that the backbone does not have
 */
export function buildBackbone(
  tf: TensorFlow,
  name: BackboneName,
  options: { height: number; width: number; channels?: number; alpha?: number; seed?: number },
): LayersModel {
  const { height, width, channels = 3, alpha = 1, seed = 1 } = options;
  const { build, minimum, scalable }: Backbone = registry[name];
  if (Math.min(height, width) < minimum)
    throw new DomainError('USAGE', `${name} needs at least ${minimum} pixels a side, not ${width}x${height}`);
  if (alpha !== 1 && !scalable) throw new DomainError('USAGE', `${name} has no alpha`);
  if (alpha <= 0) throw new DomainError('USAGE', `alpha must be above 0, not ${alpha}`);
  useNativeGradients(tf);
  const input = tf.input({ shape: [height, width, channels], name: 'input_1' });
  return tf.model({ inputs: input, outputs: build(createBuilder(tf, seed), input, alpha), name });
}
