// What is taken, but not without a word: over HTTP, on the real database and store; the model is a tiny one.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { warningTexts } from '../../server/intake/warnings.js';
import { createLogger } from '../../server/log.js';
import { makeDicom, uidOf, type DicomOptions } from '../support/dicom-factory.js';
import { createTestServer, type StowAnswer, type TestServer } from '../support/server.js';
import { writeTinyModel } from '../support/tiny-model.js';

const reasonOf = ({ stored }: StowAnswer) => stored[0]?.['00081196']?.Value?.[0];
const commentOf = ({ stored }: StowAnswer) => stored[0]?.['00000902']?.Value?.[0];

let folder: string;
let server: TestServer;
const lines: string[] = [];
const send = async (options: DicomOptions) => server.stow([await makeDicom(options)]);
const person = (patientId: string) =>
  server.db
    .selectFrom('patient')
    .select(['name', 'birthDate', 'sex'])
    .where('patientId', '=', patientId)
    .executeTakeFirst();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'covid-triage-warnings-'));
  await writeTinyModel(join(folder, 'tiny/0.0.1'));
  const log = createLogger('info', { write: (line) => void lines.push(line) });
  server = await createTestServer({ env: { MODEL_DIR: folder }, log });
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

describe('demographics of a patient', () => {
  const newest: DicomOptions = {
    ...{ patientName: 'Doe^Jane', patientBirthDate: '19600101', patientSex: 'F', studyDate: '20200315' },
  };
  const jane = { name: 'Doe^Jane', birthDate: '1960-01-01', sex: 'FEMALE' };

  it('are not set back by an older study that comes later, which is told', async () => {
    const patientId = 'OLDER';
    expect((await send({ seed: 1, patientId, ...newest })).status).toBe(200);
    const prior = { patientName: 'Roe^Jane', patientBirthDate: '19591231', studyDate: '20100315' };
    const answer = await send({ seed: 2, patientId, ...newest, ...prior });
    expect(answer.status).toBe(202);
    expect(answer.failed).toEqual([]);
    expect(reasonOf(answer)).toBe(0xb000);
    expect(commentOf(answer)).toBe('PATIENT_DEMOGRAPHICS_DIFFER: other birth date or sex than stored');
    expect(await person(patientId)).toEqual(jane);
  });

  it('follow a newer study, and a study without a date by its arrival', async () => {
    const patientId = 'NEWER';
    await send({ seed: 3, patientId, ...newest, studyDate: '20100315' });
    const renamed = await send({ seed: 4, patientId, ...newest, patientName: 'Roe^Jane' });
    expect(renamed.status).toBe(200);
    expect(await person(patientId)).toEqual({ ...jane, name: 'Roe^Jane' });
    const other = await send({ seed: 5, patientId, ...newest, studyDate: '', patientSex: 'M' });
    expect(other.status).toBe(202);
    expect(await person(patientId)).toEqual({ ...jane, sex: 'MALE' });
  });

  it('compare studies of one day by their time', async () => {
    const patientId = 'HOURS';
    await send({ seed: 6, patientId, ...newest, studyTime: '120000' });
    await send({ seed: 7, patientId, ...newest, studyTime: '110000', patientName: 'Before^Noon' });
    expect(await person(patientId)).toEqual(jane);
  });

  it('do not wait for a study of a date in the future', async () => {
    const patientId = 'FUTURE';
    await send({ seed: 8, patientId, ...newest, studyDate: '29990101', patientName: 'Typing^Error' });
    await send({ seed: 9, patientId, ...newest, studyDate: '' });
    expect(await person(patientId)).toEqual(jane);
  });

  it('lose nothing to an image that leaves it out, and gain from an older one', async () => {
    const patientId = 'GAPS';
    const bare = { patientName: '', patientBirthDate: '', patientSex: '' };
    await send({ seed: 10, patientId, ...newest, ...bare });
    expect((await send({ seed: 11, patientId, ...newest, studyDate: '20100315' })).status).toBe(200);
    expect(await person(patientId)).toEqual(jane);
    expect((await send({ seed: 12, patientId, ...bare, studyDate: '20200401' })).status).toBe(200);
    expect(await person(patientId)).toEqual(jane);
  });

  it('are not those of a study that is refused', async () => {
    const patientId = 'REFUSED';
    await send({ seed: 13, patientId, ...newest });
    const moved = { ...newest, studyUid: uidOf('study 1'), patientName: 'Another^Person' };
    expect((await send({ seed: 14, patientId, ...moved })).status).toBe(409);
    expect(await person(patientId)).toEqual(jane);
  });
});

describe('an object that is known with the same pixels', () => {
  const one: DicomOptions = { seed: 20, viewPosition: 'LL', sopUid: uidOf('corrected') };
  const stored = () =>
    server.db
      .selectFrom('instance')
      .select(['viewPosition', 'objectDigest'])
      .where('sopInstanceUid', '=', uidOf('corrected'))
      .executeTakeFirst();

  it.each<[string, DicomOptions]>([
    ['name', { patientName: 'Correct^Name' }],
    ['accession number', { accessionNumber: 'B20' }],
    ['view position', { viewPosition: 'PA' }],
    ['window', { windowCenter: 100, windowWidth: 200 }],
    ['nested attribute', { elements: { '00321064': ['SQ', [{ '00080104': ['LO', 'Chest'] }]] } }],
  ])('is kept as it came first; another %s is told', async (_name, corrected) => {
    expect((await send(one)).status).toBe(200);
    const before = await stored();
    const answer = await send({ ...one, ...corrected });
    expect(answer.status).toBe(202);
    expect(answer.failed).toEqual([]);
    expect(reasonOf(answer)).toBe(0xb006);
    expect(commentOf(answer)).toBe('DUPLICATE_UID_DIFFERENT_ATTRIBUTES: the first stored are kept');
    expect(await stored()).toEqual(before);
  });

  it.each<[string, DicomOptions]>([
    ['in another transfer syntax', { syntax: 'rle' }],
    ['in implicit VR', { syntax: 'implicit' }],
    ['with private elements', { elements: { '00090010': ['LO', 'ARCHIVE'], '00091001': ['LO', 'x'] } }],
    ['from another archive', { elements: { '00080054': ['AE', 'ARCHIVE'], '00200010': ['SH', ''] } }],
    ['with an empty name', { elements: { '00081070': ['PN', ''], '00321064': ['SQ', []] } }],
    [
      'in another character set',
      { elements: { '00080005': ['CS', 'ISO_IR 192'], '00100010': ['PN', Buffer.from('Müller^A')] } },
    ],
  ])('is the same %s', async (name, other) => {
    const first: DicomOptions = { ...one, sopUid: uidOf(name) };
    const elements: DicomOptions['elements'] = {
      '00080005': ['CS', 'ISO_IR 100'],
      '00100010': ['PN', 'Müller^A'],
    };
    await send(name.includes('character') ? { ...first, elements } : first);
    expect((await send({ ...first, ...other })).status).toBe(200);
  });
});

it('logs the code of a warning, and nothing of the person', () => {
  const warned = lines.filter((line) => line.includes('"code":"PATIENT_DEMOGRAPHICS_DIFFER"'));
  expect(warned.length).toBeGreaterThan(0);
  expect(lines.join('')).not.toMatch(/Doe|Roe|1960|1959|FEMALE|OLDER/);
});

it('has words that fit in an Error Comment', () => {
  for (const [code, words] of Object.entries(warningTexts)) {
    expect(`${code}: ${words}`.length).toBeLessThanOrEqual(64);
  }
});
