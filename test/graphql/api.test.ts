import { createClient } from 'graphql-ws';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import { sql } from 'kysely';
import { createLogger } from '../../server/log.js';
import { makeDicom, uidOf } from '../support/dicom-factory.js';
import { createTestServer, eventually, type TestServer } from '../support/server.js';

const studyUid = (n: number) => uidOf(`api study ${n}`);
const request = `mutation ($uid: ID!) { requestTriage(input: { studyInstanceUid: $uid }) {
  __typename ... on RequestTriageSuccess { triage { id status queuePosition } } ... on Problem { code message } } }`;

interface Requested {
  requestTriage: {
    __typename: string;
    code?: string;
    triage?: { id: string; status: string; queuePosition: number };
  };
}

/** As a worker leaves it: every study's triage with findings. */
async function endAll({ db }: TestServer): Promise<void> {
  await sql`update triage set status = 'QUEUED', finished_at = null where status = 'CANCELLED'`.execute(db);
  await sql`update triage set status = 'RUNNING', worker_id = 'w', started_at = now()`.execute(db);
  const quality = { inDistribution: true, distance: 1, threshold: 2, warnings: [], warningCodes: [] };
  const durations = { queuedMs: 1, decodeMs: 1, inferenceMs: 1, totalMs: 1 };
  const heatmap = { width: 1, height: 1, values: [1] };
  const picture = { width: 1, height: 1 };
  const pneumoniaKind = { bacterialProbability: 0.3, low: 0.2, high: 0.4, note: 'children only' };
  const result = {
    severity: null,
    pneumoniaKind,
    quality,
    heatmap,
    sopInstanceUid: '1',
    frameNumber: 1,
    picture,
  };
  await sql`update triage set status = 'SUCCEEDED', finished_at = now(), covid_probability = 0.5,
    result = ${JSON.stringify({ ...result, engine: 'wasm', durations })}`.execute(db);
  await sql`insert into finding (triage_id, code, ordinal, probability)
    select id, code, n, 0.5 from triage, unnest(array['COVID', 'NORMAL']) with ordinality as f (code, n)`.execute(
    db,
  );
}

