// From pixel data to the bytes of one frame: by position where native, by offset tables or markers where encapsulated.
import { TAG_PIXEL_DATA, type DataSet } from './dataset.js';
import { nativeFrameBytes } from './extent.js';
import type { ImageDescription } from './image.js';
import { dicomError } from './problems.js';
import type { Codec } from './syntaxes.js';
import { longWordsOf } from './values.js';

interface Fragment {
  /** From the first fragment's item tag, as offset tables count (PS3.5 A.4). */
  offset: number;
  start: number;
  length: number;
}

const TAG_ITEM = 0xfffee000;
const TAG_SEQUENCE_END = 0xfffee0dd;

function truncated(): never {
  throw dicomError('DICOM_TRUNCATED', 'the pixel data is cut off');
}

function readFragments(set: DataSet, at: number): { table: number[]; fragments: Fragment[] } {
  const { view } = set;
  const fragments: Fragment[] = [];
  let table: number[] | null = null;
  let base = 0;
  for (;;) {
    if (at + 8 > view.byteLength) truncated();
    const tag = ((view.getUint16(at, true) << 16) | view.getUint16(at + 2, true)) >>> 0;
    const length = view.getUint32(at + 4, true);
    if (tag === TAG_SEQUENCE_END) break;
    if (tag !== TAG_ITEM) throw dicomError('PIXELS_CORRUPT', 'the pixel data is no sequence of fragments');
    const start = at + 8;
    if (start + length > view.byteLength) truncated();
    if (table === null) {
      table = Array.from({ length: Math.floor(length / 4) }, (_, i) => view.getUint32(start + 4 * i, true));
      base = start + length;
    } else {
      fragments.push({ offset: at - base, start, length });
    }
    at = start + length;
  }
  return { table: table ?? [], fragments };
}

function joined(set: DataSet, fragments: Fragment[]): Uint8Array {
  const [only] = fragments;
  const pieces = fragments.map(({ start, length }) => set.bytes.subarray(start, start + length));
  return fragments.length === 1 && only
    ? set.bytes.subarray(only.start, only.start + only.length)
    : Buffer.concat(pieces);
}

/** How a codec's frame begins: JPEG SOI, JPEG 2000 SOC, an RLE header; the others never start a fragment's middle. */
function beginsFrame(bytes: Uint8Array, { start, length }: Fragment, codec: Codec): boolean {
  const byte = (i: number) => (i < length ? (bytes[start + i] ?? 0) : -1);
  if (codec === 'jpeg-2000' || codec === 'htj2k') {
    const codestream = byte(0) === 0xff && byte(1) === 0x4f && byte(2) === 0xff && byte(3) === 0x51;
    return codestream || (byte(4) === 0x6a && byte(5) === 0x50 && byte(6) === 0x20 && byte(7) === 0x20);
  }
  return byte(0) === 0xff && byte(1) === 0xd8 && byte(2) === 0xff;
}

/** Groups fragments by an offset table; null when the table does not fit them. */
function byOffsets(fragments: Fragment[], offsets: number[]): Fragment[][] | null {
  const starts = new Map(fragments.map((fragment, i) => [fragment.offset, i]));
  const indices = offsets.map((offset) => starts.get(offset) ?? -1);
  const ascending = indices.every((index, i) => index > (indices[i - 1] ?? -1));
  if (!ascending || indices[0] !== 0) return null;
  return indices.map((index, i) => fragments.slice(index, indices[i + 1] ?? fragments.length));
}

/** Without a table: one fragment each, or a new frame wherever a fragment begins as a frame does. */
function byMarkers(set: DataSet, fragments: Fragment[], frames: number, codec: Codec): Fragment[][] | null {
  if (frames === 1) return [fragments];
  if (fragments.length === frames) return fragments.map((fragment) => [fragment]);
  if (codec === 'rle') return null;
  const groups: Fragment[][] = [];
  for (const fragment of fragments) {
    if (beginsFrame(set.bytes, fragment, codec)) groups.push([fragment]);
    else groups.at(-1)?.push(fragment);
  }
  return groups.length === frames ? groups : null;
}

