import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildWorld } from '../../../src/cli/world.ts';
import { apply } from '../../../src/flows/apply.ts';
import { prepareSubmit } from '../../../src/flows/submit.ts';
import type { World } from '../../../src/flows/world.ts';
import { linesBelow, ROOT, type Sandbox, sandbox } from '../../helpers/sandbox.ts';
import { until } from '../ask.ts';
import { type Bed, note } from '../bed.ts';
import { accounted } from '../count.ts';
import { layEngine, type Written, writeProfile } from '../profile.ts';

const TINY = join(ROOT, 'test/flows/recipes/tiny.yaml');
/** prepare, one segment of cpt and one to spare. */
const JOBS = ['prepare-1', 'cpt-1', 'cpt-2'];

/** A person's own world, with the bed as the machine that jobs are sent from. */
const worldOf = (bed: Bed, box: Sandbox): World => ({
  ...buildWorld({ over: new AbortController().signal, err: text => process.stderr.write(text) }, box.env),
  remote: async () => bed.remote,
});

/** Starts that every job of a run wrote into its own diary. */
const diaries = (runs: string, run: string): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { file, line } of linesBelow(join(runs, run), 'events.jsonl')) {
    if (JSON.parse(line).kind !== 'started') continue;
    const job = file.split('/')[0] ?? '';
    counts[job] = (counts[job] ?? 0) + 1;
  }
  return counts;
};

/** A whole pipeline by martlet's own plan, scripts, walk and hand-offs; only the training program is a quick one. */
export const pipelineOf = (bed: Bed, tag: string): void => {
  describe('a pipeline', () => {
    const box = sandbox();
    let written: Written | undefined;
    beforeAll(async () => {
      await layEngine(bed);
      written = writeProfile(bed, box);
    });
    afterAll(() => box.remove());

    test('of three jobs is sent at once, each runs once, and each ends complete', async context => {
      note(context, bed);
      const { name, runs } = written as Written;
      const run = `${tag}-pipe`;
      const world = worldOf(bed, box);
      const prepared = await prepareSubmit({ recipe: TINY, cluster: name, run }, world);
      expect(prepared.diagnostics.filter(each => each.severity === 'error')).toEqual([]);
      const sent = await apply(prepared.value!.planFile, world);
      expect(sent).toMatchObject({ refused: [], undecided: [] });
      expect(sent.submitted).toHaveLength(JOBS.length);
      const ends = await until(
        async () => linesBelow(join(runs, run), 'exit').map(({ file, line }) => `${file.split('/')[0]} ${line}`),
        lines => lines.length >= JOBS.length,
        'all jobs have ended',
        180,
      );
      expect(ends.sort()).toEqual(JOBS.map(job => `${job} 1 0 complete`).sort());
      expect(diaries(runs, run)).toEqual(Object.fromEntries(JOBS.map(job => [job, 1])));
      const records = await until(
        () => accounted(bed),
        all => JOBS.every(job => all.has(`mt-${run}-${job}-1`)),
        'all jobs are accounted for',
      );
      expect(JOBS.map(job => records.get(`mt-${run}-${job}-1`)?.length)).toEqual([1, 1, 1]);
    });
  });
};
