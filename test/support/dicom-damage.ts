// What can happen to a file on its way, as arbitraries.
import fc from 'fast-check';

/** One change of a file; `at` and `length` are shares of it, 0..1, so that one damage fits every file. */
export type Damage =
  | { kind: 'cut'; at: number }
  | { kind: 'flip'; at: number; bit: number }
  | { kind: 'write'; at: number; bytes: Uint8Array }
  | { kind: 'insert'; at: number; bytes: Uint8Array }
  | { kind: 'remove'; at: number; count: number }
  | { kind: 'repeat'; from: number; to: number; count: number };

/** Evenly spread: fast-check would favour both ends of the file. */
export const share = fc.noBias(fc.nat({ max: 0xffffff })).map((value) => value / 0x1000000);
/** Bytes as lengths and counts are: extremes that arithmetic stumbles over. */
const extremes = fc.constantFrom(
  [0xff, 0xff, 0xff, 0xff],
  [0xfe, 0xff, 0xff, 0xff],
  [0, 0, 0, 0],
  [0xff, 0xff, 0xff, 0x7f],
  [0, 0, 0, 0x80],
  [1, 0, 0, 0],
  [0xfe, 0xff, 0x00, 0xe0],
  [0xfe, 0xff, 0xdd, 0xe0],
  [0xff, 0xd8, 0xff, 0xd9],
);
const bytes = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 8 }),
  extremes.map((values) => Uint8Array.from(values)),
);

/** One to four changes, each anywhere in the file. */
export const damages: fc.Arbitrary<Damage[]> = fc.array(
  fc.oneof(
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const), at: share }) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('flip' as const),
        at: share,
        bit: fc.integer({ min: 0, max: 7 }),
      }),
    },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('write' as const), at: share, bytes }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('insert' as const), at: share, bytes }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('remove' as const),
        at: share,
        count: fc.integer({ min: 1, max: 64 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('repeat' as const),
        from: share,
        to: share,
        count: fc.integer({ min: 1, max: 256 }),
      }),
    },
  ),
  { minLength: 1, maxLength: 4 },
);

/**
 * A damaged copy.
 *
 * @param start share of the file that stays as it is
 */
export function damage(file: Uint8Array, changes: Damage[], start = 0): Buffer {
  let out = Buffer.from(file);
  for (const change of changes) {
    const position = (at: number) => Math.floor((start + at * (1 - start)) * out.length);
    switch (change.kind) {
      case 'cut':
        out = out.subarray(0, position(change.at));
        break;
      case 'flip': {
        const at = position(change.at);
        if (at < out.length) out[at] = (out[at] ?? 0) ^ (1 << change.bit);
        break;
      }
      case 'write':
        out.set(change.bytes.subarray(0, out.length - position(change.at)), position(change.at));
        break;
      case 'insert': {
        const at = position(change.at);
        out = Buffer.concat([out.subarray(0, at), change.bytes, out.subarray(at)]);
        break;
      }
      case 'remove': {
        const at = position(change.at);
        out = Buffer.concat([out.subarray(0, at), out.subarray(at + change.count)]);
        break;
      }
      case 'repeat': {
        const from = position(change.from);
        const piece = Buffer.from(out.subarray(from, from + change.count));
        out.set(piece.subarray(0, out.length - position(change.to)), position(change.to));
        break;
      }
    }
  }
  return out;
}
