/** The value representations this writer knows (PS3.5 6.2). */
type Vr =
  | 'UI'
  | 'CS'
  | 'SH'
  | 'LO'
  | 'PN'
  | 'DA'
  | 'TM'
  | 'IS'
  | 'DS'
  | 'LT'
  | 'ST'
  | 'US'
  | 'SS'
  | 'OB'
  | 'OW'
  | 'SQ';

/** One attribute: its tag (group * 65536 + element), representation and value. Items of a sequence are data sets. */
export type Element =
  | { tag: number; vr: 'US' | 'SS'; value: number }
  | { tag: number; vr: 'OB' | 'OW'; value: Uint8Array }
  /** Encapsulated pixel data: a fragment for each frame (PS3.5 A.4). */
  | { tag: number; vr: 'OB'; value: Uint8Array[] }
  | { tag: number; vr: 'SQ'; value: Element[][] }
  | { tag: number; vr: Exclude<Vr, 'US' | 'SS' | 'OB' | 'OW' | 'SQ'>; value: string };

const explicitLittleEndian = '1.2.840.10008.1.2.1';
const longLength: ReadonlySet<Vr> = new Set(['OB', 'OW', 'SQ']);
const text = new TextEncoder();

/**
 * Writes a DICOM file: preamble, file meta information (PS3.10 7.1), data set in explicit VR little endian
 * (PS3.5 A.2), ordered by tag.
 *
 * @param implementation the writer's own Implementation Class UID
 * @param transferSyntaxUid what the pixel data is encoded in, where it is encapsulated
 */
export function writeDicom(
  sopClassUid: string,
  sopInstanceUid: string,
  implementation: string,
  dataSet: Element[],
  transferSyntaxUid = explicitLittleEndian,
): Uint8Array {
  const meta = encode([
    { tag: 0x00020001, vr: 'OB', value: Uint8Array.of(0, 1) },
    { tag: 0x00020002, vr: 'UI', value: sopClassUid },
    { tag: 0x00020003, vr: 'UI', value: sopInstanceUid },
    { tag: 0x00020010, vr: 'UI', value: transferSyntaxUid },
    { tag: 0x00020012, vr: 'UI', value: implementation },
    { tag: 0x00020013, vr: 'SH', value: 'COVID-TRIAGE' },
  ]);
  const head = new Uint8Array(144);
  head.set(text.encode('DICM'), 128);
  const view = new DataView(head.buffer);
  view.setUint16(132, 2, true);
  head.set(text.encode('UL'), 136);
  view.setUint16(138, 4, true);
  view.setUint32(140, meta.length, true);
  return concat([head, meta, encode(dataSet)]);
}

function encode(elements: Element[]): Uint8Array {
  const sorted = [...elements].sort((a, b) => a.tag - b.tag);
  return concat(sorted.flatMap((element) => encodeElement(element)));
}

function encodeElement(element: Element): Uint8Array[] {
  if (element.vr === 'OB' && Array.isArray(element.value)) return encapsulated(element.tag, element.value);
  const value = padded(element);
  const long = longLength.has(element.vr);
  const head = new Uint8Array(long ? 12 : 8);
  const view = new DataView(head.buffer);
  view.setUint16(0, element.tag >>> 16, true);
  view.setUint16(2, element.tag & 0xffff, true);
  head.set(text.encode(element.vr), 4);
  if (long) view.setUint32(8, value.length, true);
  else if (value.length > 0xffff) throw new RangeError(`value of ${element.tag.toString(16)} is too long`);
  else view.setUint16(6, value.length, true);
  return [head, value];
}

/** Undefined length, an empty offset table, one item a fragment, a delimiter (PS3.5 A.4). */
function encapsulated(tag: number, fragments: readonly Uint8Array[]): Uint8Array[] {
  const head = new Uint8Array(12);
  const view = new DataView(head.buffer);
  view.setUint16(0, tag >>> 16, true);
  view.setUint16(2, tag & 0xffff, true);
  head.set(text.encode('OB'), 4);
  view.setUint32(8, 0xffffffff, true);
  const item = (element: number, length: number) => {
    const bytes = new Uint8Array(8);
    const itemView = new DataView(bytes.buffer);
    itemView.setUint16(0, 0xfffe, true);
    itemView.setUint16(2, element, true);
    itemView.setUint32(4, length, true);
    return bytes;
  };
  const items = fragments.flatMap((fragment) => {
    const even = fragment.length % 2 === 0 ? fragment : concat([fragment, Uint8Array.of(0)]);
    return [item(0xe000, even.length), even];
  });
  return [head, item(0xe000, 0), ...items, item(0xe0dd, 0)];
}

/** A value's bytes, of even length (PS3.5 6.2: UIDs and bytes are padded with null, text with a space). */
function padded(element: Element): Uint8Array {
  switch (element.vr) {
    case 'US':
    case 'SS':
      return Uint8Array.of(element.value & 0xff, (element.value >>> 8) & 0xff);
    case 'OB':
    case 'OW': {
      const bytes = Array.isArray(element.value) ? concat(element.value) : element.value;
      return bytes.length % 2 === 0 ? bytes : concat([bytes, Uint8Array.of(0)]);
    }
    case 'SQ':
      return concat(element.value.flatMap((item) => encodeItem(item)));
    case 'UI':
    case 'CS':
    case 'SH':
    case 'LO':
    case 'PN':
    case 'DA':
    case 'TM':
    case 'IS':
    case 'DS':
    case 'LT':
    case 'ST': {
      const bytes = text.encode(element.value);
      const pad = element.vr === 'UI' ? 0 : 0x20;
      return bytes.length % 2 === 0 ? bytes : concat([bytes, Uint8Array.of(pad)]);
    }
  }
}

/** An item of defined length (PS3.5 7.5.1). */
function encodeItem(item: Element[]): Uint8Array[] {
  const content = encode(item);
  const head = new Uint8Array(8);
  const view = new DataView(head.buffer);
  view.setUint16(0, 0xfffe, true);
  view.setUint16(2, 0xe000, true);
  view.setUint32(4, content.length, true);
  return [head, content];
}

function concat(parts: Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    result.set(part, offset);
    offset += part.length;
  }
  return result;
}
