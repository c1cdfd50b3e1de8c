import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, test } from 'vitest';
import { Local, PROGRAM, pause } from './local.ts';

const TIMEOUT = 30_000;

describe.concurrent('a job', () => {
  it(
    'runs once, in the folder it was submitted from, with its words byte for byte, and its output is kept',
    async ({ onTestFinished }) => {
      const local = new Local({}, onTestFinished);
      const words = ['$HOME', '`id`', ' two  blanks ', "it's", '"', '*', '', 'é\n日本', '--name=x', '-n'];
      const script = local.script('a job é.sh', 'pwd', 'printf "<%s>" "$@"', 'echo "to stderr" >&2');
      const id = await local.submit('--name', 'first', script, ...words);
      expect(id).toBe('1');
      expect(await local.until('ended', id)).toEqual(['ended: exit 0']);
      expect(readFileSync(local.spool(id, 'output'), 'utf8')).toBe(
        `${local.folder}\n${words.map(word => `<${word}>`).join('')}to stderr\n`,
      );
    },
    TIMEOUT,
  );

  it(
    'is the script as it was at submit, whatever becomes of the file',
    async ({ onTestFinished }) => {
      const local = new Local({ MARTLET_LOCAL_SLOTS: '1' }, onTestFinished);
      const script = local.script('job.sh', 'echo old >>out');
      const id = await local.submit('--hold', script);
      local.script('job.sh', 'echo new >>out');
      await local.do('release', id);
      await local.until('ended', id);
      expect(local.lines('out')).toEqual(['old']);
    },
    TIMEOUT,
  );

  it(
    'gets a clean environment, its files of variables, and who it is',
    async ({ onTestFinished }) => {
      const local = new Local(
        { LEAKS: 'no', XDG_DATA_HOME: '/x', BASH_ENV: '/dev/null', MARTLET_LOCAL_SLOTS: '2' },
        onTestFinished,
      );
      const [lines, nuls] = [join(local.folder, 'a.env'), join(local.folder, 'b.env')];
      writeFileSync(lines, '# a comment\n\nPBS_JOBID=1.pbs1\nQUOTES= it\'s "$HOME" \nEMPTY=\n');
      writeFileSync(nuls, 'TWO_LINES=a\nb\0output=mine\0mj_dir=mine too\0');
      const id = await local.submit(
        '--name',
        'n 1',
        '--environment',
        lines,
        '--environment',
        nuls,
        local.script('env.sh', 'env -0 >env.txt'),
      );
      await local.until('ended', id);
      const seen = Object.fromEntries(
        readFileSync(join(local.folder, 'env.txt'), 'utf8')
          .split('\0')
          .filter(Boolean)
          .map(each => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)]),
      );
      expect(seen).toMatchObject({
        MARTLET_LOCAL_JOB_ID: id,
        MARTLET_LOCAL_JOB_NAME: 'n 1',
        PBS_JOBID: '1.pbs1',
        QUOTES: ' it\'s "$HOME" ',
        EMPTY: '',
        TWO_LINES: 'a\nb',
        output: 'mine',
        XDG_DATA_HOME: '/x',
        PATH: process.env.PATH,
        HOME: process.env.HOME,
      });
      expect(Object.keys(seen)).not.toContain('LEAKS');
      expect(Object.keys(seen)).not.toContain('BASH_ENV');
      expect(Object.keys(seen).filter(name => name.startsWith('MARTLET_EMBEDDED'))).toEqual([]);
    },
    TIMEOUT,
  );

  it(
    'writes where it was told, and its code is kept',
    async ({ onTestFinished }) => {
      const local = new Local({}, onTestFinished);
      mkdirSync(join(local.folder, 'work dir'));
      const script = local.script('job.sh', 'pwd', 'exit 7');
      const id = await local.submit('--chdir', join(local.folder, 'work dir'), '--output', 'out.txt', script);
      expect(await local.until('ended', id)).toEqual(['ended: exit 7']);
      expect(readFileSync(join(local.folder, 'work dir', 'out.txt'), 'utf8')).toBe(`${local.folder}/work dir\n`);
      expect((await local.history(id))[0]).toMatchObject({ failure: 'exit 7', code: 7 });
    },
    TIMEOUT,
  );

  it(
    'whose output cannot be written or whose folder went away ends with that reason, and never hangs',
    async ({ onTestFinished }) => {
      const local = new Local({}, onTestFinished);
      const away = join(local.folder, 'away');
      mkdirSync(away);
      const script = local.script('job.sh', 'echo ran >>../ran');
      const first = await local.submit('--output', '/no/such/folder/out', script);
      const second = await local.submit('--hold', '--chdir', away, script);
      const { rmdirSync } = await import('node:fs');
      rmdirSync(away);
      await local.do('release', second);
      expect(await local.until('ended', first, second)).toEqual([
        'ended: FAILED: its output file could not be written',
        'ended: FAILED: its folder could not be entered',
      ]);
    },
    TIMEOUT,
  );

  it(
    'of another interpreter runs by it, with its one argument',
    async ({ onTestFinished }) => {
      const local = new Local({}, onTestFinished);
      const path = join(local.folder, 'prog');
      writeFileSync(path, '#! /usr/bin/env  -S sh -e\nfalse\necho no >>out\n');
      const id = await local.submit(path);
      expect(await local.until('ended', id)).toEqual(['ended: exit 1']);
      expect(local.lines('out')).toEqual([]);
    },
    TIMEOUT,
  );

  it(
    'keeps no pipe of the command that submitted it open',
    async ({ onTestFinished }) => {
      const local = new Local({}, onTestFinished);
      const { spawn } = await import('node:child_process');
      const script = local.script('job.sh', 'sleep 5');
      const from = performance.now();
      // The shell's own fd 7 is the pipe we read: it must end when the submit ends, not when the job ends.
      const child = spawn('bash', ['-c', 'exec 7>&1; exec "$@"', 'x', process.execPath, PROGRAM, 'submit', script], {
        env: local.env,
        cwd: local.folder,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      child.stdout.resume();
      await new Promise(done => child.stdout.on('close', done));
      expect(performance.now() - from).toBeLessThan(4000);
    },
    TIMEOUT,
  );
});

