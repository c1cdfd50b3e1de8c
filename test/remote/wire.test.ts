import { spawn } from 'node:child_process';
import { expect, it, test } from 'vitest';
import { type Answer, readRun, sayRun } from '../../src/remote/wire.ts';

/** The far side without a connection: bash with the letter on a pipe. `upTo`: the letter is cut there. */
const talk = (argv: readonly string[], options: Parameters<typeof sayRun>[1] = {}, upTo?: number): Promise<Answer> =>
  new Promise(done => {
    const { mark, bytes } = sayRun(argv, options);
    const child = spawn('bash', ['-s'], { stdio: 'pipe' });
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', chunk => stdout.push(chunk));
    child.stderr.on('data', chunk => stderr.push(chunk));
    child.stdin.on('error', () => undefined).end(upTo === undefined ? bytes : bytes.subarray(0, upTo));
    child.once('close', () => done(readRun(mark, { stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) })));
  });

it('every exit code from 0 to 255 comes back as it is', async () => {
  for (let from = 0; from < 256; from += 16) {
    const codes = Array.from({ length: 16 }, (_, i) => from + i);
    const answers = await Promise.all(codes.map(code => talk(['sh', '-c', `exit ${code}`])));
    expect(answers.map(each => each.ended)).toEqual(codes.map(code => ({ code })));
  }
});

test.each([2, 9, 13, 15])(
  'a death by signal %d is never taken for an exit with its code, nor the other way round',
  async signal => {
    const deaths = Array.from({ length: 20 }, () => talk(['sh', '-c', `kill -${signal} $$`], { timeoutMs: 60_000 }));
    const exits = Array.from({ length: 20 }, () => talk(['sh', '-c', `exit ${128 + signal}`], { timeoutMs: 60_000 }));
    expect((await Promise.all(deaths)).every(each => each.ended?.code === null)).toBe(true);
    expect((await Promise.all(exits)).every(each => each.ended?.code === 128 + signal)).toBe(true);
  },
);

it('a program that ends just when its time is up has ended, or its time was up, and nothing else', async () => {
  const answers = await Promise.all(Array.from({ length: 40 }, () => talk(['sleep', '0.1'], { timeoutMs: 100 })));
  for (const each of answers) expect([{ code: 0 }, { code: null, signal: 'TIMED-OUT' }]).toContainEqual(each.ended);
});

it('a letter that was cut anywhere in its script starts nothing', async () => {
  const { bytes } = sayRun(['sh', '-c', 'echo ran'], { stdin: 'x', timeoutMs: 9000 });
  for (let upTo = 1; upTo < bytes.length; upTo += 37) {
    const answer = await talk(['sh', '-c', 'echo ran'], { stdin: 'x', timeoutMs: 9000 }, upTo);
    expect(answer.ended).toBeUndefined();
    expect(answer.stdout).toBe('');
  }
});

it('an answer without its last line has no end, whichever stream it is missing on', () => {
  const { mark } = sayRun(['true']);
  const [out, err] = [`noise ${mark}:begin\nout\n${mark}:end 0\n`, `${mark}:begin\nerr\n${mark}:end\n`].map(each =>
    Buffer.from(each),
  );
  expect(readRun(mark, { stdout: out!, stderr: err! })).toMatchObject({
    ended: { code: 0 },
    stdout: 'out\n',
    stderr: 'err\n',
  });
  expect(readRun(mark, { stdout: out!.subarray(0, -1), stderr: err! }).ended).toBeUndefined();
  expect(readRun(mark, { stdout: out!, stderr: err!.subarray(0, -1) }).ended).toBeUndefined();
  expect(readRun(mark, { stdout: Buffer.from('noise'), stderr: err! })).toMatchObject({ hasBegun: true, stdout: '' });
});
