// From pixel data to the bytes of one frame: by position where native, by offset tables or markers where encapsulated.
import type { ByteSource } from './byte-source.js';
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

async function viewOf(source: ByteSource, start: number, end: number): Promise<DataView> {
  const bytes = await source.read(start, end);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

async function readFragments(
  source: ByteSource,
  at: number,
): Promise<{ table: number[]; fragments: Fragment[] }> {
  const fragments: Fragment[] = [];
  let table: number[] | null = null;
  let base = 0;
  for (;;) {
    const item = await viewOf(source, at, at + 8);
    const tag = ((item.getUint16(0, true) << 16) | item.getUint16(2, true)) >>> 0;
    const length = item.getUint32(4, true);
    if (tag === TAG_SEQUENCE_END) break;
    if (tag !== TAG_ITEM) throw dicomError('PIXELS_CORRUPT', 'the pixel data is no sequence of fragments');
    const start = at + 8;
    if (start + length > source.length) truncated();
    if (table === null) {
      const offsets = await viewOf(source, start, start + length);
      table = Array.from({ length: Math.floor(length / 4) }, (_, i) => offsets.getUint32(4 * i, true));
      base = start + length;
    } else {
      fragments.push({ offset: at - base, start, length });
    }
    at = start + length;
  }
  return { table: table ?? [], fragments };
}

async function joined(source: ByteSource, fragments: Fragment[]): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for (const { start, length } of fragments) pieces.push(await source.read(start, start + length));
  const [only] = pieces;
  return pieces.length === 1 && only ? only : Buffer.concat(pieces);
}

/** How a codec's frame begins: JPEG SOI, JPEG 2000 SOC, an RLE header; the others never start a fragment's middle. */
async function beginsFrame(source: ByteSource, { start, length }: Fragment, codec: Codec): Promise<boolean> {
  const bytes = await source.read(start, start + Math.min(8, length));
  const byte = (i: number) => bytes[i] ?? -1;
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
async function byMarkers(
  source: ByteSource,
  fragments: Fragment[],
  frames: number,
  codec: Codec,
): Promise<Fragment[][] | null> {
  if (frames === 1) return [fragments];
  if (fragments.length === frames) return fragments.map((fragment) => [fragment]);
  if (codec === 'rle') return null;
  const groups: Fragment[][] = [];
  for (const fragment of fragments) {
    if (await beginsFrame(source, fragment, codec)) groups.push([fragment]);
    else groups.at(-1)?.push(fragment);
  }
  return groups.length === frames ? groups : null;
}

async function encapsulatedFrames(
  set: DataSet,
  source: ByteSource,
  at: number,
  image: ImageDescription,
  codec: Codec,
): Promise<FrameReader> {
  const { table, fragments } = await readFragments(source, at);
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
    offsets === undefined ? await byMarkers(source, fragments, frames, codec) : byOffsets(fragments, offsets);
  return async (frameIndex) => {
    const group = groups?.[frameIndex];
    if (group === undefined) {
      throw dicomError('PIXELS_CORRUPT', 'the fragments of the pixel data cannot be told apart by frame');
    }
    const frame = await joined(source, group);
    const length = lengths[frameIndex];
    return extended.length > 0 && length !== undefined && length > 0 && length <= frame.length
      ? frame.subarray(0, length)
      : frame;
  };
}

/** Gives the coded bytes of one frame, by its index from 0. */
type FrameReader = (frameIndex: number) => Promise<Uint8Array>;

/**
 * Part of a big-endian OW value in little-endian order. It is a string of 16-bit words whatever the pixels' size, so that
 * narrower pixels lie in each word with the later one first (PS3.5 8.1.1, A.3).
 */
async function swappedWords(
  source: ByteSource,
  value: { offset: number; length: number },
  start: number,
  end: number,
): Promise<Uint8Array> {
  const from = start - (start % 2);
  const to = end + (end % 2);
  if (to > value.length) throw dicomError('PIXELS_CORRUPT', 'the pixel data ends inside a word');
  return Buffer.from(await source.read(value.offset + from, value.offset + to))
    .swap16()
    .subarray(start - from, end - from);
}

/**
 * Finds the frames of a data set once; each is read when it is asked for.
 *
 * @param source the bytes of the data set
 * @returns the coded bytes of one frame, native pixels in little-endian order, by its index from 0; rejects with FRAME_OUT_OF_RANGE, PIXELS_CORRUPT,
 * DICOM_TRUNCATED
 * @throws DomainError PIXELS_MISSING, PIXELS_CORRUPT, DICOM_TRUNCATED
 */
export async function openFrames(
  set: DataSet,
  source: ByteSource,
  image: ImageDescription,
  codec: Codec,
): Promise<FrameReader> {
  const read = await framesOf(set, source, image, codec);
  return async (frameIndex) => {
    if (!Number.isInteger(frameIndex) || frameIndex < 0 || frameIndex >= image.numberOfFrames) {
      const message = `frame ${frameIndex} of ${image.numberOfFrames} does not exist`;
      throw dicomError('FRAME_OUT_OF_RANGE', message);
    }
    return read(frameIndex);
  };
}

async function framesOf(
  set: DataSet,
  source: ByteSource,
  image: ImageDescription,
  codec: Codec,
): Promise<FrameReader> {
  const element = set.elements.get(TAG_PIXEL_DATA);
  if (element === undefined) throw dicomError('PIXELS_MISSING', 'the object holds no pixels');
  if (codec !== 'native') {
    if (element.undefinedLength) return encapsulatedFrames(set, source, element.offset, image, codec);
    throw dicomError('PIXELS_CORRUPT', 'compressed pixel data is not encapsulated');
  }
  if (element.undefinedLength) {
    throw dicomError('PIXELS_CORRUPT', 'pixel data is encapsulated although it is not compressed');
  }
  if (element.offset + element.length > source.length) truncated();
  const size = nativeFrameBytes({ ...image, photometricInterpretation: image.photometric });
  if (size * image.numberOfFrames > element.length) {
    throw dicomError('DICOM_TRUNCATED', 'the pixel data is shorter than its frames');
  }
  // Frames of one-bit pixels need not begin at a byte: the caller shifts by the rest.
  const byWords = element.vr !== 'OB' || image.bitsAllocated > 8;
  const isSwapped = byWords && !set.encoding.littleEndian;
  return (frameIndex) => {
    const start = Math.floor(size * frameIndex);
    const end = Math.ceil(size * (frameIndex + 1));
    return isSwapped
      ? swappedWords(source, element, start, end)
      : source.read(element.offset + start, element.offset + end);
  };
}
