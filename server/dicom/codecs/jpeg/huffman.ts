import { corrupt } from './markers.js';

/** For each 16-bit prefix: code length * 256 + symbol; 0 where no code begins so. */
export type HuffmanTable = Uint16Array;

/**
 * Builds the table of ITU-T T.81 Annex C.
 *
 * @param counts number of codes of length 1..16
 * @returns null when the counts do not make a prefix code
 */
export function buildHuffmanTable(counts: number[], symbols: Uint8Array): HuffmanTable | null {
  const table = new Uint16Array(65_536);
  let code = 0;
  let index = 0;
  for (let length = 1; length <= 16; length++) {
    const step = 1 << (16 - length);
    for (let i = 0; i < (counts[length - 1] ?? 0); i++) {
      if (code + step > 65_536) return null;
      table.fill(length * 256 + (symbols[index++] ?? 0), code, code + step);
      code += step;
    }
  }
  return table;
}

/**
 * Reads entropy-coded bits (ITU-T T.81 F.2.2). Never reads beyond a marker: running out of bits is an error, so that a
 * cut stream cannot pass for a picture.
 */
export class BitReader {
  private accumulator = 0;
  private count = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private at: number,
  ) {}

  private fill(): void {
    const { bytes } = this;
    while (this.count <= 24 && this.at < bytes.length) {
      const byte = bytes[this.at] ?? 0;
      if (byte === 0xff) {
        if (bytes[this.at + 1] !== 0) return;
        this.at++;
      }
      this.at++;
      this.accumulator = (this.accumulator << 8) | byte;
      this.count += 8;
    }
  }

  /** The next symbol of a Huffman code. */
  symbol(table: HuffmanTable): number {
    if (this.count < 16) this.fill();
    // Short of 16 bits, ones are put after the real ones; using them is an error.
    const prefix =
      this.count >= 16
        ? (this.accumulator >>> (this.count - 16)) & 0xffff
        : ((this.accumulator << (16 - this.count)) | ((1 << (16 - this.count)) - 1)) & 0xffff;
    const entry = table[prefix] ?? 0;
    const length = entry >> 8;
    if (length === 0) corrupt('a code that does not exist');
    if (length > this.count) corrupt('the coded data ends too early');
    this.count -= length;
    return entry & 255;
  }

  /** A difference of `size` bits, 0..16, signed as in T.81 F.2.2.1. */
  difference(size: number): number {
    if (size === 0) return 0;
    if (this.count < size) this.fill();
    if (size > this.count) corrupt('the coded data ends too early');
    this.count -= size;
    const value = (this.accumulator >>> this.count) & ((1 << size) - 1);
    return value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
  }

  /** Passes a restart marker, which must come next and be the one of that number modulo 8. */
  restart(index: number): void {
    const at = this.markerPosition();
    if (this.bytes[at] !== 0xff || this.bytes[at + 1] !== 0xd0 + (index & 7))
      corrupt('a restart marker is missing');
    this.at = at + 2;
    this.count = 0;
    this.accumulator = 0;
  }

  /** Position of the marker after the data; bits of more than the last byte left over are an error. */
  markerPosition(): number {
    this.fill();
    if (this.count >= 8) corrupt('there is more coded data than pixels');
    let { at } = this;
    while (this.bytes[at] === 0xff && this.bytes[at + 1] === 0xff) at++;
    return at;
  }
}
