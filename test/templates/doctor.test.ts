import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Answer, byQuestion, readRound, silentSeconds } from '../../src/doctor/answer.ts';
import { type Ask, ask, askRun, inOrder, keyOf, wordsOf } from '../../src/doctor/ask.ts';
import { has, run } from '../helpers/bash.ts';
import { templatesFolder } from '../helpers/templates.ts';
import { freshFolder, mayMount, smallDisk } from '../store/disks.ts';

const FOLDER = join(templatesFolder, 'doctor');
const PARTS = readdirSync(FOLDER).filter(name => name.endsWith('.sh'));
const SCRIPT = PARTS.map(name => readFileSync(join(FOLDER, name), 'utf8')).join('\n');

/** One round by real bash, as the doctor asks it; the pipes must close by themselves. */
const round = (asks: readonly Ask[], env: Record<string, string> = {}): ((question: Ask) => Answer) => {
  const ordered = inOrder(asks);
  const { stdout } = run(['bash', '-s', '--', ...wordsOf(ordered)], { input: SCRIPT, env: { ...process.env, ...env } });
  const heard = readRound(stdout);
  expect(heard?.isWhole, stdout).toBe(true);
  const answers = byQuestion(ordered, heard ?? expect.fail(stdout));
  return question => answers.get(keyOf(question)) ?? expect.fail(`not asked: ${question.kind}`);
};

const write = (path: string, base = ''): Ask => ({ ...ask('write', [path, base], 5), afterwards: true });
const fields = (answer: Answer): Record<string, string> => Object.fromEntries(answer);
const ALL_OK = {
  make: 'ok',
  write: 'ok',
  rename: 'ok',
  'exclusive create': 'ok',
  link: 'ok',
  lock: 'ok',
  execute: 'ok',
  remove: 'ok',
};

test('every part is short', () => {
  expect(PARTS.length).toBeGreaterThan(5);
  for (const name of PARTS) expect(readFileSync(join(FOLDER, name), 'utf8').split('\n').length, name).toBeLessThan(150);
});

test.skipIf(!has('shellcheck'))(
  'shellcheck has nothing to say, of the parts and of the whole (skipped without it)',
  () => {
    expect(run(['shellcheck', ...PARTS.map(name => join(FOLDER, name))]).stdout).toBe('');
    expect(run(['shellcheck', '-s', 'bash', '-'], { input: SCRIPT }).stdout).toBe('');
  },
);

test('the beginning alone says who and where we are, and asks nothing', () => {
  const parts = PARTS.filter(name => /^(00|90)-/.test(name)).map(name => readFileSync(join(FOLDER, name), 'utf8'));
  const { stdout } = run(['bash', '-s'], { input: parts.join('\n') });
  const heard = readRound(stdout);
  expect(heard?.isWhole).toBe(true);
  expect(heard?.hello.get('user')).toBe(run(['id', '-un']).stdout.trim());
  expect(heard?.hello.get('bash')).toMatch(/^\d+\.\d+/);
  expect(Number(heard?.hello.get('clock.end'))).toBeGreaterThanOrEqual(Number(heard?.hello.get('clock.begin')));
});

