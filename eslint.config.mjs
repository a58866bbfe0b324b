import js from '@eslint/js';
import globals from 'globals';
import tseslint from 'typescript-eslint';

/** Forbids imports whose path matches, so that the directions of the architecture cannot drift. */
function never(files, groups) {
  const patterns = groups.map(([group, message]) => ({ group, message }));
  return { files, rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] } };
}

const folders = (...names) => names.flatMap((name) => [`**/${name}/**`, `**/${name}`]);
const tensorflow = [['@tensorflow/*'], 'TensorFlow.js belongs to server/inference and training'];
const outer = [
  folders('training', 'viewer', 'test', 'cli'),
  'server code is used by these, it never uses them',
];
const storage = [
  folders('database', 'objects', 'graphql', 'study', 'triage', 'intake', 'http').concat('kysely', 'pg'),
  'pure of storage and of the API: meet through plain types',
];

export default tseslint.config(
  { ignores: ['dist', 'data', 'runs', '.engine', 'models', '**/generated'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strict],
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/unified-signatures': 'off',
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
    },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
  },
  { files: ['**/*.mjs'], languageOptions: { globals: globals.node } },
  {
    files: ['server/**/*.ts', 'cli/**/*.ts', 'demo/**/*.ts', 'training/**/*.ts', 'component/**/*.ts'],
    ignores: ['server/config.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'the environment is read once, in server/config.ts' },
      ],
    },
  },
  never(['server/**/*.ts'], [outer, tensorflow]),
  never(['server/inference/**/*.ts'], [outer, storage, [folders('dicom', 'ct'), 'inference knows no DICOM']]),
  never(
    ['server/dicom/**/*.ts'],
    [outer, storage, tensorflow, [folders('inference', 'ct'), 'dicom is pure']],
  ),
  never(
    ['server/ct/**/*.ts'],
    [outer, storage, tensorflow, [folders('inference', 'dicom'), 'ct meets them through plain types']],
  ),
  never(
    ['server/graphql/**/*.ts', 'server/http/**/*.ts'],
    [outer, tensorflow, [['kysely', 'pg', '**/*.repository.js'], 'resolvers and routes go through services']],
  ),
  never(
    ['server/**/*.repository.ts'],
    [
      outer,
      tensorflow,
      [['**/*.service.js', '**/graphql/**', '**/http/**'], 'repositories know no services'],
    ],
  ),
  never(
    ['component/**/*.ts'],
    [[folders('server', 'cli', 'training', 'demo'), 'knows the server by its schema']],
  ),
  never(
    ['migrations/**/*.ts'],
    [[['../server/**', '../cli/**'], 'migrations are frozen: they import kysely only']],
  ),
);
