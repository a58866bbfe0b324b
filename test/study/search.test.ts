// The search for patients, on a real database of the locale C, as the embedded one.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { displayName } from '../../server/study/person-name.js';
import { patientPage } from '../../server/study/study.repository.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const names: Record<string, string | null> = {
  'A-1': 'Doe^Jane^Mary',
  'A-2': 'DOE^JOHN',
  'A-3': 'MÜLLER^Éléonore',
  'A-4': '=王^小东=',
  'A-5': 'Wang^XiaoDong=王^小东=',
  'A-6': "O'Neil (Smith)^Pat",
  'BS\\7': null,
};

describe('the search for patients', () => {
  let database: TestDatabase;
  const found = async (search: string) =>
    (await patientPage(database.db, search, null, 50)).map(({ patientId }) => patientId).sort();

  beforeAll(async () => {
    database = await createTestDatabase();
    const rows = Object.entries(names).map(([patientId, name]) => ({ patientId, name }));
    await database.db.insertInto('patient').values(rows).execute();
  });
  afterAll(() => database.close());

  it.each(Object.entries(names))(
    'finds %s by the name as displayed and as in the image',
    async (id, name) => {
      if (name === null) return expect(await found(id)).toEqual([id]);
      expect(await found(displayName(name) ?? '')).toContain(id);
      expect(await found(name)).toContain(id);
    },
  );

  it.each<[string, string[]]>([
    ['Doe, J', ['A-1', 'A-2']],
    ['Doe Jane', ['A-1']],
    ['jane doe', ['A-1']],
    ['mary, doe', ['A-1']],
    ['oe an', ['A-1']],
    ['doe smith', []],
    ['müller', ['A-3']],
    ['Müller, éléonore', ['A-3']],
    ['ÉLÉONORE', ['A-3']],
    ['王小东', ['A-4', 'A-5']],
    ['王，小东', ['A-4', 'A-5']],
    ['neil (smith)', ['A-6']],
    ['d.e', []],
    ['%', []],
    [',', []],
    ['a-', ['A-1', 'A-2', 'A-3', 'A-4', 'A-5', 'A-6']],
    ['bs\\', ['BS\\7']],
    ['s\\', []],
  ])('%s finds %j', async (search, ids) => expect(await found(search)).toEqual(ids));

  it('pages through names of any letters without a gap', async () => {
    const seen: string[] = [];
    let after: Parameters<typeof patientPage>[2] = null;
    for (;;) {
      const [row] = await patientPage(database.db, null, after, 1);
      if (!row) break;
      seen.push(row.patientId);
      after = { name: row.name ?? '', patientId: row.patientId, id: row.id };
    }
    expect(seen.sort()).toEqual(Object.keys(names).sort());
  });
});
