import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { CLUSTER_SUITE } from './test/suites.ts';

/** Schedulers first: their files are the longest, and what begins last ends last. */
class SchedulersFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isScheduler = (file: TestSpecification): boolean =>
      /(dialect-\w+|flows\/kill)\.test\.ts$/.test(file.moduleId);
    const sorted = await super.sort(files);
    return [...sorted.filter(isScheduler), ...sorted.filter(file => !isScheduler(file))];
  }
}

/** Against the schedulers of test/testbed: `npm run test:clusters`. Files run side by side, the tests of one in their order. */
export default defineConfig({
  test: {
    include: [...CLUSTER_SUITE],
    globalSetup: ['test/clusters/setup.ts'],
    reporters: ['default', './test/clusters/table.ts'],
    // Three wait for their schedulers; one works off the rest.
    maxWorkers: 4,
    sequence: { sequencer: SchedulersFirst },
    // A daemon on a busy machine may be late once; jobs of a test have the same names again, so what was doubled stays doubled.
    retry: 1,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
