import { mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openLog } from '../../src/cli/log.ts';

const freshFolder = () => mkdtempSync(join(tmpdir(), 'martlet-log-'));

test('a log on a full disk loses its lines and stops nobody', async () => {
  const state = freshFolder();
  symlinkSync('/dev/full', join(state, 'martlet.log'));
  const log = await openLog(state);
  expect(log).toBeDefined();
  for (let i = 0; i < 100; i += 1) expect(() => log?.info({ i }, 'ran')).not.toThrow();
});

test('a log line is on the disk when the call returns', async () => {
  const state = freshFolder();
  (await openLog(state))?.info({ code: 0 }, 'ran');
  expect(JSON.parse(readFileSync(join(state, 'martlet.log'), 'utf8'))).toMatchObject({ code: 0, msg: 'ran' });
});

test('a log whose folder is a file is no log', async () => {
  expect(await openLog('/dev/null/below')).toBeUndefined();
});
