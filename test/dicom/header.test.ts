import { describe, expect, it } from 'vitest';
import { parseHeader, parseHeaderPrefix } from '../../server/dicom/header.js';
import { DomainError } from '../../server/errors.js';
import { makeDicom, SYNTAX, type DicomOptions, type SyntaxName } from '../support/dicom-factory.js';
import { writePart10, type DicomElements } from '../support/dicom-writer.js';

const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'none';
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return error.code;
  }
};
/** The answer to a whole file, asked in both ways, which must agree. */
const answer = (bytes: Uint8Array): string => {
  const code = codeOf(() => parseHeader(bytes));
  expect(codeOf(() => parseHeaderPrefix(bytes, true))).toMatch(
    code === 'DICOM_TRUNCATED' ? /TRUNCATED|none/ : code,
  );
  return code;
};
const syntaxes = Object.keys(SYNTAX) as SyntaxName[];

describe('no DICOM at all', () => {
  it.each<[string, Uint8Array]>([
    ['a PDF', Buffer.from(`%PDF-1.7 ${'x'.repeat(300)}`)],
    ['a JPEG', Buffer.concat([Buffer.from('ffd8ffe000104a464946', 'hex'), Buffer.alloc(400)])],
    ['a PNG', Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(400)])],
    ['zeros', Buffer.alloc(1000)],
    ['a text shorter than a preamble', Buffer.from('hello')],
    [
      'the magic and then nonsense',
      Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), Buffer.alloc(500, 0x41)]),
    ],
  ])('%s is NOT_DICOM', (_, bytes) => expect(answer(bytes)).toBe('NOT_DICOM'));

  it('an empty file is DICOM_EMPTY', () => expect(answer(Buffer.alloc(0))).toBe('DICOM_EMPTY'));
});

describe('truncated files', () => {
  it.each(syntaxes)('%s: wherever it is cut, it is never taken for whole', async (syntax) => {
    const whole = await makeDicom({ seed: 1, rows: 16, columns: 16, frames: 2, syntax });
    expect(answer(whole)).toBe('none');
    const found = new Map<string, number[]>();
    for (let length = 1; length < whole.length; length++) {
      const code = codeOf(() => parseHeader(whole.subarray(0, length)));
      found.set(code, [...(found.get(code) ?? []), length]);
    }
    expect(Math.max(...(found.get('NOT_DICOM') ?? []))).toBe(131);
    found.delete('NOT_DICOM');
    // Cut exactly between two elements, after its size, it is an image without pixels.
    expect(found.get('PIXELS_MISSING')?.length ?? 0).toBeLessThan(12);
    found.delete('PIXELS_MISSING');
    expect([...found.keys()]).toEqual(['DICOM_TRUNCATED']);
  });

  it.each(syntaxes)('%s: no prefix gives another answer than the whole', async (syntax) => {
    const whole = await makeDicom({ seed: 2, rows: 16, columns: 16, syntax });
    const expected = parseHeader(whole);
    for (let length = 0; length < whole.length; length += 3) {
      const prefix = parseHeaderPrefix(whole.subarray(0, length), false);
      if (prefix !== 'NEED_MORE') expect(prefix).toEqual(expected);
    }
  });
});

describe('encrypted files', () => {
  const sealed: DicomElements['x'] = [
    'SQ',
    [{ '04000510': ['UI', '1.2.840.10008.1.2.1'], '04000520': ['OB', new Uint8Array(64)] }],
  ];
  it.each(['implicit', 'explicit', 'bigEndian', 'deflated', 'rle'] as const)(
    'with an Encrypted Attributes Sequence are DICOM_ENCRYPTED: %s',
    async (syntax) => {
      const options: DicomOptions = { syntax, elements: { '04000500': sealed } };
      expect(answer(await makeDicom(options))).toBe('DICOM_ENCRYPTED');
      // Whatever else they lack: identifiers may be among what is encrypted.
      const bare = { ...options.elements, '0020000d': null };
      expect(answer(await makeDicom({ ...options, elements: bare }))).toBe('DICOM_ENCRYPTED');
    },
  );

  it('as CMS enveloped data are DICOM_ENCRYPTED', () => {
    const envelope = Buffer.concat([
      Buffer.from('3082012006092a864886f70d010703a0820111', 'hex'),
      Buffer.alloc(270),
    ]);
    expect(answer(envelope)).toBe('DICOM_ENCRYPTED');
  });
});

