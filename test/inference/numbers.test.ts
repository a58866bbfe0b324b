import fc from 'fast-check';
import { expect, it } from 'vitest';
import { nthSmallest } from '../../server/inference/numbers.js';

it('finds what sorting finds, with ties and any order', () => {
  const values = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), {
    minLength: 1,
    maxLength: 200,
  });
  fc.assert(
    fc.property(values, fc.nat(), fc.boolean(), (list, place, tied) => {
      const given = Float32Array.from(list, (value) => (tied ? Math.round(value) % 3 : value));
      const index = place % given.length;
      const sorted = Float32Array.from(given).sort();
      expect(nthSmallest(given, index) === sorted[index]).toBe(true);
    }),
    { seed: 1 },
  );
});
