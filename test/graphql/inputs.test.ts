import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDicom } from '../support/dicom-factory.js';
import { createTestServer, type TestServer } from '../support/server.js';

describe('what callers may get wrong', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await createTestServer();
    const images = [
      { seed: 1, patientId: 'SAME', issuerOfPatientId: 'A' },
      { seed: 2, patientId: 'SAME', issuerOfPatientId: 'B' },
      { seed: 3, patientId: 'ALONE', issuerOfPatientId: 'A' },
    ];
    const files = await Promise.all(images.map((image) => makeDicom(image)));
    expect((await server.stow(files)).status).toBe(200);
  });
  afterAll(() => server.close());

  it.each([
    ['a variable that is missing', 'query ($id: ID!) { patient(id: $id) { id } }', {}],
    ['a variable of another type', 'query ($n: Int) { patients(first: $n) { nodes { id } } }', { n: 'x' }],
    ['a subscription over HTTP', 'subscription { triageChanged { id } }', {}],
    ['a NUL in a variable', 'query ($id: ID!) { patient(id: $id) { id } }', { id: 'a\u0000b' }],
    ['a NUL in the operation', '{ patient(id: "a\\u0000b") { id } }', {}],
  ])('%s is told as such', async (_name, query, variables) => {
    const { status, errors } = await server.graphql(query, variables);
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect(status).toBe(400);
  });

  it('a worklist of no status is empty', async () => {
    const { data } = await server.graphql('{ worklist(filter: { status: [] }) { nodes { id } } }');
    expect(data).toEqual({ worklist: { nodes: [] } });
  });

  it('never shows one patient for another who has the same ID', async () => {
    const ask = (args: string) => server.graphql(`{ patient(${args}) { id issuer } }`);
    const { data, errors } = await ask('id: "SAME"');
    expect(data).toEqual({ patient: null });
    expect(errors?.[0]?.extensions.code).toBe('PATIENT_AMBIGUOUS');
    expect((await ask('id: "SAME", issuer: "B"')).data).toEqual({ patient: { id: 'SAME', issuer: 'B' } });
    expect((await ask('id: "ALONE"')).data).toEqual({ patient: { id: 'ALONE', issuer: 'A' } });
  });

  it('serves the scalars that the schema names', async () => {
    const { data } = await server.graphql<IntrospectionQuery>(getIntrospectionQuery());
    const names = Object.keys(buildClientSchema(data).getTypeMap());
    expect(names).toContain('DateTime');
    expect(names).not.toContain('DateTimeISO');
    const query = 'query ($t: DateTime) { worklist(filter: { requestedSince: $t }) { nodes { id } } }';
    expect((await server.graphql(query, { t: '2026-01-01T00:00:00Z' })).errors).toBeUndefined();
  });

  it('a reader who asks hastens what waits already', async () => {
    const { data } = await server.graphql<{ patient: { studies: { studyInstanceUid: string }[] } }>(
      '{ patient(id: "ALONE") { studies { studyInstanceUid } } }',
    );
    const uid = data.patient.studies[0]?.studyInstanceUid;
    const request = (priority: string) =>
      server.graphql(
        `mutation ($uid: ID!) { requestTriage(input: { studyInstanceUid: $uid, priority: ${priority} }) {
          ... on RequestTriageSuccess { triage { status priority priorityReason } } } }`,
        { uid },
      );
    const answer = (priority: string, priorityReason: string | null) => ({
      requestTriage: { triage: { status: 'QUEUED', priority, priorityReason } },
    });
    expect((await request('ROUTINE')).data).toEqual(answer('ROUTINE', null));
    expect((await request('STAT')).data).toEqual(answer('STAT', 'READER_WAITS'));
    expect((await request('ROUTINE')).data).toEqual(answer('STAT', 'READER_WAITS'));
    expect(await server.db.selectFrom('triage').select('id').execute()).toHaveLength(1);
  });
});
