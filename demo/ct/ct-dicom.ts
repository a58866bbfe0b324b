import { writeDicom, type Element } from '../dicom-writer.js';
import { uidOf } from '../uid.js';

/** CT Image Storage and Enhanced CT Image Storage (PS3.4 B.5). */
export const ctImage = '1.2.840.10008.5.1.4.1.1.2';
export const enhancedCtImage = '1.2.840.10008.5.1.4.1.1.2.1';

/** What identifies a generated series. Everything in it is invented. */
export interface CtAttributes {
  patientId: string;
  patientName: string;
  birthDate: string;
  sex: 'M' | 'F';
  /** YYYYMMDD and HHMMSS. */
  studyDate: string;
  studyTime: string;
  studyDescription: string;
  /** Distinguishes studies. */
  key: string;
  /** Distinguishes the series of a study. */
  seriesNumber: number;
  seriesDescription: string;
  bodyPart: string;
  /** Values of Image Type joined by backslashes. */
  imageType?: string;
  kernel?: string;
  contrastAgent?: string;
}

/** How and where one picture lies, and how its values are stored. */
export interface CtPicture {
  hu: Int16Array;
  rows: number;
  columns: number;
  pixel: number;
  thickness: number;
  /** Image Position and Orientation (Patient). */
  position: readonly [number, number, number];
  orientation?: readonly number[];
  instanceNumber: number;
  /** Stored as signed numbers; unsigned unless told. */
  signed?: boolean;
  /** Rescale slope and intercept (PS3.3 C.11.1); 1 and -1024 unless told. */
  slope?: number;
  intercept?: number;
  /** Where given, pixels where it is 1 are stored as padding (0028,0120). */
  padding?: Uint8Array;
  /** Gantry/Detector Tilt (0018,1120) in degrees. */
  gantryTilt?: number;
}

const implementation = uidOf('implementation');
const number = (value: number) => String(Number(value.toFixed(6))).slice(0, 16);
const list = (values: readonly number[]) => values.map(number).join('\\');
const paddingValue = -2000;

function stored(pictures: readonly CtPicture[]): Uint8Array {
  const total = pictures.reduce((sum, { hu }) => sum + hu.length, 0);
  const words = new Int16Array(total);
  let at = 0;
  for (const { hu, slope = 1, intercept = -1024, padding, signed = false } of pictures) {
    for (let i = 0; i < hu.length; i++) {
      const value = Math.round(((hu[i] ?? 0) - intercept) / slope);
      words[at++] = padding?.[i] ? (signed ? paddingValue : 63_536) : signed ? value : Math.max(0, value);
    }
  }
  return new Uint8Array(words.buffer);
}

function common(
  attributes: CtAttributes,
  sopClass: string,
  sopInstanceUid: string,
  first: CtPicture,
): Element[] {
  const { key, studyDate, studyTime } = attributes;
  const imageType = attributes.imageType ?? 'DERIVED\\PRIMARY\\AXIAL';
  const elements: Element[] = [
    { tag: 0x00080005, vr: 'CS', value: 'ISO_IR 192' },
    { tag: 0x00080008, vr: 'CS', value: imageType },
    { tag: 0x00080016, vr: 'UI', value: sopClass },
    { tag: 0x00080018, vr: 'UI', value: sopInstanceUid },
    { tag: 0x00080020, vr: 'DA', value: studyDate },
    { tag: 0x00080023, vr: 'DA', value: studyDate },
    { tag: 0x00080030, vr: 'TM', value: studyTime },
    { tag: 0x00080033, vr: 'TM', value: studyTime },
    { tag: 0x00080050, vr: 'SH', value: '' },
    { tag: 0x00080060, vr: 'CS', value: 'CT' },
    { tag: 0x00080070, vr: 'LO', value: 'COVID triage demo generator' },
    { tag: 0x00080090, vr: 'PN', value: '' },
    { tag: 0x00081030, vr: 'LO', value: attributes.studyDescription },
    { tag: 0x0008103e, vr: 'LO', value: attributes.seriesDescription },
    { tag: 0x00082111, vr: 'ST', value: 'Computed from a geometric model. No person was imaged.' },
    { tag: 0x00100010, vr: 'PN', value: attributes.patientName },
    { tag: 0x00100020, vr: 'LO', value: attributes.patientId },
    { tag: 0x00100021, vr: 'LO', value: 'COVID-TRIAGE-DEMO' },
    { tag: 0x00100030, vr: 'DA', value: attributes.birthDate },
    { tag: 0x00100040, vr: 'CS', value: attributes.sex },
    { tag: 0x00120062, vr: 'CS', value: 'YES' },
    { tag: 0x00120063, vr: 'LO', value: 'Synthetic: no person was imaged' },
    { tag: 0x00180015, vr: 'CS', value: attributes.bodyPart },
    { tag: 0x00180060, vr: 'DS', value: '' },
    { tag: 0x00181000, vr: 'LO', value: 'SYNTHETIC' },
    { tag: 0x00181120, vr: 'DS', value: number(first.gantryTilt ?? 0) },
    { tag: 0x00181210, vr: 'SH', value: attributes.kernel ?? 'STANDARD' },
    { tag: 0x00185100, vr: 'CS', value: 'HFS' },
    { tag: 0x0020000d, vr: 'UI', value: uidOf(`ct study ${key}`) },
    { tag: 0x0020000e, vr: 'UI', value: uidOf(`ct series ${key} ${attributes.seriesNumber}`) },
    { tag: 0x00200010, vr: 'SH', value: '' },
    { tag: 0x00200011, vr: 'IS', value: String(attributes.seriesNumber) },
    { tag: 0x00200013, vr: 'IS', value: String(first.instanceNumber) },
    { tag: 0x00200052, vr: 'UI', value: uidOf(`ct frame of reference ${key}`) },
    { tag: 0x00201040, vr: 'LO', value: '' },
    { tag: 0x00204000, vr: 'LT', value: 'SYNTHETIC PICTURE OF NOBODY, for demonstration and tests only.' },
    { tag: 0x00280002, vr: 'US', value: 1 },
    { tag: 0x00280004, vr: 'CS', value: 'MONOCHROME2' },
    { tag: 0x00280010, vr: 'US', value: first.rows },
    { tag: 0x00280011, vr: 'US', value: first.columns },
    { tag: 0x00280100, vr: 'US', value: 16 },
    { tag: 0x00280101, vr: 'US', value: 16 },
    { tag: 0x00280102, vr: 'US', value: 15 },
    { tag: 0x00280103, vr: 'US', value: first.signed ? 1 : 0 },
    { tag: 0x00281050, vr: 'DS', value: '-600' },
    { tag: 0x00281051, vr: 'DS', value: '1500' },
  ];
  if (attributes.contrastAgent !== undefined) {
    elements.push({ tag: 0x00180010, vr: 'LO', value: attributes.contrastAgent });
  }
  if (first.padding) {
    const signed = first.signed ?? false;
    elements.push({ tag: 0x00280120, vr: signed ? 'SS' : 'US', value: signed ? paddingValue : 63_536 });
  }
  return elements;
}

