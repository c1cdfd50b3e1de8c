import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Said, simForFile } from './sim.ts';

const sim = simForFile();
const EMPTY = /^\{\n {4}"timestamp":(\d+|""),\n {4}"pbs_version":"22\.05\.11",\n {4}"pbs_server":"pbs1"\n\}$/;

const json = (...ids: readonly string[]): Promise<Said> => sim.run('qstat', '-x', '-f', '-F', 'json', ...ids);
const ended = async (...words: readonly string[]): Promise<string> => {
  const id = await sim.submit(...words, '--', '/bin/true');
  await sim.untilState(id, 'F');
  return id;
};
const withVariables = async (env: Readonly<Record<string, string>>): Promise<string> => {
  const said = await sim.runWith(env, 'qsub', '-v', Object.keys(env).join(','), '--', '/bin/true');
  return said.stdout.trim();
};
const parses = (said: Said): boolean => {
  try {
    JSON.parse(said.stdout);
    return true;
  } catch {
    return false;
  }
};

test('no jobs at all: a table of nothing, and a document without jobs, both with 0', async () => {
  expect(await sim.run('qstat')).toMatchObject({ code: 0, stdout: '', stderr: '' });
  const said = await sim.run('qstat', '-f', '-F', 'json');
  expect(said.code).toBe(0);
  expect(said.stdout).toMatch(EMPTY);
});

test('an unknown id is 153 with an empty document, an ended one without -x is 35 with one', async () => {
  const unknown = await json('99999');
  expect(unknown).toMatchObject({ code: 153, stderr: 'qstat: Unknown Job Id 99999.pbs1\n' });
  expect(unknown.stdout).toMatch(EMPTY);
  const id = await ended();
  const over = await sim.run('qstat', '-f', '-F', 'json', id);
  expect(over).toMatchObject({
    code: 35,
    stderr: `qstat: ${id} Job has finished, use -x or -H to obtain historical job information\n`,
  });
  expect(over.stdout).toMatch(EMPTY);
});

test('a word that is no id is a queue, and a bad id is an error of its own', async () => {
  expect(await sim.run('qstat', 'abc')).toMatchObject({ code: 170, stderr: 'qstat: Unknown queue destination abc\n' });
  expect(await sim.run('qstat', '12x.pbs1')).toMatchObject({ code: 1 });
});

test('JSON is asked for with -f and never with -a', async () => {
  expect(await sim.run('qstat', '-F', 'json')).toMatchObject({ code: 2 });
  expect(await sim.run('qstat', '-a', '-f', '-F', 'json')).toMatchObject({ code: 2 });
});

test('of a mixed list the good ones are printed, and the code is that of the bad one', async () => {
  const [a, b] = [await ended(), await ended()];
  const said = await json(a, '99999', b);
  expect(said.code).toBe(153);
  expect(Object.keys(JSON.parse(said.stdout).Jobs)).toEqual([a, b]);
});

test('23 prints only the first of several ids in JSON, with 0, and all of them in the other forms', async () => {
  const [a, b] = [await ended(), await ended()];
  await sim.set({ flavour: 23 });
  try {
    const said = await json(a, b);
    expect(said.code).toBe(0);
    expect(said.stdout).toContain('"pbs_version":\t"23.06.06"');
    expect(Object.keys(JSON.parse(said.stdout).Jobs)).toEqual([a]);
    expect((await sim.run('qstat', '-x', '-f', a, b)).stdout.match(/^Job Id: /gm)).toHaveLength(2);
    expect(Object.keys(JSON.parse((await json()).stdout).Jobs).length).toBeGreaterThan(1);
  } finally {
    await sim.set({ flavour: 22 });
  }
});

