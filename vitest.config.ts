import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Program tests spawn node, often several times each.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
