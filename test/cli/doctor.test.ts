import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Finding } from '../../src/doctor/finding.ts';
import { freshHome, martlet } from './martlet.ts';

const withOverlay = (name: string, text: string): Record<string, string> => {
  const home = freshHome();
  const folder = join(home.XDG_CONFIG_HOME ?? '', 'martlet/clusters');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.yaml`), text);
  return home;
};

test('this machine is well for a first run, and nothing of the look stays behind', async () => {
  const home = freshHome();
  const out = await martlet(['doctor', 'local'], home);
  expect(out.code, out.stdout).toBe(0);
  expect(out.stderr).toBe('');
  expect(out.stdout).toContain('TOPIC');
  expect(out.stdout).toMatch(/martlet-local +answers +answers +ok/);
  expect(out.stdout).toMatch(/paths\.runs: write .* all of them +ok/);
  expect(out.stdout).not.toContain('\x1b[');
  expect(existsSync(join(home.XDG_STATE_HOME ?? '', 'martlet/local'))).toBe(false);
});

test('as JSON it is one object with every finding', async () => {
  const out = await martlet(['doctor', 'local', '--json'], freshHome());
  expect(out.stdout.trimEnd().split('\n')).toHaveLength(1);
  const { ok, cluster, findings } = JSON.parse(out.stdout) as {
    ok: boolean;
    cluster: string;
    findings: readonly Finding[];
  };
  expect([ok, cluster]).toEqual([true, 'local']);
  expect(new Set(findings.map(each => each.verdict)).size).toBeGreaterThan(0);
  for (const each of findings) expect(each).toMatchObject({ topic: expect.any(String), found: expect.any(String) });
});

test('an overlay that differs ends with 1, and its line is named', async () => {
  const home = withOverlay('local', 'martlet: 1\nsecrets: {HF_TOKEN: {file: ~/.none}}\n');
  const out = await martlet(['doctor', 'local'], home);
  expect(out.code).toBe(1);
  expect(out.stdout).toMatch(/differs files, secrets\.HF_TOKEN \(.*local\.yaml:2:\d+\)/);
});

test('a machine that cannot be reached ends with 3, an overlay with mistakes with 1 and its places', async () => {
  const nowhere = await martlet(['doctor', 'abci3'], withOverlay('abci3', 'martlet: 1\nlogin: no-such-host.invalid\n'));
  expect(nowhere.code).toBe(3);
  expect(nowhere.stdout).toContain('TROUBLE connection, reached');
  const mistaken = await martlet(['doctor', 'local'], withOverlay('local', 'martlet: 1\npahts: {}\n'));
  expect(mistaken.code).toBe(1);
  expect(mistaken.stderr).toContain('local.yaml:2:1');
  const unknown = await martlet(['doctor', 'abcj3']);
  expect(unknown.code).toBe(1);
  expect(unknown.stderr).toContain('abci3');
  expect((await martlet(['doctor'])).code).toBe(2);
});
