import { chmodSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { jobOf } from '../engines/verl/planned.ts';
import { FSDP as RECIPE } from '../engines/verl/recipes.ts';
import { type JobFolder, jobFolder } from '../helpers/job-folder.ts';

const TRACKER = 'checkpoints/cpt/latest_checkpointed_iteration.txt';
const READS_TRACKER = 'cat "$SAVE/latest_checkpointed_iteration.txt" >"$SAVE/../seen" 2>/dev/null; exit 1';

const RANKS = 2;

/** One job whose checkpoints are veRL's; `shards` 0: Megatron's layout. */
const verlJob = (torchrun: string, shards: number): JobFolder =>
  jobFolder({
    torchrun,
    job: run => ({
      program: {
        start: 'torchrun',
        argv: [],
        env: {},
        files: {},
        inputs: [],
        made: {
          kind: 'verl-checkpoint',
          dir: `${run}/checkpoints/cpt`,
          step: 100,
          keep: 2,
          retainEverySteps: 50,
          shards,
        },
      },
    }),
  });

const folders = (it: JobFolder): string[] =>
  readdirSync(it.checkpoints)
    .filter(name => name.startsWith('global_step_'))
    .sort();

const FSDP = ['model', 'optim', 'extra_state'].flatMap(kind =>
  Array.from({ length: RANKS }, (_, rank) => `${kind}_world_size_${RANKS}_rank_${rank}.pt`),
);

/** What a save of reinforcement learning leaves, but for files that are not written yet. */
const saved = (it: JobFolder, step: number, files: readonly string[], without: readonly string[] = []): void => {
  const names = [...files.map(name => `actor/${name}`), 'data.pt'].filter(name => !without.includes(name));
  for (const name of names) it.write(`checkpoints/cpt/global_step_${step}/${name}`, 'x');
};

describe.concurrent('before veRL starts its tracker names the newest whole checkpoint', { timeout: 30_000 }, () => {
  test.each([
    ['a rank of the optimizer', FSDP, ['actor/optim_world_size_2_rank_1.pt'], RANKS],
    ['the position in the data', FSDP, ['data.pt'], RANKS],
    ['every rank', FSDP, FSDP.map(name => `actor/${name}`), RANKS],
    ['the list of contents, which Megatron writes last', ['ckpt_contents.json'], ['actor/ckpt_contents.json'], 0],
  ])('the newest one lacks %s: it is put aside', async (_, files, without, shards) => {
    const it = verlJob(READS_TRACKER, shards);
    saved(it, 20, files);
    saved(it, 40, files);
    saved(it, 60, files, without);
    it.write(`checkpoints/cpt/global_step_60/actor/huggingface/config.json`, '{}');
    it.write(TRACKER, '60');
    await it.start().ended;
    expect(it.read('checkpoints/seen')).toBe('40');
    expect(folders(it)).toEqual(['global_step_20', 'global_step_40', 'global_step_60.incomplete-1']);
  });

  test('an empty tracker, as a kill between truncation and write leaves it, names the step with the greatest number', async () => {
    const it = verlJob(READS_TRACKER, RANKS);
    saved(it, 20, FSDP);
    saved(it, 90, FSDP);
    it.write(TRACKER, '');
    await it.start().ended;
    expect(it.read('checkpoints/seen')).toBe('90');
  });

  test('fine-tuning has its files in the folder itself', async () => {
    const it = verlJob(READS_TRACKER, RANKS);
    for (const name of FSDP) it.write(`checkpoints/cpt/global_step_20/${name}`, 'x');
    await it.start().ended;
    expect(it.read('checkpoints/seen')).toBe('20');
  });

  test('one of another number of ranks is whole, and stays for the program to refuse', async () => {
    const it = verlJob(READS_TRACKER, 8);
    saved(it, 20, FSDP);
    await it.start().ended;
    expect(it.read('checkpoints/seen')).toBe('20');
  });
});

test('old ones are pruned, never the tracker’s or a multiple of 50; the last step makes the stage complete', async () => {
  const it = verlJob(
    'for s in 40 50 60 80 100; do mkdir -p "$SAVE/global_step_$s/actor"; echo x >"$SAVE/global_step_$s/actor/ckpt_contents.json"; echo x >"$SAVE/global_step_$s/data.pt"; done; printf 100 >"$SAVE/latest_checkpointed_iteration.txt"',
    0,
  );
  await it.start().ended;
  expect(it.read('cpt-1/A1/exit')).toBe('1 0 complete\n');
  expect(folders(it).filter(name => !name.includes('pruned'))).toEqual([
    'global_step_100',
    'global_step_50',
    'global_step_80',
  ]);
});

/** Stands where Python would: says what it was told and leaves the checkpoint it was asked for. */
const PYTHON = `#!/bin/bash
{ echo "$*"; echo "ray=\${RAY_ADDRESS-none} root=$RAY_TMPDIR rocr=\${ROCR_VISIBLE_DEVICES-none} dedup=$RAY_DEDUP_LOGS"; } >"$SEEN"
echo '(TaskRunnerV1 pid=1) step:40 - actor/lr:1e-06'
exit "$WITH"
`;

test.each([
  ['0', '1 82 failed\n'],
  ['7', '1 7 failed\n'],
])('main_ppo that ends with %s before its last step is not complete, and has a Ray of its own', async (code, exit) => {
  const { program } = jobOf(RECIPE);
  const it = jobFolder({
    torchrun: 'exit 99',
    job: run => ({
      program: {
        ...program,
        env: { ...program.env, SEEN: `${run}/seen`, WITH: code, PATH: `${run}/bin:${process.env.PATH}` },
        inputs: [],
        made: { kind: 'verl-checkpoint', dir: `${run}/checkpoints/cpt`, step: 40, keep: 2, shards: RANKS },
      },
    }),
  });
  it.write('bin/python3', PYTHON);
  chmodSync(join(it.run, 'bin/python3'), 0o755);
  await it.start({ RAY_ADDRESS: '10.0.0.1:6379', ROCR_VISIBLE_DEVICES: '0' }).ended;
  const [told, environment] = (it.read('seen') ?? '').split('\n');
  expect(told).toMatch(/^-m verl\.trainer\.main_ppo --config-path \/.*\/rlvr-1 --config-name verl$/);
  expect(environment).toBe('ray=none root=/tmp/r1234.pbs1 rocr=none dedup=0');
  expect(it.read('cpt-1/A1/exit')).toBe(exit);
});
