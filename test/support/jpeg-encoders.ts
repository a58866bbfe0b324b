// JPEG processes that no packaged encoder writes: lossless with any predictor, and twelve-bit extended. The Huffman codes
// are fixed-length ones, which costs size and nothing else.

class BitWriter {
  private readonly out: number[] = [];
  private accumulator = 0;
  private count = 0;

  write(value: number, length: number): void {
    for (let i = length - 1; i >= 0; i--) {
      this.accumulator = (this.accumulator << 1) | ((value >> i) & 1);
      if (++this.count === 8) this.flush();
    }
  }

  private flush(): void {
    this.out.push(this.accumulator);
    if (this.accumulator === 0xff) this.out.push(0);
    this.accumulator = 0;
    this.count = 0;
  }

  /** The bytes, the last one filled with ones. */
  end(): number[] {
    while (this.count > 0) this.write(1, 1);
    return this.out;
  }
}

function marker(code: number, payload: number[]): number[] {
  const length = payload.length + 2;
  return [0xff, code, length >> 8, length & 255, ...payload];
}

/** Symbols 0..count-1, all with codes of the same length: symbol = code. */
function fixedTable(classAndId: number, count: number, length: number): number[] {
  const counts = Array.from({ length: 16 }, (_, i) => (i === length - 1 ? count : 0));
  return marker(0xc4, [classAndId, ...counts, ...Array.from({ length: count }, (_, i) => i)]);
}

function frameHeader(
  code: number,
  precision: number,
  width: number,
  height: number,
  components: number,
): number[] {
  const list = Array.from({ length: components }, (_, i) => [i + 1, 0x11, 0]).flat();
  return marker(code, [precision, height >> 8, height & 255, width >> 8, width & 255, components, ...list]);
}

function bitsOf(value: number): number {
  return value === 0 ? 0 : 32 - Math.clz32(Math.abs(value));
}

function writeDifference(writer: BitWriter, value: number, size: number): void {
  if (size > 0 && size < 16) writer.write(value < 0 ? value + (1 << size) - 1 : value, size);
}

interface Shape {
  columns: number;
  rows: number;
  bitsStored: number;
  samplesPerPixel: number;
}

/** JPEG lossless (ITU-T T.81 Annex H), all components in one scan. */
export function encodeLosslessJpeg(values: number[], shape: Shape, predictor: number): Uint8Array {
  const { columns, rows, bitsStored, samplesPerPixel: n } = shape;
  const precision = Math.max(2, bitsStored);
  const writer = new BitWriter();
  const at = (x: number, y: number, c: number) => values[(y * columns + x) * n + c] ?? 0;
  const predict = (x: number, y: number, c: number) => {
    if (x === 0) return y === 0 ? 2 ** (precision - 1) : at(0, y - 1, c);
    if (y === 0) return at(x - 1, 0, c);
    const [a, b, d] = [at(x - 1, y, c), at(x, y - 1, c), at(x - 1, y - 1, c)];
    return [0, a, b, d, a + b - d, a + ((b - d) >> 1), b + ((a - d) >> 1), (a + b) >> 1][predictor] ?? a;
  };
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      for (let c = 0; c < n; c++) {
        const difference = ((at(x, y, c) - predict(x, y, c)) << 16) >> 16;
        const size = difference === -32_768 ? 16 : bitsOf(difference);
        writer.write(size, 5);
        writeDifference(writer, difference, size);
      }
    }
  }
  const scan = [n, ...Array.from({ length: n }, (_, i) => [i + 1, 0]).flat(), predictor, 0, 0];
  return Uint8Array.from([
    ...[0xff, 0xd8],
    ...frameHeader(0xc3, precision, columns, rows, n),
    ...fixedTable(0x00, 17, 5),
    ...marker(0xda, scan),
    ...writer.end(),
    ...[0xff, 0xd9],
  ]);
}

const ZIGZAG = Array.from({ length: 64 }, (_, i) => ({ x: i % 8, y: i >> 3, i }))
  .sort((a, b) => a.x + a.y - (b.x + b.y) || ((a.x + a.y) % 2 === 0 ? b.y - a.y : a.y - b.y))
  .map(({ i }) => i);

function forwardDct(block: number[]): number[] {
  const scale = (u: number) => (u === 0 ? Math.SQRT1_2 / 2 : 0.5);
  const basis = (x: number, u: number) => scale(u) * Math.cos(((2 * x + 1) * u * Math.PI) / 16);
  return Array.from({ length: 64 }, (_, i) => {
    let sum = 0;
    for (let y = 0; y < 8; y++) {
      for (let x = 0; x < 8; x++) sum += (block[y * 8 + x] ?? 0) * basis(x, i % 8) * basis(y, i >> 3);
    }
    return sum;
  });
}

const STEP = 4;

/** JPEG extended sequential (ITU-T T.81 process 4), one component, every coefficient quantised by 4. */
export function encodeExtendedJpeg(
  values: number[],
  columns: number,
  rows: number,
  precision: 8 | 12,
): Uint8Array {
  const writer = new BitWriter();
  let previous = 0;
  for (let top = 0; top < rows; top += 8) {
    for (let left = 0; left < columns; left += 8) {
      const block = Array.from({ length: 64 }, (_, i) => {
        const y = Math.min(rows - 1, top + (i >> 3));
        const x = Math.min(columns - 1, left + (i % 8));
        return (values[y * columns + x] ?? 0) - 2 ** (precision - 1);
      });
      const natural = forwardDct(block).map((value) => Math.round(value / STEP));
      const coefficients = ZIGZAG.map((i) => natural[i] ?? 0);
      const [dc = 0] = coefficients;
      writer.write(bitsOf(dc - previous), 5);
      writeDifference(writer, dc - previous, bitsOf(dc - previous));
      previous = dc;
      let run = 0;
      for (let k = 1; k < 64; k++) {
        const value = coefficients[k] ?? 0;
        if (value === 0) {
          run++;
          continue;
        }
        for (; run > 15; run -= 16) writer.write(0xf0, 9);
        writer.write(run * 16 + bitsOf(value), 9);
        writeDifference(writer, value, bitsOf(value));
        run = 0;
      }
      if (run > 0) writer.write(0, 9);
    }
  }
  return Uint8Array.from([
    ...[0xff, 0xd8],
    ...marker(0xdb, [0, ...Array.from({ length: 64 }, () => STEP)]),
    ...frameHeader(0xc1, precision, columns, rows, 1),
    ...fixedTable(0x00, 17, 5),
    ...fixedTable(0x10, 255, 9),
    ...marker(0xda, [1, 1, 0, 0, 63, 0]),
    ...writer.end(),
    ...[0xff, 0xd9],
  ]);
}
