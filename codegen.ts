import type { CodegenConfig } from '@graphql-codegen/cli';

const scalars = { DateTime: 'string', Date: 'string', ID: 'string' };

const config: CodegenConfig = {
  schema: 'schema.graphql',
  generates: {
    'server/graphql/generated/resolvers.ts': {
      plugins: ['typescript', 'typescript-resolvers'],
      config: {
        scalars: { ...scalars, DateTime: { input: 'Date', output: 'Date' } },
        useTypeImports: true,
        enumsAsTypes: true,
        contextType: '../context.js#RequestContext',
        mapperTypeSuffix: 'Record',
        mappers: {
          Patient: '../../study/study.types.js#Patient',
          Study: '../../study/study.types.js#Study',
          Series: '../../study/study.types.js#Series',
          Instance: '../../study/study.types.js#Instance',
          Triage: '../../triage/triage.types.js#Triage',
        },
      },
    },
    'component/generated/operations.ts': {
      documents: 'component/operations/*.graphql',
      plugins: ['typescript', 'typescript-operations'],
      config: {
        scalars,
        useTypeImports: true,
        enumsAsTypes: true,
        onlyOperationTypes: true,
        skipTypename: false,
      },
    },
  },
};

export default config;
