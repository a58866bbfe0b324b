import { createHash, type Hash } from 'node:crypto';
import { decodeSamples } from './codecs/decode-samples.js';
import { withInput, type DicomInput, type OpenedInput } from './byte-source.js';
import type { DataSet } from './dataset.js';
import type { GrayFrame, StoredValues } from './frame.js';
import { toGrayFrame } from './gray.js';
import { describeImage, modalityOf, voiOf, type ImageDescription } from './image.js';
import { openFrames } from './pixel-data.js';
import { asCorrupt, dicomError } from './problems.js';
import { toStoredValues } from './stored-values.js';
import { transferSyntax, type TransferSyntax } from './syntaxes.js';

interface OpenedImage {
  main: DataSet;
  image: ImageDescription;
  syntax: TransferSyntax;
  /** The coded bytes of a frame. */
  read(frameIndex: number): Promise<Uint8Array>;
}

async function openImage({ file, source }: OpenedInput): Promise<OpenedImage> {
  const { main, transferSyntaxUid } = file;
  const syntax = transferSyntax(transferSyntaxUid);
  if (syntax === null) {
    throw dicomError('SYNTAX_NOT_SUPPORTED', `transfer syntax ${transferSyntaxUid} is not supported`);
  }
  if (!main.elements.has(0x00280010) && !main.elements.has(0x7fe00010)) {
    throw dicomError('DICOM_NOT_AN_IMAGE', 'the object holds no image');
  }
  const image = describeImage(main);
  if ((image.bitsAllocated === 1 || image.bitsAllocated === 32) && syntax.codec !== 'native') {
    const kind = `compressed pixels of ${image.bitsAllocated} bits`;
    throw dicomError('SYNTAX_NOT_SUPPORTED', `${kind} are not supported`);
  }
  return { main, image, syntax, read: await openFrames(main, source, image, syntax.codec) };
}

async function decodeStored({ image, syntax, read }: OpenedImage, frameIndex: number) {
  const coded = await read(frameIndex);
  const decoded = await decodeSamples(coded, image, frameIndex, syntax);
  return { decoded, stored: toStoredValues(decoded, image) };
}

/**
 * Decodes one frame of a Part 10 file. Pure but slow, and a damaged stream may keep a codec busy for long: servers go
 * through `createDecodePool`.
 *
 * @param frameIndex from 0
 * @throws DomainError NOT_DICOM, DICOM_EMPTY, DICOM_TRUNCATED, DICOM_ENCRYPTED, DICOM_NOT_AN_IMAGE, DICOM_TOO_LARGE,
 * SYNTAX_NOT_SUPPORTED, PIXELS_MISSING, PIXELS_CORRUPT, FRAME_OUT_OF_RANGE
 */
export async function decodeFrame(input: DicomInput, frameIndex: number): Promise<GrayFrame> {
  try {
    return await withInput(input, async (file) => {
      const opened = await openImage(file);
      const { main, image } = opened;
      const { decoded, stored } = await decodeStored(opened, frameIndex);
      const modality = modalityOf(main, frameIndex, image.signed);
      // What enters the VOI LUT has the sign of the modality transform's output (PS3.3 C.11.2.1.1).
      const signed = modality.table === null && (image.signed || modality.intercept < 0);
      return toGrayFrame(decoded, stored, image, modality, voiOf(main, frameIndex, signed));
    });
  } catch (error) {
    throw asCorrupt(error, `frame ${frameIndex}`);
  }
}

/** Samples that are widened at once. */
const CHUNK = 65_536;

/** The same 32 bits for a value, however wide the file stores it; in pieces, since a film is large. */
function hashValues(hash: Hash, values: StoredValues): void {
  const wide = new Int32Array(Math.min(CHUNK, values.length));
  for (let at = 0; at < values.length; at += CHUNK) {
    const piece = values.subarray(at, at + CHUNK);
    wide.set(piece);
    hash.update(new Uint8Array(wide.buffer, 0, piece.length * 4));
  }
}

/**
 * SHA-256 of the stored pixel values of all frames with their shape: the same for the same picture in every lossless
 * transfer syntax, whatever else the files hold.
 *
 * @returns 64 lower-case hex digits
 * @throws DomainError as `decodeFrame`
 */
export async function pixelDigest(input: DicomInput): Promise<string> {
  try {
    return await withInput(input, async (file) => {
      const opened = await openImage(file);
      const { rows, columns, samplesPerPixel, numberOfFrames, signed } = opened.image;
      const hash = createHash('sha256');
      hash.update(`${[rows, columns, samplesPerPixel, numberOfFrames].join('x')} ${signed ? 'SS' : 'US'}\n`);
      for (let index = 0; index < numberOfFrames; index++) {
        hashValues(hash, (await decodeStored(opened, index)).stored);
      }
      return hash.digest('hex');
    });
  } catch (error) {
    throw asCorrupt(error, 'the pixel data');
  }
}