describe('a submit is refused in one sentence with exit code 1, and queues nothing', () => {
  const local = new Local({}, 'shared');
  afterAll(() => local.end());
  test.each<[string, (local: Local) => string[], RegExp]>([
    [
      'a script that is not there',
      local => [join(local.folder, 'no.sh')],
      /no\.sh cannot be submitted: it is not there/,
    ],
    ['a folder as script', local => [local.folder], /it is no file/],
    ['a script with DOS line ends', local => [write(local, '#!/bin/bash\r\necho\r\n')], /DOS line ends/],
    ['a script without a first line', local => [write(local, 'echo hello\n')], /names no interpreter/],
    ['a script with a byte order mark', local => [write(local, '\ufeff#!/bin/bash\n')], /byte order mark/],
    ['an empty script', local => [write(local, '')], /it is empty/],
    ['an unknown parent', local => ['--after', 'ok:99', local.script('j.sh')], /there is no job 99/],
    ['a folder that is not there', local => ['--chdir', '/no/such', local.script('j.sh')], /\/no\/such/],
    [
      'an environment file that is not there',
      local => ['--environment', '/no/such', local.script('j.sh')],
      /\/no\/such/,
    ],
    [
      'an environment file with a bad line',
      local => ['--environment', write(local, 'not a variable\n'), local.script('j.sh')],
      /not NAME=VALUE/,
    ],
  ])(
    '%s',
    async (_, words, sentence) => {
      const local = new Local();
      const said = await local.try('submit', ...words(local));
      expect(said).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(sentence) });
      expect(said.stderr).toMatch(/^martlet-local: refused: .*\n$/);
      expect(await local.poll()).toEqual([]);
    },
    TIMEOUT,
  );

  const write = (local: Local, text: string): string => {
    const path = join(local.folder, 'given');
    writeFileSync(path, text);
    return path;
  };

  it.skipIf(process.getuid?.() === 0)('a script that may not be read', async () => {
    const path = local.script('j.sh');
    chmodSync(path, 0);
    expect(await local.try('submit', path)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('may not be read'),
    });
  });
});

