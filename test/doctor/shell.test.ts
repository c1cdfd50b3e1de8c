import { expect, test } from 'vitest';
import { exitCodeOf } from '../../src/doctor/finding.ts';
import { findingsOf } from '../../src/doctor/index.ts';
import { isOldBash } from '../../src/doctor/shell.ts';
import { checksOf, factsOf, siteOf } from './facts.ts';

test.each([
  ['5.2.15(1)-release', false],
  ['4.2.46(2)-release', false],
  ['4.1.2(1)-release', true],
  ['3.2.57(1)-release', true],
])('bash %s is too old: %s', (version, isOld) => {
  expect(isOldBash(version)).toBe(isOld);
});

test('of a machine whose bash is too old, only that is told', () => {
  const facts = factsOf({});
  const hello = new Map([...facts.hello, ['bash', '3.2.57(1)-release']]);
  const findings = findingsOf(siteOf('slurm-generic'), { ...facts, hello });
  expect([...new Set(findings.map(each => each.topic))]).toEqual(['connection', 'clock', 'shell']);
  expect(findings.find(each => each.check === 'bash')?.verdict).toBe('trouble');
});

test('a missing program that job scripts call is trouble, one that has a substitute is advice', () => {
  const tools = Object.fromEntries(
    [
      ...['awk', 'base64', 'cat', 'cksum', 'date', 'df', 'env', 'grep', 'head', 'ln', 'mkdir', 'mv', 'od', 'readlink'],
      ...[
        'rm',
        'cp',
        'sed',
        'sh',
        'sleep',
        'sort',
        'stat',
        'tail',
        'tr',
        'uname',
        'wc',
        'tar',
        'gzip',
        'find',
        'chmod',
        'setsid',
        'getent',
        'ps',
      ],
    ].map(name => [name, `/usr/bin/${name}`]),
  );
  const checks = checksOf(
    siteOf('slurm-generic'),
    factsOf({}, { tools: { ...tools, '/bin/bash': '5.1.8(1)-release' } }),
    'shell',
  );
  expect(checks.programs).toMatchObject({ verdict: 'trouble', found: 'missing: xargs' });
  expect(checks.flock).toMatchObject({ verdict: 'ok', found: 'missing' });
  expect(checks.flock?.todo).toContain('submit.lock-link');
});

test('another bash in /bin, which the first line of a job script names, is looked at as well', () => {
  const checks = checksOf(
    siteOf('slurm-generic'),
    factsOf({}, { tools: { '/bin/bash': '4.1.2(1)-release' } }),
    'shell',
  );
  expect(checks.bash?.verdict).toBe('ok');
  expect(checks['/bin/bash']?.verdict).toBe('trouble');
});

test('trouble counts more than a text that differs, and what is not known counts nothing', () => {
  expect(exitCodeOf([{ verdict: 'ok' }, { verdict: 'unknown' }])).toBe(0);
  expect(exitCodeOf([{ verdict: 'differs' }, { verdict: 'ok' }])).toBe(1);
  expect(exitCodeOf([{ verdict: 'differs' }, { verdict: 'trouble' }])).toBe(3);
});
