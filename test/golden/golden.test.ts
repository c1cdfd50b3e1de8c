import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FLAGS } from '../../src/engines/megatron/flags.ts';
import { run } from '../helpers/bash.ts';
import { type Argument, argumentMap, argumentsIn, isSame, planGolden, renderGolden } from './compile.ts';

interface Recorded {
  readonly recipe: string;
  readonly cluster: string;
  readonly release: string;
  readonly nodes: number;
  readonly gpusPerNode: number;
  readonly recorded: Readonly<Record<string, Argument | null>>;
  readonly weights: readonly number[];
  readonly differences: readonly {
    readonly flag: string;
    readonly script: Argument | null;
    readonly ours: Argument | null;
    readonly reason: string;
  }[];
  readonly extras: readonly string[];
}

const FOLDER = join(import.meta.dirname, 'recorded');
const ALL: readonly Recorded[] = readdirSync(FOLDER).map(name => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')));

test('five published scripts are here as recipes', () => {
  expect(ALL.map(each => each.recipe).sort()).toEqual([
    'llama-2-70b-extended',
    'llama-3.1-8b-finemath',
    'llama-3.1-8b-hyperpod',
    'llama-3.1-8b-v0.2',
    'qwen3-30b-a3b',
  ]);
});

test('Open MPI below Slurm is not given the words of srun', async () => {
  const { 'cpt-1/job.sh': job = '' } = await renderGolden('llama-3.1-8b-hyperpod', 'hyperpod');
  expect(job).toMatch(/start mpirun \\\n\s+-np 16 /);
  expect(job).not.toContain('--auto-resume');
});

describe.each(ALL.map(each => [each.recipe, each] as const))('%s', (name, script) => {
  const plan = planGolden(name, script.cluster);
  const ours = argumentsIn(plan, script.release);
  const stage = plan.stages.find(each => each.name === 'cpt');

  test('runs on as many nodes and GPUs', () => {
    expect([stage?.nodes, stage?.gpusPerNode]).toEqual([script.nodes, script.gpusPerNode]);
  });

  test.each(Object.entries(script.recorded))('%s is %j, as recorded', (flag, value) => {
    const isEqual = value === null ? ours[flag] === undefined : isSame(ours[flag], value);
    expect([flag, isEqual ? value : ours[flag]]).toEqual([flag, value]);
  });

  test('weighs its data as recorded, each of its files', () => {
    const words = String(ours['--data-path']).split(' ');
    expect(words.filter((_, i) => i % 2 === 0).map(Number)).toEqual(script.weights);
    expect(words.filter((_, i) => i % 2 === 1).every(each => each.startsWith('/'))).toBe(true);
  });

  test.each(script.differences.map(each => [each.flag, each] as const))(
    'differs from the script in %s as the list says, for a reason',
    (flag, { script: theirs, ours: expected, reason }) => {
      expect(reason.length).toBeGreaterThan(20);
      expect(isSame(theirs ?? undefined, expected ?? undefined) && expected !== 'another').toBe(false);
      if (expected === null) expect(ours[flag]).toBeUndefined();
      else if (expected === 'another') expect(ours[flag]).toMatch(/\S/);
      else expect(isSame(ours[flag], expected)).toBe(true);
    },
  );

  test('is rendered to scripts that bash reads, which leave the first start to the job', async () => {
    const files = await renderGolden(name, script.cluster);
    for (const path of ['cpt-1/job.sh', 'cpt-1/node.sh'])
      expect(run(['bash', '-n'], { input: files[path] ?? '' })).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(files['cpt-1/job.sh']).toMatch(/^export MARTLET_START_FROM=\S+$/m);
    const words = ['--load="${MARTLET_LOAD}"', '${MARTLET_FIRST:+--no-load-rng}', '${MARTLET_FIRST:+--no-load-optim}'];
    for (const word of words) expect(files['cpt-1/node.sh']).toContain(`    ${word} \\\n`);
  });

  test('takes at most 20 flags from extra:, those that are listed, and none with a recipe word', () => {
    const extras = extrasIn(name);
    expect(extras).toEqual(script.extras);
    expect(extras.length).toBeLessThanOrEqual(20);
    const words = FLAGS.filter(row => row.path !== '' && !row.isKernel).map(row => row.flag);
    expect(extras.filter(each => words.includes(each))).toEqual([]);
  });

  test('differs from the whole script in nothing that is not listed', context => {
    const path = join(process.env.MARTLET_GOLDEN_ARGV ?? '', `${name}.argv`);
    if (!process.env.MARTLET_GOLDEN_ARGV || !existsSync(path))
      context.skip('the scripts are kept apart: MARTLET_GOLDEN_ARGV names a folder with their command lines');
    const theirs = argumentMap(readFileSync(path, 'utf8').trim().split('\n'), script.release);
    const flags = [...new Set([...Object.keys(theirs), ...Object.keys(ours)])];
    const differing = flags.filter(flag => !isSame(theirs[flag], ours[flag]));
    expect(differing.sort()).toEqual(script.differences.map(each => each.flag).sort());
    for (const { flag, script: said } of script.differences)
      if (said !== 'another') expect([flag, theirs[flag] ?? null]).toEqual([flag, said]);
  });
});

/** Keys below `extra:` of a recipe's text. */
function extrasIn(name: string): string[] {
  const text = readFileSync(join(import.meta.dirname, 'recipes', `${name}.yaml`), 'utf8');
  const [, below = ''] = text.split('    extra:\n');
  return [...below.matchAll(/^ {6}(--[\w-]+):/gm)].map(([, flag = '']) => flag);
}
