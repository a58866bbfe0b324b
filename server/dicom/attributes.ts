// Whether two objects with the same pixels say the same about them.
import { DomainError } from '../errors.js';
import type { DicomInput } from './byte-source.js';
import { dicomModel, type DicomModel } from './dicom-json.js';

/**
 * What changes with encoding or on the way, not by a correction: Specific Character Set, Retrieve AE Title, Instance
 * Availability, Retrieve URL, Photometric Interpretation, Planar Configuration, the Lossy Image Compression ones, and
 * those that are US or SS, which implicit VR leaves open (PS3.5 A.1).
 */
const INCIDENTAL = new Set(
  '00080005 00080054 00080056 00081190 00280004 00280006 00280106 00280107 00280108 00280109 00280120 00280121 00282110 00282112 00282114'.split(
    ' ',
  ),
);

function isIncidental(tag: string): boolean {
  const group = parseInt(tag.slice(0, 4), 16);
  return group % 2 === 1 || group === 0x7fe0 || tag.endsWith('0000') || INCIDENTAL.has(tag);
}

function essence(model: DicomModel): unknown[] {
  return Object.entries(model)
    .filter(([tag, { Value = [] }]) => !isIncidental(tag) && Value.some((value) => value !== null))
    .map(([tag, { vr, Value = [] }]) => [
      tag,
      vr === 'SQ' ? Value.map((item) => essence(item as DicomModel)) : Value,
    ]);
}

/** Null for what cannot be read, and so cannot be shown to be the same. */
async function attributesOf(input: DicomInput): Promise<string | null> {
  try {
    return JSON.stringify(essence(await dicomModel(input)));
  } catch (error) {
    if (error instanceof DomainError && !error.retryable) return null;
    throw error;
  }
}

/**
 * Compares the standard attributes of two objects, whatever their transfer syntaxes and character sets. Bulk data,
 * private elements and what a transport or another encoding adds do not count; an absent element is the same as an empty one.
 *
 * @throws DomainError STORAGE_FAILED, retryable
 */
export async function sameAttributes(one: DicomInput, other: DicomInput): Promise<boolean> {
  const first = await attributesOf(one);
  return first !== null && first === (await attributesOf(other));
}
