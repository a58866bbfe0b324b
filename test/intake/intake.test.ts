// Intake on the real database and store; only the decoder's and the database's faults are made.

import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDatabase } from '../../server/database/connection.js';
import type { DicomInput } from '../../server/dicom/byte-source.js';
import { pixelDigest } from '../../server/dicom/decode.js';
import { dicomError } from '../../server/dicom/problems.js';
import { createIntake } from '../../server/intake/intake.js';
import { removeOrphans } from '../../server/intake/orphans.js';
import { createLogger } from '../../server/log.js';
import { openFileStore, type ObjectStore } from '../../server/objects/file-store.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { makeDicom } from '../support/dicom-factory.js';

const log = createLogger('silent');
async function* single(bytes: Uint8Array) {
  yield bytes;
}

describe('intake', () => {
  let database: TestDatabase;
  let folder: string;
  let objects: ObjectStore;
  const intakeWith = (digest: (input: DicomInput) => Promise<string>, db = database.db) =>
    createIntake({
      ...{ db, objects, log, pixelDigest: digest, maxObjectBytes: 1e8 },
      ...{ autoTriageQuietSeconds: null, timeZone: 'UTC' },
    });
  const stored = async () => {
    const files = await readdir(folder, { recursive: true, withFileTypes: true });
    return files.filter((entry) => entry.isFile()).map(({ name }) => name);
  };

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'covid-triage-intake-'));
    objects = await openFileStore(folder);
    return () => rm(folder, { recursive: true, force: true });
  });

  it('asks to try again while a second object cannot be compared, and takes it later', async () => {
    const busy = () => Promise.reject(dicomError('DECODE_TIMEOUT', 'busy', { http: 503, retryable: true }));
    const first = await makeDicom({ seed: 1 });
    const second = await makeDicom({ seed: 1, patientName: 'New^Name' });
    await intakeWith(busy).receive(single(first), 'TEST', 'r');
    await expect(intakeWith(busy).receive(single(second), 'TEST', 'r')).rejects.toMatchObject({
      code: 'DECODE_TIMEOUT',
      retryable: true,
    });
    expect(await stored()).toHaveLength(1);
    const { status } = await intakeWith(pixelDigest).receive(single(second), 'TEST', 'r');
    expect(status).toBe('ALREADY_STORED');
  });

  it('compares without holding the study or a connection', async () => {
    const first = await makeDicom({ seed: 2 });
    const second = await makeDicom({ seed: 2, patientName: 'New^Name' });
    const locks = async () => {
      const { rows } = await sql<{ count: number }>`select count(*)::int as count from pg_locks
        where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`.execute(
        database.db,
      );
      return rows[0]?.count;
    };
    let held: number | undefined = -1;
    await intakeWith(pixelDigest).receive(single(first), 'TEST', 'r');
    await intakeWith(async (input) => {
      held = await locks();
      return pixelDigest(input);
    }).receive(single(second), 'TEST', 'r');
    expect(held).toBe(0);
  });

  it('leaves no object behind when its record fails at the last moment', async () => {
    await sql`create function refuse() returns trigger language plpgsql as
      $$ begin raise exception 'refused at commit'; end $$`.execute(database.db);
    await sql`create constraint trigger refuse after insert on instance deferrable initially deferred
      for each row execute function refuse()`.execute(database.db);
    try {
      const bytes = await makeDicom({ seed: 3 });
      await expect(intakeWith(pixelDigest).receive(single(bytes), 'TEST', 'r')).rejects.toThrow('at commit');
    } finally {
      await sql`drop trigger refuse on instance; drop function refuse()`.execute(database.db);
    }
    expect(await stored()).toEqual([]);
  });

  it('asks to try again when the database cannot be reached', async () => {
    const lost = createDatabase('postgres://postgres@127.0.0.1:1/none');
    const bytes = await makeDicom({ seed: 4 });
    await expect(intakeWith(pixelDigest, lost).receive(single(bytes), 'TEST', 'r')).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
      http: 503,
      retryable: true,
    });
    await lost.destroy();
    expect(await stored()).toEqual([]);
  });

  it('removes what a killed process kept for nothing, and nothing that is known', async () => {
    await intakeWith(pixelDigest).receive(single(await makeDicom({ seed: 5 })), 'TEST', 'r');
    const [known = ''] = await stored();
    const put = async (bytes: Uint8Array) => {
      const writer = await objects.begin();
      await writer.write(bytes);
      const { digest } = await writer.finish();
      await writer.keep();
      await writer.end();
      return digest;
    };
    const orphan = await put(Buffer.from('nobody refers to this'));
    expect(await put(await makeDicom({ seed: 5 }))).toBe(known);
    expect((await objects.unsettled()).sort()).toEqual([orphan, known].sort());
    await removeOrphans(database.db, objects, log);
    expect(await stored()).toEqual([known]);
    expect((await stat(objects.pathOf(known))).size).toBeGreaterThan(0);
  });

  it('keeps an object that one sender stores while another gives it up', async () => {
    const bytes = await makeDicom({ seed: 6 });
    const sends = Array.from({ length: 6 }, () =>
      intakeWith(pixelDigest).receive(single(bytes), 'TEST', 'r'),
    );
    const clears = Array.from({ length: 6 }, () => removeOrphans(database.db, objects, log));
    const outcomes = await Promise.all(sends);
    await Promise.all(clears);
    expect(outcomes.filter(({ status }) => status === 'STORED')).toHaveLength(1);
    expect(await stored()).toHaveLength(1);
  });
});
