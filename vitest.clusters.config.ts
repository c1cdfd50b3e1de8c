import { defineConfig } from 'vitest/config';

/** Against the schedulers of test/testbed: `npm run test:clusters`. Files run side by side, the tests of one in their order. */
export default defineConfig({
  test: {
    include: ['test/{clusters,testbed,docker}/**/*.test.ts', 'test/remote/{openssh,ssh2}.test.ts'],
    globalSetup: ['test/clusters/setup.ts'],
    reporters: ['default', './test/clusters/table.ts'],
    maxWorkers: 3,
    // A daemon on a busy machine may be late once; jobs of a test have the same names again, so what was doubled stays doubled.
    retry: 1,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
