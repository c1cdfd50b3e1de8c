import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { freshHome, MARTLET, martlet, RECIPE, ROOT } from './martlet.ts';

/** A command on a pseudo terminal (util-linux script); `type` answers what to type for what is on the screen, once each. */
const onTerminal = (
  args: readonly string[],
  env: Record<string, string>,
  type: Readonly<Record<string, string>>,
): Promise<{ code: number | null; screen: string }> =>
  new Promise((resolve, reject) => {
    const command = [MARTLET, ...args].map(word => `'${word}'`).join(' ');
    const child = spawn('script', ['-qec', `stty cols 100 rows 40; exec ${command}`, '/dev/null'], {
      cwd: ROOT,
      env: { PATH: process.env.PATH ?? '', TERM: 'xterm', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const answers = new Map(Object.entries(type));
    let screen = '';
    child.stdout.on('data', chunk => {
      screen += chunk;
      for (const [seen, typed] of answers) {
        if (!screen.includes(seen)) continue;
        answers.delete(seen);
        child.stdin.write(typed);
      }
    });
    child.on('error', reject);
    child.on('close', code => resolve({ code, screen }));
  });

const SUBMIT = ['submit', RECIPE, '--cluster', 'local', '--rehearse'];

test('on a terminal submit shows the plan and asks; a no sends nothing and ends with 3', async () => {
  const env = freshHome();
  const { code, screen } = await onTerminal(SUBMIT, env, { '[y/N]': 'n\n' });
  expect(screen).toContain('JOBS');
  expect(screen).toContain('nothing was sent.');
  expect(code).toBe(3);
  expect(JSON.parse((await martlet(['status', '--all', '--json'], env)).stdout).runs).toEqual([]);
});

test('Ctrl-C at the question is a no', async () => {
  const { code, screen } = await onTerminal(SUBMIT, freshHome(), { '[y/N]': '\x03' });
  expect(screen).toContain('nothing was sent.');
  expect(code).toBe(3);
});

test('Ctrl-C in a watch stops the watching, not the jobs, and says so', async () => {
  const env = freshHome();
  const { code, screen } = await onTerminal([...SUBMIT, '--watch'], env, { '[y/N]': 'y\n', 'LOSS of': '\x03' });
  expect(screen).toContain('stopped watching; the jobs go on.');
  expect(code).toBe(0);
  expect(JSON.parse((await martlet(['status', '--json'], env)).stdout).state).toBe('running');
  expect((await martlet(['cancel', '--yes'], env)).code).toBe(0);
}, 60_000);
