import type { ImageDescription } from '../image.js';
import { dicomError } from '../problems.js';
import type { TransferSyntax } from '../syntaxes.js';
import type { DecodedFrame } from './decoded.js';
import { decodeJpeg2000 } from './jpeg-2000.js';
import { decodeJpegLs } from './jpeg-ls.js';
import { decodeLosslessJpeg } from './jpeg/lossless.js';
import { decodeSequentialJpeg } from './jpeg/sequential.js';
import { decodeNative } from './native.js';
import { decodeRle } from './rle.js';

interface Shape {
  width: number;
  height: number;
  precision: number;
  components: number | readonly unknown[];
}

/** A stream must hold the picture that the file describes: another size or depth means it is not that picture. */
function checkShape(image: ImageDescription, shape: Shape): void {
  const components = typeof shape.components === 'number' ? shape.components : shape.components.length;
  const sized = shape.width === image.columns && shape.height === image.rows;
  const deep = shape.precision <= image.bitsAllocated && (shape.precision > 8 || image.bitsStored <= 8);
  if (!sized || !deep || shape.precision < 1 || components !== image.samplesPerPixel) {
    const said = `${image.columns} x ${image.rows} x ${image.samplesPerPixel}, ${image.bitsStored} bits`;
    const held = `${shape.width} x ${shape.height} x ${components}, ${shape.precision} bits`;
    throw dicomError('PIXELS_CORRUPT', `the file describes ${said}, but its frame holds ${held}`);
  }
}

/**
 * Decodes the coded bytes of one frame.
 *
 * @throws DomainError PIXELS_CORRUPT
 */
export async function decodeSamples(
  bytes: Uint8Array,
  image: ImageDescription,
  frameIndex: number,
  syntax: TransferSyntax,
): Promise<DecodedFrame> {
  const check = (shape: Shape) => checkShape(image, shape);
  switch (syntax.codec) {
    case 'native':
      return decodeNative(bytes, image, frameIndex);
    case 'rle':
      return decodeRle(bytes, image);
    case 'jpeg':
      return decodeSequentialJpeg(bytes, check);
    case 'jpeg-lossless':
      return decodeLosslessJpeg(bytes, check);
    case 'jpeg-ls':
      return decodeJpegLs(bytes, check);
    case 'jpeg-2000':
      return decodeJpeg2000(bytes, false, check);
    case 'htj2k':
      return decodeJpeg2000(bytes, true, check);
  }
}