test.concurrent.each([
  [['submit'], /wants a script/],
  [['submit', '--nonsense', 'x'], /does not know --nonsense; known: .*--walltime/],
  [['submit', '--after', 'maybe:1', 'x'], /ok:ID and any:ID/],
  [['submit', '--walltime', '1h', 'x'], /whole seconds/],
  [['submit', '--name', 'two\nlines', 'x'], /on one line/],
  [['poll', 'one'], /no job id/],
  [['dance'], /known: .*submit/],
  [['slots', '0'], /from 1 on/],
  [['cancel'], /which job/],
])(
  'wrong usage %j is one line with exit code 2',
  async (words, sentence) => {
    const local = new Local();
    const said = await local.try(...words);
    expect(said).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(sentence) });
  },
  TIMEOUT,
);

it.concurrent(
  'jobs that are not known are left out of answers, and cannot be cancelled',
  async ({ onTestFinished }) => {
    const local = new Local({}, onTestFinished);
    expect(await local.poll('1', '77')).toEqual([]);
    expect(await local.history('77')).toEqual([]);
    expect(await local.do('find', 'nobody')).toEqual([]);
    expect(await local.try('cancel', '77')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is no job 77'),
    });
  },
  TIMEOUT,
);

it.concurrent(
  'a job is found by its token or its name, whole and not by a part of it',
  async ({ onTestFinished }) => {
    const local = new Local({}, onTestFinished);
    const script = local.script('j.sh');
    await local.submit('--name', 'mt-run-cpt-1-1', '--token', 'tok%_', '--hold', script);
    await local.submit('--name', 'mt-run-cpt-1-10', '--token', 'token', '--hold', script);
    const ids = async (token: string) =>
      (await local.do('find', token)).map(line => (JSON.parse(line) as { id: string }).id);
    expect(await ids('mt-run-cpt-1-1')).toEqual(['1']);
    expect(await ids('tok%_')).toEqual(['1']);
    expect(await ids('tok')).toEqual([]);
  },
  TIMEOUT,
);

describe.concurrent('dependencies', () => {
  it(
    'ok waits for a good end, any for an end; a bad end takes its ok children and theirs with it',
    async ({ onTestFinished }) => {
      const local = new Local({ MARTLET_LOCAL_SLOTS: '4' }, onTestFinished);
      const say = local.script(
        'say.sh',
        'echo "$MARTLET_LOCAL_JOB_NAME $(date +%s%N)" >>order',
        'sleep 0.2',
        'exit "${1:-0}"',
      );
      const good = await local.submit('--name', 'good', say);
      const bad = await local.submit('--name', 'bad', say, '3');
      const afterGood = await local.submit('--name', 'after-good', '--after', `ok:${good}`, say);
      const afterBoth = await local.submit('--name', 'after-both', '--after', `ok:${good},any:${bad}`, say);
      const never = await local.submit('--name', 'never', '--after', `ok:${bad}`, say);
      const neverTwice = await local.submit('--name', 'never-twice', '--after', `ok:${never}`, say);
      const afterNever = await local.submit('--name', 'after-never', '--after', `any:${never}`, say);
      await local.until('ended', good, bad, afterGood, afterBoth, never, neverTwice, afterNever);
      const order = local.lines('order').map(line => line.split(' ')[0]);
      expect([...order].sort()).toEqual(['after-both', 'after-good', 'after-never', 'bad', 'good']);
      expect(order.indexOf('after-good')).toBeGreaterThan(order.indexOf('good'));
      expect(order.indexOf('after-both')).toBeGreaterThan(order.indexOf('bad'));
      const polled = await local.poll(never, neverTwice);
      expect(polled.map(line => line.reason)).toEqual(['DependencyNeverSatisfied', 'DependencyNeverSatisfied']);
      expect((await local.history(never))[0]?.failure).toBe('DependencyNeverSatisfied');
    },
    TIMEOUT,
  );

  it(
    'on a parent that has ended already are settled at once',
    async ({ onTestFinished }) => {
      const local = new Local({}, onTestFinished);
      const say = local.script('say.sh', 'exit "${1:-0}"');
      const [good, bad] = [await local.submit(say), await local.submit(say, '1')];
      await local.until('ended', good, bad);
      const child = await local.submit('--after', `ok:${good},any:${bad}`, say);
      const never = await local.submit('--after', `ok:${bad}`, say);
      expect(await local.until('ended', child, never)).toEqual(['ended: exit 0', 'ended: DependencyNeverSatisfied']);
    },
    TIMEOUT,
  );

  it(
    'say why a job waits',
    async ({ onTestFinished }) => {
      const local = new Local({ MARTLET_LOCAL_SLOTS: '1' }, onTestFinished);
      const script = local.script('j.sh', 'sleep 60');
      const first = await local.submit(script);
      const [child, next, held] = [
        await local.submit('--after', `ok:${first}`, script),
        await local.submit(script),
        await local.submit('--hold', script),
      ];
      expect((await local.poll(child, next, held)).map(line => [line.seen, line.reason])).toEqual([
        ['queued', 'Dependency'],
        ['queued', 'Resources'],
        ['held', 'JobHeldUser'],
      ]);
    },
    TIMEOUT,
  );
});

