import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openRemote } from '../../src/remote/open.ts';
import type { Remote } from '../../src/remote/remote.ts';
import { has, run } from '../helpers/bash.ts';
import { NASTY } from '../helpers/dice.ts';
import { clientConfig, type Sshd, startSshd } from '../helpers/sshd.ts';
import { freshFolder } from '../store/disks.ts';
import { said } from './contract.ts';

/** Each shell's start file that is read even for one command, and a line in its language. */
const SHELLS: Readonly<Record<string, { readonly file: string; readonly noise: string }>> = {
  bash: { file: '.bashrc', noise: 'echo "*** maintenance on Monday ***"; printf "no end of line"; echo oops >&2' },
  sh: { file: '.shinit', noise: '' },
  zsh: { file: '.zshenv', noise: 'echo "*** maintenance on Monday ***"; echo oops >&2' },
  tcsh: { file: '.cshrc', noise: 'echo "*** maintenance on Monday ***"; printf "no end of line"' },
  fish: { file: '.config/fish/config.fish', noise: 'echo "*** maintenance on Monday ***"; echo oops >&2' },
};

/** Whatever the login shell is, says, and sets. */
export const shells = (transport: 'ssh' | 'ssh2'): void => {
  let sshd: Sshd;
  let configPath: string;
  const opened: Remote[] = [];
  const open = async (options: { loginShell?: boolean; env?: NodeJS.ProcessEnv } = {}): Promise<Remote> => {
    const own = { transport, configPath, endsMaster: true, socketFolder: freshFolder('mt-') };
    const remote = await openRemote('login', { ...own, ...options });
    opened.push(remote);
    return remote;
  };
  const start = (file: string, text: string): void => {
    mkdirSync(join(sshd.home, file, '..'), { recursive: true });
    writeFileSync(join(sshd.home, file), `${text}\n`);
  };
  beforeAll(async () => {
    sshd = await startSshd();
    configPath = clientConfig(sshd, [{ alias: 'login', port: sshd.port, lines: ['SendEnv MARTLET_TEST_*'] }]);
  });
  afterEach(async () => {
    sshd.shell('bash');
    for (const file of ['.bashrc', '.profile', '.bash_profile']) start(file, '');
    for (const remote of opened.splice(0)) await remote.close();
  });
  afterAll(() => sshd.stop());

  describe('a login shell', () => {
    for (const [shell, { file, noise }] of Object.entries(SHELLS))
      it.skipIf(!has(shell))(`${shell}, chatty or not, changes no word, no byte of stdin and no code`, async () => {
        sshd.shell(shell);
        start(file, noise);
        const plain = run(['ssh', '-F', configPath, 'login', 'true']).stdout;
        expect(plain).toContain(noise === '' ? '' : '*** maintenance on Monday ***');
        const remote = await open();
        const words = await remote.run(['printf', '%s\\0', ...NASTY]);
        expect(words).toEqual(said(NASTY.map(each => `${each}\0`).join('')));
        const out = await remote.run(['sh', '-c', 'cat; echo err >&2; exit 255'], { stdin: 'a\nb' });
        expect(out).toEqual({ code: 255, stdout: 'a\nb', stderr: 'err\n' });
        const path = join(freshFolder(), 'run');
        expect(await remote.putNew(path, { 'a.sh': 'é' })).toBe(true);
        expect(await remote.get(join(path, 'a.sh'))).toBe('é');
      });

    it('that speaks another language is understood', async () => {
      start('.bashrc', 'export LC_ALL=C.UTF-8 LANGUAGE=de');
      const remote = await open();
      // Whether this machine has the catalogue at all is seen on bash's own remark.
      const gone = await remote.run(['bash', '-c', 'no-such-program']);
      expect(gone.code).toBe(127);
      expect(await remote.run(['sh', '-c', 'kill -KILL $$'])).toMatchObject({ code: null, signal: 'SIGKILL' });
      expect(await remote.run(['sleep', '20'], { timeoutMs: 300 })).toMatchObject({ signal: 'TIMED-OUT' });
      expect(await remote.get('/no/such/file')).toBeUndefined();
      // What martlet runs for itself is in C; a program gets what the login has.
      expect(await remote.run(['sh', '-c', 'echo $LC_ALL $LANGUAGE'])).toEqual(said('C.UTF-8 de\n'));
    });

    it('that exports names like those of the far script gives them to the program as they are', async () => {
      start('.bashrc', 'export mark=1 pid=2 said=3 rc=4 limit=5 LC_ALL=C.UTF-8');
      const out = await (await open()).run(['sh', '-c', 'echo $mark $pid $said $rc $limit $LC_ALL'], {
        timeoutMs: 9000,
      });
      expect(out).toEqual(said('1 2 3 4 5 C.UTF-8\n'));
    });

    it('as a login shell reads its start files, which may talk and may read: nothing of a command is eaten', async () => {
      start('.bash_profile', 'export FROM_PROFILE=yes; echo welcome; echo welcome >&2; cat >/dev/null');
      const without = await open();
      expect(await without.run(['sh', '-c', 'echo "$FROM_PROFILE"'])).toEqual(said('\n'));
      const remote = await open({ loginShell: true });
      const out = await remote.run(['sh', '-c', 'echo "$FROM_PROFILE"; cat'], { stdin: new Uint8Array([65, 0, 66]) });
      expect(out).toEqual(said('yes\nA\0B'));
    });

    it('gets the variables that the person sends', async () => {
      if (transport === 'ssh2') return;
      const remote = await open({ env: { ...process.env, MARTLET_TEST_SENT: 'a b' } });
      expect(await remote.run(['sh', '-c', 'echo "$MARTLET_TEST_SENT"'])).toEqual(said('a b\n'));
    });
  });
};
