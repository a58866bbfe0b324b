// The DICOM JSON model (PS3.18 F) of an object's header.
import dcmjs from 'dcmjs';
import { withInput, type DicomInput } from './byte-source.js';
import { TAG_PIXEL_DATA } from './dataset.js';
import type { Part10 } from './part10.js';
import { asCorrupt } from './problems.js';
import { DEFLATED } from './syntaxes.js';

interface Element {
  vr: string;
  Value?: unknown[];
}

/** An object by the tags of its elements, `GGGGEEEE`. */
export type DicomModel = Record<string, Element>;

const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';
/** Bulk data, which the model would hold in Base64 or by reference (PS3.18 F.2.6, F.2.7). */
const BULK = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'UN']);

dcmjs.log.setLevel('silent');

/**
 * Everything before the pixels in the DICOM JSON model (PS3.18 F.2); other bulk data is left out.
 *
 * @throws DomainError NOT_DICOM, DICOM_TRUNCATED, DICOM_TOO_LARGE; STORAGE_FAILED, retryable
 */
export async function dicomModel(input: DicomInput): Promise<DicomModel> {
  try {
    return await withInput(input, async ({ file }) => {
      const options = { ignoreErrors: true };
      const { dict } = dcmjs.data.DicomMessage.readFile(headerOf(file), options);
      return modelOf(dict);
    });
  } catch (error) {
    throw asCorrupt(error, 'the header');
  }
}

/**
 * The model as text: one JSON object.
 *
 * @throws DomainError as `dicomModel`
 */
export async function dicomJson(input: DicomInput): Promise<string> {
  return JSON.stringify(await dicomModel(input));
}

/** A file of the header alone, unfolded, with no more of the meta information than tells how to read it. */
function headerOf({ main, meta, transferSyntaxUid }: Part10): ArrayBuffer {
  const deflated = transferSyntaxUid === DEFLATED;
  const syntax = Buffer.from(deflated ? EXPLICIT_LITTLE_ENDIAN : transferSyntaxUid);
  const value = Buffer.concat([syntax, Buffer.alloc(syntax.length % 2)]);
  const uid = Buffer.from([2, 0, 0x10, 0, 0x55, 0x49, value.length, 0]);
  const length = Buffer.from([2, 0, 0, 0, 0x55, 0x4c, 4, 0, uid.length + value.length, 0, 0, 0]);
  const pixels = main.elements.get(TAG_PIXEL_DATA);
  const elementHeader = main.encoding.explicit ? 12 : 8;
  const end = pixels === undefined ? main.end : pixels.offset - elementHeader;
  const data = main.bytes.subarray(deflated ? 0 : meta.end, end);
  const whole = [Buffer.alloc(128), Buffer.from('DICM'), length, uid, value, data];
  return new Uint8Array(Buffer.concat(whole)).buffer;
}

function modelOf(dict: DicomModel): DicomModel {
  const entries = Object.entries(dict)
    .filter(([tag, { vr }]) => /^[0-9A-F]{8}$/i.test(tag) && !BULK.has(vr))
    .map(([tag, { vr, Value = [] }]) => {
      const values = Value.filter((value) => value !== undefined).map((value) => valueOf(vr, value));
      return [tag.toUpperCase(), values.length > 0 ? { vr, Value: values } : { vr }] as const;
    });
  return Object.fromEntries(entries);
}

function valueOf(vr: string, value: unknown): unknown {
  if (vr === 'SQ') return modelOf(value as DicomModel);
  if (vr !== 'PN') return value === '' ? null : value;
  return typeof value === 'string' ? { Alphabetic: value } : value;
}
