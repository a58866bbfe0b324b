import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CtManifest } from '../../server/inference/slices/manifest.js';
import { sha256, type Heads, type ModelManifest } from '../../server/inference/manifest.js';

const size = 64;
const channels = 16;
const xrayLabels = ['COVID', 'NORMAL', 'PNEUMONIA'];

/** mulberry32: the same numbers on every machine, so that every run tests the same model. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296 - 0.5;
  };
}

function layer(className: string, name: string, from: string, config: object) {
  return { class_name: className, name, config: { name, ...config }, inbound_nodes: [[[from, 0, 0, {}]]] };
}

function topology(outputs: number): object {
  const convolution = { padding: 'same', use_bias: true, data_format: 'channels_last', activation: 'relu6' };
  return {
    class_name: 'Model',
    keras_version: 'tfjs-layers 4.22.0',
    config: {
      name: 'tiny',
      layers: [
        {
          class_name: 'InputLayer',
          name: 'picture',
          config: {
            batch_input_shape: [null, size, size, 1],
            dtype: 'float32',
            sparse: false,
            name: 'picture',
          },
          inbound_nodes: [],
        },
        layer('Conv2D', 'conv1', 'picture', {
          ...convolution,
          filters: channels,
          kernel_size: [3, 3],
          strides: [2, 2],
        }),
        layer('DepthwiseConv2D', 'conv_dw_1', 'conv1', {
          ...convolution,
          kernel_size: [3, 3],
          strides: [2, 2],
          depth_multiplier: 1,
        }),
        layer('Conv2D', 'logits_map', 'conv_dw_1', {
          ...convolution,
          activation: 'linear',
          filters: outputs,
          kernel_size: [1, 1],
          strides: [1, 1],
        }),
        layer('GlobalAveragePooling2D', 'features', 'conv_dw_1', { data_format: 'channels_last' }),
      ],
      input_layers: [['picture', 0, 0]],
      output_layers: [
        ['logits_map', 0, 0],
        ['features', 0, 0],
      ],
    },
  };
}

/** Heads that refuse nothing, so that a test sees findings for whatever picture has content. */
function heads(random: () => number, labels: readonly string[]): Heads {
  const rows = (count: number) =>
    Array.from({ length: count }, () => Array.from({ length: channels }, () => random()));
  const zeros = (count: number) => new Array<number>(count).fill(0);
  return {
    mean: zeros(channels),
    deviation: new Array<number>(channels).fill(1),
    suitability: {
      labels: ['FRONTAL', 'LATERAL', 'NOT_CHEST'],
      weights: Array.from({ length: 3 }, () => zeros(channels)),
      bias: [9, 0, 0],
    },
    distance: { components: rows(2), variance: [1, 1] },
    intervals: labels.map(() => ({ at: [0, 1], low: [0, 0.8], high: [0.2, 1] })),
    severity: { bias: new Array<number>(6).fill(1), halfWidth: 2 },
  };
}

/** The network's files with seeded random weights; of an X-ray model two channels are for severity. */
function networkFiles(outputs: number, random: () => number): Record<string, Buffer> {
  const shapes: [string, number[]][] = [
    ['conv1/kernel', [3, 3, 1, channels]],
    ['conv1/bias', [channels]],
    ['conv_dw_1/depthwise_kernel', [3, 3, channels, 1]],
    ['conv_dw_1/bias', [channels]],
    ['logits_map/kernel', [1, 1, channels, outputs]],
    ['logits_map/bias', [outputs]],
  ];
  const values = shapes.map(([, shape]) =>
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random()),
  );
  return {
    'model.json': Buffer.from(
      JSON.stringify({
        format: 'layers-model',
        modelTopology: topology(outputs),
        weightsManifest: [
          {
            paths: ['weights.bin'],
            weights: shapes.map(([name, shape]) => ({ name, shape, dtype: 'float32' })),
          },
        ],
      }),
    ),
    'weights.bin': Buffer.concat(values.map((part) => Buffer.from(part.buffer))),
  };
}

async function writeFolder(folder: string, files: Record<string, Buffer>, manifest: object): Promise<string> {
  const digests = Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, sha256(bytes)]));
  await mkdir(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  await writeFile(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, files: digests }));
  return folder;
}

const common = {
  format: 1,
  version: '0.0.1',
  temperature: 1,
  trainingData: 'none: seeded random weights for tests',
  licence: 'Apache-2.0',
  createdAt: '2026-01-01T00:00:00.000Z',
} as const;

/**
 * Writes a model folder with seeded random weights: 64x64 input, the real files and digests, no medical meaning.
 * It accepts every picture with content.
 *
 * @returns the folder
 */
export async function writeTinyModel(folder: string): Promise<string> {
  const random = seeded(20);
  const network = networkFiles(xrayLabels.length + 2, random);
  const files = { ...network, 'heads.json': Buffer.from(JSON.stringify(heads(random, xrayLabels))) };
  const manifest: Omit<ModelManifest, 'files'> = {
    ...common,
    id: 'tiny',
    task: 'cxr-triage',
    labels: xrayLabels,
    input: {
      width: size,
      height: size,
      channels: 1,
      range: [-1, 1],
      percentiles: [0.01, 0.01],
      maxAspect: 1.5,
    },
    thresholds: { unsuitability: 0.9, distance: 1e6, likeness: null, severity: [4, 8] },
  };
  return writeFolder(folder, files, manifest);
}

/**
 * Writes the folder of a CT model with seeded random weights, like `writeTinyModel`.
 *
 * @returns the folder
 */
export async function writeTinyCtModel(folder: string): Promise<string> {
  const manifest: Omit<CtManifest, 'files'> = {
    ...common,
    id: 'tiny-ct',
    task: 'ct-triage',
    labels: ['COVID', 'NON_COVID'],
    input: {
      width: size,
      height: size,
      channels: 1,
      range: [-1, 1],
      percentiles: [0.01, 0.01],
      window: { centre: -600, width: 1500 },
      margin: 0.06,
    },
    series: { strongest: 3, slope: 1, intercept: 0, halfWidth: 1, involvedFrom: 10, clearBelow: 1 },
    thresholds: { covid: 0.5, screening: 0.2 },
  };
  return writeFolder(folder, networkFiles(manifest.labels.length, seeded(21)), manifest);
}
