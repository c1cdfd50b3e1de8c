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
  writeFileSync(at('asked'), 'here 1\n');
  const { looks } = await ask([], lookAt(runDir), lookAt(runDir, { wantsAnswer: true }));
  expect(looks.map(each => [each.submitCode, each.submitOut, each.asked])).toEqual([
    [undefined, undefined, false],
    [0, '77\n', true],
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
