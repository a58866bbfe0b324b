import type { SymbolicTensor } from '../tf-types.js';
import type { Builder } from './builder.js';

/** Channels, blocks, and stride of the first block of each stage. */
const stages: [filters: number, blocks: number, strides: number][] = [
  [16, 1, 1],
  [24, 2, 2],
  [32, 3, 2],
  [64, 4, 2],
  [96, 3, 1],
  [160, 3, 2],
  [320, 1, 1],
];

/** The nearest multiple of 8, never less than nine tenths of the value. */
function divisible(value: number): number {
  const near = Math.max(8, Math.floor((value + 4) / 8) * 8);
  return near < 0.9 * value ? near + 8 : near;
}

/** Rows or columns of zeros before and after, so that a stride of 2 falls as it does in the official weights. */
function padding(side: number): [number, number] {
  return side % 2 === 0 ? [0, 1] : [1, 1];
}

/** MobileNetV2 (Sandler et al. 2018, arXiv:1801.04381). */
export function mobilenetv2(b: Builder, input: SymbolicTensor, alpha: number): SymbolicTensor {
  const norm = (x: SymbolicTensor, name: string) => b.norm(x, name, { momentum: 0.999 });
  let x = b.conv(input, 'Conv1', divisible(32 * alpha), 3, { strides: 2 });
  x = b.relu6(norm(x, 'bn_Conv1'), 'Conv1_relu');
  let id = 0;
  for (const [width, blocks, firstStrides] of stages) {
    for (let i = 0; i < blocks; i++, id++) {
      const strides = i === 0 ? firstStrides : 1;
      const name = id === 0 ? 'expanded_conv' : `block_${id}`;
      const start = x;
      const channels = start.shape[3] ?? 0;
      if (id > 0) {
        x = b.conv(x, `${name}_expand`, 6 * channels, 1);
        x = b.relu6(norm(x, `${name}_expand_BN`), `${name}_expand_relu`);
      }
      if (strides === 2) {
        const [, height, columns] = x.shape;
        x = b.pad(x, `${name}_pad`, padding(height ?? 0), padding(columns ?? 0));
      }
      x = b.depthwise(x, `${name}_depthwise`, strides);
      x = b.relu6(norm(x, `${name}_depthwise_BN`), `${name}_depthwise_relu`);
      const filters = divisible(Math.floor(width * alpha));
      x = norm(b.conv(x, `${name}_project`, filters, 1), `${name}_project_BN`);
      if (channels === filters && strides === 1) x = b.add([start, x], `${name}_add`);
    }
  }
  x = b.conv(x, 'Conv_1', alpha > 1 ? divisible(1280 * alpha) : 1280, 1);
  return b.relu6(norm(x, 'Conv_1_bn'), 'out_relu');
}
