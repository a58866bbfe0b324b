// One training step of a backbone, as TensorFlow.js does it and with TensorFlow's own kernels:
//   npm run build && node dist/bench/training-step.js mobilenet 224 16
import { loadTensorFlow, type TensorFlow } from '../server/inference/tensorflow.js';
import { kerasAdam } from '../training/article/adam.js';
import { backboneName, buildBackbone } from '../training/backbones/index.js';
import type { LayersModel, Tensor, Tensor4D, Variable } from '../training/tf-types.js';

type Step = () => void;

const [name = 'mobilenet', size = '224', batchSize = '16'] = process.argv.slice(2);
const side = Number(size);
const batch = Number(batchSize);
const kernels = ['Relu', 'Relu6', 'FusedBatchNorm'];

function variablesOf(model: LayersModel): Variable[] {
  return model.trainableWeights.map((weight) => weight.read() as Variable);
}

function loss(tf: TensorFlow, model: LayersModel, x: Tensor4D) {
  return () => tf.mean(model.apply(x, { training: true }) as Tensor).asScalar();
}

/** Median wall and processor time of a step in ms; processor time is what other work on the machine changes least. */
function measure(step: Step, times = 8): { wall: number; cpu: number } {
  step();
  step();
  const all = Array.from({ length: times }, () => {
    const began = process.cpuUsage();
    const start = performance.now();
    step();
    const used = process.cpuUsage(began);
    return { wall: performance.now() - start, cpu: (used.user + used.system) / 1000 };
  });
  const median = (key: 'wall' | 'cpu') =>
    Math.round(all.map((one) => one[key]).sort((a, b) => a - b)[times >> 1] ?? 0);
  return { wall: median('wall'), cpu: median('cpu') };
}

const tf = loadTensorFlow();
const stock = kernels.map((kernel) => tf.getGradient(kernel));
const ours = buildBackbone(tf, backboneName(name), { height: side, width: side });
const x = tf.randomUniform([batch, side, side, 3], 0, 1, 'float32', 1) as Tensor4D;

const variables = variablesOf(ours);
const adam = kerasAdam(tf, variables);
const native = measure(() =>
  tf.tidy(() => {
    const { grads } = tf.variableGrads(loss(tf, ours, x), variables);
    adam.step(
      variables.flatMap((variable) => grads[variable.name] ?? []),
      1e-5,
    );
  }),
);
console.log(JSON.stringify({ backbone: name, side, batch, with: "TensorFlow's kernels", ...native }));
adam.dispose();

stock.forEach((gradient) => tf.registerGradient(gradient));
const plain = (await tf.models.modelFromJSON({
  modelTopology: ours.toJSON(null, false) as object as { class_name: string; config: never },
})) as LayersModel;
ours.dispose();
const theirs = variablesOf(plain);
const optimizer = tf.train.adam(1e-5);
const plainStep = () => {
  tf.tidy(() => {
    optimizer.minimize(loss(tf, plain, x), false, theirs);
  });
};
// Its batch normalisation cannot train without gamma, which InceptionV3 does not have.
const trainable = plain.layers.every(
  (layer) => layer.getClassName() !== 'BatchNormalization' || layer.getConfig()['scale'] === true,
);
const composed = trainable ? measure(plainStep) : { fails: 'batch normalisation without gamma' };
console.log(JSON.stringify({ backbone: name, side, batch, with: 'TensorFlow.js as it is', ...composed }));