describe('what hangs costs its own line and no more', () => {
  test('a program that ignores every polite signal is left behind and killed, with what it started', () => {
    const dir = freshFolder();
    const hanging = askRun(
      ['bash', '-c', `trap '' TERM HUP; sleep 301 & echo "$$ $!" >${dir}/pids; while :; do sleep 1; done`],
      2,
    );
    const quick = askRun(['echo', 'here'], 5);
    const of = round([hanging, quick]);
    expect(silentSeconds(of(hanging))).toBe(2);
    expect(of(quick).get('out')).toBe('here\n');
    const pids = readFileSync(join(dir, 'pids'), 'utf8').trim().split(' ');
    expect(pids).toHaveLength(2);
    for (const pid of pids) {
      const state = existsSync(`/proc/${pid}/stat`)
        ? readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0]
        : 'gone';
      expect(['gone', 'Z', 'X']).toContain(state);
    }
  });

  const does = (...[program = '', ...words]: readonly string[]): boolean =>
    spawnSync(program, words, { stdio: 'ignore' }).status === 0;

  /** Runs something while a disk of our own takes no writes; false where this user may not freeze one. */
  const whileFrozen = (act: (at: string) => void): boolean => {
    const dir = freshFolder();
    const [image, at] = [join(dir, 'image'), join(dir, 'disk')];
    mkdirSync(at);
    if (!does('truncate', '-s', '32M', image) || !does('mkfs.ext4', '-q', '-F', image)) return false;
    if (!does('mount', '-o', 'loop', image, at)) return false;
    // Whoever touches it waits for ever, our own cleaning up too: it thaws by itself, should this process be killed.
    spawn('sh', ['-c', 'sleep 40; fsfreeze -u "$1"', 'thaw', at], { detached: true, stdio: 'ignore' }).unref();
    try {
      if (!does('fsfreeze', '-f', at)) return false;
      act(at);
      return true;
    } finally {
      does('fsfreeze', '-u', at);
      does('umount', '-l', at);
    }
  };

  test('a disk that takes no writes, where no signal helps, does not hold the answer', context => {
    const isTried = whileFrozen(at => {
      const runs = join(at, 'runs');
      const place = ask('place', [runs], 5);
      const of = round([place, { ...write(runs), seconds: 2 }]);
      expect(of(place).get('kind')).toBe('missing');
      expect(silentSeconds(of(write(runs)))).toBe(2);
    });
    if (!isTried) context.skip('this user may not freeze a disk of their own');
  });
});

describe('writing where runs will be', () => {
  test('every step is tried, and nothing stays behind, neither files nor folders made on the way', () => {
    const dir = freshFolder();
    const of = round([write(join(dir, 'a b/c'))]);
    expect(fields(of(write(join(dir, 'a b/c'))))).toEqual(ALL_OK);
    expect(readdirSync(dir)).toEqual([]);
    mkdirSync(join(dir, 'mine'));
    writeFileSync(join(dir, 'mine/file'), 'x');
    round([write(join(dir, 'mine'))]);
    expect(readdirSync(join(dir, 'mine'))).toEqual(['file']);
  });

  test('on a disk that is not there nothing is made beside it', () => {
    const dir = freshFolder();
    const question = write(join(dir, 'disk/me/runs'), join(dir, 'disk'));
    expect(fields(round([question])(question))).toEqual({ make: `${join(dir, 'disk')} is not there` });
    expect(readdirSync(dir)).toEqual([]);
  });

  test.skipIf(!mayMount())('a full disk and a read-only one say so in their own words', () => {
    const disk = smallDisk('64k');
    if (!disk) return expect.fail('no disk');
    try {
      expect(run(['dd', 'if=/dev/zero', `of=${disk.path}/fill`, 'bs=4k']).code).toBe(1);
      const full = fields(round([write(disk.path)])(write(disk.path)));
      expect(Object.values(full).join('\n')).toContain('No space left on device');
      expect(readdirSync(disk.path)).toEqual(['fill']);
      disk.makeReadOnly();
      expect(round([write(disk.path)])(write(disk.path)).get('make')).toContain('Read-only file system');
      expect(round([ask('place', [disk.path], 5)])(ask('place', [disk.path], 5)).get('df')).toBe('0');
    } finally {
      disk.remove();
    }
  });

  test('a folder in which nothing can be removed again is found by trying', context => {
    const dir = freshFolder();
    const only = join(dir, 'append-only');
    mkdirSync(only);
    if (spawnSync('chattr', ['+a', only]).status !== 0) context.skip('this user may not make a folder append-only');
    try {
      const answer = round([write(only)])(write(only));
      expect(answer.get('rename')).toBe('ok');
      expect(answer.get('remove')).toContain('Operation not permitted');
    } finally {
      spawnSync('chattr', ['-a', only]);
    }
  });
});

