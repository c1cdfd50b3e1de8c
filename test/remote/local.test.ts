import { expect, it } from 'vitest';
import { localRemote } from '../../src/remote/local.ts';
import { contract, said } from './contract.ts';

contract('this machine', async () => ({ remote: localRemote(), end: async () => undefined }));

it('programs get the environment given, on top of the own', async () => {
  const remote = localRemote({ env: { MARTLET_TEST: 'given' } });
  expect(await remote.run(['sh', '-c', 'echo "$MARTLET_TEST $HOME"'])).toEqual(said(`given ${process.env.HOME}\n`));
});

it('an environment of words too long for the system is an answer, not a crash', async () => {
  const out = await localRemote().run(['true', 'x'.repeat(3_000_000)]);
  expect(out.code).toBe(126);
  expect(out.stderr).toContain('E2BIG');
});
