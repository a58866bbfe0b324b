import { existsSync } from 'node:fs';
import { join } from 'node:path';
import chromium from '@sparticuz/chromium';
import { chromium as playwright, type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFrontal, parseCsv, readManifest, readPicture, type Example } from '../../training/dataset.js';
import { readFileSync } from 'node:fs';
import { makeDicom, type DicomOptions, type SyntaxName } from '../support/dicom-factory.js';
import { createTestServer, eventually, type TestServer } from '../support/server.js';

const data = process.env.TRIAGE_DATA_DIR ?? '';
const missing = !existsSync(join(data, 'cxr/manifest.csv'));
if (missing) console.warn('TRIAGE_DATA_DIR holds no cxr/manifest.csv: real X-rays are not sent');

interface Film {
  file: string;
  /** COVID, NORMAL or PNEUMONIA; null where the truth is another disease. */
  label: string | null;
  isFrontal: boolean;
}

/** As modalities send them: 8 and 12 bits, both polarities, several transfer syntaxes. */
const kinds: { syntax: SyntaxName; bitsStored: 8 | 12; photometric: string }[] = [
  { syntax: 'explicit', bitsStored: 12, photometric: 'MONOCHROME2' },
  { syntax: 'implicit', bitsStored: 8, photometric: 'MONOCHROME1' },
  { syntax: 'rle', bitsStored: 8, photometric: 'MONOCHROME2' },
  { syntax: 'explicit', bitsStored: 12, photometric: 'MONOCHROME1' },
];

async function asDicom({ file }: Film, index: number): Promise<Uint8Array> {
  const { width, height, pixels } = await readPicture(file);
  const { syntax, bitsStored, photometric } = kinds[index % kinds.length] ??
    kinds[0] ?? { syntax: 'explicit', bitsStored: 8, photometric: 'MONOCHROME2' };
  const shown = photometric === 'MONOCHROME1' ? pixels.map((value) => 255 - value) : pixels;
  const values = bitsStored === 12 ? Uint16Array.from(shown, (value) => value * 16) : shown;
  const options: DicomOptions = {
    seed: 5000 + index,
    modality: 'DX',
    rows: height,
    columns: width,
    pixels: values,
    bitsAllocated: bitsStored === 12 ? 16 : 8,
    bitsStored,
    photometric,
    syntax,
    patientId: `REAL-${index}`,
    // The picture itself must tell a lateral view.
    viewPosition: '',
  };
  return makeDicom(options);
}

async function realFilms(): Promise<Film[]> {
  const folder = join(data, 'cxr-fullres');
  const list = join(folder, 'manifest.csv');
  const labels = new Map((await readManifest(join(data, 'cxr'))).map((one) => [one.file, one]));
  const held = [...labels.values()].filter(({ split }) => split === 'val');
  const some = (matches: (one: Example) => boolean, count: number) =>
    held
      .filter(matches)
      .filter((_, index) => index % 7 === 0)
      .slice(0, count);
  const small = [
    ...['COVID', 'NORMAL', 'PNEUMONIA'].flatMap((label) =>
      some((one) => one.label === label && isFrontal(one), 6),
    ),
    ...held.filter((one) => !isFrontal(one)).slice(0, 2),
  ].map((one) => ({ file: one.file, label: one.label, isFrontal: isFrontal(one) }));
  const large = parseCsv(readFileSync(list, 'utf8')).map(({ file = '', view }) => ({
    file: join(folder, file),
    label: null,
    isFrontal: view !== 'L',
  }));
  return [...small, ...large.slice(0, 12)];
}

// Nobody's real films are kept in the project: this runs where the data folder is.
describe.skipIf(missing)('real X-rays, from STOW to the element', () => {
  let server: TestServer;
  let browser: Browser;
  beforeAll(async () => {
    server = await createTestServer({ worker: true });
    browser = await playwright.launch({
      executablePath: await chromium.executablePath(),
      args: ['--no-sandbox'],
    });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it('are stored, judged sensibly and shown', { timeout: 300_000 }, async () => {
    const films = await realFilms();
    expect(films.length).toBeGreaterThanOrEqual(30);
    for (const [index, film] of films.entries()) {
      expect((await server.stow([await asDicom(film, index)])).status).toBe(200);
    }
    const { data: answer } = await server.graphql<{
      patients: { nodes: { id: string; studies: { studyInstanceUid: string }[] }[] };
    }>('{ patients(first: 100) { nodes { id studies { studyInstanceUid } } } }');
    const uids = new Map(
      answer.patients.nodes.map(({ id, studies }) => [id, studies[0]?.studyInstanceUid ?? '']),
    );
    for (const uid of uids.values()) {
      await server.graphql(
        'mutation ($uid: ID!) { requestTriage(input: { studyInstanceUid: $uid }) { __typename } }',
        { uid },
      );
    }
    const rows = await eventually(
      () =>
        server.db
          .selectFrom('triage')
          .innerJoin('study', 'study.id', 'triage.studyId')
          .select(['triage.id', 'status', 'studyInstanceUid'])
          .execute(),
      (list) =>
        list.length === films.length && list.every(({ status }) => !['QUEUED', 'RUNNING'].includes(status)),
      240_000,
    );
    const statusOf = new Map(rows.map((row) => [row.studyInstanceUid, row]));
    const found = await server.db
      .selectFrom('finding')
      .select(['triageId', 'code', 'probability'])
      .where('ordinal', '=', 0)
      .execute();
    const judged = films.map((film, index) => {
      const uid = uids.get(`REAL-${index}`) ?? '';
      const row = statusOf.get(uid);
      const top = found.find(({ triageId }) => triageId === row?.id);
      return { ...film, uid, status: row?.status, top };
    });
    expect(judged.filter(({ status }) => status === 'FAILED')).toEqual([]);
    for (const one of judged.filter((film) => !film.isFrontal)) expect(one.status).toBe('ABSTAINED');
    const known = judged.filter(({ label, isFrontal: frontal }) => label !== null && frontal);
    const right = known.filter(({ label, top }) => top?.code === label);
    // Far below the measured accuracy: this catches a broken path, not a weaker model.
    expect(right.length).toBeGreaterThanOrEqual(0.7 * known.length);

    const page = await browser.newPage({ viewport: { width: 1400, height: 900 }, locale: 'en-GB' });
    for (const { uid, top } of right.slice(0, 3)) {
      await page.goto(`${server.url}/viewer/#${uid}`);
      await page.reload();
      const percent = Math.round((top?.probability ?? 0) * 100);
      const text = (top?.probability ?? 0) >= 0.995 ? '> 99%' : `${percent}%`;
      await page.locator('covid-triage').getByText(text, { exact: true }).first().waitFor();
    }
  });
});
