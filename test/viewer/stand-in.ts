import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import sharp from 'sharp';
import { demoStudies, type DemoStudy } from '../../demo/generate.js';
import { demoPatients } from '../../demo/patients.js';
import { projectRoot } from '../../server/runtime.js';
import { ctAnswer, ctSlices, ctStudy, ctStudyUid } from './ct-stand-in.js';

const size = 256;

/** Elements that only show what they were given: the real ones have tests of their own. */
const elements = `
for (const name of ['covid-triage', 'covid-triage-worklist']) {
  customElements.define(name, class extends HTMLElement {
    static observedAttributes = ['patient-id', 'study-uid', 'locale', 'theme'];
    attributeChangedCallback() {
      this.textContent = name + ' ' + ['study-uid', 'locale'].map((a) => this.getAttribute(a) ?? '-').join(' ');
    }
  });
}`;

export interface StandIn {
  url: string;
  studies: DemoStudy[];
  /** Paths of all requests so far. */
  requests: string[];
  /** Answers of the store by file content: a DICOM file is stored, anything else refused. */
  close(): Promise<void>;
}

/**
 * A stand-in for the server, so that the page can be tested on its own: real generated pictures, canned answers.
 * It forbids by its Content-Security-Policy whatever a strict host would forbid.
 */
export async function startStandIn(): Promise<StandIn> {
  const studies: DemoStudy[] = [];
  for await (const study of demoStudies(size)) studies.push(study);
  const folder = join(projectRoot(), 'viewer');
  const bundle = await build({
    entryPoints: [join(folder, 'main.ts')],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  const script = bundle.outputFiles[0]?.text ?? '';
  const requests: string[] = [];

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://stand-in');
    requests.push(url.pathname + url.search);
    response.setHeader(
      'Content-Security-Policy',
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'",
    );
    const send = (type: string, body: string | Buffer, status = 200) =>
      response.writeHead(status, { 'content-type': type }).end(body);
    const path = url.pathname;
    if (path === '/viewer/')
      return send('text/html; charset=utf-8', await readFile(join(folder, 'index.html')));
    if (path === '/viewer/viewer.css') return send('text/css', await readFile(join(folder, 'viewer.css')));
    if (path === '/viewer/main.js') return send('text/javascript', script);
    if (path === '/component/covid-triage.js') return send('text/javascript', elements);
    if (path === '/favicon.ico') return send('image/x-icon', '');
    if (path === '/graphql')
      return send('application/json', JSON.stringify(graphql(await bodyOf(request), studies)));
    if (path === '/dicom-web/studies') return store(await bodyOf(request), send);
    const ct = await ctAnswer(url);
    if (ct) return send(ct.type, ct.body);
    if (/\/(heatmap|overlay)\.png$/.test(path)) return send('image/png', await heatmap());
    const study = studies.find(({ sopInstanceUid }) => path.includes(sopInstanceUid));
    if (study && path.endsWith('/metadata')) {
      const window = { '00281050': { Value: [2048] }, '00281051': { Value: [4096] } };
      return send('application/dicom+json', JSON.stringify([window]));
    }
    if (study && /\/(rendered|thumbnail)$/.test(path)) return send('image/png', await render(study, url));
    return send('text/plain', 'not found', 404);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(500).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/viewer/`,
    studies,
    requests,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('latin1');
}

function store(body: string, send: (type: string, body: string, status: number) => unknown): void {
  const stored = body.slice(0, 1000).includes('DICM');
  const item = stored
    ? { '00081199': { vr: 'SQ', Value: [{ '00081155': { vr: 'UI', Value: ['1.2.3'] } }] } }
    : { '00081198': { vr: 'SQ', Value: [{ '00081197': { vr: 'US', Value: [0xc000] } }] } };
  send('application/dicom+json', JSON.stringify(item), stored ? 200 : 409);
}

async function render(study: DemoStudy, url: URL): Promise<Buffer> {
  const [center = 2048, width = 4096] = (url.searchParams.get('window') ?? '2048,4096')
    .split(',')
    .map(Number);
  const words = new DataView(
    study.bytes.buffer,
    study.bytes.byteOffset + study.bytes.length - size * size * 2,
  );
  const grey = Uint8Array.from({ length: size * size }, (_, i) => {
    const value = ((words.getUint16(i * 2, true) - center) / width + 0.5) * 255;
    return Math.max(0, Math.min(255, value));
  });
  return sharp(grey, { raw: { width: size, height: size, channels: 1 } })
    .png()
    .toBuffer();
}

function heatmap(): Promise<Buffer> {
  const pixels = Buffer.alloc(size * size * 4);
  for (let i = 0; i < size * size; i++) {
    const away = Math.hypot((i % size) - 70, Math.floor(i / size) - 150) / 50;
    pixels.set([255, 80, 0, Math.round(255 * Math.max(0, 1 - away))], i * 4);
  }
  return sharp(pixels, { raw: { width: size, height: size, channels: 4 } })
    .png()
    .toBuffer();
}

function graphql(body: string, studies: DemoStudy[]): object {
  const { query, variables } = JSON.parse(body) as {
    query: string;
    variables: Record<string, string | null>;
  };
  const sexes = { M: 'MALE', F: 'FEMALE' } as const;
  const dashed = (date: string) => `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`;
  const patients = demoPatients.map((patient) => ({
    id: patient.id,
    issuer: 'COVID-TRIAGE-DEMO',
    name: patient.name.replace('^', ', '),
    birthDate: dashed(patient.birthDate),
    sex: sexes[patient.sex],
    studies: studies
      .filter(({ patientId }) => patientId === patient.id)
      .map((study, index) => {
        const { studyInstanceUid: s, seriesInstanceUid: e, sopInstanceUid: i } = study;
        const examination = patient.examinations[index];
        const explanation = {
          heatmapUrl: `/triages/${index}/heatmap.png`,
          opacity: 0.5,
          sopInstanceUid: i,
          frameNumber: 1,
        };
        return {
          studyInstanceUid: s,
          description: study.description,
          studiedAt: `${dashed(examination?.date ?? '')}T08:00:00Z`,
          modalities: ['DX'],
          series: [
            {
              seriesInstanceUid: e,
              modality: 'DX',
              instances: [
                {
                  sopInstanceUid: i,
                  renderedUrl: `/dicom-web/studies/${s}/series/${e}/instances/${i}/rendered`,
                  rows: size,
                },
              ],
            },
          ],
          latestTriage: study.truth ? { result: { explanation } } : null,
        };
      })
      .reverse(),
  }));
  const [owner] = patients;
  const ctPatient = owner && { ...owner, id: 'DEMO-CT', name: 'Demo, Computed', studies: [ctStudy] };
  const uid = variables.uid ?? '';
  if (query.includes('query Slices')) {
    const result = uid === ctStudyUid ? { slices: ctSlices } : null;
    return { data: { study: { latestTriage: { result } } } };
  }
  const ownerOf = (study: string) =>
    patients.find((patient) => patient.studies.some((one) => one.studyInstanceUid === study));
  if (query.includes('patients(')) {
    const wanted = (variables.search ?? '').toLowerCase();
    const nodes = patients.filter(({ id, name }) => `${id} ${name}`.toLowerCase().includes(wanted));
    return { data: { patients: { nodes } } };
  }
  if (query.includes('worklist(')) {
    return { data: { worklist: { nodes: [{ study: patients[4]?.studies[0] }] } } };
  }
  if (query.includes('study(')) {
    const patient = uid === ctStudyUid ? ctPatient : ownerOf(uid);
    return { data: { study: patient ? { patient } : null } };
  }
  if (variables.id === 'DEMO-CT') return { data: { patient: ctPatient } };
  return { data: { patient: patients.find(({ id }) => id === variables.id) ?? null } };
}
