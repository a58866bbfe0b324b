import { withInput, type DicomInput } from './byte-source.js';
import type { DataSet } from './dataset.js';
import { functionalGroup } from './image.js';
import { decimalOf, decimalsOf, stringOf, stringsOf, textOf, wordOf } from './values.js';

/** What a frame says of its place in the body and of how it was made; null where it does not say. */
export interface FrameInfo {
  /** From 0. */
  frame: number;
  seriesInstanceUid: string;
  seriesDescription: string | null;
  modality: string;
  imageType: readonly string[];
  bodyPartExamined: string | null;
  kernel: string | null;
  contrastAgent: string | null;
  /** Image Orientation (Patient) (0020,0037): six direction cosines. */
  orientation: readonly number[] | null;
  /** Image Position (Patient) (0020,0032) in millimetres. */
  position: readonly number[] | null;
  /** Pixel Spacing (0028,0030): between rows, between columns, in millimetres. */
  pixelSpacing: readonly number[] | null;
  sliceThickness: number | null;
  rows: number;
  columns: number;
}

const numbers = (set: DataSet, tag: number, count: number) => {
  const values = decimalsOf(set, tag);
  return values.length === count ? values : null;
};

/**
 * Reads where each frame of an image lies: of a multi-frame object from its functional groups (PS3.3 C.7.6.16.2), else
 * from the image plane module (PS3.3 C.7.6.2). Pixels are not touched.
 *
 * @throws DomainError NOT_DICOM, DICOM_EMPTY, DICOM_TRUNCATED, DICOM_ENCRYPTED, DICOM_TOO_LARGE; NOT_FOUND and
 *   STORAGE_FAILED as `withInput`
 */
export function frameInfos(input: DicomInput): Promise<FrameInfo[]> {
  return withInput(input, ({ file }) => Promise.resolve(framesOf(file.main)));
}

function framesOf(main: DataSet): FrameInfo[] {
  const frames = Math.max(1, Math.trunc(decimalOf(main, 0x00280008) ?? 1));
  const shared = {
    seriesInstanceUid: stringOf(main, 0x0020000e) ?? '',
    seriesDescription: textOf(main, 0x0008103e),
    modality: stringOf(main, 0x00080060) ?? '',
    imageType: stringsOf(main, 0x00080008),
    bodyPartExamined: stringOf(main, 0x00180015),
    kernel: stringsOf(main, 0x00181210).join(' ') || null,
    contrastAgent: textOf(main, 0x00180010),
    rows: wordOf(main, 0x00280010) ?? 0,
    columns: wordOf(main, 0x00280011) ?? 0,
  };
  return Array.from({ length: frames }, (_, frame) => {
    const from = (group: number) => functionalGroup(main, frame, group) ?? main;
    const measures = from(0x00289110);
    return {
      ...shared,
      frame,
      orientation: numbers(from(0x00209116), 0x00200037, 6),
      position: numbers(from(0x00209113), 0x00200032, 3),
      pixelSpacing: numbers(measures, 0x00280030, 2),
      sliceThickness: decimalOf(measures, 0x00180050),
    };
  });
}
