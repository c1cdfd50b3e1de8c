import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, test } from 'vitest';
import type { Output } from '../../src/model/output.ts';
import { openRemote } from '../../src/remote/open.ts';
import type { RemoteOptions } from '../../src/remote/options.ts';
import type { Remote, RunOptions } from '../../src/remote/remote.ts';
import { dice } from '../helpers/dice.ts';
import { type FaultyProxy, startFaultyProxy } from '../helpers/faulty-proxy.ts';
import { clientConfig, fingerprintOf, freePort, keygen, type Sshd, startSshd } from '../helpers/sshd.ts';
import { freshFolder } from '../store/disks.ts';
import { factsOf, said } from './contract.ts';

/**
 * What both transports must say of a connection that cannot be made or is lost; every fault is real, on loopback. `isEarly`: of
 * one that is begun before anybody waits for it.
 */
export const faults = (transport: 'ssh' | 'ssh2', isEarly = false): void => {
  let sshd: Sshd;
  let jump: Sshd;
  let proxy: FaultyProxy;
  let configPath: string;
  const opened: Remote[] = [];

  const open = async (alias: string, options: RemoteOptions = {}): Promise<Remote> => {
    const early = isEarly ? new AbortController().signal : undefined;
    const own = { transport, configPath, early, endsMaster: true, socketFolder: freshFolder('mt-'), timeoutMs: 20_000 };
    const remote = await openRemote(alias, { ...own, ...options });
    opened.push(remote);
    return remote;
  };
  /** A long command whose first word has come back, and the answer it will have. */
  const begin = async (remote: Remote, options: RunOptions = {}): Promise<{ readonly answer: Promise<Output> }> => {
    const mark = join(freshFolder(), 'begun');
    const answer = remote.run(['sh', '-c', `echo begun; echo err >&2; touch '${mark}'; sleep 50; echo never`], options);
    while (!existsSync(mark)) await sleep(20);
    await sleep(300);
    return { answer };
  };
  const trouble = (alias: string, options: RemoteOptions = {}) =>
    factsOf(async () => {
      const remote = await open(alias, options);
      if (isEarly) await remote.run(['true']);
    });

  beforeAll(async () => {
    [sshd, jump] = await Promise.all([startSshd(), startSshd()]);
    proxy = await startFaultyProxy(sshd.port);
    writeFileSync(sshd.knownHosts, `${readFileSync(jump.knownHosts, 'utf8')}${readFileSync(sshd.knownHosts, 'utf8')}`);
    writeFileSync(join(jump.folder, 'authorized_keys'), readFileSync(`${sshd.key}.pub`));
    const [type, key] = readFileSync(`${sshd.hostKey}.pub`, 'utf8').split(' ');
    const others = freshFolder();
    keygen(join(others, 'other'));
    keygen(join(others, 'stranger'));
    const [, otherKey] = readFileSync(join(others, 'other.pub'), 'utf8').split(' ');
    writeFileSync(join(others, 'changed'), `[127.0.0.1]:${sshd.port} ${type} ${otherKey}\n`);
    writeFileSync(join(others, 'proxied'), `[127.0.0.1]:${proxy.port} ${type} ${key}\n`);
    writeFileSync(join(others, 'empty'), '');
    writeFileSync(join(others, 'revoked'), `@revoked * ${type} ${key}\n[127.0.0.1]:${sshd.port} ${type} ${key}\n`);
    const free = await freePort();
    const [port, known] = [sshd.port, (name: string) => `UserKnownHostsFile ${join(others, name)}`];
    configPath = clientConfig(sshd, [
      { alias: 'login', port },
      { alias: 'refused', port: free },
      { alias: 'faulty', port: proxy.port, lines: [known('proxied')] },
      { alias: 'unknown-name', port, lines: [] },
      { alias: 'unknown-key', port, lines: [known('empty')] },
      { alias: 'strict-key', port, lines: [known('empty'), 'StrictHostKeyChecking yes'] },
      { alias: 'changed-key', port, lines: [known('changed')] },
      { alias: 'careless-key', port, lines: [known('changed'), 'StrictHostKeyChecking no'] },
      { alias: 'revoked-key', port, lines: [known('revoked')] },
      {
        alias: 'stranger',
        port,
        lines: [`IdentityFile ${join(others, 'stranger')}`, `User ${process.env.USER ?? 'root'}`],
      },
      { alias: 'jump', port: jump.port },
      { alias: 'by-jump', port, lines: ['ProxyJump jump'] },
      { alias: 'by-refused', port, lines: ['ProxyJump refused'] },
      { alias: 'refused-by-jump', port: free, lines: ['ProxyJump jump'] },
      { alias: 'by-program', port, lines: ['ProxyCommand bash -c "exec 3<>/dev/tcp/127.0.0.1/%p; cat <&3 & cat >&3"'] },
      { alias: 'by-no-program', port, lines: ['ProxyCommand no-such-program %h'] },
    ]);
    // The stranger's file is the only key there, so the block must not go on to the common one.
    writeFileSync(
      configPath,
      readFileSync(configPath, 'utf8').replace(
        'Host unknown-name\n  HostName 127.0.0.1',
        'Host unknown-name\n  HostName no-such-host.invalid',
      ),
    );
  });
  afterEach(async () => {
    proxy.set({ kind: 'pass' });
    proxy.cut();
    sshd.shell('bash');
    for (const remote of opened.splice(0)) await remote.close();
  });
  afterAll(async () => {
    await proxy.stop();
    await Promise.all([sshd.stop(), jump.stop()]);
  });

  describe('a connection that cannot be made is told apart', () => {
    it('a host name that nobody knows', async () => {
      expect(await trouble('unknown-name')).toMatchObject({
        code: 'MRT-W060',
        exitCode: 3,
        doing: 'connecting to unknown-name',
        said: expect.stringContaining('no-such-host.invalid'),
        left: 'nothing was run there.',
        hint: expect.stringContaining(`"ssh -F ${configPath} unknown-name"`),
      });
    });

    it('a port that refuses', async () => {
      expect(await trouble('refused')).toMatchObject({
        code: 'MRT-W061',
        exitCode: 3,
        said: expect.stringMatching(/refused/i),
        command: `ssh -F ${configPath} refused`,
      });
    });

    test.each(['reset', 'close'] as const)('a connection that is answered by a %s', async kind => {
      proxy.set({ kind });
      expect(await trouble('faulty')).toMatchObject({
        code: 'MRT-W063',
        exitCode: 3,
        hint: expect.stringContaining('ssh -v'),
      });
    });

    it('a machine that takes the connection and is silent, within the time to connect', async () => {
      proxy.set({ kind: 'blackhole' });
      expect(await trouble('faulty', { timeoutMs: 2000 })).toMatchObject({
        code: 'MRT-W062',
        exitCode: 3,
        said: expect.stringMatching(/timed out|no login within 2 seconds/),
      });
    }, 10_000);

    it('a server that hangs before it says a word', async () => {
      sshd.pause();
      const facts = await trouble('login', { timeoutMs: 2000 });
      sshd.resume();
      expect(facts).toMatchObject({ code: 'MRT-W062', exitCode: 3 });
    }, 10_000);

    it('a server that goes silent in the middle of the exchange of keys', async () => {
      proxy.set({ kind: 'pass' });
      const opening = trouble('faulty', { timeoutMs: 3000 });
      while (proxy.connections() === 0) await sleep(1);
      const freezing = setInterval(() => proxy.freeze(), 1);
      const facts = await opening;
      clearInterval(freezing);
      expect(facts).toMatchObject({
        code: 'MRT-W062',
        said: expect.stringMatching(/timed out|no login within 3 seconds/),
      });
    }, 15_000);

    it('a host key that nobody has accepted yet, with nobody to ask', async () => {
      for (const alias of ['unknown-key', 'strict-key'])
        expect(await trouble(alias)).toMatchObject({
          code: 'MRT-W064',
          exitCode: 3,
          hint: expect.stringContaining(`"ssh -F ${configPath} ${alias}" in a terminal, compare the fingerprint`),
        });
    });

    test.each(['changed-key', ...(transport === 'ssh2' ? ['careless-key'] : [])])(
      'a host key that has changed, with both fingerprints: %s',
      async alias => {
        const facts = await trouble(alias);
        expect(facts).toMatchObject({ code: 'MRT-W065', exitCode: 3, said: expect.stringContaining('ssh-keygen -f') });
        expect(facts.said).toContain(fingerprintOf(`${sshd.hostKey}.pub`));
        expect(facts.said?.match(/SHA256:[A-Za-z0-9+/]{43}/g)?.length).toBeGreaterThanOrEqual(2);
      },
    );

    it('a host key that was revoked', async () => {
      expect(await trouble('revoked-key')).toMatchObject({ code: 'MRT-W065', said: expect.stringMatching(/revoked/i) });
    });

    it('a key that the other side does not know', async () => {
      const authorized = join(sshd.folder, 'authorized_keys');
      const before = readFileSync(authorized);
      writeFileSync(authorized, '');
      const facts = await trouble('login');
      writeFileSync(authorized, before);
      expect(facts).toMatchObject({
        code: 'MRT-W066',
        exitCode: 3,
        said: expect.stringContaining('publickey'),
        hint: expect.stringContaining('ssh-add'),
      });
    });

    it('a jump host that refuses, and one that cannot reach further', async () => {
      expect(await trouble('by-refused')).toMatchObject({
        code: 'MRT-W068',
        exitCode: 3,
        said: expect.stringMatching(/refused/i),
      });
      expect(await trouble('refused-by-jump')).toMatchObject({
        code: 'MRT-W068',
        said: expect.stringMatching(/connect failed|refused/i),
      });
    });

    it('a proxy program that is not there', async () => {
      expect(await trouble('by-no-program')).toMatchObject({
        code: 'MRT-W068',
        said: expect.stringContaining('no-such-program'),
      });
    });

    it('an account without a shell', async () => {
      sshd.shell('/usr/sbin/nologin');
      const facts = await factsOf(async () => (await open('login')).run(['true']));
      expect(facts).toMatchObject({ code: 'MRT-W071', exitCode: 3, said: expect.stringContaining('not available') });
    });

    it('a config that cannot be read, with its line', async () => {
      const path = join(freshFolder(), 'config');
      writeFileSync(path, '\nHost login\n  IdentityFile "never closed\n');
      expect(await trouble('login', { configPath: path })).toMatchObject({
        code: 'MRT-W069',
        exitCode: 3,
        said: expect.stringMatching(/config(?::| line )3/),
      });
    });

    test.each(['-oProxyCommand=touch${IFS}x', 'a b', 'a;id', '', 'a$(id)'])(
      'words that no host has: %j',
      async host => {
        expect(await factsOf(() => openRemote({ host }, { transport, configPath }))).toMatchObject({
          code: 'MRT-W069',
        });
        expect(
          await factsOf(() => openRemote({ host: 'login', via: [host] }, { transport, configPath })),
        ).toMatchObject({
          code: 'MRT-W069',
        });
      },
    );
  });

  describe('a way there', () => {
    test.each(['by-jump', 'by-program'])('%s carries commands and files', async alias => {
      const remote = await open(alias);
      expect(await remote.run(['cat'], { stdin: 'é' })).toEqual(said('é'));
      const path = join(freshFolder(), 'run');
      expect(await remote.putNew(path, { a: 'x'.repeat(200_000) })).toBe(true);
    });

    it('goes through the hosts of the login, with its port', async () => {
      const before = jump.logins();
      const own = { transport, configPath, endsMaster: true, socketFolder: freshFolder('mt-') };
      const remote = await openRemote({ host: 'login', port: sshd.port, via: [`127.0.0.1:${jump.port}`] }, own);
      opened.push(remote);
      expect(await remote.run(['echo', 'there'])).toEqual(said('there\n'));
      expect(jump.logins()).toBe(before + 1);
    });
  });

  describe('one connection', () => {
    it('carries ten commands at once and all that follow', async () => {
      const before = sshd.logins();
      const remote = await open('login');
      const outs = await Promise.all(Array.from({ length: 10 }, (_, i) => remote.run(['echo', `${i}`])));
      expect(outs.map(out => out.stdout)).toEqual(Array.from({ length: 10 }, (_, i) => `${i}\n`));
      await remote.run(['true']);
      expect(sshd.logins()).toBe(before + 1);
    });

    it('that is lost in the middle of a command says so and keeps what came; the next command connects anew', async () => {
      const remote = await open('faulty');
      const { answer } = await begin(remote);
      proxy.cut();
      expect(await answer).toMatchObject({ code: null, signal: 'CONNECTION-LOST', stdout: 'begun\n' });
      expect(await remote.run(['echo', 'again'])).toEqual(said('again\n'));
    });

    it('that is lost between two commands is made anew', async () => {
      const remote = await open('faulty');
      await remote.run(['true']);
      proxy.cut();
      await sleep(500);
      expect(await remote.run(['echo', 'again'])).toEqual(said('again\n'));
    });

    it('that ends in the middle of an answer gives no code', async () => {
      proxy.set({ kind: 'answered', bytes: 400_000 });
      const remote = await open('faulty');
      const out = await remote.run(['sh', '-c', 'seq 1000000']);
      expect(out).toMatchObject({ code: null, signal: 'CONNECTION-LOST' });
      expect(out.stdout.length).toBeGreaterThan(1000);
      expect('1\n2\n3\n'.startsWith(out.stdout.slice(0, 6))).toBe(true);
    });

    it('whose server falls in the middle of a command gives no code', async () => {
      const remote = await open('login');
      const { answer } = await begin(remote);
      sshd.killSessions();
      expect(await answer).toMatchObject({ code: null, signal: 'CONNECTION-LOST', stdout: 'begun\n' });
      expect(await remote.run(['echo', 'again'])).toEqual(said('again\n'));
    });

    it('that goes silent is given up by itself', async () => {
      const remote = await open('faulty', { aliveSeconds: 1 });
      const { answer } = await begin(remote);
      proxy.freeze();
      expect(await answer).toMatchObject({ code: null, signal: 'CONNECTION-LOST', stdout: 'begun\n' });
    }, 30_000);

    it('that goes silent during a command with a time ends with that time', async () => {
      const remote = await open('faulty');
      const { answer } = await begin(remote, { timeoutMs: 1500 });
      proxy.freeze();
      expect(await answer).toMatchObject({ code: null, signal: 'TIMED-OUT', stdout: 'begun\n' });
    }, 30_000);

    it('through a jump host that falls is lost, too', async () => {
      const remote = await open('by-jump');
      const { answer } = await begin(remote);
      jump.killSessions();
      expect(await answer).toMatchObject({ code: null, signal: 'CONNECTION-LOST', stdout: 'begun\n' });
      expect(await remote.run(['echo', 'again'])).toEqual(said('again\n'));
    });

    it('that is lost while a folder is put leaves nothing of it', async () => {
      const above = freshFolder();
      const next = dice(7);
      const text = Array.from({ length: 200_000 }, () => next()).join(' ');
      proxy.set({ kind: 'sent', bytes: 400_000 });
      const remote = await open('faulty');
      expect(await factsOf(() => remote.putNew(join(above, 'run'), { a: 'x', b: text }))).toMatchObject({
        code: 'MRT-W072',
        exitCode: 3,
        left: 'the folder is there whole, or not at all.',
        hint: 'type the same command again.',
      });
      expect(await factsOf(() => remote.putFile(join(above, 'file'), text))).toMatchObject({ code: 'MRT-W072' });
      // The far side's own cleaning up takes a moment.
      for (let i = 0; i < 100 && readdirSync(above).length > 0; i += 1) await sleep(50);
      expect(readdirSync(above)).toEqual([]);
      proxy.set({ kind: 'pass' });
      proxy.cut();
      await sleep(300);
      expect(await remote.putNew(join(above, 'run'), { a: 'x', b: text })).toBe(true);
      expect((await remote.get(join(above, 'run', 'b'))) === text).toBe(true);
    });

    it('that is lost while a script is sent runs none of it', async () => {
      const path = join(freshFolder(), 'ran');
      const script = `touch '${path}'\n${'# a long comment\n'.repeat(12_000)}`;
      proxy.set({ kind: 'sent', bytes: 100_000 });
      const remote = await open('faulty');
      expect(await remote.run(['bash', '-s'], { stdin: script })).toMatchObject({
        code: null,
        signal: 'CONNECTION-LOST',
      });
      await sleep(1000);
      expect(existsSync(path)).toBe(false);
    });
  });
};
