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
  },
};

export default config;