/** Section 5: what 22 makes of a variable, and whether the document is still JSON. */
const HAZARDS: readonly (readonly [string, string, RegExp, boolean])[] = [
  ['nan', 'nan', /"A":nan\b/, false],
  ['inf', 'inf', /"A":inf\b/, false],
  ['.5', '.5', /"A":\.5\b/, false],
  ['1e5', '1e5', /"A":1e5\b/, true],
  ['-3', '-3', /"A":-3\b/, true],
  ['0012', '0012', /"A":"0012"/, true],
  ['true', 'true', /"A":"true"/, true],
  ['a number of 20 digits', '12345678901234567890', /"A":12345678901234567890\b/, true],
  ['an empty value', '', /"A":"B=x"/, true],
  ['a double quote', 'say "hi"', /"A":"say hi,B=x"/, true],
  ['a backslash', 'a\\b', /"A":"a\\\\\\\\b"/, true],
];
test.each(HAZARDS)('a variable that is %s is written by 22 as it was seen', async (_, value, text, isJson) => {
  const said = await json(await withVariables({ A: value, B: 'x' }));
  expect(said.stdout).toMatch(text);
  expect(parses(said)).toBe(isJson);
});

test('UTF-8 in a variable makes the document of 22 no UTF-8, and is kept by 23', async () => {
  const id = await withVariables({ A: '日本' });
  const said = await json(id);
  expect(said.bytes.includes(Buffer.from([0x5e, 0x26, 0x5e, 0xd7]))).toBe(true);
  expect(() => new TextDecoder('utf-8', { fatal: true }).decode(said.bytes)).toThrow();
  await sim.set({ flavour: 23 });
  expect(JSON.parse((await json(id)).stdout).Jobs[id].Variable_List.A).toBe('日本');
  await sim.set({ flavour: 22 });
});

test('23 turns what looks like a number or a truth into one', async () => {
  const id = await withVariables({ A: '0012', B: 'true', C: '12345678901234567890', D: 'nan' });
  await sim.set({ flavour: 23 });
  const seen = JSON.parse((await json(id)).stdout).Jobs[id].Variable_List;
  expect(seen).toMatchObject({ A: 12, B: true, C: 12345678901234567000, D: 'nan' });
  await sim.set({ flavour: 22 });
});

test('a job name that is a number is a number in the JSON of 22', async () => {
  const id = await ended('-N', '123');
  expect(JSON.parse((await json(id)).stdout).Jobs[id].Job_Name).toBe(123);
});

test('in one second of 256 the timestamp of 22 is empty', async () => {
  // Nobody waits four minutes for it: the clock of the simulation is the machine's, so the page is written for that second.
  const { jsonText } = await import('./print-json.ts');
  const { DEFAULTS } = await import('./settings.ts');
  expect(jsonText(DEFAULTS, [], false, 'Jobs', 256 * 7_000_000)).toContain('"timestamp":""');
  expect(jsonText(DEFAULTS, [], false, 'Jobs', 256 * 7_000_000 + 1)).toContain('"timestamp":1792000001');
});

test('text is cut at 79 columns inside words, -w does not cut, and dsv has one line a job', async () => {
  const id = await ended('-v', `LONG=${'x'.repeat(200)}`);
  const text = (await sim.run('qstat', '-x', '-f', id)).stdout;
  expect(text.split('\n').every(line => line.replace('\t', '        ').length <= 79)).toBe(true);
  expect(text.replaceAll('\n\t', '')).toContain('x'.repeat(200));
  expect((await sim.run('qstat', '-x', '-f', '-w', id)).stdout).toContain('x'.repeat(200));
  const dsv = (await sim.run('qstat', '-x', '-f', '-F', 'dsv', '-D', '@@', id)).stdout;
  expect(dsv.trimEnd().split('\n')).toHaveLength(1);
  expect(dsv).toMatch(new RegExp(`^Job Id: ${id.replace('.', '\\.')}@@Job_Name=STDIN@@`));
});

test("times are in the zone of whoever asks, and only the client's", async () => {
  const id = await ended();
  const at = async (zone: string): Promise<string> =>
    /ctime = (.*)/.exec((await sim.runWith({ TZ: zone }, 'qstat', '-x', '-f', id)).stdout)?.[1] ?? '';
  const [utc, tokyo] = [await at('UTC'), await at('Asia/Tokyo')];
  expect(Date.parse(`${tokyo} UTC`) - Date.parse(`${utc} UTC`)).toBe(9 * 3_600_000);
});

test('what has ended is forgotten after the history window, and is then like what never was', async () => {
  const id = await ended();
  await sim.set({ historySeconds: 0 });
  await pause(500);
  expect(await json(id)).toMatchObject({ code: 153, stderr: `qstat: Unknown Job Id ${id}\n` });
  await sim.set({ historySeconds: 1000 });
});