const axial = [1, 0, 0, 0, 1, 0];

export interface CtFile {
  bytes: Uint8Array;
  studyInstanceUid: string;
  seriesInstanceUid: string;
  sopInstanceUid: string;
}

/** How pixels are compressed; without one they are explicit VR little endian. */
export interface CtCoding {
  transferSyntaxUid: string;
  /** One frame of 16-bit words, row by row. */
  encode(words: Uint16Array, columns: number, rows: number): Uint8Array;
}

function write(
  attributes: CtAttributes,
  sopClass: string,
  sopInstanceUid: string,
  elements: Element[],
  transferSyntaxUid?: string,
): CtFile {
  return {
    bytes: writeDicom(sopClass, sopInstanceUid, implementation, elements, transferSyntaxUid),
    studyInstanceUid: uidOf(`ct study ${attributes.key}`),
    seriesInstanceUid: uidOf(`ct series ${attributes.key} ${attributes.seriesNumber}`),
    sopInstanceUid,
  };
}

/** One generated slice as a CT image (PS3.3 A.3), marked as synthetic. The same input gives the same bytes. */
export function writeCtSlice(attributes: CtAttributes, picture: CtPicture, coding?: CtCoding): CtFile {
  const { key, seriesNumber } = attributes;
  const uid = uidOf(`ct instance ${key} ${seriesNumber} ${picture.instanceNumber}`);
  const native = stored([picture]);
  const coded = coding?.encode(new Uint16Array(native.buffer), picture.columns, picture.rows);
  const elements: Element[] = [
    ...common(attributes, ctImage, uid, picture),
    { tag: 0x00180050, vr: 'DS', value: number(picture.thickness) },
    { tag: 0x00200032, vr: 'DS', value: list(picture.position) },
    { tag: 0x00200037, vr: 'DS', value: list(picture.orientation ?? axial) },
    { tag: 0x00280030, vr: 'DS', value: list([picture.pixel, picture.pixel]) },
    { tag: 0x00281052, vr: 'DS', value: number(picture.intercept ?? -1024) },
    { tag: 0x00281053, vr: 'DS', value: number(picture.slope ?? 1) },
    { tag: 0x00281054, vr: 'LO', value: 'HU' },
    coded ? { tag: 0x7fe00010, vr: 'OB', value: [coded] } : { tag: 0x7fe00010, vr: 'OW', value: native },
  ];
  return write(attributes, ctImage, uid, elements, coding?.transferSyntaxUid);
}

/** A whole stack as one Enhanced CT image (PS3.3 A.38), its places and rescales in functional groups. */
export function writeEnhancedCt(attributes: CtAttributes, pictures: readonly CtPicture[]): CtFile {
  const [first] = pictures;
  if (!first) throw new RangeError('no pictures');
  const uid = uidOf(`ct enhanced ${attributes.key} ${attributes.seriesNumber}`);
  const shared: Element[] = [
    {
      tag: 0x00209116,
      vr: 'SQ',
      value: [[{ tag: 0x00200037, vr: 'DS', value: list(first.orientation ?? axial) }]],
    },
    {
      tag: 0x00289110,
      vr: 'SQ',
      value: [
        [
          { tag: 0x00180050, vr: 'DS', value: number(first.thickness) },
          { tag: 0x00280030, vr: 'DS', value: list([first.pixel, first.pixel]) },
        ],
      ],
    },
  ];
  const frames = pictures.map(({ position, slope = 1, intercept = -1024 }): Element[] => [
    { tag: 0x00209113, vr: 'SQ', value: [[{ tag: 0x00200032, vr: 'DS', value: list(position) }]] },
    {
      tag: 0x00289145,
      vr: 'SQ',
      value: [
        [
          { tag: 0x00281052, vr: 'DS', value: number(intercept) },
          { tag: 0x00281053, vr: 'DS', value: number(slope) },
          { tag: 0x00281054, vr: 'LO', value: 'HU' },
        ],
      ],
    },
  ]);
  return write(attributes, enhancedCtImage, uid, [
    ...common(attributes, enhancedCtImage, uid, first),
    { tag: 0x00280008, vr: 'IS', value: String(pictures.length) },
    { tag: 0x52009229, vr: 'SQ', value: [shared] },
    { tag: 0x52009230, vr: 'SQ', value: frames },
    { tag: 0x7fe00010, vr: 'OW', value: stored(pictures) },
  ]);
}
