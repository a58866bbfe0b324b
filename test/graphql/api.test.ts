import { createClient } from 'graphql-ws';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import { isObjectType } from 'graphql';
import { createSchema } from '../../server/graphql/schema.js';
import { localCaller, mayRead } from '../../server/security/permissions.js';
import { makeDicom, uidOf } from '../support/dicom-factory.js';
import { createTestServer, type TestServer } from '../support/server.js';

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

describe('the GraphQL API', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await createTestServer();
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

  it('needs as many statements for many triages as for one', async () => {
    const query = `query ($first: Int) { worklist(first: $first) { nodes { id status queuePosition
      estimatedSecondsLeft study { studyInstanceUid modalities seriesCount instanceCount
        series { instances { sopInstanceUid } } triages { id } }
      patient { id studies { studyInstanceUid } latestTriage { id } } review { verdict }
      result { covidProbability findings { code } model { id } } } } }`;
    const count = async (first: number) => {
      const statements = vi.spyOn(pg.Client.prototype, 'query');
      const { errors } = await server.graphql(query, { first });
      const calls = statements.mock.calls.length;
      statements.mockRestore();
      expect(errors).toBeUndefined();
      return calls;
    };
    await count(1);
    const one = await count(1);
    expect(one).toBeGreaterThan(5);
    // Whether two loaders meet in one turn of the event loop may vary; one more per triage would be nine more.
    expect(Math.abs((await count(10)) - one)).toBeLessThanOrEqual(2);
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

  it('names a permission for every type and root field, and denies what it does not name', () => {
    const types = Object.values(createSchema().getTypeMap()).filter(isObjectType);
    for (const type of types) {
      for (const field of Object.keys(type.getFields())) {
        expect([type.name, field, mayRead(localCaller, type.name, field)]).toEqual([type.name, field, true]);
      }
    }
    expect(mayRead(localCaller, 'Query', 'somethingNew')).toBe(false);
    expect(mayRead({ subject: 'nobody', permissions: new Set() }, 'Query', 'patients')).toBe(false);
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
});
