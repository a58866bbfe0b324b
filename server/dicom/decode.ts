import { createHash } from 'node:crypto';
import { decodeSamples } from './codecs/decode-samples.js';
import type { DataSet } from './dataset.js';
import type { GrayFrame } from './frame.js';
import { toGrayFrame } from './gray.js';
import { describeImage, modalityOf, voiOf, type ImageDescription } from './image.js';
import { openPart10 } from './part10.js';
import { frameBytes } from './pixel-data.js';
import { asCorrupt, dicomError } from './problems.js';
import { toStoredValues } from './stored-values.js';
import { transferSyntax, type TransferSyntax } from './syntaxes.js';

interface OpenedImage {
  main: DataSet;
  image: ImageDescription;
  syntax: TransferSyntax;
}

function openImage(bytes: Uint8Array): OpenedImage {
  const file = openPart10(bytes, true);
  if (file === 'NEED_MORE') throw dicomError('DICOM_TRUNCATED', 'the file is cut off');
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
  return { main, image, syntax };
}

async function decodeStored({ main, image, syntax }: OpenedImage, frameIndex: number) {
  const coded = frameBytes(main, image, frameIndex, syntax.codec);
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
export async function decodeFrame(bytes: Uint8Array, frameIndex: number): Promise<GrayFrame> {
  try {
    const opened = openImage(bytes);
    const { main, image } = opened;
    const { decoded, stored } = await decodeStored(opened, frameIndex);
    const modality = modalityOf(main, frameIndex, image.signed);
    // What enters the VOI LUT has the sign of the modality transform's output (PS3.3 C.11.2.1.1).
    const signed = modality.table === null && (image.signed || modality.intercept < 0);
    return toGrayFrame(decoded, stored, image, modality, voiOf(main, frameIndex, signed));
  } catch (error) {
    throw asCorrupt(error, `frame ${frameIndex}`);
  }
}

/**
 * SHA-256 of the stored pixel values of all frames with their shape: the same for the same picture in every lossless
 * transfer syntax, whatever else the files hold.
 *
 * @param onFrame called after each frame, as a sign of life
 * @returns 64 lower-case hex digits
 * @throws DomainError as `decodeFrame`
 */
export async function pixelDigest(bytes: Uint8Array, onFrame?: (index: number) => void): Promise<string> {
  try {
    const opened = openImage(bytes);
    const { rows, columns, samplesPerPixel, numberOfFrames, signed } = opened.image;
    const hash = createHash('sha256');
    hash.update(`${[rows, columns, samplesPerPixel, numberOfFrames].join('x')} ${signed ? 'SS' : 'US'}\n`);
    for (let index = 0; index < numberOfFrames; index++) {
      const { stored } = await decodeStored(opened, index);
      // The same 32 bits for a value, however wide the file stores it.
      hash.update(new Uint8Array(new Int32Array(stored).buffer));
      onFrame?.(index);
    }
    return hash.digest('hex');
  } catch (error) {
    throw asCorrupt(error, 'the pixel data');
  }
}
