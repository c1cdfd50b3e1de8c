import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { simForFile } from './sim.ts';

const sim = simForFile();

/** Section 6: how a job that runs can end. The job is a script, unless it says `--`. */
const ENDS: readonly (readonly [string, string, Readonly<Record<string, string>>, RegExp])[] = [
  ['0', 'exit 0', { substate: '92', Exit_status: '0' }, / and finished$/],
  ['3', 'exit 3', { substate: '93', Exit_status: '3' }, / and failed$/],
  ['271, which is 15', 'exit 271', { substate: '93', Exit_status: '15' }, / and failed$/],
  [
    'a command killed by signal 9',
    'bash -c "kill -9 \\$\\$"; exit $?',
    { substate: '93', Exit_status: '137' },
    / and failed$/,
  ],
  ['a top shell killed by signal 9', 'kill -9 $PPID; sleep 5', { substate: '93', Exit_status: '265' }, / and failed$/],
];
test.each(ENDS)('a job that ends with %s says so', async (_, line, wanted, comment) => {
  sim.scriptFile('end.sh', line);
  const job = await sim.untilState(await sim.submit('end.sh'), 'F');
  expect(job).toMatchObject({ ...wanted, run_count: '1', Stageout_status: '1' });
  expect(job.comment).toMatch(comment);
});

test('a direct command that dies of SEGV has 267, and one that is not there 127', async () => {
  expect((await sim.untilState(await sim.shell('kill -SEGV $$'), 'F')).Exit_status).toBe('267');
  expect((await sim.untilState(await sim.submit('--', '/no/such/command'), 'F')).Exit_status).toBe('127');
});

test('a shell that is not there gives 254', async () => {
  sim.scriptFile('true.sh', 'true');
  expect((await sim.untilState(await sim.submit('-S', '/no/shell', 'true.sh'), 'F')).Exit_status).toBe('254');
});

test('walltime is -29 whatever a trap says, with a comment and a line on stderr', async () => {
  sim.scriptFile('wall.sh', "trap 'exit 42' TERM", 'sleep 60 & wait');
  const job = await sim.untilState(await sim.submit('-N', 'wall', '-l', 'walltime=1', 'wall.sh'), 'F');
  expect(job).toMatchObject({ substate: '93', Exit_status: '-29' });
  expect(job.comment).toMatch(/ and exceeded resource walltime$/);
  expect(sim.read((job.Error_Path ?? '').split('/').at(-1) ?? '')).toMatch(
    /^=>> PBS: job killed: walltime \d+ exceeded limit 1\n/,
  );
});

test('a cancelled job stays R until its processes are gone, which a trap that ignores TERM puts off until the KILL', async () => {
  sim.scriptFile('stubborn.sh', "trap '' TERM", 'sleep 300 & while :; do wait; done');
  const id = await sim.submit('stubborn.sh');
  await sim.until(id, job => job.substate === '42');
  expect(await sim.run('qdel', id)).toMatchObject({ code: 0, stdout: '', stderr: '' });
  await pause(500);
  expect((await sim.attributes(id))?.job_state).toBe('R');
  const job = await sim.untilState(id, 'F');
  expect(job).toMatchObject({ substate: '91', Exit_status: '271' });
  expect(job.comment).toMatch(/ and terminated by \S+@\S+$/);
});

test("the script's own trap runs after a qdel, and the status is 271 all the same", async () => {
  sim.scriptFile('trap.sh', `trap 'echo trapped >${join(sim.work, 'trap.out')}; exit 0' TERM`, 'sleep 300 & wait');
  const id = await sim.submit('trap.sh');
  await sim.until(id, job => job.substate === '42');
  await sim.run('qdel', id);
  expect((await sim.untilState(id, 'F')).Exit_status).toBe('271');
  expect(sim.read('trap.out')).toBe('trapped\n');
});

test('qdel -W force is 265', async () => {
  sim.scriptFile('long.sh', 'sleep 300');
  const id = await sim.submit('long.sh');
  await sim.until(id, job => job.substate === '42');
  await sim.run('qdel', '-W', 'force', id);
  expect((await sim.untilState(id, 'F')).Exit_status).toBe('265');
});

test('a job that is cancelled before it starts has no Exit_status, no start and no host', async () => {
  sim.scriptFile('long.sh', 'sleep 300');
  const id = await sim.submit('-h', 'long.sh');
  expect((await sim.attributes(id)) ?? {}).toMatchObject({ job_state: 'H', substate: '20', Hold_Types: 'u' });
  await sim.run('qdel', id);
  const job = (await sim.attributes(id)) ?? {};
  expect(job).toMatchObject({ job_state: 'F', substate: '91' });
  for (const absent of ['Exit_status', 'stime', 'exec_host', 'comment']) expect(job).not.toHaveProperty(absent);
});

