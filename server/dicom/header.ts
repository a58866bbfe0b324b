import { TAG_PIXEL_DATA, type DataSet } from './dataset.js';
import { checkPixelDataLength, pixelDataExtent, type PixelDataExtent } from './extent.js';
import { openPart10, type Part10 } from './part10.js';
import { dicomError } from './problems.js';
import { decimalOf, identifierOf, stringOf, stringsOf, textOf, wellFormed, wordOf } from './values.js';

/** What intake and the API know of an instance. Text is as in the file, null where absent or empty. */
export interface DicomHeader {
  transferSyntaxUid: string;
  sopClassUid: string;
  sopInstanceUid: string;
  studyInstanceUid: string;
  seriesInstanceUid: string;
  patientId: string | null;
  issuerOfPatientId: string | null;
  /** As PN: components by `^`, representations by `=`. */
  patientName: string | null;
  /** DA, YYYYMMDD; YYYY.MM.DD in ACR-NEMA. */
  patientBirthDate: string | null;
  patientSex: string | null;
  /** DA, YYYYMMDD; YYYY.MM.DD in ACR-NEMA. */
  studyDate: string | null;
  /** TM, HHMMSS.FFFFFF. */
  studyTime: string | null;
  /** Timezone Offset From UTC, `&ZZXX`. */
  timezoneOffset: string | null;
  studyDescription: string | null;
  accessionNumber: string | null;
  modality: string | null;
  seriesDescription: string | null;
  seriesNumber: number | null;
  instanceNumber: number | null;
  bodyPartExamined: string | null;
  viewPosition: string | null;
  /** Two values joined by a backslash. */
  patientOrientation: string | null;
  /** Values joined by backslashes. */
  imageType: string | null;
  /** YES or NO. */
  burnedInAnnotation: string | null;
  manufacturer: string | null;
  rows: number;
  columns: number;
  numberOfFrames: number;
  samplesPerPixel: number;
  bitsAllocated: number;
  bitsStored: number;
  photometricInterpretation: string | null;
  /** Always true: objects without pixels are refused. */
  hasPixelData: boolean;
  /** Where the pixel data lies, to check a stream's length with. */
  pixelData: PixelDataExtent;
}

const UID = /^(?=.{1,64}$)\d+(\.\d+)*$/;
const TAG_ENCRYPTED_ATTRIBUTES = 0x04000500;
const TAG_ROWS = 0x00280010;
/**
 * Image storage by SOP Class (PS3.4 Annex B.5): CR and digital X-ray, CT, ultrasound, MR, secondary capture, angiography,
 * nuclear medicine, visible light, PET, RT image.
 */
const IMAGE_CLASS = /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.(1|2|3|4|6|7|12|13|20|77\.1|128|130|481\.1)(\.\d+)*$/;
const TAG_FLOAT_PIXELS = [0x7fe00008, 0x7fe00009];

function uid(set: DataSet, tag: number, name: string): string {
  // All of it: the first of several would be another object's.
  const value = stringsOf(set, tag).join('\\');
  if (value === '') throw dicomError('DICOM_MISSING_UID', `the ${name} is missing`);
  if (!UID.test(value)) throw dicomError('DICOM_MISSING_UID', `the ${name} is no valid UID`);
  return value;
}

/** An IS value; null outside of the 32 bits that it may have (PS3.5 6.2). */
function integer(set: DataSet, tag: number): number | null {
  const value = decimalOf(set, tag);
  return value === null || Math.abs(value) > 0x7fffffff ? null : Math.trunc(value);
}

function plain(set: DataSet, tag: number): string | null {
  return wellFormed(stringOf(set, tag) ?? '') || null;
}

function joined(set: DataSet, tag: number): string | null {
  return wellFormed(stringsOf(set, tag).join('\\')) || null;
}

/** An object whose elements are past the image's description without one, will never be an image. */
function refuseNonImage(read: DataSet): void {
  const beyond = [...read.elements.keys()].some((tag) => tag >= 0x00400000 && (tag >>> 16) % 2 === 0);
  if (beyond && !read.elements.has(TAG_ROWS)) {
    throw dicomError('DICOM_NOT_AN_IMAGE', 'the object holds no image');
  }
}

function holdsPixels({ main }: Part10): boolean {
  return [TAG_PIXEL_DATA, ...TAG_FLOAT_PIXELS].some((tag) => main.elements.has(tag));
}

/** An object without a trace of an image is another kind of object, or an image cut off exactly between two elements. */
function checkIsImage(file: Part10): void {
  if (holdsPixels(file) || file.main.elements.has(TAG_ROWS)) return;
  const sopClass = stringOf(file.meta, 0x00020002) ?? stringOf(file.main, 0x00080016) ?? '';
  if (IMAGE_CLASS.test(sopClass)) throw dicomError('DICOM_TRUNCATED', 'the file ends before its image');
  throw dicomError('DICOM_NOT_AN_IMAGE', 'the object holds no image');
}

