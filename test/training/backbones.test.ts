import { afterEach, describe, expect, it } from 'vitest';
import { backboneNames, buildBackbone, type BackboneName } from '../../training/backbones/index.js';
import type { LayersModel } from '../../training/tf-types.js';
import { dataFolder } from './generated.js';
import { engine } from './engine.js';
import { featureErrors, features, readAnswer, setByFormula } from './keras-parity.js';

const tf = engine();

/** Parameters as Keras counts them for `include_top=False`, and layers at the ends and where the families differ. */
const known: Record<BackboneName, { params: number; layers: string[] }> = {
  inceptionv3: {
    params: 21_802_784,
    layers: [
      'conv2d',
      'batch_normalization_93',
      'mixed9_1',
      'concatenate_1',
      'average_pooling2d_8',
      'mixed10',
    ],
  },
  resnet50: { params: 23_587_712, layers: ['conv1_pad', 'conv2_block1_0_conv', 'conv5_block3_out'] },
  vgg16: { params: 14_714_688, layers: ['block1_conv1', 'block5_conv3', 'block5_pool'] },
  mobilenet: { params: 3_228_864, layers: ['conv1_relu', 'conv_pad_12', 'conv_dw_13_bn', 'conv_pw_13_relu'] },
  mobilenetv2: {
    params: 2_257_984,
    layers: ['bn_Conv1', 'expanded_conv_project_BN', 'block_15_add', 'block_16_depthwise_relu', 'out_relu'],
  },
  densenet121: { params: 7_037_504, layers: ['conv1/bn', 'conv2_block1_0_bn', 'pool4_pool', 'bn', 'relu'] },
};

describe.skipIf(tf === null)('backbones', () => {
  let model: LayersModel | null = null;
  afterEach(() => {
    model?.dispose();
    model = null;
  });
  const build = (name: BackboneName, side: number, alpha = 1): LayersModel => {
    if (!tf) throw new Error('no engine');
    model = buildBackbone(tf, name, { height: side, width: side, alpha });
    return model;
  };

  it.each(backboneNames)('%s has Keras’s parameters and layer names', (name) => {
    const built = build(name, 96);
    expect(built.countParams()).toBe(known[name].params);
    const names = built.layers.map((layer) => layer.name);
    expect(names).toEqual(expect.arrayContaining(known[name].layers));
    expect(new Set(names).size).toBe(names.length);
    expect(built.outputs[0]?.shape).toEqual([
      null,
      ...(built.layers.at(-1)?.outputShape as number[]).slice(1),
    ]);
  });

  it('takes any size and width that Keras takes', () => {
    expect(build('mobilenet', 128, 0.25).countParams()).toBe(218_544);
    expect(build('mobilenetv2', 97, 1.4).outputs[0]?.shape).toEqual([null, 4, 4, 1792]);
    expect(build('inceptionv3', 256).outputs[0]?.shape).toEqual([null, 6, 6, 2048]);
    expect(() => build('inceptionv3', 74)).toThrow(/at least 75 pixels/);
    expect(() => build('vgg16', 64, 0.5)).toThrow(/no alpha/);
  });

  const data = dataFolder();
  const names: [BackboneName, string][] = [
    ['inceptionv3', 'InceptionV3'],
    ['resnet50', 'ResNet50'],
    ['vgg16', 'VGG16'],
    ['mobilenet', 'MobileNet'],
    ['mobilenetv2', 'MobileNetV2'],
    ['densenet121', 'DenseNet121'],
  ];
  it.skipIf(data === null).each(names)(
    '%s computes what Keras computes',
    async (name, file) => {
      if (!tf || data === null) return;
      const answer = await readAnswer(data, file);
      const built = build(name, answer.input[0]);
      expect(built.countParams()).toBe(answer.params);
      const weighted = built.layers.filter(({ weights }) => weights.length > 0);
      expect(weighted.map((layer) => layer.name)).toEqual(answer.layers.map(({ layer }) => layer));
      expect(weighted.map(({ weights }) => weights.map(({ shape }) => shape))).toEqual(
        answer.layers.map(({ weights }) => weights.map(({ shape }) => shape)),
      );
      setByFormula(tf, built, answer);
      const errors = featureErrors(features(tf, built, answer.input), answer);
      expect(errors.values).toBeLessThan(1e-3);
      expect(errors.norm).toBeLessThan(1e-3);
    },
    120_000,
  );
});
