import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoStudies, type DemoStudy } from '../../demo/generate.js';
import { demoIssuer } from '../../demo/radiograph.js';
import { makeDicom, uidOf } from '../support/dicom-factory.js';
import { createTestServer, eventually, type TestServer } from '../support/server.js';

const fields = `id status superseded progress queuePosition estimatedSecondsLeft
  problem { code message advice retryable } review { verdict finding severityLevel comment reviewer }
  result { covidProbability findings { code probability low high } topFinding { code } severity { level score }
    explanation { heatmapUrl } model { id version } engine durations { totalMs } }`;
interface Triage {
  id: string;
  status: string;
  superseded: boolean;
  problem: { code: string; advice: string; retryable: boolean } | null;
  review: { verdict: string; finding: string | null } | null;
  result: {
    covidProbability: number;
    findings: { code: string; probability: number; low: number; high: number }[];
    topFinding: { code: string };
    explanation: { heatmapUrl: string };
    model: { id: string; version: string };
  } | null;
}

// The real model, decoder, queue and database; nothing is mocked.
describe('a triage, computed by a real worker', () => {
  let server: TestServer;
  const demo: DemoStudy[] = [];

  const request = async (uid: string) => {
    const { data } = await server.graphql<{ requestTriage: { triage: Triage } }>(
      `mutation ($uid: ID!) { requestTriage(input: { studyInstanceUid: $uid }) {
        ... on RequestTriageSuccess { triage { ${fields} } } ... on Problem { code } } }`,
      { uid },
    );
    return data.requestTriage.triage;
  };
  const read = async (id: string) => {
    const { data } = await server.graphql<{ triage: Triage }>(
      `query ($id: ID!) { triage(id: $id) { ${fields} } }`,
      { id },
    );
    return data.triage;
  };
  const ended = (id: string) =>
    eventually(
      () => read(id),
      ({ status }) => status !== 'QUEUED' && status !== 'RUNNING',
    );
  const act = async (name: string, id: string) => {
    const { data } = await server.graphql<Record<string, { __typename: string; triage?: Triage }>>(
      `mutation ($id: ID!) { ${name}(id: $id) { __typename ... on TriageStateConflict { triage { status } } } }`,
      { id },
    );
    return data[name]?.__typename;
  };
  const review = async (input: object) => {
    const { data } = await server.graphql<{ reviewTriage: { __typename: string } }>(
      'mutation ($input: ReviewTriageInput!) { reviewTriage(input: $input) { __typename } }',
      { input },
    );
    return data.reviewTriage.__typename;
  };

  beforeAll(async () => {
    server = await createTestServer({ worker: true });
    for await (const study of demoStudies(512)) demo.push(study);
    expect((await server.stow(demo.map(({ bytes }) => bytes))).status).toBe(200);
  });
  afterAll(() => server.close());

  it('gives a result with probabilities, model, engine and heatmap', async () => {
    const chest = demo.find(({ expected }) => expected === 'CHEST');
    const triage = await ended((await request(chest?.studyInstanceUid ?? '')).id);
    expect(triage.status).toBe('SUCCEEDED');
    const { result } = triage;
    const sum = (result?.findings ?? []).reduce((total, { probability }) => total + probability, 0);
    expect(sum).toBeCloseTo(1, 5);
    for (const { probability, low, high } of result?.findings ?? []) {
      expect(low).toBeLessThanOrEqual(probability);
      expect(high).toBeGreaterThanOrEqual(probability);
    }
    expect(result?.model.id).toBe('cxr-mobilenet-v1');
    const heatmap = await fetch(server.url + (result?.explanation.heatmapUrl ?? ''));
    expect(heatmap.headers.get('content-type')).toBe('image/png');
  });

  it('abstains from what is no chest, with advice', async () => {
    const hand = demo.find(({ expected }) => expected === 'NOT_A_CHEST');
    const triage = await ended((await request(hand?.studyInstanceUid ?? '')).id);
    expect(triage.status).toBe('ABSTAINED');
    expect(triage.problem?.code).toBe('NOT_A_CHEST_XRAY');
    expect(triage.problem?.advice).not.toBe('');
    expect(triage.result).toBeNull();
  });

  it('computes the same images by the same model only once', async () => {
    const uid = demo[1]?.studyInstanceUid ?? '';
    const first = await ended((await request(uid)).id);
    expect((await request(uid)).id).toBe(first.id);
    const events = await server.db
      .selectFrom('triageEvent')
      .select('toStatus')
      .where('triageId', '=', first.id)
      .execute();
    expect(events.map(({ toStatus }) => toStatus)).toEqual(['QUEUED', 'RUNNING', 'SUCCEEDED']);
  });

  it('shows the old result as past as soon as a new image arrives', async () => {
    const study = demo[2];
    const first = await ended((await request(study?.studyInstanceUid ?? '')).id);
    const more = await makeDicom({
      seed: 77,
      patientId: study?.patientId,
      issuerOfPatientId: demoIssuer,
      studyUid: study?.studyInstanceUid,
      seriesUid: study?.seriesInstanceUid,
    });
    // Taken with a warning: its birth date is another.
    expect((await server.stow([more])).status).toBe(202);
    expect((await read(first.id)).superseded).toBe(true);
    const second = await request(study?.studyInstanceUid ?? '');
    expect(second.id).not.toBe(first.id);
    await ended(second.id);
    const current = await server.db
      .selectFrom('triage')
      .innerJoin('study', 'study.id', 'triage.studyId')
      .select('triage.id')
      .where('studyInstanceUid', '=', study?.studyInstanceUid ?? '')
      .where('superseded', '=', false)
      .execute();
    expect(current).toEqual([{ id: second.id }]);
  });

  it('abstains with the decoder\u2019s code when the picture is damaged', async () => {
    const studyUid = uidOf('damaged study');
    const whole = await makeDicom({ seed: 5, studyUid, syntax: 'jpegLosslessSv1', rows: 128, columns: 128 });
    const damaged = Buffer.from(whole);
    damaged.fill(0x55, damaged.length - 2000, damaged.length - 200);
    expect((await server.stow([damaged])).status).toBe(200);
    const triage = await ended((await request(studyUid)).id);
    expect(triage.status).toBe('ABSTAINED');
    expect(triage.problem).toMatchObject({ code: 'PIXELS_CORRUPT', retryable: false });
    expect(triage.problem?.advice).toMatch(/Send it again/);
    expect(await act('retryTriage', triage.id)).toBe('TriageStateConflict');
  });

  it('takes reviews, the newest of which counts, and refuses those that contradict themselves', async () => {
    const { id } = await ended((await request(demo[0]?.studyInstanceUid ?? '')).id);
    expect(await review({ triageId: id, verdict: 'ACCEPTED' })).toBe('ReviewTriageSuccess');
    expect(await review({ triageId: id, verdict: 'MODIFIED', finding: 'PNEUMONIA' })).toBe(
      'ReviewTriageSuccess',
    );
    expect((await read(id)).review).toMatchObject({
      verdict: 'MODIFIED',
      finding: 'PNEUMONIA',
      reviewer: 'local',
    });
    expect(await review({ triageId: id, verdict: 'MODIFIED' })).toBe('InvalidReview');
    expect(await review({ triageId: id, verdict: 'ACCEPTED', finding: 'COVID' })).toBe('InvalidReview');
    expect(await review({ triageId: id, verdict: 'MODIFIED', finding: 'GOUT' })).toBe('InvalidReview');
    expect(await review({ triageId: id, verdict: 'MODIFIED', severityLevel: 4 })).toBe('InvalidReview');
    expect(await review({ triageId: uidOf('none'), verdict: 'ACCEPTED' })).toBe('TriageNotFound');
    expect(await act('retryTriage', id)).toBe('TriageStateConflict');
    expect(await act('cancelTriage', id)).toBe('TriageStateConflict');
  });

  it('lists what needs a person first: failed, then probable COVID, abstained, the rest, reviewed last', async () => {
    // An image whose object was lost from the store can only fail.
    const lost = await makeDicom({ seed: 91, studyUid: uidOf('lost study'), patientId: 'LOST' });
    await server.stow([lost]);
    await server.db
      .updateTable('instance')
      .set({ objectDigest: '0'.repeat(64) })
      .where('seriesId', 'in', (e) =>
        e
          .selectFrom('series')
          .innerJoin('study', 'study.id', 'series.studyId')
          .select('series.id')
          .where('studyInstanceUid', '=', uidOf('lost study')),
      )
      .execute();
    for (const { studyInstanceUid } of demo) await ended((await request(studyInstanceUid)).id);
    const failed = await ended((await request(uidOf('lost study'))).id);
    expect(failed).toMatchObject({ status: 'FAILED', problem: { code: 'NOT_FOUND' } });
    const { data } = await server.graphql<{ worklist: { nodes: Triage[] } }>(
      `{ worklist(first: 50) { nodes { ${fields} } } }`,
    );
    const rank = ({ status, review: reviewed, result }: Triage): number => {
      if (reviewed !== null) return 4;
      if (status === 'FAILED') return 0;
      if (status === 'ABSTAINED') return 2;
      return (result?.covidProbability ?? 0) >= 0.5 ? 1 : 3;
    };
    const ranks = data.worklist.nodes.map(rank);
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
    expect(new Set(ranks)).toEqual(new Set([0, 1, 2, 3, 4]));
  });
});
