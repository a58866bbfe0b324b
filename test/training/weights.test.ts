import h5wasm, { File, type Group } from 'h5wasm/node';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { defaultModelFolder } from '../../server/inference/models.js';
import { saveLayersModel } from '../../training/article/save.js';
import { buildBackbone, type BackboneName } from '../../training/backbones/index.js';
import type { LayersModel, Tensor, Tensor4D } from '../../training/tf-types.js';
import { loadWeights, readWeightFile } from '../../training/weights/index.js';
import { translate } from '../../training/weights/names.js';
import { engine } from './engine.js';
import { dataFolder, temporaryFolder } from './generated.js';
import { featureErrors, features, readAnswer } from './keras-parity.js';

const tf = engine();
const strict = { initialiseMissing: false, seed: 1 };

type Layers = { name: string; weights: { name: string; shape: number[]; values: Float32Array }[] }[];

/** The group at a path, made where it is not there. */
function within(root: Group, path: string[]): Group {
  return path.reduce<Group>((parent, part) => {
    const known = parent.get(part) as Group | null;
    if (known) return known;
    parent.create_group(part);
    return parent.get(part) as Group;
  }, root);
}

/** Writes layers as Keras does: a group each, with the order in attributes. */
function writeLayers(root: File | Group, layers: Layers): void {
  root.create_attribute(
    'layer_names',
    layers.map(({ name }) => name),
  );
  for (const { name, weights } of layers) {
    const group = within(root, name.split('/'));
    group.create_attribute(
      'weight_names',
      weights.map((weight) => weight.name),
    );
    for (const { name: path, values, shape } of weights) {
      const parts = path.split('/');
      const folder = within(group, parts.slice(0, -1));
      folder.create_dataset({ name: parts.at(-1) ?? '', data: values, shape });
    }
  }
}

