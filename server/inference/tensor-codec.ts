import { z } from 'zod';

/** Little-endian float32 values in base64: a tenth of the size of a JSON list and exact. */
export const packedFloats = z
  .object({ shape: z.array(z.number().int().positive()).min(1), data: z.base64() })
  .strict()
  .transform(({ shape, data }, context) => {
    const bytes = Buffer.from(data, 'base64');
    const length = shape.reduce((product, size) => product * size, 1);
    if (bytes.byteLength !== length * 4) {
      context.addIssue({
        code: 'custom',
        message: `holds ${bytes.byteLength} bytes where its shape needs ${length * 4}`,
      });
      return z.NEVER;
    }
    const values = new Float32Array(length);
    for (let i = 0; i < length; i++) values[i] = bytes.readFloatLE(i * 4);
    return { shape, values };
  });

/** A small matrix or vector, row-major. */
export type Floats = z.output<typeof packedFloats>;

/**
 * The JSON form that {@link packedFloats} reads.
 *
 * @param values row-major values
 * @param shape sizes whose product is the number of values
 */
export function packFloats(values: ArrayLike<number>, shape: number[]): z.input<typeof packedFloats> {
  const bytes = Buffer.alloc(values.length * 4);
  for (let i = 0; i < values.length; i++) bytes.writeFloatLE(values[i] ?? 0, i * 4);
  return { shape, data: bytes.toString('base64') };
}
