import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { knownLogin } from '../../src/cli/known-login.ts';
import { buildWorld } from '../../src/cli/world.ts';
import { freshHome } from './martlet.ts';

const bench = () => {
  const home = freshHome();
  const world = buildWorld({ over: new AbortController().signal, err: () => undefined }, home);
  const overlay = join(world.here.config, 'clusters/abci3.yaml');
  mkdirSync(dirname(overlay), { recursive: true });
  const write = (login: string): void => writeFileSync(overlay, `martlet: 1\nlogin: ${login}\n`);
  return { world, write, kept: join(world.here.state, 'logins/abci3.json') };
};

test('a login that is remembered follows a changed overlay at once', async () => {
  const { world, write, kept } = bench();
  for (const host of ['one', 'two', 'two', 'one']) {
    write(`{host: ${host}, user: me}`);
    expect(await knownLogin('abci3', world)).toMatchObject({ login: { host, user: 'me' }, scheduler: 'pbspro' });
    expect(readFileSync(kept, 'utf8')).toContain(host);
  }
  write('localhost');
  expect(await knownLogin('abci3', world)).toBeUndefined();
  expect(await knownLogin('abci3', world)).toBeUndefined();
});

test('what was remembered and cannot be read any more is made anew', async () => {
  const { world, write, kept } = bench();
  write('one');
  await knownLogin('abci3', world);
  for (const text of ['', '{"key":', 'null', '[]']) {
    writeFileSync(kept, text);
    expect(await knownLogin('abci3', world)).toMatchObject({ login: 'one' });
  }
});

test('what lies in a folder where others can write is not believed', async () => {
  const { world, write, kept } = bench();
  write('one');
  await knownLogin('abci3', world);
  writeFileSync(kept, readFileSync(kept, 'utf8').replace('one', 'evil'));
  expect(await knownLogin('abci3', world)).toMatchObject({ login: 'evil' });
  for (const open of [world.here.state, dirname(kept), kept]) {
    chmodSync(open, 0o777);
    expect(await knownLogin('abci3', world), open).toMatchObject({ login: 'one' });
    writeFileSync(kept, readFileSync(kept, 'utf8').replace('one', 'evil'));
    chmodSync(open, open === kept ? 0o644 : 0o700);
  }
});

test('mistakes of an overlay are not remembered', async () => {
  const { world, write, kept } = bench();
  write('{hosst: one}');
  await expect(knownLogin('abci3', world)).rejects.toThrow(/mistakes/);
  expect(existsSync(kept)).toBe(false);
});
