import { defineConfig } from 'vitest/config';

/**
 * Tests start real programs, so a file may take a core for itself; two run at once, and a busy machine gets time. Those that
 * want a scheduler installed are `npm run test:clusters`.
 */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/clusters/**', 'test/testbed/**', 'test/docker/**'],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
