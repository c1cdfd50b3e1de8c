import { describe, expect, test } from 'vitest';
import { jobFolder } from '../helpers/job-folder.ts';

const DONE = 'echo "[after training is done] datetime: 2026-11-23 21:27:43.355766 "';
const LEFT = 'echo "[exiting program after 230.07 minutes] datetime: 2026-11-23 21:27:43.355766 "';

describe.concurrent('code 0 is not success', { timeout: 30_000 }, () => {
  const FAILURES: readonly (readonly [string, string])[] = [
    ['ERROR: Invalid metadata file /x/latest_checkpointed_iteration.txt. Exiting', 'names no step'],
    ['could not load the checkpoint', 'cannot be read'],
    ['A metadata file exists but unable to load iteration from checkpoint /x, exiting', '--pretrained-checkpoint'],
    ['Unable to load rng state from checkpoint /x. Specify --no-load-rng or --finetune', '--no-load-rng'],
    [">> '--exit-on-missing-checkpoint' set ... exiting. <<", 'no checkpoint to load'],
    ['Invalid checkpoint version 9.', 'version'],
    ['--checkpoint-activations is no longer valid, use --recompute-activations, ', 'no flag of this release'],
    ['ADLR autoresume is not available, exiting ...', '--adlr-autoresume'],
  ];
  test.each(FAILURES)('after "%s" it has failed, and that is the reason', async (line, reason) => {
    const it = jobFolder({ torchrun: `cat <<'LINE'\n[default0]:${line}\nLINE\nexit 0` });
    expect((await it.start().ended).code).toBe(82);
    expect(it.notes('program').at(-1)).toContain('ended with code 0 but failed');
    expect(it.notes('program').at(-1)).toContain(reason);
  });

  test('also where an earlier launch of the same boot has got on', async () => {
    const it = jobFolder({
      torchrun: `if [ "$(count)" = 1 ]; then save 40; echo 'ncclRemoteError'; exit 1; fi; echo 'could not load the checkpoint'`,
    });
    expect((await it.start().ended).code).toBe(82);
  });

  test('such a line of an earlier launch does not count', async () => {
    const it = jobFolder({
      torchrun: `if [ "$(count)" = 1 ]; then echo 'could not load the checkpoint'; echo 'ncclRemoteError'; exit 1; fi; save 40; ${LEFT}`,
    });
    await it.start().ended;
    expect(it.read('cpt-1/A1/exit')).toBe('1 0 continue\n');
  });

  test('a planned end with a newer checkpoint goes on, and nothing is said against it', async () => {
    const it = jobFolder({ torchrun: `save 40; ${LEFT}` });
    await it.start().ended;
    expect([it.read('cpt-1/A1/exit'), it.notes('program')]).toEqual(['1 0 continue\n', []]);
    expect(it.notes('progress')).toEqual(['steps 0 to 40 of 100 are in checkpoints']);
  });

  test('a newer checkpoint without a word goes on, and the missing word is told', async () => {
    const it = jobFolder({ torchrun: 'save 40' });
    await it.start().ended;
    expect(it.read('cpt-1/A1/exit')).toBe('1 0 continue\n');
    expect(it.notes('program')).toEqual([expect.stringContaining('no word why')]);
  });

  test('a planned end that made nothing is a failure', async () => {
    const it = jobFolder({ torchrun: LEFT });
    expect((await it.start().ended).code).toBe(82);
  });

  test('a training that calls itself done below the step that was asked for is named', async () => {
    const it = jobFolder({ torchrun: DONE });
    it.save(40);
    expect((await it.start().ended).code).toBe(82);
    expect(it.notes('program')).toEqual([
      expect.stringMatching(/says that its training is done, though the newest whole checkpoint is step 40 of 100/),
    ]);
  });

  test('steps are counted over boots: the second launch says where it begins', async () => {
    const it = jobFolder({ torchrun: `if [ "$(count)" = 1 ]; then save 40; ${LEFT}; else save 100; ${DONE}; fi` });
    await it.start().ended;
    await it.start().ended;
    expect(it.notes('launch').map(text => text.split('; ').at(-1))).toEqual([
      'from step 0 of 100',
      'from step 40 of 100',
    ]);
    expect(it.notes('progress')).toEqual([
      'steps 0 to 40 of 100 are in checkpoints',
      'steps 40 to 100 of 100 are in checkpoints',
    ]);
  });
});