test('qdel of what has ended is 35, of what is unknown 153 with the id as typed, and good ones go all the same', async () => {
  const over = await ended();
  expect(await sim.run('qdel', over)).toMatchObject({ code: 35, stderr: `qdel: Job has finished ${over}\n` });
  const id = await sim.submit('-h', '--', '/bin/true');
  expect(await sim.run('qdel', '77777', id)).toMatchObject({ code: 153, stderr: 'qdel: Unknown Job Id 77777\n' });
  expect((await sim.attributes(id))?.job_state).toBe('F');
});

test('qdel -x forgets at once', async () => {
  const id = await ended();
  expect(await sim.run('qdel', '-x', id)).toMatchObject({ code: 0 });
  expect(await json(id)).toMatchObject({ code: 153 });
});

test('qselect prints ids by name, those of ended ones with -x, and ends with 0 when there are none', async () => {
  const id = await ended('-N', 'findme');
  expect(await sim.run('qselect', '-N', 'findme')).toMatchObject({ code: 0, stdout: '' });
  expect(await sim.run('qselect', '-x', '-N', 'findme')).toMatchObject({ code: 0, stdout: `${id}\n` });
});

/** Section 6: why a job waits. */
const WAITING: readonly (readonly [string, readonly string[], string])[] = [
  ['more nodes than there are', ['-q', 'rt_HF', '-l', 'select=9'], 'Can Never Run: Not enough total nodes available'],
  ['more CPUs than a host has', ['-l', 'select=1:ncpus=999'], 'Not Running: Insufficient amount of resource: ncpus '],
];
test.each(WAITING)('a job that wants %s says so', async (_, words, comment) => {
  const id = await sim.submit(...words, '--', '/bin/true');
  const job = await sim.until(id, each => each.comment !== undefined);
  expect(job).toMatchObject({ job_state: 'Q', substate: '10' });
  expect(`${job.comment} `.startsWith(comment)).toBe(true);
  await sim.run('qdel', id);
});

test('a job that waits for free hosts says what there is, and runs when they are', async () => {
  const first = await sim.submit('-q', 'rt_HF', '-l', 'select=4', '--', '/bin/sleep', '2');
  const second = await sim.submit('-q', 'rt_HF', '--', '/bin/true');
  const job = await sim.until(second, each => each.comment !== undefined);
  expect(job.comment).toMatch(/^Not Running: Insufficient amount of resource: ncpus \(R: 192 A: 0 T: 768\)$/);
  await sim.untilState(first, 'F');
  expect((await sim.untilState(second, 'F')).Exit_status).toBe('0');
});

test('hosts are named where chunks lie, with 0 CPUs where one spans both halves of a host', async () => {
  const whole = await ended('-q', 'rt_HF');
  expect((await sim.attributes(whole))?.exec_host).toMatch(/^hnode00\d\/0\*0$/);
  const small = await ended('-l', 'select=3:ncpus=8:ngpus=2');
  expect((await sim.attributes(small))?.exec_host).toBe('hnode001/0*8+hnode001/1*8+hnode001/2*8');
});

test('an unknown host is an error in text and none in JSON', async () => {
  expect(await sim.run('pbsnodes', 'nobody')).toMatchObject({ code: 1 });
  const said = await sim.run('pbsnodes', '-F', 'json', 'nobody');
  expect(said.code).toBe(0);
  expect(said.stdout).toContain('"Error":"Unknown node "');
});

test('queues and the server tell their attributes, with long values wrapped inside words', async () => {
  await sim.set({ historySeconds: 14 * 86_400 });
  const queues = await sim.run('qstat', '-Qf');
  expect(queues.code).toBe(0);
  expect(queues.stdout.match(/^Queue: /gm)).toHaveLength(4);
  expect(queues.stdout).toMatch(/^Queue: rt_HF\n {4}queue_type = Execution\n/m);
  expect(queues.stdout).toMatch(/ {4}state_count = Transit:0 .*\n\t.*\n/);
  const server = await sim.run('qstat', '-Bf');
  expect(server.stdout).toMatch(/^Server: pbs1\n/);
  expect(server.stdout).toMatch(/^ {4}job_history_duration = 336:00:00$/m);
});
