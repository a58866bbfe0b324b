// Whose an object is, and what becomes of one that is known: over HTTP, on the real database and store.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDicom, randomOf, uidOf, type DicomOptions } from '../support/dicom-factory.js';
import { createTestServer, type StowAnswer, type TestServer } from '../support/server.js';

const commentOf = ({ failed }: StowAnswer) => String(failed[0]?.['00000902']?.Value?.[0]).split(':')[0];
const reasonOf = ({ failed }: StowAnswer) => failed[0]?.['00081197']?.Value?.[0];
const urlOf = ({ stored }: StowAnswer) => String(stored[0]?.['00081190']?.Value?.[0]);

describe('objects of known UIDs', () => {
  let server: TestServer;
  const send = async (options: DicomOptions) => server.stow([await makeDicom(options)]);
  const objectsInStore = async () => {
    const folder = join(server.config.dataDir, 'objects');
    const files = await readdir(folder, { recursive: true, withFileTypes: true });
    return files.filter((entry) => entry.isFile()).length;
  };

  beforeAll(async () => {
    server = await createTestServer();
  });
  afterAll(() => server.close());

  it('refuses an object of another patient in a series that is known', async () => {
    const seriesUid = uidOf('shared series');
    expect((await send({ seed: 20, seriesUid })).status).toBe(200);
    const before = await objectsInStore();
    const answer = await send({ seed: 21, seriesUid });
    expect(answer.status).toBe(409);
    expect(commentOf(answer)).toBe('SERIES_STUDY_MISMATCH');
    expect(reasonOf(answer)).toBe(0xa900);
    const filed = await server.db.selectFrom('study').select('studyInstanceUid').execute();
    expect(filed.map(({ studyInstanceUid }) => studyInstanceUid)).not.toContain(uidOf('study 21'));
    expect(await objectsInStore()).toBe(before);
  });

  it.each<[string, DicomOptions]>([
    ['patient', { patientId: 'OTHER' }],
    ['issuer', { issuerOfPatientId: 'OTHER' }],
    ['study', { studyUid: uidOf('another study') }],
    ['series', { seriesUid: uidOf('another series') }],
  ])('refuses a known instance, same pixels, of another %s', async (name, other) => {
    const one: DicomOptions = { seed: 22, sopUid: uidOf(`moved ${name}`), studyUid: uidOf(`study ${name}`) };
    const first = { ...one, seriesUid: uidOf(`series ${name}`), patientId: `P-${name}` };
    expect((await send(first)).status).toBe(200);
    const before = await objectsInStore();
    const answer = await send({ ...first, ...other });
    expect(answer.status).toBe(409);
    expect(commentOf(answer)).toBe('INSTANCE_MISMATCH');
    expect(await objectsInStore()).toBe(before);
  });

  it('says where the stored one is, and keeps no second object of the same pixels', async () => {
    const one: DicomOptions = { seed: 23, patientName: 'Before^Marriage' };
    await send(one);
    const before = await objectsInStore();
    const answer = await send({ ...one, patientName: 'After^Marriage', syntax: 'rle' });
    expect(answer.status).toBe(202);
    expect((await fetch(urlOf(answer))).status).toBe(200);
    expect(await objectsInStore()).toBe(before);
  });

  it('remembers the digest of the pixels that it compared', async () => {
    const one: DicomOptions = { seed: 24 };
    const find = () =>
      server.db
        .selectFrom('instance')
        .select('pixelDigest')
        .where('sopInstanceUid', '=', uidOf('sop 24'))
        .executeTakeFirst();
    await send({ ...one, sopUid: uidOf('sop 24') });
    expect((await find())?.pixelDigest).toBeNull();
    await send({ ...one, sopUid: uidOf('sop 24'), patientName: 'Another^Name' });
    expect((await find())?.pixelDigest).toMatch(/^[0-9a-f]{64}$/);
  });

  it('stores one of two instances of the same UID that come at once in two studies', async () => {
    const sopUid = uidOf('at once');
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => send({ seed: 30 + n, sopUid, patientId: `ONCE${n}` })),
    );
    const statuses = answers.map(({ status }) => status).sort((a, b) => a - b);
    expect(statuses).toEqual([200, 409, 409, 409, 409, 409, 409, 409]);
    for (const answer of answers)
      if (answer.status === 409) expect(commentOf(answer)).toBe('INSTANCE_MISMATCH');
  });

  it('takes numbers that no database column holds as none, and text without nulls and half characters', async () => {
    const answer = await send({
      seed: 40,
      elements: {
        '00200013': ['IS', '99999999999'],
        '00200011': ['IS', '-99999999999'],
        '00100010': ['PN', 'Nu\0ll^Name'],
        '00081030': ['LO', 'Chest\0PA'],
        '00180015': ['CS', 'CH\0EST'],
      },
    });
    expect(answer.status).toBe(200);
    const row = await server.db
      .selectFrom('instance')
      .innerJoin('series', 'series.id', 'instance.seriesId')
      .innerJoin('study', 'study.id', 'series.studyId')
      .innerJoin('patient', 'patient.id', 'study.patientId')
      .select(['instance.number as instance', 'series.number as series', 'patient.name', 'study.description'])
      .where('patient.patientId', '=', 'P40')
      .executeTakeFirst();
    expect(row).toEqual({ instance: null, series: null, name: 'Null^Name', description: 'ChestPA' });
  });

  it('answers 500 and "processing failure" where trying again cannot help', async () => {
    // No index entry holds a name of this size: what PostgreSQL says is not foreseen.
    const random = randomOf(1);
    const name = Array.from({ length: 9000 }, () => 'ABCDEFGHIJKLMNOP'[Math.floor(random() * 16)]).join('');
    const answer = await send({ seed: 41, elements: { '00100010': ['PN', name] } });
    expect(answer.status).toBe(500);
    expect(reasonOf(answer)).toBe(0x0110);
  });

  it('refuses encrypted objects with their code', async () => {
    const attributes = await send({ seed: 42, elements: { '04000500': ['SQ', []] } });
    expect(attributes.status).toBe(409);
    expect(commentOf(attributes)).toBe('DICOM_ENCRYPTED');
    const enveloped = Buffer.concat([
      Buffer.from('3080', 'hex'),
      Buffer.from('06092a864886f70d010703', 'hex'),
      Buffer.alloc(300),
    ]);
    const file = await server.stow([enveloped]);
    expect(file.status).toBe(409);
    expect(commentOf(file)).toBe('DICOM_ENCRYPTED');
  });

  it('keeps patients apart whose IDs differ behind a backslash', async () => {
    await send({ seed: 60, patientId: 'BS' });
    await send({ seed: 61, patientId: 'BS\\7' });
    const query = 'query ($id: ID!) { patient(id: $id) { id studies { studyInstanceUid } } }';
    for (const [id, seed] of [
      ['BS', 60],
      ['BS\\7', 61],
    ] as const) {
      const { data } = await server.graphql(query, { id });
      expect(data.patient).toEqual({ id, studies: [{ studyInstanceUid: uidOf(`study ${seed}`) }] });
    }
  });

  it('shows studies without a date after the dated ones', async () => {
    const patientId = 'DATES';
    await send({ seed: 50, patientId, studyDate: '20190102' });
    await send({ seed: 51, patientId, studyDate: '' });
    await send({ seed: 52, patientId, studyDate: '20200102' });
    const { data } = await server.graphql<{ patient: { studies: { studiedAt: string | null }[] } }>(
      'query { patient(id: "DATES") { studies { studiedAt } } }',
    );
    const years = data.patient.studies.map(({ studiedAt }) => studiedAt?.slice(0, 4) ?? null);
    expect(years).toEqual(['2020', '2019', null]);
  });
});
