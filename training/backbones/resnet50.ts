import type { SymbolicTensor } from '../tf-types.js';
import type { Builder } from './builder.js';

const bias = { useBias: true, padding: 'valid' } as const;
const epsilon = 1.001e-5;

/** ResNet50 (He et al. 2016, arXiv:1512.03385), in Keras's variant: biased convolutions, stride in the first of a block. */
export function resnet50(b: Builder, input: SymbolicTensor): SymbolicTensor {
  const stages: [filters: number, blocks: number][] = [
    [64, 3],
    [128, 4],
    [256, 6],
    [512, 3],
  ];
  let x = b.pad(input, 'conv1_pad', [3, 3]);
  x = b.conv(x, 'conv1_conv', 64, 7, { ...bias, strides: 2 });
  x = b.relu(b.norm(x, 'conv1_bn', { epsilon }), 'conv1_relu');
  x = b.maxPool(b.pad(x, 'pool1_pad', [1, 1]), 'pool1_pool', 3, 2);
  stages.forEach(([filters, blocks], stage) => {
    for (let i = 1; i <= blocks; i++) {
      const strides = stage > 0 && i === 1 ? 2 : 1;
      x = bottleneck(b, x, `conv${stage + 2}_block${i}`, filters, strides, i === 1);
    }
  });
  return x;
}

function bottleneck(
  b: Builder,
  start: SymbolicTensor,
  name: string,
  filters: number,
  strides: number,
  project: boolean,
): SymbolicTensor {
  const norm = (x: SymbolicTensor, n: number) => b.norm(x, `${name}_${n}_bn`, { epsilon });
  const shortcut = project
    ? norm(b.conv(start, `${name}_0_conv`, 4 * filters, 1, { ...bias, strides }), 0)
    : start;
  let x = norm(b.conv(start, `${name}_1_conv`, filters, 1, { ...bias, strides }), 1);
  x = b.conv(b.relu(x, `${name}_1_relu`), `${name}_2_conv`, filters, 3, { useBias: true });
  x = b.relu(norm(x, 2), `${name}_2_relu`);
  x = norm(b.conv(x, `${name}_3_conv`, 4 * filters, 1, bias), 3);
  return b.relu(b.add([shortcut, x], `${name}_add`), `${name}_out`);
}
