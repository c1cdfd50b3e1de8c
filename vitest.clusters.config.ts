import { defineConfig } from 'vitest/config';

/** Against the schedulers of test/testbed: `npm run test:clusters`. Files run side by side, the tests of one in their order. */
export default defineConfig({
  test: {
    include: ['test/{clusters,testbed,docker}/**/*.test.ts', 'test/remote/{openssh,ssh2}.test.ts'],
    globalSetup: ['test/clusters/setup.ts'],
    reporters: ['default', './test/clusters/table.ts'],
    maxWorkers: 3,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
