// WADO-RS over HTTP: what is accepted, what is cached, and metadata whatever the transfer syntax.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDicom, SYNTAX, uidOf, type SyntaxName } from '../support/dicom-factory.js';
import { createTestServer, type TestServer } from '../support/server.js';

describe('WADO-RS', () => {
  let server: TestServer;
  let studyUrl: string;
  let instanceUrl: string;
  const get = (url: string, accept?: string, headers: Record<string, string> = {}) =>
    fetch(url, { headers: { ...headers, ...(accept === undefined ? {} : { accept }) } });

  beforeAll(async () => {
    server = await createTestServer();
    const { stored } = await server.stow([await makeDicom({ seed: 1, instanceNumber: 5 })]);
    instanceUrl = String(stored[0]?.['00081190']?.Value?.[0]);
    studyUrl = instanceUrl.replace(/\/series\/.*/, '');
  });
  afterAll(() => server.close());

  it.each([
    ['*/*', 200],
    ['multipart/*;q=0.5', 200],
    ['multipart/related', 200],
    ['multipart/related; type="application/dicom"', 200],
    ['multipart/related; type=application/dicom; transfer-syntax=*', 200],
    [`multipart/related; type="application/dicom"; transfer-syntax=${SYNTAX.explicit}`, 200],
    [`multipart/related; type="application/dicom"; transfer-syntax=${SYNTAX.jpegBaseline}`, 406],
    ['multipart/related; type="application/dicom"; q=0', 406],
    ['multipart/related; type="image/jpeg"', 406],
    ['application/dicom+json', 406],
    ['application/dicom', 406],
    ['text/html, image/*', 406],
  ])('objects for Accept: %s: %i', async (accept, status) => {
    expect((await get(instanceUrl, accept)).status).toBe(status);
  });

  it.each([
    ['*/*', 200],
    ['application/dicom+json', 200],
    ['application/json;q=0.2', 200],
    ['multipart/related; type="application/dicom+xml"', 406],
  ])('metadata for Accept: %s: %i', async (accept, status) => {
    expect((await get(`${instanceUrl}/metadata`, accept)).status).toBe(status);
  });

  it.each([
    ['image/jpeg', 'image/jpeg'],
    ['image/png;q=0.1, image/jpeg', 'image/jpeg'],
    ['image/avif,image/webp,image/*,*/*;q=0.8', 'image/png'],
    ['image/jpeg, */*;q=0', 'image/jpeg'],
    ['application/dicom+json', null],
    ['image/gif', null],
  ])('pictures for Accept: %s: %s', async (accept, type) => {
    const response = await get(`${instanceUrl}/rendered`, accept);
    expect(response.status).toBe(type === null ? 406 : 200);
    if (type !== null) expect(response.headers.get('content-type')).toBe(type);
  });

  it('separates parts by a boundary that no client chooses', async () => {
    const boundaries = await Promise.all(
      [1, 2].map(async () => {
        const response = await get(instanceUrl, undefined, { 'x-request-id': 'chosen' });
        return /boundary=(\S+)/.exec(response.headers.get('content-type') ?? '')?.[1];
      }),
    );
    expect(boundaries[0]).not.toContain('chosen');
    expect(boundaries[0]).not.toBe(boundaries[1]);
  });

  it('lets the picture of a study be kept only after asking', async () => {
    const first = await get(`${studyUrl}/rendered`);
    expect(first.headers.get('cache-control')).toBe('private, no-cache');
    const etag = first.headers.get('etag') ?? '';
    expect((await get(`${studyUrl}/rendered`, undefined, { 'if-none-match': etag })).status).toBe(304);
    expect((await get(`${instanceUrl}/rendered`)).headers.get('cache-control')).toContain('max-age');
    // An image with a smaller number becomes the first of the study.
    const shared = { patientId: 'P1', studyUid: uidOf('study 1') };
    const series = { seriesUid: uidOf('series 1'), sopUid: uidOf('an earlier one') };
    const { stored } = await server.stow([
      await makeDicom({ seed: 2, ...shared, ...series, instanceNumber: 1 }),
    ]);
    expect(String(stored[0]?.['00081190']?.Value?.[0])).toContain(studyUrl);
    const second = await get(`${studyUrl}/rendered`, undefined, { 'if-none-match': etag });
    expect(second.status).toBe(200);
    expect(second.headers.get('etag')).not.toBe(etag);
  });

  it('does not let a failure be kept', async () => {
    const response = await get(`${instanceUrl}/frames/9/rendered`);
    expect(response.status).toBe(404);
    expect(response.headers.get('cache-control')).toBeNull();
  });

  it.each<SyntaxName>(['implicit', 'explicit', 'bigEndian', 'deflated', 'rle'])(
    'tells the header and shows a frame of %s',
    async (syntax) => {
      const sopUid = uidOf(`metadata ${syntax}`);
      const options = {
        seed: 60,
        rows: 300,
        columns: 200,
        frames: 3,
        sopUid,
        windowCenter: 2000,
        windowWidth: 900,
      };
      const place = { patientId: syntax, studyUid: uidOf(`in ${syntax}`), seriesUid: uidOf(`of ${syntax}`) };
      const { stored, status } = await server.stow([await makeDicom({ ...options, ...place, syntax })]);
      expect(status).toBe(200);
      const url = String(stored[0]?.['00081190']?.Value?.[0]);
      const [metadata] = (await (await get(`${url}/metadata`)).json()) as Record<
        string,
        { Value?: unknown[] }
      >[];
      expect(metadata?.['00080018']?.Value).toEqual([sopUid]);
      expect(metadata?.['00281050']?.Value).toEqual([2000]);
      expect(metadata?.['00100010']?.Value).toEqual([{ Alphabetic: 'Test^Patient60' }]);
      expect(Object.keys(metadata ?? {})).not.toContain('7FE00010');
      const frames = await Promise.all(
        [1, 2, 3].map(async (frame) =>
          Buffer.from(await (await get(`${url}/frames/${frame}/rendered`)).arrayBuffer()).toString('base64'),
        ),
      );
      expect(new Set(frames).size).toBe(3);
      seen.set(syntax, frames);
      expect(frames).toEqual(seen.get('implicit'));
    },
  );
  const seen = new Map<SyntaxName, string[]>();
});
