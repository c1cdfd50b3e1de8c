import { mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { hopSettings, readJump } from '../../src/remote/ssh2-settings.ts';
import { has, run } from '../helpers/bash.ts';
import { freshFolder } from '../store/disks.ts';
import { factsOf } from './contract.ts';

const write = (text: string): string => {
  const path = join(freshFolder(), 'config');
  writeFileSync(path, text);
  return path;
};

const places = (configPath: string) => ({ env: process.env, home: userInfo().homedir, configPath });

const settings = (configPath: string, host: string, login: { user?: string; port?: number } = {}) =>
  hopSettings({ host, via: [], ...login }, places(configPath));

/** What OpenSSH itself makes of the same text. */
const byOpenSsh = (configPath: string, host: string, words: readonly string[] = []): Map<string, string[]> => {
  const out = run(['ssh', '-G', '-F', configPath, ...words, host]);
  if (out.code !== 0) throw new Error(out.stderr);
  const values = new Map<string, string[]>();
  for (const line of out.stdout.split('\n')) {
    const [key = '', ...rest] = line.split(' ');
    values.set(key, [...(values.get(key) ?? []), rest.join(' ')]);
  }
  return values;
};

const TEXT = `# a person's config
Port 2201
Host   a b* "quoted name" !bad
  HostName %h.example.org   # with a comment
  User = anna
  IdentityFile ~/.ssh/id_%r_at_%h
  IdentityFile "~/.ssh/with blanks"
  IdentityFile='/keys/single #1'
  ProxyCommand sh -c "aws ssm start-session --target %h --parameters 'portNumber=%p'"
host BAD
\tuser\tbad
Match host *.example.org user anna
  IdentitiesOnly yes
  UserKnownHostsFile ~/.ssh/known_a /etc/known_b
Match !host *.example.org
  HostKeyAlias elsewhere
Match originalhost c,d,!d exec "test %n = c"
  User from-exec
  ProxyJump first@hop1:2222,hop2
  ProxyCommand never
Match exec "exit 1"
  User never
Match user from-exec localuser ${userInfo().username}
  StrictHostKeyChecking accept-new
Match final host c
  HostKeyAlgorithms ssh-ed25519
Host e
  ProxyCommand none
  ProxyJump never
Host f*
  HostName f-host
Host f?x !fax
  User wild
Host *
  User last
  ServerAliveInterval 7
  HashKnownHosts yes
  IdentityFile /keys/common
`;

const HOSTS = ['a', 'b', 'b2', 'bad', 'BAD', 'c', 'd', 'e', 'f1x', 'fax', 'fx', 'plain', 'A'];

describe.skipIf(!has('ssh'))('a config means what it means to OpenSSH', () => {
  test.each(HOSTS)('for the host %s', host => {
    const path = write(TEXT);
    const [ours, theirs] = [settings(path, host), byOpenSsh(path, host)];
    const one = (key: string) => theirs.get(key)?.[0];
    expect(ours.hostName.toLowerCase()).toBe(one('hostname'));
    expect(`${ours.port}`).toBe(one('port'));
    expect(ours.user).toBe(one('user'));
    expect(ours.identitiesOnly).toBe(one('identitiesonly') === 'yes');
    expect(ours.hostKeyAlias).toBe(one('hostkeyalias'));
    expect(ours.jumps.join(',')).toBe(one('proxyjump') ?? '');
    expect(ours.proxyCommand === undefined).toBe((one('proxycommand') ?? 'none') === 'none');
    expect(ours.knownHosts.isHashed).toBe(one('hashknownhosts') === 'yes');
    expect(ours.keyChecking).toBe(one('stricthostkeychecking') === 'true' ? 'yes' : one('stricthostkeychecking'));
    // OpenSSH prints files before it fills their tokens.
    expect(ours.identityFiles.map(each => each.path)).toEqual(
      (theirs.get('identityfile') ?? []).map(each =>
        each.replace(/^~/, userInfo().homedir).replaceAll('%r', ours.user).replaceAll('%h', ours.hostName),
      ),
    );
    expect(ours.knownHosts.own.join(' ')).toBe(one('userknownhostsfile')?.replaceAll(/(?<=^| )~/g, userInfo().homedir));
  });

  it('also where a login says more', () => {
    const path = write(TEXT);
    const theirs = byOpenSsh(path, 'a', ['-l', 'bert', '-p', '99']);
    expect(settings(path, 'a', { user: 'bert', port: 99 })).toMatchObject({
      user: 'bert',
      port: 99,
      identitiesOnly: false,
    });
    expect([theirs.get('user'), theirs.get('port'), theirs.get('identitiesonly')]).toEqual([['bert'], ['99'], ['no']]);
  });

  it('also where files include files, inside of a Host and out of it', () => {
    const folder = freshFolder();
    mkdirSync(join(folder, 'd'));
    writeFileSync(join(folder, 'd', '1.conf'), 'Host in\n  User from-1\nHost *\n  Port 11\n');
    writeFileSync(join(folder, 'd', '2.conf'), 'User from-2\nPort 12\n');
    writeFileSync(join(folder, 'inner'), 'Host *\n  User from-inner\n');
    const path = join(folder, 'config');
    writeFileSync(
      path,
      `Host none\n  Include ${folder}/inner\nHost out\n  Include ${folder}/inner\n  Port 13\nInclude "${folder}/d/*.conf" ${folder}/missing\nHost *\n  User last\n`,
    );
    for (const host of ['in', 'out', 'none', 'other']) {
      const theirs = byOpenSsh(path, host);
      expect([host, settings(path, host).user, `${settings(path, host).port}`]).toEqual([
        host,
        theirs.get('user')?.[0],
        theirs.get('port')?.[0],
      ]);
    }
  });
});

it('a proxy command is kept as it is written, with its tokens filled', () => {
  expect(settings(write(TEXT), 'a').proxyCommand).toBe(
    `sh -c "aws ssm start-session --target a.example.org --parameters 'portNumber=2201'"`,
  );
});

test.each([
  ['Host a\n  User "open', /config:2: a quote " is not closed/],
  ['Match tagged x\n  User y', /config:1: "Match tagged" is not known/],
  ['User', /config:1: user has no value/],
])('%j is refused with its line', async (text, wanted) => {
  const facts = await factsOf(async () => settings(write(text), 'a'));
  expect(facts).toMatchObject({ code: 'MRT-W069', said: expect.stringMatching(wanted) });
});

test.each([
  ['hop', { host: 'hop', user: undefined, port: undefined }],
  ['anna@hop:22', { host: 'hop', user: 'anna', port: 22 }],
  ['a@b@hop', { host: 'hop', user: 'a@b', port: undefined }],
  ['[::1]:2222', { host: '::1', user: undefined, port: 2222 }],
  ['ssh://anna@hop:22', { host: 'hop', user: 'anna', port: 22 }],
])('the jump host %s', (text, wanted) => {
  expect(readJump(text)).toEqual({ ...wanted, via: [] });
});
