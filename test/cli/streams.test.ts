import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { freshHome, MARTLET, martlet, RECIPE, ROOT, runProgram } from './martlet.ts';

const BROKEN = 'test/cli/broken.yaml';
const ESC = '\x1b[';

test('text that goes into a pipe has no colours', async () => {
  const { stdout, stderr } = await martlet(['check', BROKEN]);
  expect(stdout + stderr).not.toContain(ESC);
});

test('FORCE_COLOR colours a pipe, and NO_COLOR wins over it', async () => {
  const forced = await martlet(['check', BROKEN], { FORCE_COLOR: '1' });
  expect(forced.stdout).toContain(ESC);
  const both = await martlet(['check', BROKEN], { FORCE_COLOR: '1', NO_COLOR: '1' });
  expect(both.stdout).not.toContain(ESC);
});

test('a broken recipe ends with 1 and says file, line and column', async () => {
  const { code, stdout } = await martlet(['check', BROKEN]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^test\/cli\/broken\.yaml:\d+:\d+: error\[MRT-[A-Z]\d+\]/m);
});

test('the same with --json is one object with the same findings, exit code 1', async () => {
  const { code, stdout } = await martlet(['check', BROKEN, '--json']);
  expect(code).toBe(1);
  const said = JSON.parse(stdout);
  expect(said.ok).toBe(false);
  expect(said.diagnostics[0].at.line).toBeGreaterThan(0);
});

test.each([
  ['check', ['check', RECIPE, '--cluster', 'local', '--json']],
  ['plan', ['plan', RECIPE, '--cluster', 'local', '--rehearse', '--json']],
  ['explain', ['explain', RECIPE, 'stages.cpt.optimizer.lr', '--cluster', 'local', '--rehearse', '--json']],
  ['recipes', ['recipes', '--json']],
  ['show', ['show', 'llama-3.1-swallow-8b-v0.5', '--json']],
  ['clusters', ['clusters', '--json']],
  ['schema', ['schema', 'recipe', '--json']],
  ['status --all', ['status', '--all', '--json']],
])('martlet %s --json prints one JSON object and nothing else', async (_, args) => {
  const { code, stdout } = await martlet(args);
  expect(code).toBe(0);
  expect(typeof JSON.parse(stdout)).toBe('object');
});

test('submit refuses to send where nobody can be asked, exit code 2, and nothing is sent', async () => {
  const env = freshHome();
  const { code, stderr } = await martlet(['submit', RECIPE, '--cluster', 'local', '--rehearse'], env);
  expect(code).toBe(2);
  expect(stderr).toContain('--yes');
  expect((await martlet(['status', '--all', '--json'], env)).stdout.trim()).toBe('{"runs":[]}');
});

test('a reader that goes away (head) ends the output quietly', async () => {
  const child = spawn(
    'bash',
    ['-c', 'set -o pipefail; "$0" schema recipe | head -c 1 >/dev/null; echo "${PIPESTATUS[0]}"', MARTLET],
    {
      cwd: ROOT,
      env: { PATH: process.env.PATH ?? '', ...freshHome() },
    },
  );
  let out = '';
  let err = '';
  child.stdout.on('data', chunk => (out += chunk));
  child.stderr.on('data', chunk => (err += chunk));
  await new Promise(resolve => child.on('close', resolve));
  expect(err).toBe('');
  expect(out.trim()).toBe('0');
});

test.each([
  ['status --all', 'status --all'],
  ['--help', '--help'],
  ['--version', '--version'],
  ['schema recipe', 'schema recipe'],
])('martlet %s to a full disk says so in one sentence, exit code 3', async (_, words) => {
  const { code, stderr } = await runProgram('bash', ['-c', `"$0" ${words} >/dev/full`, MARTLET]);
  expect(stderr).toBe('martlet: standard output cannot be written: no space is left on the disk.\n');
  expect(code).toBe(3);
});

test('with both streams on a full disk the exit code still tells', async () => {
  expect((await runProgram('bash', ['-c', '"$0" status --all >/dev/full 2>&1', MARTLET])).code).toBe(3);
});
