import { describe, expect, test } from 'vitest';
import { env, lit, word } from '../../src/shell/word.ts';
import { type JobFolder, jobFolder } from '../helpers/job-folder.ts';
import { trainingJob } from '../helpers/jobs.ts';

/** The words of a release whose first start loads the base; torchrun writes down what it was given, one word a line. */
const withBase = (torchrun: string): JobFolder =>
  jobFolder({
    torchrun: `printf '%s\\n' "\${@:7}" >>"$SAVE/../given"\n${torchrun}`,
    job: run => ({
      program: {
        ...trainingJob(run).program,
        argv: [
          lit('pretrain_gpt.py'),
          word`--load=${env('MARTLET_LOAD')}`,
          [{ when: 'MARTLET_FIRST', flag: '--no-load-rng' }],
          [{ when: 'MARTLET_FIRST', flag: '--no-load-optim' }],
          lit('--last'),
        ],
        made: {
          kind: 'megatron-checkpoint',
          dir: `${run}/checkpoints/cpt`,
          step: 100,
          keep: 2,
          base: `${run}/the base`,
        },
      },
    }),
  });

const given = (it: JobFolder): string[] => (it.read('checkpoints/given') ?? '').trim().split('\n');

describe.concurrent('a release that loads its base by --load', { timeout: 30_000 }, () => {
  test('does so at the first start, without random state and optimizer', async () => {
    const it = withBase('exit 1');
    await it.start().ended;
    expect(given(it)).toEqual([
      'pretrain_gpt.py',
      `--load=${it.run}/the base`,
      '--no-load-rng',
      '--no-load-optim',
      '--last',
    ]);
  });

  test('goes on from its own folder at every later start, with no word too many', async () => {
    const it = withBase('exit 1');
    it.save(20);
    await it.start().ended;
    expect(given(it)).toEqual(['pretrain_gpt.py', `--load=${it.checkpoints}`, '--last']);
  });

  test('starts from the base again when the only checkpoint it has is broken', async () => {
    const it = withBase('exit 1');
    it.save(20, { whole: false });
    await it.start().ended;
    expect(given(it)).toContain('--no-load-optim');
  });

  test('decides anew at a restart within the job', async () => {
    const it = withBase('if [ "$(count)" = 1 ]; then save 20; echo "Connection reset by peer"; fi; exit 1');
    await it.start().ended;
    const words = given(it);
    expect(words.filter(each => each.startsWith('--load='))).toEqual([
      `--load=${it.run}/the base`,
      `--load=${it.checkpoints}`,
    ]);
  });
});

/** A checkpoint of the legacy format: no marker beside the ranks' files. */
const legacy = (it: JobFolder, step: number): void =>
  it.write(`checkpoints/cpt/iter_${String(step).padStart(7, '0')}/mp_rank_00_001/model_optim_rng.pt`, 'x');

const TRACKER = 'checkpoints/cpt/latest_checkpointed_iteration.txt';

describe.concurrent('legacy checkpoints, which have no marker', { timeout: 30_000 }, () => {
  const seen = async (tracker: string | undefined, steps: readonly number[]): Promise<string | undefined> => {
    const it = jobFolder({ torchrun: 'cat "$SAVE/latest_checkpointed_iteration.txt" >"$SAVE/../seen"; exit 1' });
    for (const step of steps) legacy(it, step);
    if (tracker !== undefined) it.write(TRACKER, tracker);
    await it.start().ended;
    return it.read('checkpoints/seen');
  };

  test('are whole up to the one the tracker names', async () => {
    expect(await seen('40', [20, 40, 60])).toBe('40');
  });

  test('are whole when the tracker was left empty, for it comes when every rank has written', async () => {
    expect(await seen('', [20, 40, 60])).toBe('60');
  });

  test('are not believed when there is only one and no tracker', async () => {
    expect(await seen(undefined, [20])).toBe('');
  });

  test('end a stage when the tracker names its last step', async () => {
    const it = jobFolder({ torchrun: 'exit 1' });
    legacy(it, 100);
    it.write(TRACKER, '100\n');
    await it.start().ended;
    expect(it.read('cpt-1/A1/exit')).toBe('1 0 complete\n');
  });

  test('can be the base of another stage, also as released weights', async () => {
    const it = jobFolder({
      torchrun: 'exit 1',
      job: run => ({
        program: { ...trainingJob(run).program, inputs: [{ kind: 'megatron-checkpoint', path: `${run}/base` }] },
      }),
    });
    it.write('base/latest_checkpointed_iteration.txt', 'release');
    await it.start().ended;
    expect(it.read('cpt-1/A1/exit')).toBe('1 87 failed\n');
    it.write('base/release/mp_rank_00/model_optim_rng.pt', 'x');
    await it.start().ended;
    expect(it.read('cpt-1/A1/exit')).not.toMatch(/ 87 /);
  });
});
