import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { CLUSTER_SUITE } from './test/suites.ts';

/** What begins last ends last, and vitest knows only how long a file is, not how long it takes. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = (file: TestSpecification): boolean =>
      /flows\/(cut-off|rehearse|verbs|strings|strings-read)\.test\.ts$/.test(file.moduleId);
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter(file => !isLong(file))];
  }
}

/**
 * Tests start real programs; three files run at once, because most of them wait for something, and a busy machine gets time.
 * Those that want a scheduler, a container engine, a sandbox or an sshd installed are `npm run test:clusters`, and so are the kills.
 */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...CLUSTER_SUITE],
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
