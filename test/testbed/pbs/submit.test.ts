import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { simForFile } from './sim.ts';

const sim = simForFile();
const number = (id: string): number => Number(/^\d+/.exec(id)?.[0]);

test('a submit answers one line with an id, and nothing else', async () => {
  sim.scriptFile('ok.sh', 'true');
  const said = await sim.run('qsub', 'ok.sh');
  expect(said.stdout).toMatch(/^\d+\.pbs1\n$/);
  expect(said).toMatchObject({ code: 0, stderr: '' });
});

/** Sections 3 and 14: what is refused, with which exit code and in which words. */
const REFUSED: readonly (readonly [string, readonly string[], number, RegExp])[] = [
  ['a queue that is not there', ['-q', 'nowhere', 'ok.sh'], 170, /Unknown queue/],
  ['a resource that is not there', ['-l', 'foo=1', 'ok.sh'], 187, /Unknown resource: foo/],
  [
    'a walltime that is none',
    ['-l', 'walltime=soon', 'ok.sh'],
    166,
    /Illegal attribute or resource value Resource_List.walltime/,
  ],
  [
    'a walltime over the limit',
    ['-l', 'walltime=1000:00:00', 'ok.sh'],
    188,
    /violates queue and\/or server resource limits/,
  ],
  ['an attribute that is not there', ['-W', 'nosuch=1', 'ok.sh'], 154, /Error \(15002\)/],
  ['a name with a blank', ['-N', 'a b', 'ok.sh'], 2, /illegal -N value\nusage: qsub/],
  ['a name with a slash', ['-N', 'a/b', 'ok.sh'], 2, /illegal -N value/],
  ['a name in Japanese', ['-N', '日本', 'ok.sh'], 2, /illegal -N value/],
  ['a name of 231 characters', ['-N', 'x'.repeat(231), 'ok.sh'], 2, /Job name is too long/],
  ['an output path with a colon', ['-o', 'a:b', 'ok.sh'], 2, /illegal -o value/],
  ['a script that is not there', ['nothing.sh'], 1, /script file:: No such file or directory/],
  ['a word behind the script', ['ok.sh', 'more'], 2, /^usage: qsub/],
  ['a dependency without an id', ['-W', 'depend=afterok', 'ok.sh'], 2, /illegal -W value/],
  ['a dependency of an unknown kind', ['-W', 'depend=after-ok:1', 'ok.sh'], 2, /illegal -W value/],
  ['an array of one', ['-J', '3-3', 'ok.sh'], 2, /illegal -J value/],
  ['an array that goes down', ['-J', '5-1', 'ok.sh'], 2, /illegal -J value/],
  ['an array by list', ['-J', '1,3,5', 'ok.sh'], 2, /illegal -J value/],
  ['an array over the limit', ['-J', '0-20000', 'ok.sh'], 3, /Array job exceeds server or queue size limit/],
  ['a single quote in a variable', ['-v', "A=it's", 'ok.sh'], 1, /cannot send environment with the job/],
  ['a variable to import that is not set', ['-v', 'NOT_SET_ANYWHERE', 'ok.sh'], 1, /cannot send environment/],
  ['an interactive job without a terminal', ['-I'], 1, /terminal/],
];
test.each(REFUSED)('%s is refused, with the code and the words of PBS', async (_, words, code, text) => {
  sim.scriptFile('ok.sh', 'true');
  const said = await sim.run('qsub', ...words);
  expect(said.code).toBe(code);
  expect(said.stderr).toMatch(text);
  expect(said.stdout).toBe('');
});

test('names may begin with a digit, a dash or a dot, and have 230 characters', async () => {
  for (const name of ['123', '-x', '.dot', 'x'.repeat(230)]) {
    const id = await sim.submit('-N', name, 'ok.sh');
    expect((await sim.attributes(id))?.Job_Name).toBe(name);
  }
});

test('a script whose name has a blank is refused without -N, because the name is the file', async () => {
  sim.scriptFile('a b.sh', 'true');
  expect(await sim.run('qsub', 'a b.sh')).toMatchObject({ code: 2 });
  expect(await sim.run('qsub', '-N', 'ab', 'a b.sh')).toMatchObject({ code: 0 });
});

test('a refused submit uses up a number, so ids are not consecutive', async () => {
  const first = await sim.submit('ok.sh');
  await sim.run('qsub', '-q', 'nowhere', 'ok.sh');
  expect(number(await sim.submit('ok.sh'))).toBe(number(first) + 2);
});

