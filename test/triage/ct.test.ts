// The way of a CT study from STOW to GraphQL. Real: server, database, decoders, segmentation; the generator's truth is
// known. The models are tiny and say nothing of medicine. Needs a build.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ctSeries, type CtSeriesOptions } from '../../demo/ct/ct-series.js';
import { writeCtSlice, type CtAttributes } from '../../demo/ct/ct-dicom.js';
import { runTriage, type TriageTools } from '../../server/triage/triage.task.js';
import { keptVolume } from '../ct/phantoms.js';
import { eventually } from '../support/server.js';
import { createTriageBench, type TriageBench } from '../support/triage-tools.js';

const limit = { timeout: 120_000 };
const attributes: CtAttributes = {
  patientId: 'CT-1',
  patientName: 'Demo^Computed',
  birthDate: '19700101',
  sex: 'F',
  studyDate: '20260105',
  studyTime: '101500',
  studyDescription: 'Chest CT (synthetic)',
  key: 'ct way',
  seriesNumber: 2,
  seriesDescription: 'Chest (synthetic)',
  bodyPart: 'CHEST',
};
const base = { size: 128, spacing: 5, attributes };
const ill = keptVolume({
  ...base,
  seed: 'way ill',
  disease: { kind: 'PERIPHERAL', extent: 0.3, solid: 0.25 },
});
const healthy = keptVolume({ ...base, seed: 'way healthy', disease: { kind: 'CLEAR' } });

const files = (key: string, volume: typeof ill, options: Partial<CtSeriesOptions> = {}) => [
  ...ctSeries(
    {
      ...{ ...base, seed: key, disease: { kind: 'CLEAR' }, shuffled: true, ...options },
      attributes: { ...attributes, patientId: `P-${key}`, key },
    },
    volume,
  ),
];

const resultFields = `id status progress queuePosition problem { code message advice detail }
  result { covidProbability topFinding { code } findings { code probability low high }
    severity { level scale score low high zones }
    explanation { sopInstanceUid frameNumber heatmapUrl }
    quality { warnings warningCodes } model { id task }
    slices { index positionMm sopInstanceUid frameNumber covidProbability involvementPercent evidence overlayUrl heatmapUrl }
    involvement { percent leftPercent rightPercent zones score lungMapUrl } }`;

interface Slice {
  index: number;
  positionMm: number;
  sopInstanceUid: string;
  frameNumber: number;
  covidProbability: number;
  involvementPercent: number | null;
  evidence: boolean;
  overlayUrl: string | null;
  heatmapUrl: string | null;
}
interface Answer {
  id: string;
  status: string;
  problem: { code: string; message: string; detail: string | null } | null;
  result: {
    covidProbability: number;
    topFinding: { code: string };
    findings: { code: string; probability: number; low: number; high: number }[];
    severity: { level: number; scale: string; score: number; low: number | null; zones: number[] } | null;
    explanation: { sopInstanceUid: string; frameNumber: number; heatmapUrl: string } | null;
    quality: { warnings: string[]; warningCodes: string[] };
    model: { id: string; task: string };
    slices: Slice[];
    involvement: {
      percent: number;
      leftPercent: number;
      rightPercent: number;
      zones: number[];
      score: number;
      lungMapUrl: string;
    } | null;
  } | null;
}