describe.skipIf(tf === null)('start weights', () => {
  let folder: string;
  const models: LayersModel[] = [];
  beforeAll(async () => {
    await h5wasm.ready;
    folder = await temporaryFolder();
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  afterEach(() => models.splice(0).forEach((model) => model.dispose()));

  const need = () => {
    if (!tf) throw new Error('no engine');
    return tf;
  };
  const build = (name: BackboneName, seed: number, channels = 3) => {
    const small = name === 'mobilenet' || name === 'mobilenetv2' ? { alpha: 0.25 } : {};
    const side = name === 'inceptionv3' ? 75 : 32;
    const model = buildBackbone(need(), name, { height: side, width: side, channels, seed, ...small });
    models.push(model);
    return model;
  };
  const values = (model: LayersModel) =>
    new Map(
      model.layers.map((layer) => [
        layer.name,
        layer.getWeights().map((tensor) => Array.from(tensor.dataSync()).slice(0, 50)),
      ]),
    );
  /** A model's weights as a file would hold them, under other names. */
  const layersOf = (
    model: LayersModel,
    rename = (layer: string) => layer,
    weightName = (layer: string, kind: string) => `${layer}/${kind}:0`,
  ): Layers =>
    model.layers
      .filter(({ weights }) => weights.length > 0)
      .map((layer) => ({
        name: rename(layer.name),
        weights: layer.weights.map((weight) => {
          const kind = weight.originalName.slice(weight.originalName.lastIndexOf('/') + 1);
          const tensor = weight.read() as Tensor;
          return {
            name: weightName(rename(layer.name), kind),
            shape: tensor.shape,
            values: Float32Array.from(tensor.dataSync()),
          };
        }),
      }));
  const h5 = (name: string, write: (file: File) => void) => {
    const path = join(folder, name);
    const file = new File(path, 'w');
    write(file);
    file.close();
    return path;
  };
  const top: Layers[number] = {
    name: 'predictions',
    weights: [
      { name: 'predictions/kernel:0', shape: [4, 2], values: new Float32Array(8) },
      { name: 'predictions/bias:0', shape: [2], values: new Float32Array(2) },
    ],
  };

  it('reads a full model, whose weights lie in a group and end in a classifier', async () => {
    const source = build('densenet121', 7);
    const path = h5('full.h5', (file) =>
      writeLayers(file.create_group('model_weights'), [...layersOf(source), top]),
    );
    const target = build('densenet121', 8);
    expect(values(target)).not.toEqual(values(source));
    const result = await loadWeights(need(), target, path, strict);
    expect(result).toMatchObject({ format: 'keras-hdf5', initialised: [], unused: ['predictions'] });
    expect(values(target)).toEqual(values(source));
  }, 120_000);

  it('reads a model that is a layer of another', async () => {
    const source = build('mobilenetv2', 7);
    const inner = { name: 'mobilenetv2_0.25', weights: layersOf(source).flatMap(({ weights }) => weights) };
    const path = h5('nested.h5', (file) => writeLayers(file, [inner, top]));
    const target = build('mobilenetv2', 8);
    await loadWeights(need(), target, path, strict);
    expect(values(target)).toEqual(values(source));
  });

  it('knows ResNet50’s old names, of layers and of weights', async () => {
    const source = build('resnet50', 7);
    const old = (name: string) => {
      if (name === 'conv1_conv') return 'conv1';
      if (name === 'conv1_bn') return 'bn_conv1';
      const [, stage, block, position, kind] = /^conv(\d)_block(\d)_(\d)_(conv|bn)$/.exec(name) ?? [];
      const branch = ['1', '2a', '2b', '2c'][Number(position)];
      return `${kind === 'bn' ? 'bn' : 'res'}${stage}${' abcdef'.charAt(Number(block))}_branch${branch}`;
    };
    const path = h5('old-resnet.h5', (file) =>
      writeLayers(
        file,
        layersOf(source, old, (layer, kind) => `${layer}_${kind === 'kernel' ? 'W' : kind}:0`),
      ),
    );
    const target = build('resnet50', 8);
    await loadWeights(need(), target, path, strict);
    expect(values(target)).toEqual(values(source));
  }, 120_000);

  it('matches automatic names by their order, wherever the count began', async () => {
    const source = build('inceptionv3', 7);
    const shift = (name: string) => {
      const [, kind, n] = /^(.*?)(?:_(\d+))?$/.exec(name) ?? [];
      return `${kind}_${Number(n ?? 0) + 95}`;
    };
    const shuffled = layersOf(source, shift).reverse();
    const path = h5('shifted.h5', (file) => writeLayers(file, shuffled));
    const target = build('inceptionv3', 8);
    await loadWeights(need(), target, path, strict);
    expect(values(target)).toEqual(values(source));
    const old = translate(['convolution2d_1', 'convolution2d_2'], ['conv2d', 'conv2d_1']);
    expect(old.get('convolution2d_2')).toBe('conv2d_1');
    // One is missing: today's names stand for themselves.
    const some = translate(['conv2d', 'conv2d_2'], ['conv2d', 'conv2d_1', 'conv2d_2']);
    expect(some.get('conv2d_2')).toBe('conv2d_2');
  }, 120_000);

  it('names the layer that does not fit, with both shapes', async () => {
    const wide = buildBackbone(need(), 'mobilenet', { height: 32, width: 32, alpha: 0.5 });
    models.push(wide);
    const path = h5('wide.h5', (file) => writeLayers(file, layersOf(wide)));
    await expect(loadWeights(need(), build('mobilenet', 8), path, strict)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('layer conv1: expected [3, 3, 3, 8], found [3, 3, 3, 16]') as string,
    });
  });

  it('lists missing layers, and begins them afresh on request: a square 1x1 kernel near the identity', async () => {
    const source = build('mobilenet', 7);
    const kept = layersOf(source).filter(({ name }) => name !== 'conv_pw_13' && name !== 'conv1');
    const path = h5('missing.h5', (file) => writeLayers(file, kept));
    const target = build('mobilenet', 8);
    const before = values(target).get('conv1');
    await expect(loadWeights(need(), target, path, strict)).rejects.toThrow(
      /lacks conv1, conv_pw_13 of mobilenet/,
    );
    const result = await loadWeights(need(), target, path, { initialiseMissing: true, seed: 1 });
    expect(result.initialised).toEqual(['conv1', 'conv_pw_13']);
    expect(values(target).get('conv1')).toEqual(before);
    const [kernel = []] = values(target).get('conv_pw_13') ?? [];
    expect(kernel[0]).toBeGreaterThan(0.9);
    expect(Math.abs(kernel[1] ?? 1)).toBeLessThan(0.1);
    expect(values(target).get('conv_dw_5')).toEqual(values(source).get('conv_dw_5'));
  });

  it('reads a TensorFlow.js layers model by file or folder; what its files lack is missing', async () => {
    const source = build('mobilenet', 7);
    const place = join(folder, 'layers');
    await saveLayersModel(source, place);
    for (const path of [place, join(place, 'model.json')]) {
      const target = build('mobilenet', 8);
      expect(await loadWeights(need(), target, path, strict)).toMatchObject({
        format: 'layers-model',
        unused: [],
      });
      expect(values(target)).toEqual(values(source));
    }
    await writeFile(
      join(place, 'weights.bin'),
      (await readFile(join(place, 'weights.bin'))).subarray(0, 1000),
    );
    await expect(readWeightFile(need(), place)).rejects.toMatchObject({ code: 'USAGE' });
    await rm(join(place, 'weights.bin'));
    await expect(loadWeights(need(), build('mobilenet', 9), place, strict)).rejects.toThrow(
      /has no layer of mobilenet/,
    );
  });

  it('refuses what is no weight file, saying what it is', async () => {
    const text = join(folder, 'notes.txt');
    await writeFile(text, 'nothing of the kind');
    await expect(readWeightFile(need(), text)).rejects.toThrow(/neither Keras HDF5 weights nor/);
    await expect(readWeightFile(need(), join(folder, 'none'))).rejects.toMatchObject({ code: 'USAGE' });
    const graph = join(folder, 'graph');
    await mkdir(graph);
    await writeFile(join(graph, 'model.json'), '{"format":"graph-model","weightsManifest":[]}');
    await expect(readWeightFile(need(), graph)).rejects.toThrow(/graph model/);
    const torn = join(folder, 'torn.h5');
    await writeFile(
      torn,
      (await readFile(h5('whole.h5', (file) => writeLayers(file, [top])))).subarray(0, 300),
    );
    await expect(readWeightFile(need(), torn)).rejects.toMatchObject({ code: 'USAGE' });
    const keras3 = h5('keras3.h5', (file) => file.create_group('layers'));
    await expect(readWeightFile(need(), keras3)).rejects.toThrow(/Keras 3/);
  });

  it('takes a model of our own apart: it computes the same from a grey picture', async () => {
    const own = await defaultModelFolder('cxr-triage');
    const backbone = buildBackbone(need(), 'mobilenet', { height: 64, width: 64 });
    models.push(backbone);
    const heads = ['label_channels', 'severity_6', 'severity_8', 'severity_12'];
    const result = await loadWeights(need(), backbone, own, strict);
    expect(result).toMatchObject({ format: 'own-model', unused: heads });
    const file = await readWeightFile(need(), own);
    const error = need().tidy(() => {
      const grey = need().randomUniform([1, 64, 64, 1], -1, 1, 'float32', 3) as Tensor4D;
      let x = grey;
      for (const { name, weights } of file.layers.filter((layer) => !heads.includes(layer.name))) {
        const [kernel, bias] = weights.map(({ values: v, shape }) => need().tensor(v, shape));
        const strides = /^(conv1|conv_dw_(2|4|6|12))$/.test(name) ? 2 : 1;
        const y = name.startsWith('conv_dw')
          ? need().depthwiseConv2d(x, kernel as Tensor4D, strides, 'same')
          : need().conv2d(x, kernel as Tensor4D, strides, 'same');
        x = need().relu6(need().add(y, bias as Tensor)) as Tensor4D;
      }
      const y = backbone.predict(need().tile(grey, [1, 1, 1, 3])) as Tensor;
      const scale = need().max(x).dataSync()[0] ?? 1;
      return (
        (need()
          .max(need().abs(need().sub(x, y)))
          .dataSync()[0] ?? Infinity) / scale
      );
    });
    expect(error).toBeLessThan(1e-3);
  });

  const data = dataFolder();
  it.skipIf(data === null)('reads a file as Keras distributes it', async () => {
    const model = buildBackbone(need(), 'mobilenet', { height: 128, width: 128, alpha: 0.25 });
    models.push(model);
    const parity = join(data ?? '', 'keras-parity');
    const path = join(parity, 'mobilenet_2_5_128_tf_no_top.h5');
    const result = await loadWeights(need(), model, path, strict);
    expect(result).toMatchObject({ format: 'keras-hdf5', initialised: [], unused: [] });
    const answer = await readAnswer(data ?? '', 'mobilenet_2_5_128_h5');
    expect(model.countParams()).toBe(answer.params);
    const errors = featureErrors(features(need(), model, answer.input), answer);
    expect(errors.values).toBeLessThan(1e-3);
  });
});
