import type { SymbolicTensor } from '../tf-types.js';
import type { Builder } from './builder.js';

type Side = number | [number, number];
interface Step {
  filters: number;
  side: Side;
  strides?: number;
  padding?: 'same' | 'valid';
}

/** Keras's automatic names: `conv2d`, `conv2d_1`, ... in the order of creation. */
function numbered(): (kind: string) => string {
  const counts = new Map<string, number>();
  return (kind) => {
    const n = counts.get(kind) ?? 0;
    counts.set(kind, n + 1);
    return n === 0 ? kind : `${kind}_${n}`;
  };
}

const step = (filters: number, side: Side = 1): Step => ({ filters, side });
/** The last step of a branch that halves the picture. */
const halving = (filters: number): Step => ({ filters, side: 3, strides: 2, padding: 'valid' });

/** InceptionV3 (Szegedy et al. 2016, arXiv:1512.00567). */
export function inceptionv3(b: Builder, input: SymbolicTensor): SymbolicTensor {
  const next = numbered();
  const unit = (x: SymbolicTensor, { filters, side, strides = 1, padding = 'same' }: Step) => {
    const convolved = b.conv(x, next('conv2d'), filters, side, { strides, padding });
    return b.relu(b.norm(convolved, next('batch_normalization'), { scale: false }), next('activation'));
  };
  const branch = (x: SymbolicTensor, steps: Step[]) => steps.reduce(unit, x);
  const maxPool = (x: SymbolicTensor) => b.maxPool(x, next('max_pooling2d'), 3, 2);
  const pooled = (x: SymbolicTensor, filters: number) =>
    unit(b.averagePool(x, next('average_pooling2d'), 3, 1, 'same'), step(filters));
  /** A last convolution that splits in one of 1 by 3 and one of 3 by 1, side by side. */
  const split = (x: SymbolicTensor, name: string) =>
    b.concat([unit(x, step(384, [1, 3])), unit(x, step(384, [3, 1]))], name);

  let x = branch(input, [
    { filters: 32, side: 3, strides: 2, padding: 'valid' },
    { filters: 32, side: 3, padding: 'valid' },
    { filters: 64, side: 3 },
  ]);
  x = branch(maxPool(x), [
    { filters: 80, side: 1, padding: 'valid' },
    { filters: 192, side: 3, padding: 'valid' },
  ]);
  x = maxPool(x);

  for (const [index, poolFilters] of [32, 64, 64].entries()) {
    const parts = [
      branch(x, [step(64)]),
      branch(x, [step(48), step(64, 5)]),
      branch(x, [step(64), step(96, 3), step(96, 3)]),
      pooled(x, poolFilters),
    ];
    x = b.concat(parts, `mixed${index}`);
  }
  x = b.concat(
    [branch(x, [halving(384)]), branch(x, [step(64), step(96, 3), halving(96)]), maxPool(x)],
    'mixed3',
  );
  for (const [index, n] of [128, 160, 160, 192].entries()) {
    const parts = [
      branch(x, [step(192)]),
      branch(x, [step(n), step(n, [1, 7]), step(192, [7, 1])]),
      branch(x, [step(n), step(n, [7, 1]), step(n, [1, 7]), step(n, [7, 1]), step(192, [1, 7])]),
      pooled(x, 192),
    ];
    x = b.concat(parts, `mixed${index + 4}`);
  }
  x = b.concat(
    [
      branch(x, [step(192), halving(320)]),
      branch(x, [step(192), step(192, [1, 7]), step(192, [7, 1]), halving(192)]),
      maxPool(x),
    ],
    'mixed8',
  );
  for (const index of [0, 1]) {
    const parts = [
      branch(x, [step(320)]),
      split(branch(x, [step(384)]), `mixed9_${index}`),
      split(branch(x, [step(448), step(384, 3)]), next('concatenate')),
      pooled(x, 192),
    ];
    x = b.concat(parts, `mixed${9 + index}`);
  }
  return x;
}
