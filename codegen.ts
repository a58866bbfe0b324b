import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: 'schema.graphql',
  generates: {
    'server/graphql/generated/schema.ts': {
      plugins: ['typescript'],
      config: {
        scalars: { DateTime: { input: 'Date', output: 'Date' }, Date: 'string', ID: 'string' },
        useTypeImports: true,
        enumsAsTypes: true,
      },
    },
    // The element is on the other side of the wire: its instants are the strings of the JSON answer.
    'component/operations/generated/operations.ts': {
      documents: ['component/operations/*.ts'],
      plugins: ['typescript', 'typescript-operations'],
      config: {
        scalars: { DateTime: 'string', Date: 'string', ID: 'string' },
        useTypeImports: true,
        enumsAsTypes: true,
        onlyOperationTypes: true,
        avoidOptionals: { field: true, inputValue: false },
        skipTypename: true,
        dedupeFragments: true,
        inlineFragmentTypes: 'combine',
      },
    },
  },
};

export default config;