describe('a CT study', () => {
  let bench: TriageBench;
  let tools: TriageTools;
  beforeAll(async () => {
    bench = await createTriageBench({ ct: true });
    ({ tools } = bench);
  });
  afterAll(() => bench.close());

  const request = async (studyInstanceUid: string) => {
    const { data } = await bench.server.graphql<{
      requestTriage: { __typename: string; message?: string; triage?: { id: string } };
    }>(
      `mutation ($uid: ID!) { requestTriage(input: { studyInstanceUid: $uid }) {
        __typename ... on Problem { message } ... on RequestTriageSuccess { triage { id } } } }`,
      { uid: studyInstanceUid },
    );
    return data.requestTriage;
  };
  const ask = async (studyInstanceUid: string) => {
    const { triage, ...problem } = await request(studyInstanceUid);
    if (!triage) throw new Error(JSON.stringify(problem));
    return triage.id;
  };
  const read = async (id: string) => {
    const { data, errors } = await bench.server.graphql<{ triage: Answer }>(
      `query ($id: ID!) { triage(id: $id) { ${resultFields} } }`,
      { id },
    );
    if (errors) throw new Error(JSON.stringify(errors));
    return data.triage;
  };
  const send = async (objects: { bytes: Uint8Array; studyInstanceUid: string }[]) => {
    const { status } = await bench.server.stow(objects.map(({ bytes }) => bytes));
    expect(status).toBe(200);
    return objects[0]?.studyInstanceUid ?? '';
  };
  const picture = async (path: string) => {
    const response = await fetch(`${bench.server.url}${path}`);
    expect(response.status, path).toBe(200);
    const { data, info } = await sharp(Buffer.from(await response.arrayBuffer()))
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { data, info };
  };

  it(
    'gets probability, involvement, evidence and pictures, whatever the order of arrival',
    limit,
    async () => {
      const localiser = writeCtSlice(
        {
          ...attributes,
          ...{ key: 'ill', patientId: 'P-ill', seriesNumber: 1 },
          ...{ seriesDescription: 'Topogram', imageType: 'ORIGINAL\\PRIMARY\\LOCALIZER' },
        },
        {
          ...{ hu: new Int16Array(64 * 64), rows: 64, columns: 64, pixel: 5, thickness: 4 },
          ...{ position: [-160, -160, 0], instanceNumber: 1, orientation: [1, 0, 0, 0, 0, -1] },
        },
      );
      const uid = await send([
        localiser,
        ...files('ill', ill, { missing: [30], duplicated: [12], rescalePerSlice: true }),
      ]);
      const id = await ask(uid);
      await runTriage(tools, id);
      const { status, result } = await read(id);
      expect(status).toBe('SUCCEEDED');
      if (!result?.involvement) throw new Error('no result');
      const { involvement, severity, quality, slices } = result;
      expect(result.model).toEqual({ id: 'tiny-ct', task: 'ct-triage' });
      expect(result.findings.map(({ code }) => code).sort()).toEqual(['COVID', 'NON_COVID']);
      expect(result.findings.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1);
      expect(involvement.percent).toBeGreaterThan(22);
      expect(involvement.percent).toBeLessThan(38);
      expect(involvement.zones).toHaveLength(6);
      expect(severity).toMatchObject({
        scale: 'CT_SEVERITY_SCORE',
        score: involvement.score,
        zones: [],
        low: null,
      });
      const expected = ['LEFT_OUT_LOCALISER', 'SLICES_DUPLICATED', 'SLICES_MISSING'];
      expect(quality.warningCodes).toEqual(expect.arrayContaining(expected));
      // The model knows nothing: what it says may contradict what was measured, or be undecided.
      const own = ['INVOLVEMENT_CONTRADICTS', 'UNDECIDED'];
      expect(quality.warningCodes.filter((code) => !own.includes(code))).toHaveLength(3);
      expect(quality.warnings).toHaveLength(quality.warningCodes.length);

      // Not every slice was classified, but of the whole height of the lungs some were.
      expect(slices).toHaveLength(new Set(slices.map(({ index }) => index)).size);
      expect(slices.length).toBeLessThan(ill.slices - 10);
      expect(slices.length).toBeGreaterThan(10);
      const positions = slices.map(({ positionMm }) => positionMm);
      expect(positions).toEqual([...positions].sort((a, b) => a - b));
      expect(Math.max(...positions) - Math.min(...positions)).toBeGreaterThan(150);
      const evidence = slices.filter((slice) => slice.evidence);
      expect(evidence.length).toBeGreaterThan(0);
      expect(evidence.length).toBeLessThan(slices.length);
      for (const { overlayUrl } of evidence) expect(overlayUrl).not.toBeNull();
      for (const slice of slices.filter((one) => !one.evidence)) {
        expect(slice).toMatchObject({ overlayUrl: null, heatmapUrl: null });
      }
      const strongest = slices.reduce((best, slice) =>
        slice.covidProbability > best.covidProbability ? slice : best,
      );
      if (result.explanation) {
        expect(result.explanation).toMatchObject({
          sopInstanceUid: strongest.sopInstanceUid,
          frameNumber: 1,
        });
      }

      const overlay = await picture(strongest.overlayUrl ?? '');
      expect([overlay.info.width, overlay.info.height]).toEqual([128, 128]);
      const alpha = Array.from({ length: 128 * 128 }, (_, p) => overlay.data[p * 4 + 3] ?? 0);
      expect(alpha[0]).toBe(0);
      // What is marked in the slice is what the generator made ill there, for the most part.
      const truth = ill.slice(Math.round((strongest.positionMm - ill.origin[2]) / ill.spacing)).involved;
      const marked = alpha.flatMap((value, p) => (value > 0 ? [p] : []));
      expect(marked.filter((p) => truth[p] !== 0).length / marked.length).toBeGreaterThan(0.7);
      for (const url of [strongest.heatmapUrl, result.explanation?.heatmapUrl]) {
        if (url) expect((await picture(url)).info.width).toBe(512);
      }
      expect(strongest.heatmapUrl === null).toBe(result.explanation === null);
      const { info, data } = await picture(involvement.lungMapUrl);
      expect(info.width).toBeLessThanOrEqual(192);
      const blue = Array.from({ length: info.width * info.height }, (_, p) => p * 4).filter(
        (at) => (data[at + 2] ?? 0) > (data[at] ?? 0) + 40,
      );
      expect(blue.length).toBeGreaterThan(100);
      for (const path of [`/triages/${id}/slices/999/overlay.png`, '/triages/x/lung-map.png']) {
        expect((await fetch(`${bench.server.url}${path}`)).status, path).toBe(404);
      }
    },
  );

  it('is judged beside another one, each with its own result', limit, async () => {
    const [one, other] = [
      await send(files('one', ill)),
      await send(files('other', healthy, { enhanced: true })),
    ];
    const ids = [await ask(one), await ask(other)];
    await Promise.all(ids.map((id) => runTriage(tools, id)));
    const [first, second] = await Promise.all(ids.map(read));
    expect([first?.status, second?.status]).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(first?.result?.involvement?.percent).toBeGreaterThan(20);
    expect(second?.result?.involvement?.percent).toBeLessThan(4);
    // One object of many frames: each slice is told by its frame.
    const frames = second?.result?.slices.map(({ frameNumber }) => frameNumber) ?? [];
    expect(new Set(frames).size).toBe(frames.length);
    expect(new Set(second?.result?.slices.map(({ sopInstanceUid }) => sopInstanceUid)).size).toBe(1);
  });

  it('that gets more slices is judged anew; the earlier triage gives way', limit, async () => {
    const all = files('growing', ill);
    const uid = await send(all.slice(0, 10));
    const first = await ask(uid);
    await send(all.slice(10));
    await runTriage(tools, first);
    expect(await read(first)).toMatchObject({ status: 'CANCELLED', result: null });
    const second = await ask(uid);
    expect(second).not.toBe(first);
    await runTriage(tools, second);
    expect((await read(second)).status).toBe('SUCCEEDED');
  });

  it(
    'leaves no trace when it is cancelled between its slices; progress is told until then',
    limit,
    async () => {
      const uid = await send(files('cancelled', ill));
      const id = await ask(uid);
      let release = () => {};
      const gate = new Promise<void>((resolve) => (release = resolve));
      const { inference } = tools;
      const slow: TriageTools = {
        ...tools,
        inference: {
          ...inference,
          predictSlices: async (slices) => {
            await gate;
            return inference.predictSlices(slices);
          },
        },
      };
      const run = runTriage(slow, id);
      const progress = async () =>
        (
          await bench.server.db
            .selectFrom('triage')
            .select('progress')
            .where('id', '=', id)
            .executeTakeFirstOrThrow()
        ).progress ?? 0;
      await eventually(progress, (share) => share > 0.3, 60_000);
      await bench.server.graphql('mutation ($id: ID!) { cancelTriage(id: $id) { __typename } }', { id });
      release();
      await run;
      expect(await read(id)).toMatchObject({ status: 'CANCELLED', result: null });
      const rows = await bench.server.db
        .selectFrom('triageSlice')
        .select('index')
        .where('triageId', '=', id)
        .execute();
      expect(rows).toEqual([]);
    },
  );

  it(
    'abstains, and says why: a single slice, another part of the body, nothing but a localiser',
    limit,
    async () => {
      const [only] = files('single', healthy);
      const head = Array.from({ length: 24 }, (_, k) =>
        writeCtSlice(
          { ...attributes, key: 'head', patientId: 'P-head', bodyPart: 'HEAD', seriesDescription: 'Head' },
          {
            ...{ hu: new Int16Array(64 * 64).fill(30), rows: 64, columns: 64, pixel: 4, thickness: 6 },
            ...{ position: [-120, -120, 6 * k] as const, instanceNumber: k + 1 },
          },
        ),
      );
      const scout = writeCtSlice(
        { ...attributes, key: 'scout', patientId: 'P-scout', imageType: 'ORIGINAL\\PRIMARY\\LOCALIZER' },
        {
          ...{ hu: new Int16Array(64 * 64), rows: 64, columns: 64, pixel: 5, thickness: 4 },
          ...{ position: [-160, -160, 0], instanceNumber: 1 },
        },
      );
      const expected: [typeof head, string][] = [
        [only ? [only] : [], 'TOO_FEW_SLICES'],
        [head, 'NOT_A_CHEST_CT'],
        [[scout], 'LOCALISER_ONLY'],
        [
          files('base', healthy)
            .toSorted((a, b) => (a.sopInstanceUid < b.sopInstanceUid ? -1 : 1))
            .slice(0, 19),
          'TOO_FEW_SLICES',
        ],
      ];
      for (const [study, code] of expected) {
        const id = await ask(await send(study));
        await runTriage(tools, id);
        const { status, problem } = await read(id);
        expect([status, problem?.code]).toEqual(['ABSTAINED', code]);
        expect(problem?.detail).not.toBeNull();
      }
    },
  );

  const data = process.env.TRIAGE_DATA_DIR ?? '';
  it.skipIf(!existsSync(join(data, 'dicom')))(
    'of a real scanner abstains for one slice in every syntax',
    limit,
    async () => {
      const names = ['explicit_little', 'explicit_big', 'implicit_little'].map(
        (way) => `CT1_UNC.${way}_endian.dcm`,
      );
      for (const name of names) {
        const bytes = new Uint8Array(await readFile(join(data, 'dicom', name)));
        expect((await bench.server.stow([bytes])).status, name).toBe(200);
      }
      const { uid } = await bench.server.db
        .selectFrom('study')
        .innerJoin('series', 'series.studyId', 'study.id')
        .select('studyInstanceUid as uid')
        .where('modality', '=', 'CT')
        .where('studyInstanceUid', 'not like', '2.25.%')
        .executeTakeFirstOrThrow();
      const id = await ask(uid);
      await runTriage(tools, id);
      expect(await read(id)).toMatchObject({ status: 'ABSTAINED', problem: { code: 'TOO_FEW_SLICES' } });
    },
  );
});

describe('a CT study where no model judges CT', () => {
  it('is not supported', limit, async () => {
    const bench = await createTriageBench();
    try {
      const [slice] = files('no model', healthy);
      await bench.server.stow(slice ? [slice.bytes] : []);
      const { data } = await bench.server.graphql<{ requestTriage: object }>(
        `mutation ($uid: ID!) { requestTriage(input: { studyInstanceUid: $uid }) {
          __typename ... on Problem { message } } }`,
        { uid: slice?.studyInstanceUid },
      );
      expect(data.requestTriage).toEqual({
        __typename: 'StudyNotSupported',
        message: 'No model here judges CT; supported: CR, DX, RG.',
      });
    } finally {
      await bench.close();
    }
  });
});