function encapsulatedFrame(
  set: DataSet,
  at: number,
  image: ImageDescription,
  frameIndex: number,
  codec: Codec,
): Uint8Array {
  const { table, fragments } = readFragments(set, at);
  if (fragments.length === 0) throw dicomError('PIXELS_MISSING', 'the pixel data holds no fragments');
  const extended = longWordsOf(set, 0x7fe00001);
  const lengths = longWordsOf(set, 0x7fe00002);
  const frames = image.numberOfFrames;
  // Only a table with every frame in it can say whose a fragment is; anything else could give another frame's pixels.
  const offsets = [extended, table].find((candidate) => candidate.length > 0);
  if (offsets !== undefined && offsets.length !== frames) {
    throw dicomError('PIXELS_CORRUPT', `the offset table names ${offsets.length} of ${frames} frames`);
  }
  const groups =
    offsets === undefined ? byMarkers(set, fragments, frames, codec) : byOffsets(fragments, offsets);
  const group = groups?.[frameIndex];
  if (group === undefined) {
    throw dicomError('PIXELS_CORRUPT', 'the fragments of the pixel data cannot be told apart by frame');
  }
  const frame = joined(set, group);
  const length = lengths[frameIndex];
  return extended.length > 0 && length !== undefined && length > 0 && length <= frame.length
    ? frame.subarray(0, length)
    : frame;
}

/**
 * Part of a big-endian OW value in little-endian order. It is a string of 16-bit words whatever the pixels' size, so that
 * narrower pixels lie in each word with the later one first (PS3.5 8.1.1, A.3).
 */
function swappedWords(value: Uint8Array, start: number, end: number): Uint8Array {
  const from = start & ~1;
  const to = end + (end & 1);
  if (to > value.length) throw dicomError('PIXELS_CORRUPT', 'the pixel data ends inside a word');
  return Buffer.from(value.subarray(from, to))
    .swap16()
    .subarray(start - from, end - from);
}

/**
 * The coded bytes of one frame, native pixels in little-endian order.
 *
 * @param frameIndex from 0
 * @throws DomainError FRAME_OUT_OF_RANGE, PIXELS_MISSING, PIXELS_CORRUPT, DICOM_TRUNCATED
 */
export function frameBytes(
  set: DataSet,
  image: ImageDescription,
  frameIndex: number,
  codec: Codec,
): Uint8Array {
  if (!Number.isInteger(frameIndex) || frameIndex < 0 || frameIndex >= image.numberOfFrames) {
    throw dicomError('FRAME_OUT_OF_RANGE', `frame ${frameIndex} of ${image.numberOfFrames} does not exist`);
  }
  const element = set.elements.get(TAG_PIXEL_DATA);
  if (element === undefined) throw dicomError('PIXELS_MISSING', 'the object holds no pixels');
  if (codec !== 'native') {
    if (element.undefinedLength) return encapsulatedFrame(set, element.offset, image, frameIndex, codec);
    throw dicomError('PIXELS_CORRUPT', 'compressed pixel data is not encapsulated');
  }
  if (element.undefinedLength) {
    throw dicomError('PIXELS_CORRUPT', 'pixel data is encapsulated although it is not compressed');
  }
  if (element.offset + element.length > set.bytes.length) truncated();
  const size = nativeFrameBytes({ ...image, photometricInterpretation: image.photometric });
  if (size * image.numberOfFrames > element.length) {
    throw dicomError('DICOM_TRUNCATED', 'the pixel data is shorter than its frames');
  }
  // Frames of one-bit pixels need not begin at a byte: the caller shifts by the rest.
  const start = Math.floor(size * frameIndex);
  const end = Math.ceil(size * (frameIndex + 1));
  const value = set.bytes.subarray(element.offset, element.offset + element.length);
  const byWords = element.vr !== 'OB' || image.bitsAllocated > 8;
  return set.encoding.littleEndian || !byWords ? value.subarray(start, end) : swappedWords(value, start, end);
}
