import { join } from 'node:path';
import { expect, test } from 'vitest';
import { simForFile } from './sim.ts';

const sim = simForFile();

/** Section 13: without a server every command answers at once, with a code of its own. */
const SILENT: readonly (readonly [string, readonly string[], number, RegExp])[] = [
  [
    'qstat',
    ['-x', '-f', '-F', 'json', '1'],
    255,
    /^Connection refused\nqstat: cannot connect to server pbs1 \(errno=15010\)\n$/,
  ],
  ['qsub', ['--', '/bin/true'], 162, /^Connection refused\nqsub: cannot connect to server pbs1/],
  ['qdel', ['1'], 162, /Couldn't connect to cluster: pbs1/],
  ['qhold', ['1'], 162, /cannot connect to server pbs1/],
  ['qselect', ['-x'], 162, /cannot connect to server pbs1/],
  ['pbsnodes', ['-a'], 1, /cannot connect to server pbs1/],
];

test('without a server commands say so, qstat with an empty document, and jobs run on to an end that is known later', async () => {
  const out = join(sim.work, 'through.out');
  const long = await sim.shell(`sleep 2; echo over >>${out}; exit 4`);
  await sim.until(long, job => job.substate === '42');
  await sim.script('server-stop');
  for (const [program, words, code, text] of SILENT) {
    const said = await sim.run(program, ...words);
    expect(said.code, program).toBe(code);
    expect(said.stderr, program).toMatch(text);
    expect(said.stdout, program).toMatch(program === 'qstat' ? /^\{[^}]*"pbs_server":"pbs1"\n\}$/ : /^$/);
  }
  while (sim.read('through.out') === '') await new Promise(done => setTimeout(done, 100));
  await sim.script('server-start');
  expect(await sim.untilState(long, 'F')).toMatchObject({ Exit_status: '4', run_count: '1' });
  expect(sim.read('through.out')).toBe('over\n');
});

test('after a clean stop ids go on, after a kill they begin at the next thousand', async () => {
  const number = async (): Promise<number> => Number((await sim.shell('true', '-h')).split('.')[0]);
  const first = await number();
  await sim.script('server-stop');
  await sim.script('server-start');
  expect(await number()).toBe(first + 1);
  await sim.script('server-kill');
  await sim.script('server-start');
  expect(await number()).toBe(1000);
});

test('a kill of the server loses no job and runs none twice', async () => {
  const out = join(sim.work, 'kill.out');
  const running = await sim.shell(`echo run >>${out}; sleep 3`);
  const waiting = await sim.shell('true', '-h');
  await sim.until(running, job => job.substate === '42');
  await sim.script('server-kill');
  await sim.script('server-start');
  expect(await sim.attributes(waiting)).toMatchObject({ job_state: 'H', Hold_Types: 'u' });
  expect(await sim.untilState(running, 'F')).toMatchObject({ Exit_status: '0', run_count: '1' });
  expect(sim.read('kill.out')).toBe('run\n');
});

test('22 runs a job that had just begun once more after a clean stop of the server', async () => {
  await sim.set({ prerunSeconds: 60 });
  const out = join(sim.work, 'begun.out');
  const id = await sim.shell(`echo run >>${out}; sleep 4`);
  await sim.until(id, job => job.session_id !== undefined);
  await sim.script('server-stop');
  await sim.script('server-start');
  expect(await sim.untilState(id, 'F')).toMatchObject({ Exit_status: '0', run_count: '2' });
  expect(sim.read('begun.out')).toBe('run\nrun\n');
});
