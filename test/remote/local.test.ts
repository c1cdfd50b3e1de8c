import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { Trouble } from '../../src/model/trouble.ts';
import { localRemote } from '../../src/remote/local.ts';
import type { Remote } from '../../src/remote/remote.ts';
import { type Disk, freshFolder, mayMount, smallDisk } from '../store/disks.ts';

let remote: Remote;
let folder: string;
beforeEach(() => {
  remote = localRemote({ env: { MARTLET_TEST: 'given' } });
  folder = join(freshFolder(), 'a folder é with blanks');
});
const said = (text: string) => ({ code: 0, stdout: text, stderr: '' });
const gone = async (pid: number): Promise<boolean> => {
  for (let i = 0; i < 40; i += 1) {
    // A zombie that nobody waits for still has a folder in /proc.
    if (!existsSync(`/proc/${pid}`) || /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) return true;
    await new Promise(done => setTimeout(done, 50));
  }
  return false;
};

describe('run', () => {
  it('passes words as they are: no shell reads them', async () => {
    const words = ['$HOME', '`id`', '$(id)', ' two  blanks ', "it's", '"', '*', '', 'é\n', '--', '-n'];
    const out = await remote.run(['printf', '%s|', ...words]);
    expect(out).toEqual(said(words.map(word => `${word}|`).join('')));
  });

  test.each([
    ['exit 0', 0],
    ['exit 1', 1],
    ['exit 255', 255],
  ])('an exit code is an answer: %s', async (script, code) => {
    expect(await remote.run(['sh', '-c', `echo out; echo err >&2; ${script}`])).toEqual({
      code,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  it('a program ended by a signal has no code but a signal', async () => {
    expect(await remote.run(['sh', '-c', 'echo before; kill -KILL $$'])).toEqual({
      code: null,
      signal: 'SIGKILL',
      stdout: 'before\n',
      stderr: '',
    });
  });

  it('a program that is not there answers 127 as a shell does, one that may not be run 126', async () => {
    expect(await remote.run(['no-such-program-here'])).toMatchObject({
      code: 127,
      stderr: expect.stringContaining('no-such-program-here'),
    });
    writeFileSync(join(freshFolder(), 'x'), '');
    expect((await remote.run([join(folder, '..')])).code).toBe(126);
  });

  it('a working folder that is not there is an answer that names it', async () => {
    const out = await remote.run(['true'], { cwd: '/no/such/folder' });
    expect(out.code).not.toBe(0);
    expect(out.stderr).toContain('/no/such/folder');
  });

  it('stdin arrives whole, and a program that does not read it is no error', async () => {
    const text = 'é\u0001x'.repeat(300_000);
    expect((await remote.run(['cat'], { stdin: text })).stdout).toBe(text);
    expect(await remote.run(['true'], { stdin: text })).toEqual(said(''));
    expect(await remote.run(['cat'])).toEqual(said(''));
  });

  it('keeps newlines at the end, runs in the folder asked for, with the environment given', async () => {
    mkdirSync(folder);
    const out = await remote.run(['sh', '-c', 'pwd; printf "%s\\n\\n" "$MARTLET_TEST"'], { cwd: folder });
    expect(out.stdout).toBe(`${folder}\ngiven\n\n`);
  });

  it('past its time it is killed with its children, even one that keeps the pipe open', async () => {
    const from = performance.now();
    const out = await remote.run(['sh', '-c', 'trap "" TERM; sleep 60 & echo $!; wait'], { timeoutMs: 300 });
    expect(performance.now() - from).toBeLessThan(5000);
    expect(out).toMatchObject({ code: null, signal: 'TIMED-OUT' });
    expect(await gone(Number(out.stdout))).toBe(true);
  });

  it('an environment of words too long for the system is an answer, not a crash', async () => {
    const out = await remote.run(['true', 'x'.repeat(3_000_000)]);
    expect(out.code).toBe(126);
    expect(out.stderr).toContain('E2BIG');
  });
});

describe('putNew', () => {
  const files = {
    'job.sh': '#!/bin/bash\n',
    'plan.json': '{}',
    'a/bin/torchrun': 'x',
    'deep/er/text.txt': 'é\u0000',
    empty: '',
  };

  it('makes the folder with every file, programs executable whatever the umask', async () => {
    const before = process.umask(0o077);
    expect(await remote.putNew(join(folder, 'deep', 'run'), files)).toBe(true);
    process.umask(before);
    const mode = (name: string) => statSync(join(folder, 'deep', 'run', name)).mode & 0o777;
    expect([mode('job.sh'), mode('a/bin/torchrun'), mode('plan.json')]).toEqual([0o755, 0o755, 0o644]);
    for (const [name, text] of Object.entries(files))
      expect(readFileSync(join(folder, 'deep', 'run', name), 'utf8')).toBe(text);
    expect(readdirSync(join(folder, 'deep'))).toEqual(['run']);
  });

  it('leaves an existing folder as it is, also an empty one', async () => {
    await remote.putNew(folder, { a: '1' });
    expect(await remote.putNew(folder, { a: '2', b: '2' })).toBe(false);
    expect(readdirSync(folder)).toEqual(['a']);
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('1');
    mkdirSync(join(folder, 'empty'));
    expect(await remote.putNew(join(folder, 'empty'), { a: '2' })).toBe(false);
    expect(readdirSync(join(folder, 'empty'))).toEqual([]);
  });

  it('of twenty at once exactly one wins, and the folder is one of theirs, whole', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => remote.putNew(folder, { a: `${i}`, b: `${i}` })),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe(String(answers.indexOf(true)));
    expect(readFileSync(join(folder, 'b'), 'utf8')).toBe(String(answers.indexOf(true)));
    expect(readdirSync(join(folder, '..'))).toHaveLength(1);
  });

  it('removes what a killed one left of the same folder, and nothing that is new or of another name', async () => {
    const old = new Date(Date.now() - 90_000);
    for (const name of ['run.tmp-0123abcd', 'run-2.tmp-0123abcd', 'run.tmp-mine', 'run.tmp-ffffffff']) {
      mkdirSync(join(folder, name, 'deep'), { recursive: true });
      if (name !== 'run.tmp-ffffffff') utimesSync(join(folder, name), old, old);
    }
    expect(await remote.putNew(join(folder, 'run'), files)).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['run', 'run-2.tmp-0123abcd', 'run.tmp-ffffffff', 'run.tmp-mine']);
  });

  it('cannot be led out of the folder by a name, and then makes nothing', async () => {
    for (const name of ['../x', '/etc/x', 'a/../../x', '..', ''])
      await expect(remote.putNew(folder, { ok: '', [name]: '' })).rejects.toThrow(RangeError);
    expect(existsSync(folder)).toBe(false);
    expect(readdirSync(join(folder, '..'))).toEqual([]);
  });
});

describe('putFile and get', () => {
  it('replace a text whole and leave nothing beside it', async () => {
    const path = join(folder, 'new', 'submit-1.sh');
    await remote.putFile(path, 'one');
    await remote.putFile(path, 'two');
    expect(await remote.get(path)).toBe('two');
    expect(statSync(path).mode & 0o777).toBe(0o755);
    expect(readdirSync(join(folder, 'new'))).toEqual(['submit-1.sh']);
  });

  it('a file that is not there is undefined, a folder is trouble', async () => {
    expect(await remote.get(join(folder, 'no'))).toBeUndefined();
    mkdirSync(folder);
    writeFileSync(join(folder, 'file'), '');
    expect(await remote.get(join(folder, 'file', 'below'))).toBeUndefined();
    await expect(remote.get(folder)).rejects.toThrow(Trouble);
  });
});

const facts = async (act: Promise<unknown>) => {
  const error = await act.then(
    () => undefined,
    thrown => thrown,
  );
  expect(error).toBeInstanceOf(Trouble);
  return (error as Trouble).facts;
};

describe.skipIf(!mayMount())('on a real disk of its own', () => {
  let disk: Disk;
  beforeEach(() => {
    disk = smallDisk('64k') as Disk;
  });
  afterEach(() => disk.remove());

  it('that is full, a folder is not half-made and an old file stays', async () => {
    await remote.putFile(join(disk.path, 'old'), 'old');
    expect(await facts(remote.putNew(join(disk.path, 'run'), { a: 'x', b: 'y'.repeat(100_000) }))).toMatchObject({
      code: 'MRT-W022',
      hint: expect.stringContaining('make room'),
    });
    expect(await facts(remote.putFile(join(disk.path, 'old'), 'z'.repeat(100_000)))).toMatchObject({
      code: 'MRT-W022',
    });
    expect(readdirSync(disk.path)).toEqual(['old']);
    expect(await remote.get(join(disk.path, 'old'))).toBe('old');
  });

  it('that is read-only, it says so and what to do', async () => {
    disk.makeReadOnly();
    // One after the other: a promise that is refused before it is awaited counts as an error of nobody.
    const acts = [
      () => remote.putNew(join(disk.path, 'a', 'run'), { a: '' }),
      () => remote.putFile(join(disk.path, 'f'), ''),
    ];
    for (const act of acts)
      expect(await facts(act())).toMatchObject({
        code: 'MRT-W023',
        said: expect.stringMatching(/read-only/i),
        hint: expect.stringContaining('paths.runs'),
      });
  });
});

it.skipIf(process.getuid?.() === 0)('in a folder somebody closed, it says so', async () => {
  mkdirSync(folder);
  chmodSync(folder, 0o500);
  expect(await facts(remote.putFile(join(folder, 'f'), ''))).toMatchObject({ code: 'MRT-W023' });
  rmSync(folder, { recursive: true });
});
