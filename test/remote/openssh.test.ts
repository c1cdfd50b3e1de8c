import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openRemote } from '../../src/remote/open.ts';
import type { RemoteOptions } from '../../src/remote/options.ts';
import type { Remote } from '../../src/remote/remote.ts';
import { type AskingServer, startAskingServer } from '../helpers/asking-server.ts';
import { has, run } from '../helpers/bash.ts';
import { clientConfig, haveSshd, type Sshd, startSshd } from '../helpers/sshd.ts';
import { freshFolder } from '../store/disks.ts';
import { contract, factsOf, said } from './contract.ts';
import { faults } from './faults.ts';
import { shells } from './shells.ts';

const SECOND = join(import.meta.dirname, '../helpers/second-martlet.ts');

describe.skipIf(!haveSshd())('the system ssh', () => {
  contract('ssh', async () => {
    const sshd = await startSshd();
    const configPath = clientConfig(sshd, [{ alias: 'login', port: sshd.port }]);
    const socketFolder = freshFolder('mt-');
    const remote = await openRemote('login', { configPath, transport: 'ssh', endsMaster: true, socketFolder });
    return {
      remote,
      end: async () => {
        await remote.close();
        await sshd.stop();
      },
    };
  });
  faults('ssh');
  shells('ssh');
  describe('begun early', () => faults('ssh', true));

  describe('its connection', () => {
    let sshd: Sshd;
    let configPath: string;
    let socketFolder: string;
    const opened: Remote[] = [];
    const open = async (options: RemoteOptions = {}): Promise<Remote> => {
      const remote = await openRemote('login', {
        configPath,
        socketFolder,
        transport: 'ssh',
        endsMaster: true,
        ...options,
      });
      opened.push(remote);
      return remote;
    };
    const sockets = () => readdirSync(socketFolder).map(each => join(socketFolder, each));
    const masterPid = (): number => {
      const out = run(['ssh', '-F', configPath, '-S', sockets()[0] ?? '', '-O', 'check', 'login']);
      return Number(/pid=(\d+)/.exec(out.stderr)?.[1]);
    };

    beforeAll(async () => {
      sshd = await startSshd({ config: ['MaxSessions 3'] });
      configPath = clientConfig(sshd, [{ alias: 'login', port: sshd.port }]);
    });
    afterEach(async () => {
      for (const remote of opened.splice(0)) await remote.close();
    });
    afterAll(() => sshd.stop());
    const fresh = (): void => {
      socketFolder = freshFolder('mt-');
    };

    it('is used by the next martlet, also when the first one has closed', async () => {
      fresh();
      const before = sshd.logins();
      const first = await open({ endsMaster: false });
      expect(await first.run(['echo', 'one'])).toEqual(said('one\n'));
      await first.close();
      const second = run([process.execPath, SECOND, 'login', configPath, socketFolder, '--', 'echo', 'two']);
      expect(JSON.parse(second.stdout)).toEqual(said('two\n'));
      expect(sshd.logins()).toBe(before + 1);
      await (await open()).close();
      expect(sockets()).toEqual([]);
    });

    it('that is begun early is one connection, whoever runs first, and ends unused when it is closed', async () => {
      fresh();
      const before = sshd.logins();
      const early = new AbortController().signal;
      const remote = await open({ early });
      const outs = await Promise.all(['one', 'two', 'three'].map(word => remote.run(['echo', word])));
      expect(outs).toEqual(['one', 'two', 'three'].map(word => said(`${word}\n`)));
      expect(sshd.logins()).toBe(before + 1);
      fresh();
      await (await open({ early, persistSeconds: 1 })).close();
    });

    /** The ssh processes of this config that wait for a letter. */
    const waiting = (): number[] =>
      run(['ps', '-eo', 'pid=,args='])
        .stdout.split('\n')
        .filter(
          line => line.includes(`ssh -F ${configPath}`) && line.endsWith('exec bash -s') && line.includes(socketFolder),
        )
        .map(line => Number.parseInt(line, 10));

    it('that is begun early and whose channel dies before the first command runs it over another channel', async () => {
      fresh();
      const remote = await open({ early: new AbortController().signal });
      while (sockets().length === 0) await sleep(10);
      await sleep(200);
      for (const pid of waiting()) process.kill(pid, 'SIGKILL');
      await sleep(100);
      expect(await remote.run(['echo', 'here'])).toEqual(said('here\n'));
    });

    it('that is begun early and given up at once leaves no ssh behind, wherever it was', async () => {
      for (const ms of [0, 5, 30, 100, 300]) {
        fresh();
        const early = new AbortController();
        const remote = await open({ early: early.signal });
        await sleep(ms);
        early.abort();
        await remote.close();
        for (let i = 0; i < 50 && waiting().length > 0; i += 1) await sleep(20);
        expect([ms, waiting()]).toEqual([ms, []]);
      }
    });

    it('is known only to this person: its folder is closed, and nothing else is left in it', async () => {
      fresh();
      const folder = join(socketFolder, 'new');
      await open({ socketFolder: folder });
      expect(statSync(folder).mode & 0o777).toBe(0o700);
      const [socket = '', ...others] = readdirSync(folder);
      expect(socket).toMatch(/^[0-9a-f]{20}$/);
      expect(others).toEqual([]);
    });

    it('is in no folder that others can enter, that is a link, or whose path is too long', async () => {
      fresh();
      const [shared, link, long] = ['shared', 'link', 'x'.repeat(100)].map(name => join(socketFolder, name)) as [
        string,
        string,
        string,
      ];
      mkdirSync(shared);
      chmodSync(shared, 0o755);
      symlinkSync(socketFolder, link);
      for (const folder of [shared, link, long]) {
        const runtime = freshFolder('mt-run-');
        await open({ socketFolder: folder, env: { ...process.env, XDG_RUNTIME_DIR: runtime } });
        expect(readdirSync(join(runtime, 'martlet'))).toHaveLength(1);
      }
      expect([readdirSync(shared), existsSync(long)]).toEqual([[], false]);
    });

    it('is found dead and made anew', async () => {
      fresh();
      const remote = await open();
      await remote.run(['true']);
      process.kill(masterPid(), 'SIGKILL');
      await sleep(100);
      expect(sockets()).toHaveLength(1);
      expect(await remote.run(['echo', 'again'])).toEqual(said('again\n'));
      const before = sshd.logins();
      expect(await (await open()).run(['echo', 'and again'])).toEqual(said('and again\n'));
      expect(sshd.logins()).toBe(before);
    });

    it('ends by itself when nobody has used it for its time', async () => {
      fresh();
      await open({ persistSeconds: 1 });
      for (let i = 0; i < 100 && sockets().length > 0; i += 1) await sleep(100);
      expect(sockets()).toEqual([]);
    });

    it('is another one when the config has changed', async () => {
      fresh();
      const text = readFileSync(configPath, 'utf8');
      await open();
      writeFileSync(configPath, `# moved\n${text}`);
      await open();
      expect(sockets()).toHaveLength(2);
      writeFileSync(configPath, text);
    });

    it('carries more commands at once than the server gives channels', async () => {
      fresh();
      const before = sshd.logins();
      const [one, two] = [await open(), await open()];
      const outs = await Promise.all(
        Array.from({ length: 24 }, (_, i) => (i % 2 ? one : two).run(['sh', '-c', `sleep 0.1; echo ${i}`])),
      );
      expect(outs.map(each => each.stdout)).toEqual(Array.from({ length: 24 }, (_, i) => `${i}\n`));
      expect(sshd.logins()).toBe(before + 1);
    });

    it('is not disturbed by what a config has for a shell', async () => {
      fresh();
      const path = join(freshFolder(), 'config');
      const lines = [
        'RemoteCommand tmux new -A',
        'RequestTTY force',
        'LocalForward 1 localhost:1',
        'LogLevel DEBUG3',
        'ControlPath none',
      ];
      const local = ['PermitLocalCommand yes', `LocalCommand touch ${path}.ran`];
      writeFileSync(path, `${[...lines, ...local].join('\n')}\n${readFileSync(configPath, 'utf8')}`);
      const remote = await open({ configPath: path });
      expect(await remote.run(['sh', '-c', 'test ! -t 0 && echo fine'])).toEqual(said('fine\n'));
      expect(existsSync(`${path}.ran`)).toBe(false);
    });

    it('leaves a child that the program left behind to itself', async () => {
      fresh();
      const remote = await open();
      const out = await remote.run(['sh', '-c', 'sleep 300 & echo $!']);
      expect(out.code).toBe(0);
      process.kill(Number(out.stdout));
    });
  });

  it('that is not on the PATH is named, and ssh2 takes its place unless ssh was asked for', async () => {
    const sshd = await startSshd();
    const configPath = clientConfig(sshd, [{ alias: 'login', port: sshd.port }]);
    const env = { ...process.env, PATH: freshFolder() };
    expect(await factsOf(() => openRemote({ host: 'login', transport: 'ssh' }, { configPath, env }))).toMatchObject({
      code: 'MRT-W070',
      exitCode: 3,
      hint: expect.stringContaining('transport: ssh2'),
    });
    const remote = await openRemote('login', { configPath, env });
    expect(await remote.run(['echo', 'there'])).toEqual(said('there\n'));
    await remote.close();
    await sshd.stop();
  });

  describe.skipIf(!has('script'))('in a terminal', () => {
    let sshd: Sshd;
    let server: AskingServer;
    let configPath: string;
    const socketFolders: string[] = [];
    beforeAll(async () => {
      sshd = await startSshd();
      const questions = [{ prompt: 'Verification code: ', echo: false, answer: '123456' }];
      const instructions = 'Open the application on your phone.';
      server = await startAskingServer({ hostKey: sshd.hostKey, key: `${sshd.key}.pub`, questions, instructions });
      const known = readFileSync(sshd.knownHosts, 'utf8').replaceAll(`:${sshd.port}`, `:${server.port}`);
      writeFileSync(sshd.knownHosts, known);
      configPath = clientConfig(sshd, [{ alias: 'login', port: server.port }]);
    });
    afterAll(async () => {
      for (const folder of socketFolders)
        for (const socket of readdirSync(folder))
          run(['ssh', '-F', configPath, '-S', join(folder, socket), '-O', 'exit', 'login']);
      await server.stop();
      await sshd.stop();
    });
    const folder = (): string => {
      const made = freshFolder('mt-');
      socketFolders.push(made);
      return made;
    };

    /** A terminal of its own, in which somebody answers the questions one after the other. */
    const typedIn = (words: readonly string[], answers: readonly string[]): Promise<string> =>
      new Promise(done => {
        const command = words.map(each => `'${each}'`).join(' ');
        const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
        let screen = '';
        const left = [...answers];
        child.stdout.on('data', chunk => {
          screen += chunk;
          if (/: $/.test(screen) && left.length > 0) child.stdin.write(`${left.shift()}\n`);
        });
        child.once('close', () => done(screen));
      });

    it('ssh asks for the one-time password, stdin stays for the command, and the next command asks nothing', async () => {
      const sockets = folder();
      const words = [process.execPath, SECOND, 'login', configPath, sockets, 'ask', '--', 'echo', 'there'];
      const screen = await typedIn(words, ['123456']);
      // The site's words stand before its question, where a person reads them.
      expect(screen).toMatch(/Open the application on your phone\..*Verification code: .*"stdout"/s);
      expect(screen).toContain('"stdout":"there\\n"');
      const remote = await openRemote('login', { configPath, socketFolder: sockets, transport: 'ssh' });
      expect(await remote.run(['cat'], { stdin: 'bytes' })).toEqual(said('bytes'));
      expect(server.logins()).toBe(1);
    });

    it('a wrong one is refused with what ssh said', async () => {
      const words = [process.execPath, SECOND, 'login', configPath, folder(), 'ask', '--', 'true'];
      const screen = await typedIn(words, ['1', '2', '3']);
      expect(server.attempts.filter(each => each.startsWith('keyboard')).slice(1)).toEqual([
        'keyboard-interactive 1',
        'keyboard-interactive 2',
        'keyboard-interactive 3',
      ]);
      expect(screen).toContain('MRT-W066');
      expect(screen).toContain('Permission denied (keyboard-interactive)');
    });

    it('without one, a login that would ask is a Trouble at once', async () => {
      const own = { configPath, socketFolder: folder(), transport: 'ssh' } as const;
      expect(await factsOf(() => openRemote('login', own))).toMatchObject({
        code: 'MRT-W067',
        exitCode: 3,
        said: expect.stringContaining('keyboard-interactive'),
        hint: expect.stringContaining('in a terminal'),
      });
    });
  });
});
