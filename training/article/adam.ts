import type { TensorFlow } from '../../server/inference/tensorflow.js';
import { nativeKernels, type Resource } from '../backbones/native.js';
import type { Tensor, Variable } from '../tf-types.js';

interface Slot {
  variable: Variable;
  m: Variable;
  v: Variable;
}

export interface Adam {
  /** Moves the variables once; gradients in the order of the variables. */
  step(gradients: Tensor[], learningRate: number): void;
  /** First, then second moments, in the order of the variables. */
  state(): Float32Array[];
  restore(moments: Float32Array[], steps: number): void;
  dispose(): void;
}

const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-7];
let serial = 0;

/**
 * Adam (Kingma and Ba 2015, arXiv:1412.6980) with Keras's defaults, whose epsilon is added before the bias is
 * corrected. TensorFlow's own kernel does it in one walk over each weight where it computes.
 */
export function kerasAdam(tf: TensorFlow, variables: Variable[]): Adam {
  return nativeKernels(tf) ? inPlace(tf, variables) : composed(tf, variables);
}

function inPlace(tf: TensorFlow, variables: Variable[]): Adam {
  const native = nativeKernels(tf);
  if (!native) throw new Error('TensorFlow does not compute here');
  let steps = 0;
  const slots = variables.map((variable) => {
    const name = `adam-${serial++}`;
    const zeros = tf.zerosLike(variable);
    const slot = {
      variable,
      value: native.resource(`${name}/value`, variable),
      m: native.resource(`${name}/m`, zeros),
      v: native.resource(`${name}/v`, zeros),
    };
    zeros.dispose();
    return slot;
  });
  const data = (resource: Resource) => {
    const tensor = resource.read();
    const values = Float32Array.from(tensor.dataSync());
    tensor.dispose();
    return values;
  };
  return {
    step: (gradients, learningRate) => {
      steps++;
      tf.tidy(() => {
        const settings = [beta1 ** steps, beta2 ** steps, learningRate, beta1, beta2, epsilon].map((value) =>
          tf.scalar(value),
        );
        slots.forEach(({ variable, value, m, v }, i) => {
          const gradient = gradients[i];
          if (!gradient) return;
          native.applyAdam(value, m, v, settings, gradient);
          variable.assign(value.read());
        });
      });
    },
    state: () => [...slots.map(({ m }) => data(m)), ...slots.map(({ v }) => data(v))],
    restore: (moments, done) => {
      steps = done;
      slots.forEach(({ variable, value, m, v }, i) => {
        tf.tidy(() => {
          value.assign(variable);
          m.assign(tf.tensor(moments[i] ?? [], variable.shape));
          v.assign(tf.tensor(moments[i + slots.length] ?? [], variable.shape));
        });
      });
    },
    dispose: () =>
      slots.forEach(({ value, m, v }) => [value, m, v].forEach((resource) => resource.destroy())),
  };
}

function composed(tf: TensorFlow, variables: Variable[]): Adam {
  let steps = 0;
  const slots = variables.map((variable): Slot => {
    const zeros = () => tf.tidy(() => tf.variable(tf.zerosLike(variable), false));
    return { variable, m: zeros(), v: zeros() };
  });
  const data = (variable: Variable) => Float32Array.from(variable.dataSync());
  return {
    step: (gradients, learningRate) => {
      steps++;
      const rate = (learningRate * Math.sqrt(1 - beta2 ** steps)) / (1 - beta1 ** steps);
      tf.tidy(() => {
        slots.forEach(({ variable, m, v }, i) => {
          const gradient = gradients[i];
          if (!gradient) return;
          m.assign(tf.add(tf.mul(m, beta1), tf.mul(gradient, 1 - beta1)));
          v.assign(tf.add(tf.mul(v, beta2), tf.mul(tf.square(gradient), 1 - beta2)));
          variable.assign(tf.sub(variable, tf.div(tf.mul(m, rate), tf.add(tf.sqrt(v), epsilon))));
        });
      });
    },
    state: () => [...slots.map(({ m }) => data(m)), ...slots.map(({ v }) => data(v))],
    restore: (moments, done) => {
      steps = done;
      slots.forEach(({ variable, m, v }, i) => {
        tf.tidy(() => {
          m.assign(tf.tensor(moments[i] ?? [], variable.shape));
          v.assign(tf.tensor(moments[i + slots.length] ?? [], variable.shape));
        });
      });
    },
    dispose: () => slots.forEach(({ m, v }) => tf.dispose([m, v])),
  };
}
