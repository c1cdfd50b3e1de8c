import { describe, expect, test } from 'vitest';
import { packageVersion } from '../../src/engines/megatron/package-version.ts';
import { jobFolder } from '../helpers/job-folder.ts';
import { trainingJob } from '../helpers/jobs.ts';

/** The lines of megatron/core/package_info.py that say a release, as core_v0.19.0 has them. */
const info = (minor: number, patch = 1): string =>
  `# Copyright\n\n\nMAJOR = 0\nMINOR = ${minor}\nPATCH = ${patch}\nPRE_RELEASE = ""\n\n# Use (major, minor)\nVERSION = (MAJOR, MINOR, PATCH, PRE_RELEASE)\n`;

const start = async (
  text: string | undefined,
  { rehearsal = false, name = 'core_v0.19.0', nodes = 1 }: { rehearsal?: boolean; name?: string; nodes?: number } = {},
) => {
  const it = jobFolder({
    torchrun: 'count; save 100',
    rehearsal,
    request: { gpusPerNode: 0, nodes },
    job: runDir => ({
      program: {
        ...trainingJob(runDir).program,
        release: { name, file: 'megatron/core/package_info.py', version: packageVersion(name) },
      },
    }),
  });
  if (text !== undefined) it.write('megatron/core/package_info.py', text);
  const { code } = await it.start().ended;
  return { it, code, started: it.exists('checkpoints/starts.0'), log: it.read('cpt-1/A1/log.txt') ?? '' };
};

describe.concurrent('the code’s own release', { timeout: 30_000 }, () => {
  test('that is the recipe’s starts; the last number may differ, as the tag core_v0.19.0 itself says 0.19.1', async () => {
    for (const patch of [0, 1]) expect((await start(info(19, patch))).code).toBe(0);
  });

  test.each([18, 1, 190, 20])('0.%i stops the job before its first step, with a code and a reason', async minor => {
    const { it, code, started } = await start(info(minor));
    expect([code, it.read('cpt-1/A1/exit'), started]).toEqual([91, '1 91 failed\n', false]);
    expect(it.notes('preflight').at(-1)).toMatch(
      new RegExp(
        `the code is Megatron-Core 0\\.${minor}\\.1 \\(.*package_info\\.py\\), but the recipe says .*core_v0\\.19\\.0, which is 0\\.19$`,
      ),
    );
  });

  test.each([
    ['is not there', undefined],
    ['says nothing', '__version__ = "0.19.1"\n'],
  ])('that %s is unknown: noted in the log, and it starts', async (_, text) => {
    const { code, log } = await start(text);
    expect(code).toBe(0);
    expect(log).toContain('the release of the code is not known, because ');
    expect(log).toContain('the recipe says core_v0.19.0');
  });

  test('of a fork, whose number says nothing, is not held against it', async () => {
    expect((await start(info(9), { name: 'v0.9.0-abci' })).code).toBe(0);
  });

  test('is not asked in a rehearsal, which runs another program', async () => {
    expect((await start(info(18), { rehearsal: true })).code).toBe(0);
  });

  test('is asked on every node, and one that has another says its name', async () => {
    const { it, code } = await start(info(18), { nodes: 2 });
    expect(code).toBe(91);
    expect(it.notes('preflight').some(text => text.startsWith('pretend-0: the code is'))).toBe(true);
  });
});

test('the numbers of a release come from its tag; a branch and a commit have none', () => {
  const known = ['core_v0.19.0', 'core_v0.18.2', 'core_r0.16.0', 'main', 'v0.9.0-abci', ''].map(packageVersion);
  expect(known).toEqual(['0.19', '0.18', '0.16', undefined, undefined, undefined]);
});
