import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { jobFolder, until } from '../helpers/job-folder.ts';

const read = (path: string): string => readFileSync(path, 'utf8');
/** Lines of log.txt that are not the job's own. */
const told = (text: string | undefined): string[] =>
  (text ?? '').split('\n').filter(line => line !== '' && !line.startsWith('martlet: '));

describe.concurrent('on several nodes', { timeout: 40_000 }, () => {
  test('each has its own log; log.txt has the first and the last as they are, and the others with their node', async () => {
    const it = jobFolder({ torchrun: 'echo "I am $MARTLET_NODE_RANK"; save 100', request: { nodes: 3 } });
    await it.start().ended;
    for (const node of [0, 1, 2]) expect(it.read(`cpt-1/A1/nodes/${node}.1.log`)).toBe(`I am ${node}\n`);
    expect(told(it.read('cpt-1/A1/log.txt')).sort()).toEqual(['I am 0', 'I am 2', '[node 1 localhost] I am 1']);
  });

  test('a second boot writes logs of its own', async () => {
    const it = jobFolder({ torchrun: 'echo "$(count)"; exit 1', request: { nodes: 2 } });
    await it.start().ended;
    await it.start().ended;
    expect([it.read('cpt-1/A1/nodes/0.1.log'), it.read('cpt-1/A1/nodes/0.2.log')]).toEqual(['1\n', '2\n']);
  });

  test('no line of log.txt is cut by another node’s, though all of them write in pieces at once', async () => {
    const LINES = 300;
    const it = jobFolder({
      torchrun: `
letter=$(printf '%.0sabcd' $(seq 200)); n=$MARTLET_NODE_RANK
for ((i = 0; i < ${LINES}; i++)); do printf '%s' "<$n:"; printf '%s' "$letter"; printf '%s\\n' ":$n>"; done
save 100`,
      request: { nodes: 4 },
    });
    await it.start().ended;
    const lines = told(it.read('cpt-1/A1/log.txt'));
    expect(lines).toHaveLength(4 * LINES);
    for (const line of lines)
      expect(line).toMatch(/^(\[node ([12]) localhost\] <\2:(abcd){200}:\2>|<([03]):(abcd){200}:\4>)$/);
  });

  test('the lines are there while the job runs', async () => {
    const it = jobFolder({
      torchrun: 'echo "first of $MARTLET_NODE_RANK"; until [ -e "$MARTLET_RUN_DIR/go" ]; do sleep 0.1; done; save 100',
      request: { nodes: 2 },
    });
    const job = it.start();
    await until(() => told(it.read('cpt-1/A1/log.txt')).length === 2);
    it.write('go', '');
    await job.ended;
    expect(it.read('cpt-1/A1/exit')).toBe('1 0 complete\n');
  });

  test('the last words are kept: without an end of line, in another encoding, and after a failure', async () => {
    const it = jobFolder({
      torchrun:
        'if [ "$MARTLET_NODE_RANK" = 1 ]; then printf "a\\xff\\xfeb\\n\\t%s\\nhalf" "indented \\\\n"; sleep 0.3; exit 3; fi; exec -a python sleep 30',
      request: { nodes: 2 },
    });
    await it.start().ended;
    const bytes = readFileSync(`${it.attempt}/log.txt`).toString('latin1');
    // Between them may stand what bash says of the node that was killed meanwhile.
    expect(bytes).toContain('\na\xff\xfeb\n\tindented \\n\n');
    expect(bytes).toContain('\nhalf\n');
    expect(it.read('cpt-1/A1/exit')).toBe('1 3 failed\n');
  });

  test('a progress bar that never ends its line is shown in pieces, not kept for ever', async () => {
    const it = jobFolder({
      torchrun:
        'if [ "$MARTLET_NODE_RANK" = 1 ]; then head -c 200000 /dev/zero | tr "\\0" x; until [ -e "$MARTLET_RUN_DIR/go" ]; do sleep 0.1; done; fi; save 100',
      request: { nodes: 2 },
    });
    const job = it.start();
    await until(() => (it.read('cpt-1/A1/log.txt') ?? '').includes('xxxx'));
    it.write('go', '');
    await job.ended;
    expect((read(`${it.attempt}/log.txt`).match(/x/g) ?? []).length).toBeGreaterThanOrEqual(200_000);
  });

  test('what a middle node says is seen by the judge of faults', async () => {
    const it = jobFolder({
      torchrun:
        'case $MARTLET_LAUNCH$MARTLET_NODE_RANK in 11) echo "ncclRemoteError: peer is gone"; exit 1 ;; 1*) exec -a python sleep 30 ;; esac; save 100',
      request: { nodes: 3 },
    });
    await it.start().ended;
    expect(it.notes('restart')[0]).toContain('[node 1 localhost] ncclRemoteError');
    expect(it.read('cpt-1/A1/exit')).toBe('1 0 complete\n');
  });

  test('a STOP is heard though a node writes without end', async () => {
    const it = jobFolder({
      torchrun: 'export LOCAL_RANK=0; exec -a python bash -c "trap \'exit 0\' TERM; while :; do echo noise; done"',
      request: { nodes: 2 },
    });
    const job = it.start();
    await until(() => (it.read('cpt-1/A1/log.txt') ?? '').includes('noise'));
    it.write('STOP', '');
    await job.ended;
    expect(it.read('cpt-1/A1/exit')).toBe('1 0 stopped\n');
  });
});

test('on one node log.txt is its log, as it was', async () => {
  const it = jobFolder({ torchrun: 'echo here; save 100' });
  await it.start().ended;
  expect([it.exists('cpt-1/A1/nodes'), told(it.read('cpt-1/A1/log.txt'))]).toEqual([false, ['here']]);
}, 30_000);
