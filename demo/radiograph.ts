import { writeDicom, type Element } from './dicom-writer.js';
import type { Film } from './film.js';
import { uidOf } from './uid.js';

/** Digital X-Ray Image Storage - For Presentation (PS3.4 B.5). */
export const digitalXRay = '1.2.840.10008.5.1.4.1.1.1.1';

type View = 'PA' | 'AP' | 'LL';

/** What identifies a generated radiograph. Everything in it is invented. */
export interface RadiographAttributes {
  patientId: string;
  /** DICOM person name; an ideographic form may follow after `=` (PS3.5 6.2.1). */
  patientName: string;
  birthDate: string;
  sex: 'M' | 'F';
  /** YYYYMMDD and HHMMSS. */
  studyDate: string;
  studyTime: string;
  accessionNumber: string;
  description: string;
  bodyPart: 'CHEST' | 'HAND';
  view: View;
  /** Distinguishes studies of one patient. */
  key: string;
}

export const demoIssuer = 'COVID-TRIAGE-DEMO';
const implementation = uidOf('implementation');

/** SNOMED CT codes of PS3.16 context groups 4009 and 4010. */
const regions: Record<RadiographAttributes['bodyPart'], [code: string, meaning: string]> = {
  CHEST: ['51185008', 'Chest'],
  HAND: ['85562004', 'Hand'],
};
const views: Record<View, [code: string, meaning: string]> = {
  PA: ['272479007', 'postero-anterior'],
  AP: ['399348003', 'antero-posterior'],
  LL: ['399173006', 'left lateral'],
};

const code = ([value, meaning]: [string, string]): Element[] => [
  { tag: 0x00080100, vr: 'SH', value },
  { tag: 0x00080102, vr: 'SH', value: 'SCT' },
  { tag: 0x00080104, vr: 'LO', value: meaning },
];

/**
 * A generated film as a DX image (PS3.3 A.26), marked as synthetic in every place a reader may look.
 *
 * @returns the file's bytes with the UIDs it was given; the same input gives the same bytes
 */