describe('looking', () => {
  test('a folder, a file, a missing one below a folder of ours, and the home folder under its two names', () => {
    const home = freshFolder();
    writeFileSync(join(home, 'file'), 'x');
    const asks = ['~/sub/runs', '$HOME', join(home, 'file'), '~other/x'].map(path => ask('place', [path], 5));
    const of = round(asks, { HOME: home });
    expect(asks.map(each => of(each).get('kind'))).toEqual(['missing', 'folder', 'file', 'missing']);
    expect(of(asks[0] as Ask).get('path')).toBe(join(home, 'sub/runs'));
    expect(of(asks[0] as Ask).get('nearest')).toBe(home);
    expect(Number(of(asks[1] as Ask).get('df'))).toBeGreaterThan(0);
  });

  test('what a program prints arrives byte for byte, with its code and its complaints', () => {
    const question = askRun(['bash', '-c', "printf 'a\\tb\\n\\nend'; printf '日本語\\n' >&2; exit 7"]);
    expect(fields(round([question])(question))).toEqual({ out: 'a\tb\n\nend', err: '日本語\n', code: '7' });
    const missing = askRun(['/no/such/program']);
    expect(round([missing])(missing).get('code')).toBe('127');
  });

  test('words of a profile are never run: not in a path, a module, a host or a program', () => {
    const dir = freshFolder();
    const evil = `$(touch ${dir}/ran);\`touch ${dir}/ran\`;'"; touch ${dir}/ran #`;
    const asks = [
      ask('place', [evil], 5),
      ask('file', [evil], 5),
      ask('secret', [evil], 5),
      ask('pair', [evil], 5),
      ask('software', [evil, 'use', evil, 'load', evil, 'find', evil], 5),
      ask('reach', [evil], 3),
      ask('programs', [evil, evil], 5),
      ask('tools', [evil], 5),
      write(`${dir}/${evil}`),
    ];
    round(asks);
    expect(readdirSync(dir)).toEqual([]);
  });
});

describe('modules', () => {
  /** A site's own file that defines `module`, with two modules in it. */
  const site = (): { dir: string; init: string } => {
    const dir = freshFolder();
    const init = join(dir, 'modules.sh');
    writeFileSync(
      init,
      `module() {
  case "$1 $2" in
    'load mpi/5.0') mkdir -p "${dir}/bin"; printf '#!/bin/sh\\necho "mpirun (Open MPI) 5.0.7"\\n' >"${dir}/bin/mpirun"
      chmod 755 "${dir}/bin/mpirun"; PATH=${dir}/bin:$PATH ;;
    'load old/1') echo "ModuleCmd_Load.c(213):ERROR:105: Unable to locate a modulefile for 'old/1'" >&2 ;;
    'load '*) echo "ERROR: Unable to locate a modulefile for '$2'" >&2; return 1 ;;
    'use '*) [ -d "$2" ] ;;
    '-t avail') echo "/apps/modules:"; echo "mpi/5.0(default)"; echo "mpi/4.1" ;;
  esac
}
`,
    );
    return { dir, init };
  };

  test('are loaded as a job loads them, and programs are looked for after that', () => {
    const { dir, init } = site();
    const question = ask('software', [init, 'use', dir, 'load', 'mpi/5.0', 'find', 'mpirun'], 10);
    expect(fields(round([question])(question))).toEqual({
      init: 'ok',
      module: 'function',
      [`use ${dir}`]: 'ok',
      'load mpi/5.0': 'ok',
      'find mpirun': `${dir}/bin/mpirun`,
      'version mpirun': 'mpirun (Open MPI) 5.0.7',
    });
  });

  test('one that is missing is told in the words of the site, with those there are; an old `module` that ends with 0 too', () => {
    const { init } = site();
    const question = ask('software', [init, 'load', 'mpi/6.0', 'load', 'old/1'], 10);
    const answer = round([question])(question);
    expect(answer.get('load mpi/6.0')).toContain('Unable to locate a modulefile');
    expect(answer.get('near mpi/6.0')).toBe('mpi/5.0(default)\nmpi/4.1');
    expect(answer.get('load old/1')).toContain('Unable to locate a modulefile');
  });

  test('where there is no init file, and no `module`', () => {
    const question = ask('software', ['/no/such/modules.sh', 'load', 'x', 'find', 'no-such-program'], 10);
    expect(fields(round([question])(question))).toMatchObject({ init: 'missing', 'find no-such-program': '' });
  });
});
