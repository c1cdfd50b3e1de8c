import { chmodSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { jobFolder, until } from '../helpers/job-folder.ts';

/** A torchrun with one rank below it and a data loader below that: the rank saves on TERM, the others write down any TERM. */
const TORCHRUN = `
trap 'echo torchrun >>"$SAVE/../hit"' TERM
export LOCAL_RANK=0 RANK=$MARTLET_NODE_RANK
cat >"$SAVE/../rank.sh" <<'RANK'
bash -c 'exec -a python bash "$0/../loader.sh" "$0"' "$1" &
loader=$!
trap 'echo rank >>"$1/../hit"; kill -KILL $loader; finish=yes' TERM
echo >"$1/../ready"
finish=
while [ -z "$finish" ]; do sleep 0.1 & wait $!; done
folder=$1/iter_0000030; mkdir -p "$folder"; echo '{}' >"$folder/metadata.json"
printf 30 >"$1/latest_checkpointed_iteration.txt"
RANK
echo 'trap "echo loader >>\\"$1/../hit\\"" TERM; while :; do sleep 0.1 & wait $!; done' >"$SAVE/../loader.sh"
bash -c 'exec -a python3.12 bash "$0/../rank.sh" "$0"' "$SAVE" &
rank=$!
wait $rank; code=$?
while kill -0 $rank 2>/dev/null; do wait $rank; code=$?; done
exit $code`;

describe.concurrent('being asked to end', { timeout: 40_000 }, () => {
  test('RUN/STOP reaches the rank alone, not torchrun above nor the data loader below it; the job ends as stopped', async () => {
    const it = jobFolder({ torchrun: TORCHRUN });
    const job = it.start();
    await until(() => it.exists('checkpoints/ready'));
    it.write('STOP', '');
    expect((await job.ended).code).toBe(0);
    expect(it.read('checkpoints/hit')).toBe('rank\n');
    expect(it.read('cpt-1/A1/exit')).toBe('1 0 stopped\n');
    expect(it.notes('stop')).toHaveLength(1);
  });

  test('a program that ends of RUN/STOP before the job has looked at it was stopped, and did not fail', async () => {
    // A launcher that is gone in the moment STOP comes, between two looks of the job.
    const it = jobFolder({ torchrun: 'count', site: { launcher: 'mpirun' } });
    it.writeProgram('bin/mpirun', '#!/bin/bash\nsleep 0.15; : >"$MARTLET_RUN_DIR/STOP"\n');
    expect((await it.start({ PATH: `${it.run}/bin:${process.env.PATH}` }).ended).code).toBe(0);
    expect(it.read('cpt-1/A1/exit')).toBe('1 0 stopped\n');
  });

  test('SIGTERM of the scheduler becomes a checkpoint and an exit file', async () => {
    const it = jobFolder({ torchrun: TORCHRUN });
    const job = it.start();
    await until(() => it.exists('checkpoints/ready'));
    job.kill('SIGTERM');
    expect((await job.ended).code).toBe(0);
    expect(it.read('cpt-1/A1/exit')).toBe('1 0 stopped\n');
    expect(it.read('checkpoints/cpt/latest_checkpointed_iteration.txt')).toBe('30');
    expect(it.notes('signal')[0]).toContain('SIGTERM');
  });

  test('a program that does not listen to SIGTERM is killed in time for the exit file', async () => {
    const it = jobFolder({ torchrun: "trap '' TERM; count; while :; do sleep 0.2; done" });
    const job = it.start();
    await until(() => it.exists('checkpoints/starts.0'));
    const begin = Date.now();
    job.kill('SIGTERM');
    expect((await job.ended).code).toBe(143);
    // PBS kills 10 s after its TERM.
    expect(Date.now() - begin).toBeLessThan(9900);
    expect(it.read('cpt-1/A1/exit')).toBe('1 143 stopped\n');
  });

  test('the warning USR1 is a planned end: the chain goes on', async () => {
    const it = jobFolder({ torchrun: TORCHRUN });
    const job = it.start();
    await until(() => it.exists('checkpoints/ready'));
    job.kill('SIGUSR1');
    expect((await job.ended).code).toBe(0);
    expect(it.read('cpt-1/A1/exit')).toBe('1 0 continue\n');
  });

  test('our own clock ends it before the walltime on every scheduler', async () => {
    const it = jobFolder({ torchrun: TORCHRUN, request: { walltimeSeconds: 33 }, job: { marginSeconds: 30 } });
    await it.start().ended;
    expect(it.read('cpt-1/A1/exit')).toBe('1 0 continue\n');
    expect(it.notes('deadline')).toHaveLength(1);
  });

  test('no progress before the time limit is a failure', async () => {
    const it = jobFolder({
      torchrun: 'export LOCAL_RANK=0; exec -a python sleep 60',
      request: { walltimeSeconds: 22 },
      job: { marginSeconds: 20 },
    });
    await it.start().ended;
    expect(it.read('cpt-1/A1/exit')).toBe('1 124 failed\n');
  });

  test('a job that starts while STOP is there starts nothing; a complete one is still complete', async () => {
    const it = jobFolder({ torchrun: 'count' });
    it.write('STOP', '');
    await it.start().ended;
    expect(it.read('cpt-1/A1/exit')).toBe('1 0 stopped\n');
    it.save(100);
    await it.start().ended;
    expect(it.read('cpt-1/A1/exit')).toBe('2 0 complete\n');
    expect(it.exists('checkpoints/starts.0')).toBe(false);
  });

  test('SIGTERM while it waits for the stage before ends it at once', async () => {
    const it = jobFolder({ torchrun: 'count', job: { needs: [{ job: 'demo/prepare/1', when: 'ok' }] } });
    const job = it.start();
    await until(() => it.diary().length > 0);
    job.kill('SIGTERM');
    await job.ended;
    expect(it.read('cpt-1/A1/exit')).toBe('1 143 stopped\n');
  });
});

describe.concurrent('a fault', { timeout: 40_000 }, () => {
  const LOST =
    'echo "[rank1]: torch.distributed.DistBackendError: NCCL error: remote process exited or there was a network error"';

  test('of the network is forgiven once, and the second start goes on', async () => {
    const it = jobFolder({ torchrun: `if [ "$(count)" = 1 ]; then ${LOST}; exit 1; fi; save 100` });
    await it.start().ended;
    expect(it.read('cpt-1/A1/exit')).toBe('1 0 complete\n');
    expect(it.notes('restart')).toHaveLength(1);
    expect(it.notes('launch')[1]).toMatch(/launch 2 .*:11235;/);
  });

  test('without a new checkpoint is not forgiven twice', async () => {
    const it = jobFolder({ torchrun: `count; ${LOST}; exit 1` });
    expect((await it.start().ended).code).toBe(1);
    expect(it.read('checkpoints/starts.0')).toBe('x\nx\n');
  });

  test('is forgiven no more than twice in a boot', async () => {
    const it = jobFolder({ torchrun: `save "$(count)0"; ${LOST}; exit 7` });
    await it.start().ended;
    expect(it.read('checkpoints/starts.0')).toBe('x\nx\nx\n');
    expect(it.read('cpt-1/A1/exit')).toBe('1 7 failed\n');
  });

  test.each([
    ['memory that ran out before the connections broke', 'torch.OutOfMemoryError: CUDA out of memory.'],
    ['a full disk', 'OSError: [Errno 28] No space left on device'],
    ['nothing known', 'something else'],
  ])('that begins with %s is not repeated', async (_, line) => {
    const it = jobFolder({ torchrun: `count; echo '${line}'; [ '${line}' = 'something else' ] || ${LOST}; exit 1` });
    await it.start().ended;
    expect(it.read('checkpoints/starts.0')).toBe('x\n');
    expect(it.read('cpt-1/A1/exit')).toBe('1 1 failed\n');
  });

  test('of an earlier boot does not count for this one', async () => {
    const it = jobFolder({ torchrun: 'count; exit 1' });
    it.write('cpt-1/A1/log.txt', 'ConnectionResetError: [Errno 104] Connection reset by peer\n');
    await it.start().ended;
    expect(it.read('checkpoints/starts.0')).toBe('x\n');
  });

  test('on one node ends the others, and its code is the job’s', async () => {
    const it = jobFolder({
      torchrun: 'count; if [ "$MARTLET_NODE_RANK" = 1 ]; then sleep 0.5; exit 5; fi; exec -a python bash -c "sleep 60"',
      request: { nodes: 3 },
    });
    const begin = Date.now();
    await it.start().ended;
    expect(Date.now() - begin).toBeLessThan(20_000);
    expect(it.read('cpt-1/A1/exit')).toBe('1 5 failed\n');
    expect(['0', '1', '2'].map(node => it.read(`checkpoints/starts.${node}`))).toEqual(['x\n', 'x\n', 'x\n']);
  });
});

describe.concurrent('what a node is told', () => {
  test('the minutes left, the meeting point and the nodes come by a file, so that no launcher has to forward them', async () => {
    const it = jobFolder({
      torchrun:
        'env >"$SAVE/../env.$MARTLET_NODE_RANK"; printf "%s\\n" "$@" >"$SAVE/../argv.$MARTLET_NODE_RANK"; save 100',
      request: { nodes: 2 },
    });
    await it.start().ended;
    const argv = readFileSync(`${it.run}/checkpoints/argv.1`, 'utf8');
    // 24 h less half an hour; a rehearsal's clock has not started.
    expect(argv).toContain('--exit-duration-in-mins=1410\n');
    expect(argv).toContain('--node-rank=1\n--master-addr=127.0.0.1\n--master-port=11234\n');
    const env = readFileSync(`${it.run}/checkpoints/env.1`, 'utf8');
    for (const line of ['MARTLET_REHEARSAL=1', 'CUDA_DEVICE_MAX_CONNECTIONS=1', 'MARTLET_PROCESSES=2'])
      expect(env).toContain(`${line}\n`);
    expect(env).not.toMatch(/^(RANK|LOCAL_RANK|WORLD_SIZE)=/m);
  });

  test('with one rank per GPU the launcher’s numbers are the ranks’', async () => {
    const it = jobFolder({
      torchrun: 'exit 1',
      request: { nodes: 2, gpusPerNode: 2, ranksPerNode: 2 },
      site: { ranks: 'per-gpu' },
    });
    it.write(
      'bin/python',
      `#!/bin/bash\necho "$RANK $LOCAL_RANK $WORLD_SIZE $MARTLET_NODE_RANK $*" >>"$MARTLET_RUN_DIR/ranks"\n`,
    );

    chmodSync(`${it.run}/bin/python`, 0o755);
    await it.start().ended;
    const seen = (it.read('ranks') ?? '')
      .trimEnd()
      .split('\n')
      .map(line => line.split(' pretrain')[0])
      .sort();
    expect(seen).toEqual(['0 0 4 0', '1 1 4 0', '2 0 4 1', '3 1 4 1']);
  });
});
