import type { SymbolicTensor } from '../tf-types.js';
import type { Builder } from './builder.js';

const growth = 32;
const epsilon = 1.001e-5;

/** DenseNet121 (Huang et al. 2017, arXiv:1608.06993). */
export function densenet121(b: Builder, input: SymbolicTensor): SymbolicTensor {
  const unit = (x: SymbolicTensor, name: string) =>
    b.relu(b.norm(x, `${name}bn`, { epsilon }), `${name}relu`);
  let x = b.pad(input, 'zero_padding2d', [3, 3]);
  x = unit(b.conv(x, 'conv1/conv', 64, 7, { strides: 2, padding: 'valid' }), 'conv1/');
  x = b.maxPool(b.pad(x, 'zero_padding2d_1', [1, 1]), 'pool1', 3, 2);
  for (const [index, blocks] of [6, 12, 24, 16].entries()) {
    const stage = index + 2;
    for (let i = 1; i <= blocks; i++) {
      const name = `conv${stage}_block${i}`;
      const narrow = b.conv(unit(x, `${name}_0_`), `${name}_1_conv`, 4 * growth, 1);
      const added = b.conv(unit(narrow, `${name}_1_`), `${name}_2_conv`, growth, 3);
      x = b.concat([x, added], `${name}_concat`);
    }
    if (stage === 5) break;
    const half = Math.floor((x.shape[3] ?? 0) / 2);
    x = b.conv(unit(x, `pool${stage}_`), `pool${stage}_conv`, half, 1);
    x = b.averagePool(x, `pool${stage}_pool`, 2, 2);
  }
  return unit(x, '');
}
