import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Program tests spawn node, often several times each.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // a job on GitHub has more said on stderr than the tests want
    env: { GITHUB_ACTIONS: '', GITHUB_STEP_SUMMARY: '' },
  },
});
