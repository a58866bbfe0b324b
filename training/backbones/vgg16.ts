import type { SymbolicTensor } from '../tf-types.js';
import type { Builder } from './builder.js';

/** VGG16 (Simonyan and Zisserman 2015, arXiv:1409.1556). */
export function vgg16(b: Builder, input: SymbolicTensor): SymbolicTensor {
  const blocks: [filters: number, convolutions: number][] = [
    [64, 2],
    [128, 2],
    [256, 3],
    [512, 3],
    [512, 3],
  ];
  return blocks.reduce((start, [filters, convolutions], index) => {
    const name = `block${index + 1}`;
    let x = start;
    for (let i = 1; i <= convolutions; i++)
      x = b.conv(x, `${name}_conv${i}`, filters, 3, { useBias: true, activation: 'relu' });
    return b.maxPool(x, `${name}_pool`, 2, 2);
  }, input);
}
