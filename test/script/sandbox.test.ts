import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Ended, freshHome, martlet, ROOT } from '../cli/martlet.ts';
import { noSandbox } from './bwrap.ts';

const LAST = 'python train.py "$FOUND"';

/** Runs a script whose last line starts a program, so that what it found is in the recipe's argv. */
const run = async (
  lines: readonly string[],
  env: Record<string, string> = {},
): Promise<Ended & { folder: string; recipe: string }> => {
  const folder = mkdtempSync(join(tmpdir(), 'martlet-script-'));
  const script = join(folder, 'try.sh');
  writeFileSync(script, `${['#!/bin/bash', ...lines, LAST].join('\n')}\n`);
  const ended = await martlet(['from-script', script, '-o', join(folder, 'out'), '--yes', '--json'], env);
  const path = join(folder, 'out', 'try.yaml');
  return { ...ended, folder, recipe: existsSync(path) ? readFileSync(path, 'utf8') : '' };
};

const processes = (word: string): string[] =>
  spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter(line => line.includes(word));

/** A word that no other process of this machine has in its command line. */
const mark = (name: string): string => `martlet-${name}-${process.pid}-${Date.now()}`;

describe.skipIf(noSandbox !== undefined)(
  `the sandbox${noSandbox === undefined ? '' : ` (left out: ${noSandbox})`}`,
  { timeout: 120_000 },
  () => {
    test('the home and its keys are not there, and what is written there does not come back', async () => {
      const home = freshHome();
      const { HOME = '' } = home;
      mkdirSync(join(HOME, '.ssh'));
      writeFileSync(join(HOME, '.ssh/id_rsa'), 'PRIVATE-KEY-TEXT');
      const out = await run(
        [
          `FOUND=$(cat ${HOME}/.ssh/id_rsa ~/.ssh/id_rsa 2>/dev/null)`,
          `mkdir -p ${HOME} && echo x >${HOME}/left`,
          'FOUND="seen:$FOUND"',
        ],
        home,
      );
      expect(out.code, out.stderr).toBe(0);
      expect(out.recipe).toContain("'seen:'");
      expect(out.stdout + out.recipe).not.toContain('PRIVATE-KEY-TEXT');
      expect(existsSync(join(HOME, 'left'))).toBe(false);
    });

    test('the environment of the person is not passed on, not even to a program that looks at its parents', async () => {
      const out = await run(
        ['FOUND="$(env)$(cat /proc/*/environ 2>/dev/null | tr "\\0" " ")"', 'FOUND=${FOUND//[^A-Za-z0-9_-]/}'],
        { MY_SECRET: 'ENVIRONMENT-SECRET' },
      );
      expect(out.code, out.stderr).toBe(0);
      expect(out.recipe).toContain('BASH_ENV');
      expect(out.recipe + out.stdout).not.toContain('ENVIRONMENT-SECRET');
    });

    test('there is no network, also not by bash itself, and curl is not the real one', async () => {
      const out = await run([
        'FOUND=closed',
        '(exec 3<>/dev/tcp/127.0.0.1/22) 2>/dev/null && FOUND=open',
        '(exec 3<>/dev/tcp/1.1.1.1/53) 2>/dev/null && FOUND=open',
        'curl -s -o fetched http://example.com/ && [ -s fetched ] && FOUND=fetched',
        'FOUND="$FOUND-$(cat /proc/net/route 2>/dev/null | wc -l)"',
      ]);
      expect(out.code, out.stderr).toBe(0);
      // The header of the table of routes, and no route.
      expect(out.recipe).toContain('closed-1');
      expect(JSON.parse(out.stdout).notPlaced.map((each: { what: string }) => each.what.split(' ')[0])).toContain(
        'curl',
      );
    });

    test('rm -rf / and of everything below it removes nothing of this machine', async () => {
      const before = readdirSync('/usr/bin').length;
      const out = await run([
        'rm -rf --no-preserve-root / 2>/dev/null',
        'rm -rf /* 2>/dev/null',
        'FOUND=$(command -v bash)',
      ]);
      // Without its own libraries nothing more could be started, as on the real machine.
      expect([0, 1], out.stderr).toContain(out.code);
      expect(readdirSync('/usr/bin').length).toBe(before);
      expect(existsSync(join(out.folder, 'try.sh'))).toBe(true);
    });

    test('neither the script nor the files of martlet that it sees can be written', async () => {
      const out = await run([
        'FOUND=kept',
        'echo x >>"$0" && FOUND=script',
        'echo x >>/run/martlet/kit/stub.sh && FOUND=stub',
        'echo x >/usr/lib/x && FOUND=lib',
      ]);
      expect(out.code, out.stderr).toBe(0);
      expect(out.recipe).toContain('kept');
      expect(readFileSync(join(out.folder, 'try.sh'), 'utf8')).not.toMatch(/^x$/m);
    });

    test('what it leaves in the background ends with it', async () => {
      const name = mark('background');
      const out = await run([
        `(exec -a ${name} tail -f /dev/null) &`,
        `nohup bash -c 'exec -a ${name} tail -f /dev/null' >/dev/null 2>&1 &`,
        `bash -c 'trap "" TERM HUP INT; exec -a ${name} tail -f /dev/null' & disown -a`,
        'FOUND=gone',
      ]);
      expect(out.code, out.stderr).toBe(0);
      expect(processes(name).filter(line => line.startsWith(name))).toEqual([]);
    });

    test('it may kill its parent and everything it can see, and what it had started is still known', async () => {
      const out = await run(['FOUND=before', LAST, 'kill -9 $PPID', 'kill -9 1', 'kill -9 -1', 'FOUND=after']);
      expect(out.code, out.stderr).toBe(0);
      expect(out.recipe).toContain('before');
    });

    test('a gigabyte on its output is neither kept nor waited for', async () => {
      const out = await run(['head -c 1000000000 /dev/zero', 'FOUND=printed']);
      expect(out.code, out.stderr).toBe(0);
      expect(out.recipe).toContain('printed');
      expect(out.stdout.length).toBeLessThan(200_000);
    });

    test('it cannot fill a disk: its root is memory of 64 MiB', async () => {
      const out = await run([
        'head -c 300000000 /dev/zero >/big 2>/dev/null',
        'FOUND=$(($(stat -c %s /big) / 1000000))',
      ]);
      expect(out.code, out.stderr).toBe(0);
      const size = Number(/train\.py, '?(\d+)/.exec(out.recipe)?.[1]);
      expect(size).toBeLessThan(70);
    });

    test('a loop without an end is ended, and a fork bomb with it; nothing of them is left', async () => {
      const name = mark('loop');
      const folder = mkdtempSync(join(tmpdir(), 'martlet-script-'));
      const script = join(folder, 'loop.sh');
      writeFileSync(
        script,
        `bomb() { (exec -a ${name} tail -f /dev/null) & bomb & }\npython first.py\nbomb 2>/dev/null\nwhile :; do :; done\n`,
      );
      const out = await martlet(['from-script', script, '-o', folder, '--yes', '--seconds', '3']);
      expect(out.code, out.stderr).toBe(0);
      expect(out.stderr).toContain('MRT-F004');
      expect(processes(name).filter(line => line.startsWith(name))).toEqual([]);
    });

    test('real Python is not reached by any usual path', async () => {
      const paths = [
        'python',
        'python3',
        '/usr/bin/python3',
        '/bin/python3',
        '/usr/local/bin/python3',
        'perl',
        '/usr/bin/perl',
      ];
      const out = await run([
        'FOUND=""',
        ...paths.map(
          path => `FOUND="$FOUND$(${path} -c 'print(6 * 7)' 2>/dev/null)$(${path} -e 'print(6 * 7)' 2>/dev/null)"`,
        ),
        'FOUND="none:$FOUND"',
      ]);
      expect(execFileSync('python3', ['-c', 'print(6 * 7)'], { encoding: 'utf8' }).trim()).toBe('42');
      expect(out.recipe).toContain("'none:'");
    });

    test('it ends with martlet, also where martlet is killed', async () => {
      const name = mark('killed');
      const script = join(mkdtempSync(join(tmpdir(), 'martlet-script-')), 'wait.sh');
      writeFileSync(script, `(exec -a ${name} tail -f /dev/null)\n`);
      const child = spawn(process.execPath, [join(ROOT, 'src/cli/main.ts'), 'from-script', script, '--yes'], {
        env: { PATH: process.env.PATH ?? '', ...freshHome() },
        stdio: 'ignore',
      });
      const isThere = () => processes(name).some(line => line.startsWith(name));
      await expect.poll(isThere, { timeout: 20_000 }).toBe(true);
      const ended = new Promise(resolve => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
      await expect.poll(isThere, { timeout: 20_000 }).toBe(false);
    });

    test('it is nobody: no capability, another user name, and no process of this machine in sight', async () => {
      const out = await run([
        'FOUND="$(whoami)-$(grep CapEff /proc/self/status | cut -f2)-$(ls -d /proc/[0-9]* | wc -l)"',
      ]);
      const [, caps, seen] = /user-(\w+)-(\d+)/.exec(out.recipe) ?? [];
      expect(caps).toBe('0000000000000000');
      expect(Number(seen)).toBeLessThan(12);
    });
  },
);