/** The picture's description; throws where there is none. */
function describePixels(file: Part10) {
  const { main } = file;
  const rows = wordOf(main, TAG_ROWS) ?? 0;
  const columns = wordOf(main, 0x00280011) ?? 0;
  const hasPixelData = holdsPixels(file);
  if (!hasPixelData) throw dicomError('PIXELS_MISSING', 'the object describes an image but holds no pixels');
  if (rows === 0 || columns === 0) throw dicomError('PIXELS_CORRUPT', 'the image does not tell its size');
  const numberOfFrames = Math.trunc(decimalOf(main, 0x00280008) ?? 1);
  if (numberOfFrames < 1 || numberOfFrames > 0x7fffffff) {
    throw dicomError('PIXELS_CORRUPT', 'the number of frames is no positive number of 32 bits');
  }
  const bitsAllocated = wordOf(main, 0x00280100) ?? 0;
  return {
    rows,
    columns,
    numberOfFrames,
    samplesPerPixel: wordOf(main, 0x00280002) ?? 1,
    bitsAllocated,
    bitsStored: wordOf(main, 0x00280101) ?? bitsAllocated,
    photometricInterpretation: plain(main, 0x00280004),
    hasPixelData,
  };
}

function toHeader(file: Part10): DicomHeader {
  const { main } = file;
  if (main.elements.has(TAG_ENCRYPTED_ATTRIBUTES)) {
    // Its patient and study identifiers are stand-ins: a result could not be put beside the right record (PS3.15 E.1).
    throw dicomError('DICOM_ENCRYPTED', 'the object carries encrypted attributes');
  }
  checkIsImage(file);
  const identity = {
    transferSyntaxUid: file.transferSyntaxUid,
    sopClassUid: uid(main, 0x00080016, 'SOP Class UID'),
    sopInstanceUid: uid(main, 0x00080018, 'SOP Instance UID'),
    studyInstanceUid: uid(main, 0x0020000d, 'Study Instance UID'),
    seriesInstanceUid: uid(main, 0x0020000e, 'Series Instance UID'),
  };
  const image = describePixels(file);
  return {
    ...identity,
    patientId: identifierOf(main, 0x00100020),
    issuerOfPatientId: identifierOf(main, 0x00100021),
    patientName: textOf(main, 0x00100010),
    patientBirthDate: plain(main, 0x00100030),
    patientSex: plain(main, 0x00100040),
    studyDate: plain(main, 0x00080020),
    studyTime: plain(main, 0x00080030),
    timezoneOffset: plain(main, 0x00080201),
    studyDescription: textOf(main, 0x00081030),
    accessionNumber: identifierOf(main, 0x00080050),
    modality: plain(main, 0x00080060),
    seriesDescription: textOf(main, 0x0008103e),
    seriesNumber: integer(main, 0x00200011),
    instanceNumber: integer(main, 0x00200013),
    bodyPartExamined: plain(main, 0x00180015),
    viewPosition: plain(main, 0x00185101),
    patientOrientation: joined(main, 0x00200020),
    imageType: joined(main, 0x00080008),
    burnedInAnnotation: plain(main, 0x00280301),
    manufacturer: textOf(main, 0x00080070),
    ...image,
    pixelData: pixelDataExtent(file, image),
  };
}

/**
 * Reads the header from the first bytes of a file. The pixel data need not be there; what of it must follow is in
 * `pixelData`, to be checked with `checkPixelDataLength` or, as the bytes arrive, `createStreamCheck`.
 *
 * @param complete true when the prefix is the whole file
 * @returns the header, or NEED_MORE when it is longer than the prefix
 * @throws DomainError DICOM_EMPTY, NOT_DICOM, DICOM_TRUNCATED, DICOM_ENCRYPTED, DICOM_MISSING_UID,
 * DICOM_NOT_AN_IMAGE, DICOM_TOO_LARGE, PIXELS_MISSING, PIXELS_CORRUPT
 */
export function parseHeaderPrefix(prefix: Uint8Array, complete: boolean): DicomHeader | 'NEED_MORE' {
  const file = openPart10(prefix, complete, refuseNonImage);
  if (file === 'NEED_MORE') return file;
  if (!complete && !file.main.elements.has(TAG_PIXEL_DATA)) {
    refuseNonImage(file.main);
    return 'NEED_MORE';
  }
  return toHeader(file);
}

/**
 * Reads the header of a whole file and checks that its pixel data is all there.
 *
 * @throws DomainError as `parseHeaderPrefix`
 */
export function parseHeader(bytes: Uint8Array): DicomHeader {
  const file = openPart10(bytes, true, refuseNonImage);
  if (file === 'NEED_MORE') throw dicomError('DICOM_TRUNCATED', 'the file is cut off');
  const header = toHeader(file);
  checkPixelDataLength(header.pixelData, file.main.bytes);
  return header;
}