test('qsig USR1 ends a script job, although the script traps it: the login shell above hears it too', async () => {
  sim.scriptFile('usr1.sh', `trap 'echo heard >${join(sim.work, 'usr1.out')}' USR1`, 'while :; do sleep 0.2; done');
  const id = await sim.submit('usr1.sh');
  await sim.until(id, job => job.substate === '42');
  expect(await sim.run('qsig', '-s', 'SIGUSR1', id)).toMatchObject({ code: 0 });
  expect((await sim.untilState(id, 'F')).Exit_status).toBe('266');
});

test('children in the background die with the job, a daemon with a session of its own does not', async () => {
  const [child, daemon] = [join(sim.work, 'child.out'), join(sim.work, 'daemon.out')];
  sim.scriptFile(
    'bg.sh',
    `(sleep 1.5; echo >${child}) &`,
    `setsid bash -c 'sleep 1.5; echo x >${daemon}' >/dev/null 2>&1 &`,
  );
  await sim.untilState(await sim.submit('bg.sh'), 'F');
  await pause(2500);
  expect([sim.read('child.out'), sim.read('daemon.out')]).toEqual(['', 'x\n']);
});

test('a lost first host leaves R for a while, then the job waits again with -20, and runs once more from the top', async () => {
  sim.scriptFile('lost.sh', `echo run >>${join(sim.work, 'lost.out')}`, 'sleep 2');
  const id = await sim.submit('-N', 'lost', 'lost.sh');
  const { exec_host } = await sim.until(id, job => job.substate === '42');
  const host = exec_host?.split('/')[0] ?? '';
  await sim.script('node-kill', {}, host);
  await pause(300);
  expect((await sim.attributes(id))?.job_state).toBe('R');
  expect((await sim.run('pbsnodes', host)).stdout).toContain('state = down');
  await sim.until(id, job => job.Exit_status === '-20');
  const again = await sim.until(id, job => job.run_count === '2');
  expect(again.exec_host).not.toContain(host);
  expect(await sim.untilState(id, 'F')).toMatchObject({ Exit_status: '0', run_count: '2' });
  expect(sim.read('lost.out')).toBe('run\nrun\n');
  await sim.script('node-start', {}, host);
});

test('one that may not run twice is over with -20', async () => {
  sim.scriptFile('once.sh', 'sleep 20');
  const id = await sim.submit('-r', 'n', 'once.sh');
  const { exec_host } = await sim.until(id, job => job.substate === '42');
  const host = exec_host?.split('/')[0] ?? '';
  await sim.script('node-kill', {}, host);
  expect(await sim.untilState(id, 'F')).toMatchObject({ substate: '93', Exit_status: '-20' });
  await sim.script('node-start', {}, host);
});

test('a job that an operator puts back has -11 while it runs again, and its second output behind its first', async () => {
  sim.scriptFile('again.sh', 'echo run; sleep 3');
  const id = await sim.submit('-N', 'again', '-j', 'oe', 'again.sh');
  await sim.until(id, job => job.substate === '42');
  expect(await sim.operator('qrerun', id)).toMatchObject({ code: 0 });
  const again = await sim.until(id, job => job.run_count === '2' && job.job_state === 'R');
  expect(again.Exit_status).toBe('-11');
  await sim.untilState(id, 'F');
  expect(sim.read(`again.o${id.split('.')[0]}`)).toBe('run\nrun\n');
});

test('an output folder that is not there keeps a job in E and fails nothing: Exit_status 0, Stageout_status 0', async () => {
  sim.scriptFile('out.sh', 'echo text');
  const id = await sim.submit('-o', 'no/such/', 'out.sh');
  const exiting = await sim.untilState(id, 'E');
  expect(exiting).toMatchObject({ substate: '51', Exit_status: '0' });
  expect(await sim.run('qdel', id)).toMatchObject({ code: 168 });
  expect(await sim.untilState(id, 'F')).toMatchObject({ Exit_status: '0', Stageout_status: '0', substate: '92' });
});

test('an existing folder holds ID.OU, -k oed writes there while the job runs, and modes follow the umask', async () => {
  const { mkdirSync, chmodSync, statSync } = await import('node:fs');
  mkdirSync(join(sim.work, 'logs'));
  chmodSync(join(sim.work, 'logs'), 0o777);
  sim.scriptFile('live.sh', 'echo live; sleep 2; echo done');
  const id = await sim.submit('-j', 'oe', '-o', 'logs/', '-k', 'oed', '-W', 'umask=022', 'live.sh');
  await sim.until(id, job => job.substate === '42');
  expect(sim.read(`logs/${id}.OU`)).toBe('live\n');
  await sim.untilState(id, 'F');
  expect(sim.read(`logs/${id}.OU`)).toBe('live\ndone\n');
  expect((statSync(join(sim.work, `logs/${id}.OU`)).mode & 0o777).toString(8)).toBe('644');
});
