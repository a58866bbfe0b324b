import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDicom, uidOf } from '../support/dicom-factory.js';
import { createTestServer, multipart, stow, type TestServer } from '../support/server.js';

const reasonOf = (item: Record<string, { Value?: unknown[] }> | undefined) => item?.['00081197']?.Value?.[0];
const commentOf = (item: Record<string, { Value?: unknown[] }> | undefined) =>
  String(item?.['00000902']?.Value?.[0]);
const sopOf = (item: Record<string, { Value?: unknown[] }> | undefined) => item?.['00081155']?.Value?.[0];

describe('STOW-RS', () => {
  let server: TestServer;
  const instances = async () =>
    (await server.db.selectFrom('instance').select('sopInstanceUid').execute()).length;

  beforeAll(async () => {
    server = await createTestServer({ env: { MAX_OBJECT_BYTES: '2000000' } });
  });
  afterAll(() => server.close());

  it('stores what is sent and says where it is', async () => {
    const one = await makeDicom({ seed: 1 });
    const answer = await server.stow([one]);
    expect(answer.status).toBe(200);
    expect(answer.failed).toEqual([]);
    const url = String(answer.stored[0]?.['00081190']?.Value?.[0]);
    const back = await fetch(url);
    expect(back.headers.get('content-type')).toMatch(/^multipart\/related; type="application\/dicom"/);
    const body = Buffer.from(await back.arrayBuffer());
    expect(body.includes(Buffer.from(one))).toBe(true);
  });

  it('takes the same object twice as one', async () => {
    const before = await instances();
    const one = await makeDicom({ seed: 1 });
    expect((await server.stow([one, one])).status).toBe(200);
    expect(await instances()).toBe(before);
  });

  it('takes the same pixels in another header or syntax as one, too', async () => {
    const before = await instances();
    const sopUid = uidOf('same pixels');
    const make = (syntax: 'explicit' | 'rle', patientName: string) =>
      makeDicom({ seed: 2, sopUid, syntax, patientName });
    expect((await server.stow([await make('explicit', 'A^B')])).status).toBe(200);
    expect((await server.stow([await make('rle', 'A^B')])).status).toBe(200);
    expect((await server.stow([await make('rle', 'A^C')])).status).toBe(202);
    expect(await instances()).toBe(before + 1);
  });

  it('refuses other pixels under a known UID and keeps the first', async () => {
    const sopUid = uidOf('twice');
    const shared = { sopUid, studyUid: uidOf('twice study'), seriesUid: uidOf('twice series') };
    const first = await makeDicom({ seed: 3, ...shared });
    await server.stow([first]);
    const answer = await server.stow([await makeDicom({ seed: 4, patientId: 'P3', ...shared })]);
    expect(answer.status).toBe(409);
    expect(reasonOf(answer.failed[0])).toBe(0x0111);
    expect(sopOf(answer.failed[0])).toBe(sopUid);
    expect(commentOf(answer.failed[0])).toMatch(/^DUPLICATE_UID_DIFFERENT_PIXELS/);
  });

  it('stores what is good and names what is wrong with the rest', async () => {
    const good = await makeDicom({ seed: 5 });
    const truncated = (await makeDicom({ seed: 6 })).subarray(0, -500);
    const text = Buffer.from('this is no DICOM file, whatever its name says');
    const answer = await server.stow([text, good, truncated, Buffer.alloc(0)]);
    expect(answer.status).toBe(202);
    expect(answer.stored).toHaveLength(1);
    expect(answer.failed.map(commentOf).map((comment) => comment.split(':')[0])).toEqual([
      'NOT_DICOM',
      'DICOM_TRUNCATED',
      'DICOM_EMPTY',
    ]);
  });

  it('answers 400 when nothing that was sent is DICOM', async () => {
    expect((await server.stow([Buffer.from('no'), Buffer.alloc(0)])).status).toBe(400);
  });

  it('answers 413 for an object beyond the limit, without keeping any of it', async () => {
    const before = await instances();
    const large = await makeDicom({ seed: 7, rows: 1200, columns: 1200, bitsAllocated: 16 });
    expect((await server.stow([large])).status).toBe(413);
    expect(await instances()).toBe(before);
  });

  it('refuses an object of another study than the address names', async () => {
    const answer = await server.stow([await makeDicom({ seed: 8 })], { study: '1.2.3' });
    expect(answer.status).toBe(409);
    expect(commentOf(answer.failed[0])).toMatch(/^STUDY_MISMATCH/);
  });

  it.each([
    ['another media type', 'application/json', 415],
    [
      'parts of another type',
      'multipart/related; type="application/dicom+json"; boundary=test-boundary',
      415,
    ],
    ['no boundary', 'multipart/related; type="application/dicom"', 400],
    ['another boundary', 'multipart/related; type="application/dicom"; boundary=other', 400],
  ])('refuses %s', async (_name, contentType, status) => {
    const body = multipart([await makeDicom({ seed: 9 })]);
    expect((await stow(server.url, body, { contentType })).status).toBe(status);
  });

  it('stores one row when many senders send the same at once', async () => {
    const before = await instances();
    const one = await makeDicom({ seed: 10 });
    const answers = await Promise.all(Array.from({ length: 8 }, () => server.stow([one])));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(await instances()).toBe(before + 1);
  });

  it('keeps persons without a Patient ID apart', async () => {
    await server.stow([
      await makeDicom({ seed: 11, patientId: '' }),
      await makeDicom({ seed: 12, patientId: '' }),
    ]);
    const rows = await server.db
      .selectFrom('patient')
      .select('patientId')
      .where('patientId', 'like', 'unknown:%')
      .execute();
    expect(rows).toHaveLength(2);
  });

  it('renders pictures and thumbnails, and answers metadata without pixels', async () => {
    const answer = await server.stow([await makeDicom({ seed: 13, windowCenter: 2000, windowWidth: 3000 })]);
    const url = String(answer.stored[0]?.['00081190']?.Value?.[0]);
    const rendered = await fetch(`${url}/rendered?window=1000,500`);
    expect(rendered.headers.get('content-type')).toBe('image/png');
    expect((await fetch(`${url}/thumbnail`)).status).toBe(200);
    expect((await fetch(`${url}/rendered?window=1000,0`)).status).toBe(400);
    expect((await fetch(`${url}.9/rendered`)).status).toBe(404);
    const [metadata] = (await (await fetch(`${url}/metadata`)).json()) as Record<
      string,
      { Value?: unknown[] }
    >[];
    expect(metadata?.['00281050']?.Value).toEqual([2000]);
    expect(metadata?.['00080018']?.Value?.[0]).toBe(sopOf(answer.stored[0]));
    expect(metadata).not.toHaveProperty('7FE00010');
  });
});
