import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findHostKey } from '../../src/remote/host-key.ts';
import { has, run } from '../helpers/bash.ts';
import { freshFolder } from '../store/disks.ts';

const KEYS = ['plain', 'ported', 'aliased'] as const;

/** A known_hosts file with a key for each name, made by ssh-keygen, and a config with aliases that lead there. */
const known = (isHashed: boolean) => {
  const dir = freshFolder();
  const file = join(dir, 'known_hosts');
  const prints = KEYS.map(name => {
    run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', join(dir, name)]);
    return run(['ssh-keygen', '-l', '-f', join(dir, `${name}.pub`)]).stdout.split(' ')[1] ?? '';
  });
  const line = (name: string, key: string): string =>
    `${name} ${run(['cut', '-d', ' ', '-f', '1,2', join(dir, `${key}.pub`)]).stdout}`;
  writeFileSync(file, line('192.0.2.1', 'plain') + line('[192.0.2.2]:2022', 'ported') + line('pod', 'aliased'));
  if (isHashed) run(['ssh-keygen', '-q', '-H', '-f', file]);
  const config = join(dir, 'config');
  writeFileSync(
    config,
    `Host plain\n  HostName 192.0.2.1\nHost ported\n  HostName 192.0.2.2\n  Port 2022\nHost aliased\n  HostName 192.0.2.3
  HostKeyAlias pod\nHost *\n  UserKnownHostsFile ${file}\n  GlobalKnownHostsFile /dev/null\n`,
  );
  return { file, prints, find: (host: string, port?: number) => findHostKey(host, port, config) };
};

test.skipIf(!has('ssh-keygen')).each([
  ['plain', false],
  ['hashed', true],
])('the entry of a host is found in a %s file by what its alias means', async (_, isHashed) => {
  const { file, prints, find } = known(isHashed);
  for (const [i, name] of KEYS.entries())
    expect(await find(name), name).toEqual({ file, line: i + 1, fingerprint: `ED25519 ${prints[i]}` });
  // A port that the login names counts more than the config's.
  expect((await find('192.0.2.2', 2022))?.fingerprint).toBe(`ED25519 ${prints[1]}`);
  expect(await find('ported', 22)).toBeUndefined();
  expect(await find('192.0.2.9')).toBeUndefined();
});