export function writeRadiograph(
  film: Film,
  attributes: RadiographAttributes,
): { bytes: Uint8Array; studyInstanceUid: string; seriesInstanceUid: string; sopInstanceUid: string } {
  const { key, bodyPart, view, studyDate, studyTime } = attributes;
  const studyInstanceUid = uidOf(`study ${key}`);
  const seriesInstanceUid = uidOf(`series ${key}`);
  const sopInstanceUid = uidOf(`instance ${key}`);
  const pixels = new Uint8Array(film.pixels.length * 2);
  const words = new DataView(pixels.buffer);
  film.pixels.forEach((value, i) => words.setUint16(i * 2, value, true));
  const spacing = (420 / film.width).toFixed(4);
  const elements: Element[] = [
    { tag: 0x00080005, vr: 'CS', value: 'ISO_IR 192' },
    { tag: 0x00080008, vr: 'CS', value: 'DERIVED\\PRIMARY\\' },
    { tag: 0x00080016, vr: 'UI', value: digitalXRay },
    { tag: 0x00080018, vr: 'UI', value: sopInstanceUid },
    { tag: 0x00080020, vr: 'DA', value: studyDate },
    { tag: 0x00080021, vr: 'DA', value: studyDate },
    { tag: 0x00080022, vr: 'DA', value: studyDate },
    { tag: 0x00080023, vr: 'DA', value: studyDate },
    { tag: 0x00080030, vr: 'TM', value: studyTime },
    { tag: 0x00080031, vr: 'TM', value: studyTime },
    { tag: 0x00080032, vr: 'TM', value: studyTime },
    { tag: 0x00080033, vr: 'TM', value: studyTime },
    { tag: 0x00080050, vr: 'SH', value: attributes.accessionNumber },
    { tag: 0x00080060, vr: 'CS', value: 'DX' },
    { tag: 0x00080068, vr: 'CS', value: 'FOR PRESENTATION' },
    { tag: 0x00080070, vr: 'LO', value: 'COVID triage demo generator' },
    { tag: 0x00080090, vr: 'PN', value: '' },
    { tag: 0x00081030, vr: 'LO', value: attributes.description },
    { tag: 0x0008103e, vr: 'LO', value: `${bodyPart === 'CHEST' ? 'Chest' : 'Hand'} ${view} (synthetic)` },
    { tag: 0x00081090, vr: 'LO', value: 'Synthetic' },
    { tag: 0x00082111, vr: 'ST', value: 'Computed from a geometric model. No person was imaged.' },
    { tag: 0x00082218, vr: 'SQ', value: [code(regions[bodyPart])] },
    { tag: 0x00100010, vr: 'PN', value: attributes.patientName },
    { tag: 0x00100020, vr: 'LO', value: attributes.patientId },
    { tag: 0x00100021, vr: 'LO', value: demoIssuer },
    { tag: 0x00100030, vr: 'DA', value: attributes.birthDate },
    { tag: 0x00100040, vr: 'CS', value: attributes.sex },
    { tag: 0x00120062, vr: 'CS', value: 'YES' },
    { tag: 0x00120063, vr: 'LO', value: 'Synthetic: no person was imaged' },
    { tag: 0x00180015, vr: 'CS', value: bodyPart },
    { tag: 0x00181000, vr: 'LO', value: 'SYNTHETIC' },
    { tag: 0x00181020, vr: 'LO', value: '1' },
    { tag: 0x00181164, vr: 'DS', value: `${spacing}\\${spacing}` },
    { tag: 0x00181508, vr: 'CS', value: '' },
    { tag: 0x00185101, vr: 'CS', value: view },
    { tag: 0x00187004, vr: 'CS', value: '' },
    { tag: 0x0020000d, vr: 'UI', value: studyInstanceUid },
    { tag: 0x0020000e, vr: 'UI', value: seriesInstanceUid },
    { tag: 0x00200010, vr: 'SH', value: attributes.accessionNumber },
    { tag: 0x00200011, vr: 'IS', value: '1' },
    { tag: 0x00200013, vr: 'IS', value: '1' },
    { tag: 0x00200020, vr: 'CS', value: view === 'LL' ? 'A\\F' : 'L\\F' },
    { tag: 0x00200062, vr: 'CS', value: bodyPart === 'CHEST' ? 'U' : 'R' },
    { tag: 0x00204000, vr: 'LT', value: 'SYNTHETIC PICTURE OF NOBODY, for demonstration and tests only.' },
    { tag: 0x00280002, vr: 'US', value: 1 },
    { tag: 0x00280004, vr: 'CS', value: 'MONOCHROME2' },
    { tag: 0x00280010, vr: 'US', value: film.height },
    { tag: 0x00280011, vr: 'US', value: film.width },
    { tag: 0x00280100, vr: 'US', value: 16 },
    { tag: 0x00280101, vr: 'US', value: 12 },
    { tag: 0x00280102, vr: 'US', value: 11 },
    { tag: 0x00280103, vr: 'US', value: 0 },
    { tag: 0x00280301, vr: 'CS', value: 'NO' },
    { tag: 0x00281040, vr: 'CS', value: 'LOG' },
    { tag: 0x00281041, vr: 'SS', value: -1 },
    { tag: 0x00281050, vr: 'DS', value: '2048' },
    { tag: 0x00281051, vr: 'DS', value: '4096' },
    { tag: 0x00281052, vr: 'DS', value: '0' },
    { tag: 0x00281053, vr: 'DS', value: '1' },
    { tag: 0x00281054, vr: 'LO', value: 'US' },
    { tag: 0x00282110, vr: 'CS', value: '00' },
    { tag: 0x00400555, vr: 'SQ', value: [] },
    { tag: 0x00540220, vr: 'SQ', value: [code(views[view])] },
    { tag: 0x20500020, vr: 'CS', value: 'IDENTITY' },
    { tag: 0x7fe00010, vr: 'OW', value: pixels },
  ];
  const bytes = writeDicom(digitalXRay, sopInstanceUid, implementation, elements);
  return { bytes, studyInstanceUid, seriesInstanceUid, sopInstanceUid };
}
