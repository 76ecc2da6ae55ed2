import { defineConfig } from 'vitest/config';

// Suites against the built program and real parts; one at a time, since each starts processes of its own.
export default defineConfig({
  test: {
    include: ['test/**/*.e2e.ts'],
    environment: 'node',
    testTimeout: 60_000,
    hookTimeout: 90_000,
    pool: 'forks',
    fileParallelism: false,
  },
});
