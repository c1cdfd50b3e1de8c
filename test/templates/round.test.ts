import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type LookAt, lookRound } from '../../src/flows/look.ts';
import { localRemote } from '../../src/remote/local.ts';
import { ROOT } from '../helpers/sandbox.ts';

const SCRIPT = readFileSync(join(ROOT, 'templates/look/round.sh'), 'utf8');
const made: string[] = [];
afterEach(() => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true });
});

/** A run's folder with a blank in its path and one attempt, `cpt-1/A1`. */
const folder = (): { runDir: string; at: (name: string) => string } => {
  const root = mkdtempSync(join(tmpdir(), 'martlet round '));
  made.push(root);
  const runDir = join(root, 'a run');
  mkdirSync(join(runDir, 'cpt-1/A1'), { recursive: true });
  return { runDir, at: name => join(runDir, 'cpt-1/A1', name) };
};

const lookAt = (runDir: string, more: Partial<LookAt> = {}): LookAt => ({
  runDir,
  folder: 'cpt-1/A1',
  diaryByte: 0,
  logByte: 0,
  wantsAnswer: false,
  ...more,
});

const ask = async (question: readonly string[], ...at: readonly LookAt[]) => {
  const answer = await lookRound(localRemote(), SCRIPT, question, at);
  if ('silence' in answer) throw new Error(answer.silence);
  return answer;
};

test('the answer of the queue comes whole, with both texts and its code, whatever bytes are in them', async () => {
  const { queue } = await ask(['bash', '-c', "printf 'a\\tb\\n\\x01'; printf 'no\\nend' >&2; exit 7"]);
  expect(queue).toEqual({ stdout: 'a\tb\n\x01', stderr: 'no\nend', code: 7 });
});

test('a question that reads its input does not eat what comes after it', async () => {
  const { runDir, at } = folder();
  writeFileSync(at('exit'), '1 0 complete\n');
  const { queue, looks } = await ask(['cat'], lookAt(runDir));
  expect([queue?.stdout, looks[0]?.exit]).toEqual(['', '1 0 complete']);
});

test('only bytes behind the ones already read come, and facts of two runs are not mixed up', async () => {
  const [one, two] = [folder(), folder()];
  writeFileSync(one.at('log.txt'), 'old\nnew\n');
  writeFileSync(two.at('log.txt'), 'other\n');
  writeFileSync(two.at('boot'), '3\n');
  const { looks } = await ask(
    [],
    lookAt(one.runDir, { logByte: 4 }),
    lookAt(two.runDir),
    lookAt(two.runDir, { logByte: 6 }),
  );
  expect(looks.map(each => each.log.toString())).toEqual(['new\n', 'other\n', '']);
  expect(looks.map(each => each.boot)).toEqual([0, 3, 3]);
});

test('a log that was cut is read from its beginning and said to be cut', async () => {
  const { runDir, at } = folder();
  writeFileSync(at('log.txt'), 'fresh\n');
  const { looks } = await ask([], lookAt(runDir, { logByte: 1000 }));
  expect([looks[0]?.log.toString(), looks[0]?.cut]).toEqual(['fresh\n', ['log']]);
});

test('a run whose folder is gone is silent, and its neighbour still answers', async () => {
  const { runDir, at } = folder();
  writeFileSync(at('exit'), '1 0 complete\n');
  const { looks } = await ask([], lookAt('/nowhere/at all'), lookAt(runDir));
  expect(looks.map(each => each.silent)).toEqual([true, false]);
  expect(looks[1]?.exit).toBe('1 0 complete');
});

test('the submit’s answer comes only where it is wanted', async () => {
  const { runDir, at } = folder();
  writeFileSync(at('submit.out'), '77\n');
  writeFileSync(at('submit.err'), 'noise\n');
  writeFileSync(at('submit.rc'), '0\n');
  const { looks } = await ask([], lookAt(runDir), lookAt(runDir, { wantsAnswer: true }));
  expect(looks.map(each => [each.submitCode, each.submitOut, each.submitErr])).toEqual([
    [undefined, undefined, undefined],
    [0, '77\n', 'noise\n'],
  ]);
});

test('what a job wrote between the first look at its log and its exit file is not missed', async () => {
  const { runDir, at } = folder();
  const bin = join(runDir, 'bin');
  mkdirSync(bin);
  // xargs measures all logs before the exit files are read: here the job ends right after that.
  const late = `/usr/bin/xargs "$@"; echo last >>'${at('log.txt')}'; echo '1 0 complete' >'${at('exit')}'`;
  writeFileSync(join(bin, 'xargs'), `#!/bin/bash\n${late}\n`);
  chmodSync(join(bin, 'xargs'), 0o755);
  appendFileSync(at('log.txt'), 'first\n');
  const remote = localRemote({ env: { PATH: `${bin}:${process.env.PATH}` } });
  const answer = await lookRound(remote, SCRIPT, [], [lookAt(runDir)]);
  if ('silence' in answer) throw new Error(answer.silence);
  expect(answer.looks[0]).toMatchObject({ exit: '1 0 complete' });
  expect(answer.looks[0]?.log.toString()).toBe('first\nlast\n');
});

test('an answer that was cut off counts for nothing', async () => {
  const answer = await lookRound(localRemote(), `${SCRIPT.replace(/\necho end\n$/, '\n')}`, ['echo', '1'], []);
  expect(answer).toEqual({ silence: 'exit code 0' });
});

test('of files that were long unread a round carries so much and says that there is more; a few rounds bring all of it', async () => {
  const { runDir, at } = folder();
  const text = `${'x'.repeat(99)}\n`.repeat(60_000);
  writeFileSync(at('log.txt'), text);
  const first = await ask([], lookAt(runDir));
  expect([first.looks[0]?.more, first.looks[0]?.log.length]).toEqual([['log'], 4194304]);
  const second = await ask([], lookAt(runDir, { logByte: 4194304 }));
  expect([second.looks[0]?.more, second.looks[0]?.log.length]).toEqual([[], text.length - 4194304]);
});

test('of many files at once a round carries no more than 32 MiB', async () => {
  const { runDir, at } = folder();
  writeFileSync(at('log.txt'), 'x'.repeat(4_000_000));
  const { looks } = await ask([], ...Array.from({ length: 12 }, () => lookAt(runDir)));
  expect(looks.reduce((sum, each) => sum + each.log.length, 0)).toBe(33554432);
  expect(looks.filter(each => each.more.includes('log'))).toHaveLength(4);
});

test('an attempt that somebody blocked before it was asked for is told from one that was asked for', async () => {
  const [one, two] = [folder(), folder()];
  writeFileSync(one.at('asked'), 'cancelled before it was asked for\n');
  writeFileSync(two.at('asked'), 'login1 4711\n');
  const { looks } = await ask([], lookAt(one.runDir, { wantsAnswer: true }), lookAt(two.runDir, { wantsAnswer: true }));
  expect(looks.map(each => each.blocked)).toEqual([true, false]);
});
