import type { DecodedFrame } from './codecs/decoded.js';
import type { GrayFrame, StoredValues, VoiTransform } from './frame.js';
import type { ImageDescription, ModalityTransform } from './image.js';
import { lookUp, tableMaximum } from './lookup-tables.js';
import { dicomError } from './problems.js';

/** Luma of ITU-R BT.601. */
function luma(red: number, green: number, blue: number): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

/** YBR_RCT and YBR_ICT are turned back into RGB by JPEG 2000 itself; in the others the first component is luma. */
function isYbr(decoded: DecodedFrame, photometric: string): boolean {
  if (decoded.colours !== null) return decoded.colours === 'YBR';
  return photometric.startsWith('YBR') && photometric !== 'YBR_RCT' && photometric !== 'YBR_ICT';
}

function oneChannel(
  decoded: DecodedFrame,
  stored: StoredValues,
  image: ImageDescription,
): StoredValues | Float32Array {
  if (decoded.components === 1 && image.photometric !== 'PALETTE COLOR') return stored;
  const pixels = image.rows * image.columns;
  const out = new Float32Array(pixels);
  if (image.photometric === 'PALETTE COLOR') {
    const { palette } = image;
    if (palette === null) throw dicomError('PIXELS_CORRUPT', 'the colour palette is missing');
    const { red, green, blue } = palette;
    for (let i = 0; i < pixels; i++) {
      const value = stored[i] ?? 0;
      out[i] = luma(lookUp(red, value), lookUp(green, value), lookUp(blue, value));
    }
    return out;
  }
  const ybr = isYbr(decoded, image.photometric);
  for (let i = 0; i < pixels; i++) {
    const first = stored[i * 3] ?? 0;
    out[i] = ybr ? first : luma(first, stored[i * 3 + 1] ?? 0, stored[i * 3 + 2] ?? 0);
  }
  return out;
}

/** Where stored values are padding; null where none is. Only grey images have padding (PS3.3 C.7.5.1.1.2). */
function paddingMask(stored: StoredValues, image: ImageDescription): Uint8Array | null {
  const { padding, photometric } = image;
  if (padding === null || !photometric.startsWith('MONOCHROME')) return null;
  let any = false;
  const mask = new Uint8Array(stored.length);
  for (let i = 0; i < stored.length; i++) {
    const value = stored[i] ?? 0;
    if (value < padding.low || value > padding.high) continue;
    mask[i] = 1;
    any = true;
  }
  return any ? mask : null;
}

/** Lowest and highest value that is not padding; 0 and 0 where all is. */
function rangeOf(pixels: GrayFrame['pixels'], padding: Uint8Array | null): { min: number; max: number } {
  const isImage = (index: number) => padding === null || padding[index] !== 1;
  let start = 0;
  while (start < pixels.length && !isImage(start)) start++;
  let min = pixels[start] ?? 0;
  let max = min;
  for (let i = start; i < pixels.length; i++) {
    const value = pixels[i] ?? 0;
    if (value < min && isImage(i)) min = value;
    else if (value > max && isImage(i)) max = value;
  }
  return { min, max };
}

/** Colours need no window: their whole range is what they mean. */
function fullRange(image: ImageDescription): VoiTransform {
  const { palette, bitsStored } = image;
  const width =
    palette === null
      ? 2 ** bitsStored - 1
      : Math.max(tableMaximum(palette.red), tableMaximum(palette.green), tableMaximum(palette.blue));
  return { function: 'LINEAR_EXACT', windows: [{ center: width / 2, width }], table: null };
}

/**
 * Turns decoded samples into one channel in modality units: colours to luma, then the modality LUT or rescale
 * (PS3.3 C.11.1), padding marked.
 *
 * @throws DomainError PIXELS_CORRUPT where a palette is missing
 */
export function toGrayFrame(
  decoded: DecodedFrame,
  stored: StoredValues,
  image: ImageDescription,
  modality: ModalityTransform,
  voi: VoiTransform,
): GrayFrame {
  let pixels = oneChannel(decoded, stored, image);
  const monochrome = image.photometric.startsWith('MONOCHROME');
  const padding = paddingMask(stored, image);
  const { table, slope, intercept } = modality;
  const transforms = monochrome && (table !== null || slope !== 1 || intercept !== 0);
  if (transforms) {
    pixels = new Float32Array(pixels);
    for (let i = 0; i < pixels.length; i++) {
      const value = pixels[i] ?? 0;
      pixels[i] = table === null ? value * slope + intercept : lookUp(table, value);
    }
  }
  const { min, max } = rangeOf(pixels, padding);
  return {
    width: image.columns,
    height: image.rows,
    pixels,
    min,
    max,
    photometric: image.photometric,
    pixelAspectRatio: image.pixelAspectRatio,
    padding,
    voi: monochrome ? voi : fullRange(image),
  };
}
