// Real: the public schema, the element's own operations, GraphQL's parser. Nothing is executed.
import {
  getIntrospectionQuery,
  isListType,
  isNonNullType,
  isObjectType,
  getNamedType,
  parse,
  type GraphQLObjectType,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import * as read from '../../component/operations/read.js';
import * as write from '../../component/operations/write.js';
import type { Operation } from '../../component/operations/operation.js';
import { inspectOperation } from '../../server/graphql/inspect.js';
import { longestOf } from '../../server/graphql/lists.js';
import { createSchema } from '../../server/graphql/schema.js';
import { guardedFields, localCaller, mayRead } from '../../server/security/permissions.js';

const schema = createSchema();
const inspect = (query: string, variables: Record<string, unknown> = {}) =>
  inspectOperation({ schema, document: parse(query), variables, caller: localCaller });
const codeOf = (query: string) => {
  try {
    inspect(query);
    return null;
  } catch (error) {
    return (error as { extensions?: { code?: string } }).extensions?.code ?? String(error);
  }
};
const objects = Object.values(schema.getTypeMap()).filter(
  (type): type is GraphQLObjectType => isObjectType(type) && !type.name.startsWith('__'),
);

describe('what an operation may ask for', () => {
  const variables = {
    studyInstanceUid: '1.2',
    patientId: 'P',
    first: 100,
    id: 'x',
    input: { studyInstanceUid: '1.2', triageId: 'x', verdict: 'ACCEPTED' },
  };
  const own = [...Object.entries(read), ...Object.entries(write)] as [string, Operation<unknown, unknown>][];

  it.each(own)('lets the element ask for %s', (name, { text }) => {
    const { studyInstanceUid, triageId, verdict } = variables.input;
    const input = name === 'reviewTriage' ? { triageId, verdict } : { studyInstanceUid };
    expect(() => inspect(text, { ...variables, input })).not.toThrow();
  });

  it('lets tools ask for the schema', () => {
    expect(codeOf(getIntrospectionQuery())).toBeNull();
  });

  it.each([
    ['{ patients { nodes { triages { patient { triages { id } } } } } }'],
    ['{ worklist(first: 100) { nodes { study { triages { study { series { instances { rows } } } } } } } }'],
    [
      'query ($n: Int = 100) { worklist(first: $n) { nodes { patient { triages(first: $n) { result { findings { code } } } } } } }',
    ],
    ['{ models { id } patients(first: 1000000) { nodes { id } } }'],
  ])('refuses what multiplies: %s', (query) => {
    expect(codeOf(query)).toBe('OPERATION_TOO_COSTLY');
  });

  it('looks at fragments of fragments once for the depth, and at so many selections for the cost', () => {
    const levels = 24;
    const fragments = Array.from(
      { length: levels },
      (_, n) => `fragment F${n} on Engine { ${n + 1 < levels ? `...F${n + 1} ...F${n + 1}` : 'name'} }`,
    );
    expect(codeOf(`{ engine { ...F0 } } ${fragments.join(' ')}`)).toBe('OPERATION_TOO_COSTLY');
    const deep = fragments.map((text, n) =>
      text.replace(/on Engine \{ (.*) \}$/, (_, inner: string) => {
        const spread = n + 1 < levels ? inner : 'id';
        return `on Study { latestTriage { study { ${spread} } } }`;
      }),
    );
    expect(codeOf(`{ study(studyInstanceUid: "1") { ...F0 } } ${deep.join(' ')}`)).toBe('OPERATION_TOO_DEEP');
  });

  it('knows how long every list of objects can be', () => {
    for (const type of objects) {
      for (const field of Object.values(type.getFields())) {
        const bare = isNonNullType(field.type) ? field.type.ofType : field.type;
        if (isListType(bare) && isObjectType(getNamedType(bare))) {
          expect(longestOf(type.name, field, {})).toBeGreaterThan(0);
        }
      }
    }
  });
});

describe('who may read what', () => {
  it('is said for every field of the schema and for none else', () => {
    const types = [...objects, schema.getType('Problem') as GraphQLObjectType];
    const fields = types.flatMap((type) =>
      Object.keys(type.getFields()).map((field) => `${type.name}.${field}`),
    );
    expect(guardedFields().sort()).toEqual(fields.sort());
  });

  it('is denied for what nobody decided on', () => {
    expect(mayRead(localCaller, 'Patient', 'name')).toBe(true);
    expect(mayRead(localCaller, 'Patient', 'somethingNew')).toBe(false);
    expect(mayRead(localCaller, 'Query', 'constructor')).toBe(false);
    expect(mayRead(localCaller, 'constructor', 'name')).toBe(false);
    expect(mayRead({ subject: 'nobody', permissions: new Set() }, 'Query', 'patients')).toBe(false);
  });
});
