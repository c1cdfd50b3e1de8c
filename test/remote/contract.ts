import { createHash } from 'node:crypto';
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
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test } from 'vitest';
import { Trouble, type TroubleFacts } from '../../src/model/trouble.ts';
import type { Remote } from '../../src/remote/remote.ts';
import { dice, NASTY, randomText } from '../helpers/dice.ts';
import { type Disk, freshFolder, mayMount, smallDisk } from '../store/disks.ts';

/** A remote whose files these tests see, because it is on this machine in the end. */
export interface Opened {
  readonly remote: Remote;
  end(): Promise<void>;
}

export const said = (text: string) => ({ code: 0, stdout: text, stderr: '' });

/** The process is gone; a zombie that nobody waits for still has a folder in /proc. */
export const isGone = async (pid: number): Promise<boolean> => {
  for (let i = 0; i < 100; i += 1) {
    if (!existsSync(`/proc/${pid}`) || /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) return true;
    await new Promise(done => setTimeout(done, 50));
  }
  return false;
};

/** What a Trouble says; anything else that happens is a failed test. */
export const factsOf = async (act: () => Promise<unknown>): Promise<TroubleFacts & { readonly exitCode: number }> => {
  const error = await act().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Trouble);
  const { facts, exitCode } = error as Trouble;
  return { ...facts, exitCode };
};

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Bytes of every value, NUL and half characters among them. */
const noise = (length: number): Uint8Array => {
  const next = dice(length);
  const block = Uint8Array.from({ length: 65_536 }, () => Math.floor(next() * 256));
  return Uint8Array.from({ length }, (_, i) => (block[i % block.length] ?? 0) ^ (i >> 16));
};

const CODES = [0, 1, 2, 3, 63, 64, 99, 100, 125, 126, 127, 128, 129, 130, 137, 141, 143, 192, 254, 255];