it.concurrent(
  'a held job waits until it is released, and needs no runner meanwhile',
  async ({ onTestFinished }) => {
    const local = new Local({}, onTestFinished);
    const id = await local.submit('--hold', local.script('j.sh', 'echo ran >>out'));
    await pause(1500);
    expect(local.runnerPid()).toBeUndefined();
    expect((await local.poll(id))[0]?.seen).toBe('held');
    expect(local.lines('out')).toEqual([]);
    await local.do('release', id);
    await local.until('ended', id);
    expect(local.lines('out')).toEqual(['ran']);
    expect(await local.try('hold', id)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('only waiting jobs'),
    });
  },
  TIMEOUT,
);

it.concurrent(
  'at most as many jobs run at once as there are slots, counted from lines they write themselves',
  async ({ onTestFinished }) => {
    const local = new Local({ MARTLET_LOCAL_SLOTS: '3' }, onTestFinished);
    const script = local.script(
      'j.sh',
      'echo "+ $MARTLET_LOCAL_JOB_ID" >>log',
      'sleep 0.3',
      'echo "- $MARTLET_LOCAL_JOB_ID" >>log',
    );
    const ids = await Promise.all(Array.from({ length: 10 }, () => local.submit(script)));
    await local.until('ended', ...ids);
    let running = 0;
    const most = Math.max(...local.lines('log').map(line => (running += line.startsWith('+') ? 1 : -1)));
    expect(most).toBe(3);
    expect(local.lines('log')).toHaveLength(20);
  },
  TIMEOUT,
);

it.concurrent(
  'slots can be set and asked for, and the setting outranks the environment',
  async ({ onTestFinished }) => {
    const local = new Local({ MARTLET_LOCAL_SLOTS: '5' }, onTestFinished);
    expect(await local.do('slots')).toEqual(['5']);
    expect(await local.do('slots', '2')).toEqual(['2']);
    expect(await local.do('slots')).toEqual(['2']);
  },
  TIMEOUT,
);

it.concurrent(
  'the runner leaves when there is nothing to do, and comes back with the next job',
  async ({ onTestFinished }) => {
    const local = new Local({}, onTestFinished);
    const script = local.script('j.sh', 'echo ran >>out');
    await local.until('ended', await local.submit(script));
    for (let i = 0; i < 60 && local.runnerPid() !== undefined; i += 1) await pause(50);
    expect(local.runnerPid()).toBeUndefined();
    await local.until('ended', await local.submit(script));
    expect(local.lines('out')).toEqual(['ran', 'ran']);
  },
  TIMEOUT,
);
