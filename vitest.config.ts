import { defineConfig } from 'vitest/config';

/**
 * Tests start real programs; three files run at once, because most of them wait for something, and a busy machine gets time.
 * Those that want a scheduler, a container engine or an sshd installed are `npm run test:clusters`.
 */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/{clusters,testbed,docker}/**', 'test/remote/{openssh,ssh2}.test.ts'],
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