/** What every kind of Remote promises, over the real thing. */
export const contract = (name: string, open: () => Promise<Opened>): void => {
  let opened: Opened;
  let remote: Remote;
  let folder: string;
  beforeAll(async () => {
    opened = await open();
    remote = opened.remote;
  });
  afterAll(() => opened.end());
  beforeEach(() => {
    folder = join(freshFolder(), 'a folder é with blanks');
  });

  describe(`${name}: run`, () => {
    it('passes words as they are: no shell reads them', async () => {
      const words = ['$HOME', '`id`', '$(id)', ' two  blanks ', "it's", '"', '*', '', 'é\n', '--', '-n', 'A=b', '~'];
      const out = await remote.run(['printf', '%s|', ...words]);
      expect(out).toEqual(said(words.map(word => `${word}|`).join('')));
    });

    it('passes 2000 nasty words byte for byte', async () => {
      const next = dice(20);
      const words = [...NASTY, ...Array.from({ length: 2000 }, () => randomText(next))];
      const out = await remote.run(['printf', '%s\\0', ...words]);
      expect(out.stdout.split('\0').slice(0, -1)).toEqual(words);
    });

    it('passes 10,000 words of half a megabyte', async () => {
      const words = Array.from({ length: 10_000 }, (_, i) => `job ${i} ${'x'.repeat(40)}`);
      const out = await remote.run(['printf', '%s\n', ...words]);
      expect(out.stdout === `${words.join('\n')}\n`).toBe(true);
    });

    test.each(CODES)('exit code %d is an answer, and what was said is whole', async code => {
      const out = await remote.run(['sh', '-c', `echo out; echo err >&2; exit ${code}`]);
      expect(out).toEqual({ code, stdout: 'out\n', stderr: 'err\n' });
    });

    test.each(['KILL', 'TERM', 'HUP', 'INT', 'PIPE', 'SEGV', 'USR1'])(
      'a program ended by SIG%s has no code but a signal',
      async signal => {
        expect(await remote.run(['sh', '-c', `ulimit -c 0; echo before; kill -${signal} $$; sleep 5`])).toEqual({
          code: null,
          signal: `SIG${signal}`,
          stdout: 'before\n',
          stderr: '',
        });
      },
    );

    it('a program that is not there answers 127 as a shell does, one that may not be run 126', async () => {
      expect(await remote.run(['no-such-program-here'])).toMatchObject({
        code: 127,
        stderr: expect.stringContaining('no-such-program-here'),
      });
      mkdirSync(folder);
      expect((await remote.run([folder])).code).toBe(126);
    });

    it('takes no word for one of a shell', async () => {
      for (const word of ['if', '{', 'exit', 'cd', 'alias', 'a=b'])
        expect((await remote.run([word, '5'])).code).toBe(127);
    });

    it('a working folder that is not there is an answer that names it, and nothing is run', async () => {
      const out = await remote.run(['sh', '-c', 'echo ran'], { cwd: '/no/such/folder' });
      expect(out).toMatchObject({ code: 127, stdout: '', stderr: expect.stringContaining('/no/such/folder') });
    });

    it('runs in the folder asked for and keeps newlines at the end', async () => {
      mkdirSync(folder);
      const out = await remote.run(['sh', '-c', 'pwd; printf "\\n\\n"'], { cwd: folder });
      expect(out.stdout).toBe(`${folder}\n\n\n`);
    });

    it('text on stdin arrives whole, and a program that does not read it is no error', async () => {
      const text = 'é\u0001x'.repeat(300_000);
      expect((await remote.run(['cat'], { stdin: text })).stdout === text).toBe(true);
      expect(await remote.run(['true'], { stdin: text })).toEqual(said(''));
      for (const small of ['', 'x', "it's\n$HOME\n", 'a\0b', '日本語'])
        expect(await remote.run(['cat'], { stdin: small })).toEqual(said(small));
    });

    it('without stdin a program reads nothing and does not wait', async () => {
      expect(await remote.run(['cat'])).toEqual(said(''));
    });

    test.each([
      ['1 MB', 1_048_576],
      ['20 MB', 20_971_521],
    ])('%s of bytes arrive on stdin as they are, and as much comes back', async (_, length) => {
      const bytes = noise(length);
      expect((await remote.run(['sha256sum'], { stdin: bytes })).stdout.slice(0, 64)).toBe(sha256(bytes));
      // One byte a character, so that what comes back can be compared although an answer is text.
      const text = Buffer.from(bytes)
        .toString('latin1')
        .slice(0, length / 2);
      expect((await remote.run(['cat'], { stdin: text })).stdout === text).toBe(true);
    });

    it('a script on stdin goes to the program, and its end is its end', async () => {
      const out = await remote.run(['bash', '-s', '--', 'a b'], {
        stdin: 'read -r line\nnext line\necho "$1:$line"; cat',
      });
      expect(out).toEqual(said('a b:next line\n'));
    });

    it('a character is not torn where the answer comes in pieces', async () => {
      const out = await remote.run(['sh', '-c', "printf '\\303'; sleep 0.2; printf '\\251\\n'"]);
      expect(out.stdout).toBe('é\n');
    });

    it('past its time it is killed with its children, even one that keeps the pipe open', async () => {
      const script = 'trap "" TERM; echo so far; sleep 60 & echo $!; wait';
      const out = await remote.run(['sh', '-c', script], { timeoutMs: 400 });
      expect(out).toMatchObject({ code: null, signal: 'TIMED-OUT', stdout: expect.stringMatching(/^so far\n\d+\n$/) });
      expect(await isGone(Number(out.stdout.split('\n')[1]))).toBe(true);
    });

    it('within its time it is not', async () => {
      const out = await remote.run(['sh', '-c', 'sleep 0.3; echo done; exit 137'], { timeoutMs: 50_000 });
      expect(out).toEqual({ code: 137, stdout: 'done\n', stderr: '' });
    });

    it('thirty commands at once get each their own answer', async () => {
      const outs = await Promise.all(
        Array.from({ length: 30 }, (_, i) => remote.run(['sh', '-c', `sleep 0.05; echo ${i}`])),
      );
      expect(outs.map(out => out.stdout)).toEqual(Array.from({ length: 30 }, (_, i) => `${i}\n`));
    });
  });

  describe(`${name}: putNew`, () => {
    const files = {
      'job.sh': '#!/bin/bash\n',
      'plan.json': '{}',
      'a/bin/torchrun': 'x',
      'deep/er/text.txt': 'é\u0000',
      [`deep/${'long-name-'.repeat(12)}/${'of-a-file-'.repeat(10)}.txt`]: 'long',
      'blanks and é.txt': 'x',
      empty: '',
    };

    it('makes the folder with every file, programs executable whatever the umask', async () => {
      const before = process.umask(0o077);
      expect(await remote.putNew(join(folder, 'deep', 'run'), files)).toBe(true);
      process.umask(before);
      const mode = (file: string) => statSync(join(folder, 'deep', 'run', file)).mode & 0o777;
      expect([mode('job.sh'), mode('a/bin/torchrun'), mode('plan.json')]).toEqual([0o755, 0o755, 0o644]);
      for (const [file, text] of Object.entries(files))
        expect(readFileSync(join(folder, 'deep', 'run', file), 'utf8')).toBe(text);
      expect(readdirSync(join(folder, 'deep'))).toEqual(['run']);
    });

    it('leaves an existing folder as it is, also an empty one, and a link to nowhere', async () => {
      await remote.putNew(folder, { a: '1' });
      expect(await remote.putNew(folder, { a: '2', b: '2' })).toBe(false);
      expect(readdirSync(folder)).toEqual(['a']);
      expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('1');
      mkdirSync(join(folder, 'empty'));
      expect(await remote.putNew(join(folder, 'empty'), { a: '2' })).toBe(false);
      expect(readdirSync(join(folder, 'empty'))).toEqual([]);
    });

    it('of ten at once exactly one wins, and the folder is one of theirs, whole', async () => {
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, i) => remote.putNew(folder, { a: `${i}`, b: `${i}` })),
      );
      expect(answers.filter(Boolean)).toHaveLength(1);
      expect(readFileSync(join(folder, 'a'), 'utf8')).toBe(String(answers.indexOf(true)));
      expect(readFileSync(join(folder, 'b'), 'utf8')).toBe(String(answers.indexOf(true)));
      expect(readdirSync(join(folder, '..'))).toHaveLength(1);
    });

    it('removes what a killed one left of the same folder, and nothing that is new or of another name', async () => {
      const old = new Date(Date.now() - 90_000);
      const left = ['r[u]n*.tmp-0123abcd', 'r[u]n*-2.tmp-0123abcd', 'run.tmp-0123abcd', 'r[u]n*.tmp-mine'];
      for (const each of [...left, 'r[u]n*.tmp-ffffffff']) {
        mkdirSync(join(folder, each, 'deep'), { recursive: true });
        if (left.includes(each)) utimesSync(join(folder, each), old, old);
      }
      expect(await remote.putNew(join(folder, 'r[u]n*'), files)).toBe(true);
      expect(readdirSync(folder).sort()).toEqual([...left.slice(1), 'r[u]n*', 'r[u]n*.tmp-ffffffff'].sort());
    });

    it('cannot be led out of the folder by a name, and then makes nothing', async () => {
      for (const file of ['../x', '/etc/x', 'a/../../x', '..', ''])
        await expect(remote.putNew(folder, { ok: '', [file]: '' })).rejects.toThrow(RangeError);
      expect(existsSync(folder)).toBe(false);
      expect(readdirSync(join(folder, '..'))).toEqual([]);
    });

    it('puts a folder of two thousand files and 8 MB', async () => {
      const many = Object.fromEntries(
        Array.from({ length: 2000 }, (_, i) => [`point-${i % 50}/job-${i}.sh`, `# ${i}\n`.repeat(600)]),
      );
      expect(await remote.putNew(folder, many)).toBe(true);
      const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(each => each.isFile());
      expect(found).toHaveLength(2000);
      expect(readFileSync(join(folder, 'point-49', 'job-1999.sh'), 'utf8')).toBe(many['point-49/job-1999.sh']);
    });
  });

  describe(`${name}: putFile and get`, () => {
    it('replace a text whole and leave nothing beside it', async () => {
      const path = join(folder, 'new', 'submit-1.sh');
      await remote.putFile(path, 'one');
      await remote.putFile(path, 'two é\0'.repeat(200_000));
      expect((await remote.get(path)) === 'two é\0'.repeat(200_000)).toBe(true);
      await remote.putFile(path, '');
      expect(await remote.get(path)).toBe('');
      expect(statSync(path).mode & 0o777).toBe(0o755);
      expect(readdirSync(join(folder, 'new'))).toEqual(['submit-1.sh']);
    });

    it('a file that is not there is undefined, a folder is trouble', async () => {
      expect(await remote.get(join(folder, 'no'))).toBeUndefined();
      mkdirSync(folder);
      writeFileSync(join(folder, 'file'), '');
      expect(await remote.get(join(folder, 'file', 'below'))).toBeUndefined();
      expect(await factsOf(() => remote.get(folder))).toMatchObject({ code: 'MRT-W023' });
    });

    it('a text does not take the place of a folder', async () => {
      mkdirSync(join(folder, 'there'), { recursive: true });
      expect(await factsOf(() => remote.putFile(join(folder, 'there'), 'x'))).toMatchObject({ code: 'MRT-W023' });
      expect(readdirSync(folder)).toEqual(['there']);
    });
  });

  describe.skipIf(!mayMount())(`${name}: on a real disk of its own`, () => {
    let disk: Disk;
    beforeEach(() => {
      disk = smallDisk('64k') as Disk;
    });
    afterEach(() => disk.remove());

    it('that is full, a folder is not half-made and an old file stays', async () => {
      await remote.putFile(join(disk.path, 'old'), 'old');
      const big = Array.from({ length: 20_000 }, (_, i) => i).join(' ');
      expect(await factsOf(() => remote.putNew(join(disk.path, 'run'), { a: 'x', b: big }))).toMatchObject({
        code: 'MRT-W022',
        hint: expect.stringContaining('make room'),
      });
      expect(await factsOf(() => remote.putFile(join(disk.path, 'old'), big))).toMatchObject({ code: 'MRT-W022' });
      expect(readdirSync(disk.path)).toEqual(['old']);
      expect(await remote.get(join(disk.path, 'old'))).toBe('old');
    });

    it('that is read-only, it says so and what to do', async () => {
      disk.makeReadOnly();
      const acts = [
        () => remote.putNew(join(disk.path, 'a', 'run'), { a: '' }),
        () => remote.putFile(join(disk.path, 'f'), ''),
      ];
      for (const act of acts)
        expect(await factsOf(act)).toMatchObject({
          code: 'MRT-W023',
          said: expect.stringMatching(/read-only/i),
          hint: expect.stringContaining('paths.runs'),
        });
    });
  });

  it.skipIf(process.getuid?.() === 0)(`${name}: in a folder somebody closed, it says so`, async () => {
    mkdirSync(folder);
    chmodSync(folder, 0o500);
    expect(await factsOf(() => remote.putFile(join(folder, 'f'), ''))).toMatchObject({ code: 'MRT-W023' });
    rmSync(folder, { recursive: true });
  });
};