test("a site's hook refuses in its own words, over several lines", async () => {
  await sim.set({ hook: 'no points left' });
  expect(await sim.run('qsub', 'ok.sh')).toMatchObject({ code: 32, stderr: 'qsub: no points left\n' });
  await sim.set({ hook: '' });
});

test('a queue that is closed refuses, and one that is stopped takes the job and says why it waits', async () => {
  await sim.set({ disabled: 'rt_HG', stopped: 'rt_HC' });
  expect(await sim.run('qsub', '-q', 'rt_HG', 'ok.sh')).toMatchObject({ code: 173 });
  const id = await sim.submit('-q', 'rt_HC', 'ok.sh');
  const job = await sim.until(id, each => each.comment !== undefined);
  expect(job).toMatchObject({ job_state: 'Q', substate: '10', comment: 'Not Running: Queue not started.' });
  await sim.set({ disabled: '', stopped: '' });
  await sim.untilState(id, 'F');
});

test('directives end at the first command, an indented one counts, and the command line wins', async () => {
  sim.scriptFile('dir.sh', '', '  #PBS -N fromfile', '# x', ':', '#PBS -l walltime=0:2:0', 'true', '#PBS -q rt_HG');
  const job = await sim.attributes(await sim.submit('-l', 'walltime=0:3:0', 'dir.sh'));
  expect(job).toMatchObject({ Job_Name: 'fromfile', 'Resource_List.walltime': '00:03:00', queue: 'workq' });
});

test('a directive nobody knows is an error of the directive', async () => {
  sim.scriptFile('bad.sh', '#PBS --unknown', 'true');
  const said = await sim.run('qsub', 'bad.sh');
  expect(said.code).toBe(1);
  expect(said.stderr).toMatch(/^qsub: directive error: /);
});

test('a script with line ends of Windows is taken by 22 and ends in 127, and refused by 23', async () => {
  writeFileSync(join(sim.work, 'crlf.sh'), '#!/bin/bash\r\ntrue\r\n');
  const job = await sim.untilState(await sim.submit('crlf.sh'), 'F');
  expect(job.Exit_status).toBe('127');
  await sim.set({ flavour: 23 });
  expect(await sim.run('qsub', 'crlf.sh')).toMatchObject({ code: 1 });
  await sim.set({ flavour: 22 });
});

test('the script is copied when it is submitted: a later edit changes nothing', async () => {
  sim.scriptFile('edit.sh', 'echo first >edit.out'.replace('edit.out', join(sim.work, 'edit.out')));
  await sim.set({ scheduling: false });
  const id = await sim.submit('edit.sh');
  sim.scriptFile('edit.sh', 'exit 9');
  await sim.set({ scheduling: true });
  expect((await sim.untilState(id, 'F')).Exit_status).toBe('0');
  expect(sim.read('edit.out')).toBe('first\n');
});

test('values of -v are damaged as PBS damages them', async () => {
  sim.scriptFile('v.sh', `printf '%s|' "$A" "$B" "$C" "$D" >${join(sim.work, 'v.out')}`);
  const said = await sim.runWith({ D: 'x,y,z' }, 'qsub', '-v', 'A=a b,B=a\\b,C=say "hi",D', 'v.sh');
  await sim.untilState(said.stdout.trim(), 'F');
  expect(sim.read('v.out')).toBe('a b|a\\\\b|say \\hi\\|x,y,z|');
});

test('a job inherits nothing of the submitter but PBS_O_*, starts at home with umask 077, and knows its nodes', async () => {
  sim.scriptFile(
    'env.sh',
    `{ pwd; umask; echo "[$SECRET]"; echo "$PBS_O_WORKDIR"; wc -l <"$PBS_NODEFILE"; sort -u "$PBS_NODEFILE"; echo "$OMP_NUM_THREADS"; } >${join(sim.work, 'env.out')}`,
  );
  const said = await sim.runWith({ SECRET: 'x' }, 'qsub', '-q', 'rt_HF', '-l', 'select=2:mpiprocs=8', 'env.sh');
  await sim.untilState(said.stdout.trim(), 'F');
  const [home, ...rest] = sim.read('env.out').split('\n');
  expect(home).not.toBe(sim.work);
  expect(rest).toEqual(['0077', '[]', sim.work, '16', 'hnode001', 'hnode002', '192', '']);
});
