import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, test } from 'vitest';
import { openRemote } from '../../src/remote/open.ts';
import type { Prompt, RemoteOptions } from '../../src/remote/options.ts';
import type { Remote } from '../../src/remote/remote.ts';
import { type Asking, type AskingServer, startAskingServer } from '../helpers/asking-server.ts';
import { run } from '../helpers/bash.ts';
import { clientConfig, fingerprintOf, freePort, haveSshd, keygen, type Sshd, startSshd } from '../helpers/sshd.ts';
import { freshFolder } from '../store/disks.ts';
import { contract, factsOf, said } from './contract.ts';
import { faults } from './faults.ts';
import { shells } from './shells.ts';

/** A person who answers from a list, and what was asked. */
const person = (...answers: readonly string[]) => {
  const asked: { question: string; echo: boolean }[] = [];
  const prompt: Prompt = async (question, { echo }) => {
    asked.push({ question, echo });
    return answers[asked.length - 1] ?? '';
  };
  return { asked, prompt };
};

describe.skipIf(!haveSshd())('ssh2', () => {
  contract('ssh2', async () => {
    const sshd = await startSshd();
    const configPath = clientConfig(sshd, [{ alias: 'login', port: sshd.port }]);
    const remote = await openRemote('login', { configPath, transport: 'ssh2' });
    return {
      remote,
      end: async () => {
        await remote.close();
        await sshd.stop();
      },
    };
  });
  faults('ssh2');
  shells('ssh2');

  let sshd: Sshd;
  const opened: Remote[] = [];
  const servers: AskingServer[] = [];
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterEach(async () => {
    for (const remote of opened.splice(0)) await remote.close();
    for (const server of servers.splice(0)) await server.stop();
  });
  afterAll(() => sshd.stop());

  const open = async (configPath: string, options: RemoteOptions = {}, alias = 'login'): Promise<Remote> => {
    const remote = await openRemote(alias, { configPath, transport: 'ssh2', timeoutMs: 20_000, ...options });
    opened.push(remote);
    return remote;
  };

  describe('asks the person', () => {
    /** A server that asks, and a config that leads to it; its host key is known. */
    const asking = async (facts: Omit<Asking, 'hostKey'>, lines: readonly string[] = []) => {
      const server = await startAskingServer({ hostKey: sshd.hostKey, ...facts });
      servers.push(server);
      const known = join(freshFolder(), 'known_hosts');
      writeFileSync(known, readFileSync(sshd.knownHosts, 'utf8').replaceAll(`:${sshd.port} `, `:${server.port} `));
      const own = [`UserKnownHostsFile ${known}`, ...lines];
      return { server, configPath: clientConfig(sshd, [{ alias: 'login', port: server.port, lines: own }]) };
    };
    const CODE = { prompt: 'Verification code: ', echo: false, answer: '123456' };

    it('for a one-time password after the key, with the words of the site, and never a second time', async () => {
      const { server, configPath } = await asking({
        key: `${sshd.key}.pub`,
        questions: [CODE, { prompt: 'Project: ', echo: true, answer: 'abc' }],
        instructions: 'Enter the code of your phone.',
      });
      const { asked, prompt } = person('123456', 'abc');
      const remote = await open(configPath, { prompt });
      expect(await remote.run(['echo', 'there'])).toEqual(said('there\n'));
      expect(asked).toEqual([
        { question: 'One-time password\nEnter the code of your phone.\nVerification code: ', echo: false },
        { question: 'Project: ', echo: true },
      ]);
      expect(server.attempts).toEqual(['publickey', 'keyboard-interactive 123456 abc']);
      await Promise.all([remote.run(['true']), remote.run(['true'])]);
      expect(server.logins()).toBe(1);
    });

    it('three times at most, and says what was offered and tried', async () => {
      const { configPath } = await asking({ key: `${sshd.key}.pub`, questions: [CODE] });
      const { asked, prompt } = person('1', '2', '3', '4');
      expect(await factsOf(() => open(configPath, { prompt }))).toMatchObject({
        code: 'MRT-W066',
        exitCode: 3,
        said: expect.stringMatching(
          /offered by the other side: keyboard-interactive\ntried: publickey .*id_ed25519, keyboard-interactive, keyboard-interactive, keyboard-interactive/,
        ),
      });
      expect(asked).toHaveLength(3);
    });

    it('and is told at once where nobody is there', async () => {
      const { configPath } = await asking({ key: `${sshd.key}.pub`, questions: [CODE] });
      expect(await factsOf(() => open(configPath))).toMatchObject({
        code: 'MRT-W067',
        exitCode: 3,
        hint: expect.stringContaining('in a terminal'),
      });
    });

    it('for a password, and again after a wrong one', async () => {
      const { server, configPath } = await asking({ password: 'right' });
      const { asked, prompt } = person('wrong', 'right');
      expect((await (await open(configPath, { prompt })).run(['true'])).code).toBe(0);
      expect(asked.map(each => each.echo)).toEqual([false, false]);
      expect(asked[0]?.question).toMatch(/@127\.0\.0\.1's password: $/);
      expect(server.attempts).toEqual(['password wrong', 'password right']);
      const wrong = person('1', '2', '3');
      expect(await factsOf(() => open(configPath, { prompt: wrong.prompt }))).toMatchObject({ code: 'MRT-W066' });
    });

    it('as long as the person needs: only machines are held to the time', async () => {
      const { configPath } = await asking({ password: 'right' });
      const prompt: Prompt = () => sleep(2500, 'right');
      expect((await (await open(configPath, { prompt, timeoutMs: 2000 })).run(['true'])).code).toBe(0);
    });

    test.each([
      ['OpenSSH', ['-t', 'ed25519']],
      ['PEM', ['-t', 'rsa', '-b', '2048', '-m', 'PEM']],
    ])('for the passphrase of a key in the format of %s, only when the other side takes it', async (_, words) => {
      const key = join(freshFolder(), 'locked');
      keygen(key, [...words, '-N', 'open sesame']);
      const { configPath } = await asking({ key: `${key}.pub` }, [`IdentityFile ${key}`]);
      const { asked, prompt } = person('wrong', 'open sesame');
      expect((await (await open(configPath, { prompt })).run(['true'])).code).toBe(0);
      expect(asked).toEqual([1, 2].map(() => ({ question: `Enter passphrase for key '${key}': `, echo: false })));
      const wrong = person('1', '2', '3');
      expect(await factsOf(() => open(configPath, { prompt: wrong.prompt }))).toMatchObject({
        code: 'MRT-W066',
        said: expect.stringContaining(`${key}: the passphrase is wrong`),
      });
      expect(await factsOf(() => open(configPath))).toMatchObject({
        code: 'MRT-W067',
        said: expect.stringContaining(`${key} has a passphrase`),
      });
      const other = await asking({ key: `${sshd.key}.pub` }, [`IdentityFile ${key}`]);
      const nobody = person();
      expect((await (await open(other.configPath, { prompt: nobody.prompt })).run(['true'])).code).toBe(0);
      expect(nobody.asked).toEqual([]);
    });

    it('nothing for a key in the agent, which counts as the first half, too', async () => {
      const folder = freshFolder('mt-');
      const [key, socket] = [join(folder, 'held'), join(folder, 'agent')];
      keygen(key);
      const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
      while (!existsSync(socket)) await sleep(20);
      const env = { ...process.env, SSH_AUTH_SOCK: socket };
      for (let i = 0; i < 3; i += 1) {
        keygen(join(folder, `other-${i}`));
        run(['ssh-add', '-q', join(folder, `other-${i}`)], { env });
      }
      run(['ssh-add', '-q', key], { env });
      const lines = ['IdentitiesOnly no', 'IdentityAgent SSH_AUTH_SOCK', 'IdentityFile none'];
      const { server, configPath } = await asking({ key: `${key}.pub`, questions: [CODE] }, lines);
      const { asked, prompt } = person('123456');
      expect((await (await open(configPath, { prompt, env })).run(['true'])).code).toBe(0);
      expect(asked).toHaveLength(1);
      expect(server.attempts).toEqual(['publickey', 'keyboard-interactive 123456']);
      agent.kill();
    });
  });

  describe('checks host keys', () => {
    const known = (text: string, ...lines: readonly string[]) => {
      const path = join(freshFolder(), 'known_hosts');
      writeFileSync(path, text);
      const own = [`UserKnownHostsFile ${path}`, ...lines];
      return { path, configPath: clientConfig(sshd, [{ alias: 'login', port: sshd.port, lines: own }]) };
    };
    const publicKey = () => readFileSync(`${sshd.hostKey}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
    const name = () => `[127.0.0.1]:${sshd.port}`;
    const otherKey = (type = 'ed25519'): string => {
      const path = join(freshFolder(), 'other');
      keygen(path, ['-t', type, '-N', '']);
      return readFileSync(`${path}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
    };

    test.each([
      ['yes', (print: string) => print && 'yes'],
      ['the fingerprint itself', (print: string) => print],
    ])('a new one is taken when the person answers %s, and written down', async (_, answer) => {
      // The last line has no end, which must not swallow the new one.
      const { path, configPath } = known(`other.host ${otherKey()}`);
      const print = fingerprintOf(`${sshd.hostKey}.pub`);
      const { asked, prompt } = person(answer(print));
      await open(configPath, { prompt });
      expect(asked[0]?.question).toContain(`ED25519 key fingerprint is ${print}`.replace('ED25519', 'ssh-ed25519'));
      expect(run(['ssh-keygen', '-F', name(), '-f', path]).stdout).toContain(publicKey());
      expect(run(['ssh-keygen', '-F', 'other.host', '-f', path]).code).toBe(0);
      await open(configPath);
    });

    it('a new one is refused for any other answer, with its fingerprint, and not written down', async () => {
      const { path, configPath } = known('');
      for (const answer of ['no', '', 'y', 'SHA256:other'])
        expect(await factsOf(() => open(configPath, { prompt: person(answer).prompt }))).toMatchObject({
          code: 'MRT-W064',
          said: expect.stringContaining(fingerprintOf(`${sshd.hostKey}.pub`)),
        });
      expect(readFileSync(path, 'utf8')).toBe('');
    });

    it('a new one is taken unasked with accept-new, hashed where the config wants that', async () => {
      const { path, configPath } = known('', 'StrictHostKeyChecking accept-new', 'HashKnownHosts yes');
      await open(configPath);
      expect(readFileSync(path, 'utf8')).toMatch(/^\|1\|/);
      expect(run(['ssh-keygen', '-F', name(), '-f', path]).code).toBe(0);
      await open(configPath);
      expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(1);
    });

    test.each([
      [
        'a hashed name',
        () => {
          const path = join(freshFolder(), 'k');
          writeFileSync(path, `${name()} ${publicKey()}\n`);
          run(['ssh-keygen', '-H', '-f', path]);
          return readFileSync(path, 'utf8');
        },
      ],
      ['one of several names', () => `other.host,${name()} ${publicKey()} a comment`],
      ['a pattern', () => `[127.0.0.*]:* ${publicKey()}`],
      ['the plain name, without the port', () => `127.0.0.1 ${publicKey()}`],
      ['a second line, after a key of another type', () => `${name()} ${otherKey('ecdsa')}\n${name()} ${publicKey()}`],
    ])('it is known by %s', async (_, text) => {
      expect((await (await open(known(text()).configPath)).run(['true'])).code).toBe(0);
    });

    it('the line of an excluded name, of another port, of an unknown marker or of no sense is none', async () => {
      const lines = [
        `[127.0.0.*]:*,!${name()} ${publicKey()}`,
        `[127.0.0.1]:1 ${publicKey()}`,
        `@trusted ${name()} ${publicKey()}`,
        `# ${name()} ${publicKey()}`,
        name(),
      ];
      expect(await factsOf(() => open(known(lines.join('\n')).configPath))).toMatchObject({ code: 'MRT-W064' });
    });

    it('a host with an alias is known by that', async () => {
      const { configPath } = known(`cluster-a ${publicKey()}`, 'HostKeyAlias cluster-a');
      expect((await (await open(configPath)).run(['true'])).code).toBe(0);
    });

    it('a certificate authority is no key, and the way out is named', async () => {
      const { configPath } = known(`@cert-authority * ${otherKey()}`);
      expect(await factsOf(() => open(configPath, { prompt: person('yes').prompt }))).toMatchObject({
        code: 'MRT-W064',
        said: expect.stringContaining('certificate authority'),
        hint: expect.stringContaining('transport: ssh'),
      });
    });

    it('of a host with keys of several types the known one is asked for', async () => {
      const two = join(freshFolder(), 'ecdsa');
      keygen(two, ['-t', 'ecdsa', '-N', '']);
      const both = await startSshd({ config: [`HostKey ${two}`] });
      copyFileSync(join(sshd.folder, 'authorized_keys'), join(both.folder, 'authorized_keys'));
      const path = join(freshFolder(), 'known_hosts');
      writeFileSync(
        path,
        `[127.0.0.1]:${both.port} ${readFileSync(`${two}.pub`, 'utf8').split(' ').slice(0, 2).join(' ')}\n`,
      );
      const configPath = clientConfig(sshd, [
        { alias: 'login', port: both.port, lines: [`UserKnownHostsFile ${path}`] },
      ]);
      expect((await (await open(configPath)).run(['true'])).code).toBe(0);
      await both.stop();
    });

    it.each(['rsa', 'ecdsa'])('of the type %s', async type => {
      const other = await startSshd({ hostKeyType: type });
      const configPath = clientConfig(other, [{ alias: 'login', port: other.port }]);
      expect((await (await open(configPath)).run(['echo', 'there'])).stdout).toBe('there\n');
      await other.stop();
    });
  });

  describe('goes through other machines', () => {
    it('two of them, as the config and as the login say it', async () => {
      const hops = await Promise.all([startSshd(), startSshd()]);
      for (const hop of hops) {
        copyFileSync(join(sshd.folder, 'authorized_keys'), join(hop.folder, 'authorized_keys'));
        writeFileSync(
          sshd.knownHosts,
          `${readFileSync(sshd.knownHosts, 'utf8')}${readFileSync(hop.knownHosts, 'utf8')}`,
        );
      }
      const [one, two] = hops.map(each => each.port) as [number, number];
      const configPath = clientConfig(sshd, [
        { alias: 'login', port: sshd.port, lines: ['ProxyJump one,two'] },
        { alias: 'nested', port: sshd.port, lines: ['ProxyJump inner'] },
        { alias: 'inner', port: two, lines: ['ProxyJump one'] },
        { alias: 'direct', port: sshd.port },
        { alias: 'one', port: one },
        { alias: 'two', port: two },
      ]);
      const logins = () => hops.map(each => each.logins());
      expect((await (await open(configPath)).run(['echo', 'there'])).stdout).toBe('there\n');
      expect(logins()).toEqual([1, 1]);
      await open(configPath, {}, 'nested');
      expect(logins()).toEqual([2, 2]);
      opened.push(await openRemote({ host: 'direct', via: ['one', 'two'] }, { configPath, transport: 'ssh2' }));
      expect(logins()).toEqual([3, 3]);
      for (const hop of hops) await hop.stop();
    });

    it('and not for ever in a circle', async () => {
      const configPath = clientConfig(sshd, [
        { alias: 'login', port: 1, lines: ['ProxyJump other'] },
        { alias: 'other', port: 1, lines: ['ProxyJump login'] },
      ]);
      expect(await factsOf(() => open(configPath))).toMatchObject({
        code: 'MRT-W068',
        said: expect.stringContaining('without an end'),
      });
    });
  });

  it('says of a name with several addresses what each of them said', async () => {
    const path = join(freshFolder(), 'config');
    writeFileSync(path, `Host login\n  HostName localhost\n  Port ${await freePort()}\n`);
    expect(await factsOf(() => open(path))).toMatchObject({
      code: 'MRT-W061',
      said: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('ends its connection and the process when it is closed', async () => {
    const configPath = clientConfig(sshd, [{ alias: 'login', port: sshd.port }]);
    const program = `
      const { openRemote } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/remote/open.ts'))});
      const remote = await openRemote('login', { configPath: ${JSON.stringify(configPath)}, transport: 'ssh2' });
      process.stdout.write((await remote.run(['echo', 'there'])).stdout);
      await remote.close();
    `;
    const out = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
      timeout: 30_000,
    });
    expect([out.status, out.stdout]).toEqual([0, 'there\n']);
  });
});
