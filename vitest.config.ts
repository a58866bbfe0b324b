import { defineConfig } from 'vitest/config';

export default defineConfig({
  // One copy of graphql, the one Node itself resolves: its types know each other by identity.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    minWorkers: 1,
    pool: 'forks',
  },
});
