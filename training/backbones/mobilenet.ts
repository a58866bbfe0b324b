import { blocks } from '../backbone.js';
import type { SymbolicTensor } from '../tf-types.js';
import type { Builder } from './builder.js';

/** MobileNetV1 (Howard et al. 2017, arXiv:1704.04861). */
export function mobilenet(b: Builder, input: SymbolicTensor, alpha: number): SymbolicTensor {
  const unit = (x: SymbolicTensor, name: string) => b.relu6(b.norm(x, `${name}_bn`), `${name}_relu`);
  const first = b.conv(input, 'conv1', Math.floor(32 * alpha), 3, { strides: 2 });
  return blocks.reduce(
    (start, [filters, strides], index) => {
      const n = index + 1;
      const x = strides === 1 ? start : b.pad(start, `conv_pad_${n}`, [0, 1]);
      const depthwise = unit(b.depthwise(x, `conv_dw_${n}`, strides), `conv_dw_${n}`);
      return unit(b.conv(depthwise, `conv_pw_${n}`, Math.floor(filters * alpha), 1), `conv_pw_${n}`);
    },
    unit(first, 'conv1'),
  );
}
