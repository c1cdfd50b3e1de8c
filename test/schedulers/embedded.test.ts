import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { localRemote } from '../../src/remote/local.ts';
import type { JobRequest } from '../../src/schedulers/dialect.ts';
import { embedded } from '../../src/schedulers/embedded.ts';
import { lineText } from '../../src/shell/word.ts';
import { Local, PROGRAM } from '../embedded/local.ts';

const REQUEST: JobRequest = {
  name: 'mt-r-cpt-1-1',
  resourceType: 'node',
  nodes: 2,
  gpusPerNode: 8,
  cpusPerNode: 96,
  ranksPerNode: 1,
  exclusive: true,
  walltimeSeconds: 3600.5,
  accountBy: 'directive',
  submitEnv: {},
  submitArgs: [],
  siteDirectives: [],
  dir: '/runs/r/cpt-1',
  token: "tok 'en",
  options: {},
  after: [
    { folder: 'prepare-1/A1', when: 'ok' },
    { folder: 'cpt-1/A1', when: 'any' },
  ],
};

it('submits with one line in which only the program and the parents are filled in later', () => {
  expect(lineText(embedded.submit('job.sh', REQUEST, 'mt-r-cpt-2-1'))).toBe(
    `"\${MARTLET_LOCAL}" submit --name=mt-r-cpt-2-1 '--token=tok '\\''en' ` +
      `--after=ok:"$(id_of prepare-1/A1)",any:"$(id_of cpt-1/A1)" --walltime=3601 --output=mt-r-cpt-2-1.out job.sh`,
  );
  expect(lineText(embedded.submit('job.sh', { ...REQUEST, after: [] }, 'n'))).not.toContain('--after');
});

it('has directives that are comments, and refuses a name that would break out of them', () => {
  expect(embedded.directives(REQUEST).value).toEqual(['#MARTLET name=mt-r-cpt-1-1', '#MARTLET walltime=3600.5']);
  const refused = embedded.directives({ ...REQUEST, name: 'x\nrm -rf /' });
  expect(refused.value).toBeUndefined();
  expect(refused.diagnostics.map(each => each.code)).toEqual(['MRT-P020']);
});

test.each<[string, { code: number | null; stdout?: string; stderr?: string }, string]>([
  ['an id', { code: 0, stdout: '12\n' }, 'accepted'],
  ['a refusal', { code: 1, stderr: 'martlet-local: refused: there is no job 9 to wait for\n' }, 'refused'],
  ['wrong usage', { code: 2, stderr: 'martlet-local: usage: --walltime is "x"\n' }, 'refused'],
  ['a program that is not there', { code: 127, stderr: 'env: no such file' }, 'refused'],
  ['a failing disk', { code: 3, stderr: 'martlet-local: failed: disk I/O error\n' }, 'unsure'],
  ['silence', { code: 0, stdout: '' }, 'unsure'],
  ['a kill', { code: null, stdout: '12\n' }, 'unsure'],
])('reads %s of submit', (_, said, kind) => {
  expect(embedded.readSubmit({ stdout: '', stderr: '', ...said }).kind).toBe(kind);
});

test.each([
  ['a bad code', { code: 3, stdout: '', stderr: 'martlet-local: failed: database is locked\n' }],
  ['half a line', { code: 0, stdout: '{"id":"1","se', stderr: '' }],
  ['something else', { code: 0, stdout: '[]\n', stderr: '' }],
])('takes %s for trouble and not for an empty queue', (_, out) => {
  expect(embedded.readPoll(out, ['1']).kind).toBe('trouble');
  expect(embedded.readFind(out, ['t']).kind).toBe('trouble');
  expect(embedded.readHistory(out, ['1']).kind).toBe('trouble');
  expect(embedded.readCancel(out).kind).toBe(out.code === 0 ? 'done' : 'trouble');
});

describe('with the real program', () => {
  it('a job is submitted, found, polled, cancelled and accounted for, each by the words of the dialect', async () => {
    const local = new Local();
    const wrapper = local.script('martlet-local', `exec '${process.execPath}' '${PROGRAM}' "$@"`);
    const { chmodSync } = await import('node:fs');
    chmodSync(wrapper, 0o755);
    const remote = localRemote({ env: { ...local.env, MARTLET_LOCAL: wrapper } });
    local.script('job.sh', 'echo up >>up', 'exec sleep 60');
    const line = lineText(embedded.submit('job.sh', { ...REQUEST, after: [] }, 'mt-r-cpt-1-1'));
    const answer = embedded.readSubmit(await remote.run(['bash', '-c', line], { cwd: local.folder }));
    expect(answer).toEqual({ kind: 'accepted', nativeId: '1' });
    const tokens = ['mt-r-cpt-1-1', "tok 'en", 'nobody'];
    expect(embedded.readFind(await remote.run(embedded.find(tokens, {})), tokens)).toEqual({
      kind: 'answered',
      ids: new Map([
        ['mt-r-cpt-1-1', ['1']],
        ["tok 'en", ['1']],
      ]),
    });
    await local.untilLines('up', 1);
    const polled = embedded.readPoll(await remote.run(embedded.poll(['1', '77'], {})), ['1', '77']);
    expect(polled).toEqual({ kind: 'answered', jobs: new Map([['1', { seen: 'running', raw: 'running' }]]) });
    expect(embedded.readCancel(await remote.run(embedded.cancel(['1', '77'], {}))).kind).toBe('refused');
    expect(embedded.readCancel(await remote.run(embedded.cancel(['1'], {})))).toEqual({ kind: 'done' });
    await local.until('ended', '1');
    expect(embedded.readHistory(await remote.run(embedded.history(['1'], {})), ['1'])).toEqual({
      kind: 'answered',
      records: new Map([['1', { raw: 'CANCELLED', failure: 'CANCELLED' }]]),
    });
    expect(local.lines(join('mt-r-cpt-1-1.out'))).toEqual([]);
  }, 30_000);
});