describe('the GraphQL API', () => {
  let server: TestServer;
  const lines: string[] = [];
  beforeAll(async () => {
    server = await createTestServer({
      log: createLogger('error', { write: (line) => void lines.push(line) }),
    });
    const files = Array.from({ length: 12 }, (_, n) =>
      makeDicom({
        seed: n + 1,
        patientId: `P${n % 6}`,
        patientName: `Test^Name${n % 6}`,
        studyUid: studyUid(n),
      }),
    );
    expect((await server.stow(await Promise.all(files))).status).toBe(200);
    for (let n = 0; n < 10; n++) await server.graphql(request, { uid: studyUid(n) });
  });
  afterAll(() => server.close());

  it('queues one triage a study, however often it is asked for', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => server.graphql<Requested>(request, { uid: studyUid(10) })),
    );
    const ids = new Set(answers.map(({ data }) => data.requestTriage.triage?.id));
    expect(ids.size).toBe(1);
    expect(answers[0]?.data.requestTriage.triage).toMatchObject({ status: 'QUEUED', queuePosition: 11 });
  });

  it('answers expected failures as data', async () => {
    const { data } = await server.graphql<Requested>(request, { uid: '1.2.3' });
    expect(data.requestTriage).toMatchObject({ __typename: 'StudyNotFound', code: 'STUDY_NOT_FOUND' });
  });

  it('pages through patients without a gap or a repetition', async () => {
    const page = `query ($after: String) { patients(first: 4, after: $after) {
      nodes { id } pageInfo { hasNextPage endCursor } } }`;
    interface Page {
      patients: { nodes: { id: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
    }
    const first = await server.graphql<Page>(page);
    const { endCursor, hasNextPage } = first.data.patients.pageInfo;
    const second = await server.graphql<Page>(page, { after: endCursor });
    const ids = [...first.data.patients.nodes, ...second.data.patients.nodes].map(({ id }) => id);
    expect(hasNextPage).toBe(true);
    expect(second.data.patients.pageInfo.hasNextPage).toBe(false);
    expect(ids).toEqual(['P0', 'P1', 'P2', 'P3', 'P4', 'P5']);
    const wrong = await server.graphql(page, { after: 'nonsense' });
    expect(wrong.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });

  it('finds patients by part of the name or the start of the ID', async () => {
    const search = 'query ($search: String) { patients(search: $search) { nodes { id name } } }';
    const byName = await server.graphql(search, { search: 'name3' });
    expect(byName.data).toEqual({ patients: { nodes: [{ id: 'P3', name: 'Test, Name3' }] } });
    const none = await server.graphql(search, { search: '%' });
    expect(none.data).toEqual({ patients: { nodes: [] } });
  });

  it.each([
    [
      'too deep',
      `{ triage(id: "x") { ${'study { latestTriage { '.repeat(7)}id${' } }'.repeat(7)} } }`,
      'OPERATION_TOO_DEEP',
    ],
    [
      'too costly',
      '{ patients(first: 100) { nodes { studies { triages { result { findings { code } } } series { instances { frames } } } } } }',
      'OPERATION_TOO_COSTLY',
    ],
    ['unknown field', '{ patients { secrets } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['too long', `{ ${'engine { name } '.repeat(3000)} }`, 'GRAPHQL_PARSE_FAILED'],
  ])('refuses an operation that is %s', async (_name, query, code) => {
    const { errors, status } = await server.graphql(query);
    expect(status).toBe(400);
    expect(errors?.[0]?.extensions.code).toBe(code);
  });

  it('sends changes live, only those asked for', async () => {
    const client = createClient({
      url: server.url.replace('http', 'ws') + '/graphql',
      webSocketImpl: WebSocket,
    });
    const query = `subscription ($uid: ID) { triageChanged(studyInstanceUid: $uid) { id status study { studyInstanceUid } } }`;
    const events = client.iterate<{ triageChanged: { status: string } }>({
      query,
      variables: { uid: studyUid(0) },
    });
    const next = events.next();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const { data } = await server.graphql<Requested>(request, { uid: studyUid(1) });
    await server.graphql('mutation ($id: ID!) { cancelTriage(id: $id) { __typename } }', {
      id: data.requestTriage.triage?.id,
    });
    const mine = await server.graphql<Requested>(request, { uid: studyUid(0) });
    await server.graphql('mutation ($id: ID!) { cancelTriage(id: $id) { __typename } }', {
      id: mine.data.requestTriage.triage?.id,
    });
    const event = await next;
    expect(event.value?.data?.triageChanged).toEqual({
      id: mine.data.requestTriage.triage?.id,
      status: 'CANCELLED',
      study: { studyInstanceUid: studyUid(0) },
    });
    await client.dispose();
  });

  it('refuses more operations than a connection may have open, and takes new ones when some have ended', async () => {
    const client = createClient({
      url: server.url.replace('http', 'ws') + '/graphql',
      webSocketImpl: WebSocket,
    });
    const query = 'subscription { triageChanged { id } }';
    const wrong = 'subscription { nothing }';
    // What is refused ends and counts no more.
    for (let n = 0; n < 60; n++) {
      await expect(client.iterate({ query: wrong }).next()).rejects.toMatchObject([
        { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
      ]);
    }
    const open = Array.from({ length: 50 }, () => client.iterate({ query }));
    const waiting = open.map((events) => events.next());
    await expect(client.iterate({ query }).next()).rejects.toMatchObject([
      { extensions: { code: 'TOO_MANY_OPERATIONS' } },
    ]);
    await open[0]?.return?.();
    const late = client.iterate<{ triageChanged: { id: string } }>({ query });
    const event = late.next();
    await eventually(
      async () => {
        await sql`update triage set priority = 'STAT' where id = (select id from triage limit 1)`.execute(
          server.db,
        );
        return Promise.race([event, new Promise((resolve) => setTimeout(resolve, 100, null))]);
      },
      (value) => value !== null,
    );
    expect((await event).value?.data?.triageChanged.id).toBeDefined();
    await client.dispose();
    await Promise.allSettled(waiting);
  });

  it.each([
    ['no JSON', 'nonsense'],
    ['no place', Buffer.from('"x"').toString('base64url')],
    [
      'a wrong number',
      Buffer.from('["x","2026-01-01T00:00:00.000Z","00000000-0000-0000-0000-000000000000"]').toString(
        'base64url',
      ),
    ],
    ['a wrong instant', Buffer.from('[1,"x","00000000-0000-0000-0000-000000000000"]').toString('base64url')],
    ['a wrong id', Buffer.from('[1,"2026-01-01T00:00:00.000Z","x"]').toString('base64url')],
    ['an unknown patient', Buffer.from('["00000000-0000-0000-0000-000000000000"]').toString('base64url')],
  ])('refuses a cursor that is not of the list: %s', async (_name, after) => {
    for (const list of ['patients', 'worklist']) {
      const { errors } = await server.graphql(
        `query ($after: String) { ${list}(after: $after) { nodes { id } } }`,
        { after },
      );
      expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    }
  });

  it('puts nothing of a patient into a cursor', async () => {
    const { data } = await server.graphql<{ patients: { edges: { cursor: string }[] } }>(
      '{ patients { edges { cursor } } }',
    );
    const text = data.patients.edges.map(({ cursor }) => Buffer.from(cursor, 'base64url').toString()).join();
    expect(text).not.toMatch(/name|"P\d"/i);
  });

  it('logs an unexpected failure under the id of the request, and masks it', async () => {
    await sql`alter table model rename to model_elsewhere`.execute(server.db);
    lines.length = 0;
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-request-id': 'r-log' },
      body: JSON.stringify({ query: '{ models { id } }' }),
    });
    await sql`alter table model_elsewhere rename to model`.execute(server.db);
    const { errors } = (await response.json()) as { errors: { message: string }[] };
    expect(errors[0]?.message).not.toContain('model');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '{}')).toMatchObject({ requestId: 'r-log', msg: 'an operation failed' });
  });

  it('keeps pages of other sites off the socket', async () => {
    const socket = new WebSocket(server.url.replace('http', 'ws') + '/graphql', 'graphql-transport-ws', {
      origin: 'https://evil.example',
    });
    const outcome = await new Promise((resolve) => {
      socket.on('open', () => resolve('open'));
      socket.on('error', (error) => resolve(error.message));
    });
    expect(outcome).toMatch(/401/);
  });

  it('serves only loopback names and says what it is missing', async () => {
    const { request: send } = await import('node:http');
    const { port } = new URL(server.url);
    const status = await new Promise((resolve) => {
      send({ port, host: '127.0.0.1', path: '/readyz', headers: { host: 'rebound.example' } }, (response) =>
        resolve(response.statusCode),
      ).end();
    });
    expect(status).toBe(403);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${server.url}/metrics`)).text()).toContain(
      'covid_triage_triages{status="QUEUED"}',
    );
  });

  it('needs as many statements for many triages with results as for one', async () => {
    await endAll(server);
    const query = `query ($first: Int) { worklist(first: $first) { nodes { id status queuePosition
      estimatedSecondsLeft study { studyInstanceUid modalities seriesCount instanceCount
        series { instances { sopInstanceUid } } triages { id } }
      patient { id studies { studyInstanceUid } latestTriage { id } } review { verdict }
      result { covidProbability findings { code } model { id } pneumoniaKind { note } } } } }`;
    interface Answer {
      worklist: { nodes: { result: { findings: object[]; model: { id: string } } | null }[] };
    }
    const count = async (first: number) => {
      const statements = vi.spyOn(pg.Client.prototype, 'query');
      const { errors, data } = await server.graphql<Answer>(query, { first });
      const calls = statements.mock.calls.length;
      statements.mockRestore();
      expect(errors).toBeUndefined();
      expect(data.worklist.nodes).toHaveLength(first);
      for (const { result } of data.worklist.nodes) {
        expect(result).toMatchObject({ findings: [{}, {}], model: { id: expect.any(String) as string } });
      }
      return calls;
    };
    await count(1);
    const one = await count(1);
    expect(one).toBeGreaterThan(5);
    // Whether two loaders meet in one turn of the event loop may vary; one more per triage would be nine more.
    expect(Math.abs((await count(10)) - one)).toBeLessThanOrEqual(2);
  });

  it('gives the kind of pneumonia, but not of a patient who is known to be an adult', async () => {
    const query = `{ patient(id: "P1") { latestTriage { result {
      pneumoniaKind { bacterialProbability low high note } } } } }`;
    interface Answer {
      patient: { latestTriage: { result: { pneumoniaKind: object | null } } };
    }
    const kindFor = async (birthDate: string | null) => {
      await sql`update patient set birth_date = ${birthDate} where patient_id = 'P1'`.execute(server.db);
      const { data } = await server.graphql<Answer>(query);
      return data.patient.latestTriage.result.pneumoniaKind;
    };
    const opinion = { bacterialProbability: 0.3, low: 0.2, high: 0.4, note: 'children only' };
    expect(await kindFor(null)).toEqual(opinion);
    expect(await kindFor('1950-01-01')).toBeNull();
    const { rows } = await sql<{
      day: string;
    }>`select (min(studied_at) - interval '3 years')::date::text as day
      from study`.execute(server.db);
    expect(await kindFor(rows[0]?.day ?? '')).toEqual(opinion);
  });

  it('finds the latest triages of many patients with as many statements as of one', async () => {
    const query = 'query ($first: Int) { patients(first: $first) { nodes { latestTriage { id } } } }';
    const count = async (first: number) => {
      const statements = vi.spyOn(pg.Client.prototype, 'query');
      const { data } = await server.graphql<{ patients: { nodes: { latestTriage: object }[] } }>(query, {
        first,
      });
      const calls = statements.mock.calls.length;
      statements.mockRestore();
      expect(data.patients.nodes.filter(({ latestTriage }) => latestTriage)).toHaveLength(first);
      return calls;
    };
    // The newest studies of a patient are looked through in one statement, however many there are.
    for (let n = 0; n < 6; n++) {
      const file = await makeDicom({ seed: 200 + n, patientId: 'P0', studyUid: uidOf(`api empty ${n}`) });
      await server.stow([file]);
    }
    await sql`update study set studied_at = now() where study_instance_uid in
      (select study_instance_uid from study where id not in (select study_id from triage))`.execute(
      server.db,
    );
    await count(1);
    const one = await count(1);
    expect(one).toBeLessThanOrEqual(4);
    expect(Math.abs((await count(5)) - one)).toBeLessThanOrEqual(1);
  });
});
