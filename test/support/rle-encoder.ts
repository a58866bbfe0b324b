import type { CompleteOptions } from './dicom-factory.js';

function packBits(bytes: Uint8Array, row: number): Uint8Array {
  const out: number[] = [];
  for (let start = 0; start < bytes.length; start += row) {
    const line = bytes.subarray(start, start + row);
    for (let at = 0; at < line.length;) {
      let run = 1;
      while (run < 128 && at + run < line.length && line[at + run] === line[at]) run++;
      if (run > 1) {
        out.push(257 - run, line[at] ?? 0);
        at += run;
        continue;
      }
      let end = at + 1;
      while (end < line.length && end - at < 128 && line[end] !== line[end - 1]) end++;
      out.push(end - at - 1, ...line.subarray(at, end));
      at = end;
    }
  }
  if (out.length % 2 === 1) out.push(0);
  return Uint8Array.from(out);
}

/** RLE of PS3.5 Annex G: byte planes, most significant first. */
export function encodeRle(native: Uint8Array, options: CompleteOptions): Uint8Array {
  const bytesPerSample = options.bitsAllocated / 8;
  const stride = bytesPerSample * options.samplesPerPixel;
  const pixels = native.length / stride;
  const segments: Uint8Array[] = [];
  for (let sample = 0; sample < options.samplesPerPixel; sample++) {
    for (let byte = bytesPerSample - 1; byte >= 0; byte--) {
      const plane = Uint8Array.from(
        { length: pixels },
        (_, i) => native[i * stride + sample * bytesPerSample + byte] ?? 0,
      );
      segments.push(packBits(plane, options.columns));
    }
  }
  const header = Buffer.alloc(64);
  header.writeUInt32LE(segments.length, 0);
  let offset = 64;
  segments.forEach((segment, i) => {
    header.writeUInt32LE(offset, 4 + i * 4);
    offset += segment.length;
  });
  return Buffer.concat([header, ...segments]);
}