/** The table torchrun prints on a node (torch/distributed/elastic/multiprocessing/errors). */
const table = (time: string, host: string, rank: number, code: number): string => `
============================================================
pretrain_gpt.py FAILED
------------------------------------------------------------
Failures:
[1]:
  time      : 2026-11-23_01:00:00
  host      : ${host}
  rank      : ${rank + 1} (local_rank: 1)
  exitcode  : -15 (pid: 4712)
  error_file: <N/A>
  traceback : Signal 15 (SIGTERM) received by PID 4712
------------------------------------------------------------
Root Cause (first observed failure):
[0]:
  time      : 2026-11-23_${time}
  host      : ${host}
  rank      : ${rank} (local_rank: 0)
  exitcode  : ${code} (pid: 4711)
  error_file: <N/A>
  traceback : To enable traceback see: https://pytorch.org/docs/stable/elastic/errors.html
============================================================`;
const told = (...texts: string[]): string => `cat <<'TABLE'\n${texts.join('\n')}\nTABLE\nexit 1`;

describe.concurrent('behind torchrun’s code 1', { timeout: 30_000 }, () => {
  const codeOf = async (...texts: string[]) => {
    const it = jobFolder({ torchrun: told(...texts) });
    await it.start().ended;
    return [it.read('cpt-1/A1/exit'), it.notes('program').at(-1)];
  };

  test('the rank that ended first is the reason, and a signal is 128 and more', async () => {
    expect(await codeOf(table('10:00:09', 'hnode002', 8, 1), table('10:00:01', 'hnode003', 16, -9))).toEqual([
      '1 137 failed\n',
      'rank 16 on hnode003 ended first, by signal 9',
    ]);
  });

  test('a code of the rerun machine counts wherever it is', async () => {
    expect(await codeOf(table('10:00:01', 'hnode002', 8, 1), table('10:00:09', 'hnode003', 16, 16))).toEqual([
      '1 16 failed\n',
      'code 16 (rank 16 on hnode003): Megatron-LM wants another GPU to decide whether a result is wrong; it has saved: resume without this node',
    ]);
  });

  const FOUND: readonly (readonly [string, RegExp])[] = [
    [
      'ERROR:megatron.core.rerun_state_machine:Possible transient error!',
      /going on from the newest checkpoint is right/,
    ],
    ['ERROR:megatron.core.rerun_state_machine:Possible persistent error!', /leave its node out/],
    ['Correct result (but possible Application error)', /look at data, learning rate and precision/],
    ['nothing', /was not computed again/],
  ];
  test.each(FOUND)('code 17 after "%s" says what to do', async (line, text) => {
    const [exit, note] = await codeOf(line, table('10:00:01', 'hnode002', 8, 17));
    expect(exit).toBe('1 17 failed\n');
    expect(note).toMatch(text);
  });

  test('tables that came by the node logs are read too', async () => {
    const it = jobFolder({
      torchrun: `[ "$MARTLET_NODE_RANK" = 1 ] || exec -a python sleep 30\n${told(table('10:00:01', 'hnode002', 8, 16))}`,
      request: { nodes: 3 },
    });
    await it.start().ended;
    expect(it.read('cpt-1/A1/exit')).toBe('1 16 failed\n');
  });

  test('without a table the code stays', async () => {
    expect(await codeOf('exitcode  : 16 of something else')).toEqual(['1 1 failed\n', undefined]);
  });

  test('with a rank per GPU the code of the launcher is the rank’s own', async () => {
    const it = jobFolder({ torchrun: 'exit 17' });
    await it.start().ended;
    expect(it.read('cpt-1/A1/exit')).toBe('1 17 failed\n');
    expect(it.notes('program')[0]).toMatch(/^code 17: /);
  });
});