describe('missing identifiers', () => {
  const tags = ['00080016', '00080018', '0020000d', '0020000e'];
  it.each(tags)('%s missing, empty or no UID is DICOM_MISSING_UID', async (tag) => {
    for (const value of [
      null,
      ['UI', ''],
      ['UI', '1.2.x'],
      ['UI', '1.2\\1.3'],
      ['UI', '.1'],
      ['UI', `1.${'2'.repeat(70)}`],
    ] as const) {
      const elements = { [tag]: value === null ? null : ([...value] as [string, string]) };
      expect(answer(await makeDicom({ elements }))).toBe('DICOM_MISSING_UID');
    }
  });
});

describe('identifiers', () => {
  it('are taken whole, with a backslash that was sent', async () => {
    const elements: DicomElements = {
      '00100020': ['LO', ' BS\\7 '],
      '00100021': ['LO', 'A\\B'],
      '00080050': ['SH', 'N\\1'],
    };
    expect(parseHeader(await makeDicom({ elements }))).toMatchObject({
      patientId: 'BS\\7',
      issuerOfPatientId: 'A\\B',
      accessionNumber: 'N\\1',
    });
  });
});

describe('objects that are no images', () => {
  const identity: DicomElements = {
    '00080018': ['UI', '2.25.1'],
    '00080060': ['CS', 'OT'],
    '0020000d': ['UI', '2.25.2'],
    '0020000e': ['UI', '2.25.3'],
  };
  const CLASSES = '1.2.840.10008.5.1.4.1.1';
  it.each<[string, string, DicomElements]>([
    ['structured report', `${CLASSES}.88.11`, { '0040a040': ['CS', 'CONTAINER'], '0040a730': ['SQ', [{}]] }],
    ['encapsulated PDF', `${CLASSES}.104.1`, { '00420011': ['OB', new Uint8Array(200)] }],
    ['presentation state', `${CLASSES}.11.1`, { '00700080': ['CS', 'STATE'] }],
    ['waveform', `${CLASSES}.9.1.1`, { '54000100': ['SQ', [{ '54001010': ['OW', [1, 2, 3]] }]] }],
    ['structure set', `${CLASSES}.481.3`, { '30060020': ['SQ', [{}]] }],
    ['key objects', `${CLASSES}.88.59`, { '0040a730': ['SQ', [{}]] }],
    ['raw data', `${CLASSES}.66`, {}],
    ['directory', '1.2.840.10008.1.3.10', { '00041130': ['CS', 'DISC'], '00041220': ['SQ', [{}]] }],
  ])('a %s is DICOM_NOT_AN_IMAGE', (_, sopClass, content) => {
    const object = { ...identity, '00080016': ['UI', sopClass] as [string, string], ...content };
    for (const syntax of [SYNTAX.implicit, SYNTAX.explicit, SYNTAX.deflated]) {
      expect(answer(writePart10(object, syntax))).toBe('DICOM_NOT_AN_IMAGE');
    }
  });

  it('an image without pixels is PIXELS_MISSING, one that does not tell its size PIXELS_CORRUPT', async () => {
    const whole = await makeDicom({ seed: 3 });
    expect(answer(whole.subarray(0, whole.indexOf(Buffer.from('e07f1000', 'hex'))))).toBe('PIXELS_MISSING');
    for (const tag of ['00280010', '00280011']) {
      expect(answer(await makeDicom({ elements: { [tag]: null } }))).toBe('PIXELS_CORRUPT');
      expect(answer(await makeDicom({ elements: { [tag]: ['US', 0] } }))).toBe('PIXELS_CORRUPT');
    }
    expect(answer(await makeDicom({ elements: { '00280008': ['IS', '0'] } }))).toBe('PIXELS_CORRUPT');
    expect(answer(await makeDicom({ elements: { '00280008': ['IS', '900'] } }))).toBe('DICOM_TRUNCATED');
  });
});
