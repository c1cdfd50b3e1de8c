import { describe, expect, it, onTestFinished, test } from 'vitest';
import { localRemote } from '../../src/remote/local.ts';
import { docker } from '../../src/schedulers/docker.ts';
import { lineText } from '../../src/shell/word.ts';
import { Dock } from '../docker/dock.ts';
import { buildProgram, provideEngine, type TestEngine } from '../docker/engines.ts';
import { requestOf } from '../helpers/jobs.ts';
import { ROOT } from '../helpers/sandbox.ts';

const REQUEST = requestOf({
  token: "tok 'en",
  walltimeSeconds: 3600.5,
  after: [
    { folder: 'prepare-1/A1', when: 'ok' },
    { folder: 'cpt-1/A1', when: 'any' },
  ],
});

it('submits with one line in which only the program and the parents are filled in later', () => {
  expect(lineText(docker.submit('job.sh', REQUEST, 'mt-r-cpt-2-1'))).toBe(
    `"\${MARTLET_DOCKER}" submit --name=mt-r-cpt-2-1 '--token=tok '\\''en' ` +
      `--after=ok:"$(id_of prepare-1/A1)",any:"$(id_of cpt-1/A1)" --walltime=3601 ` +
      '--container=container.json --output=mt-r-cpt-2-1.out job.sh',
  );
});

it('names the engine in every question where the profile does', () => {
  const options = { socket: '/run/user/1000/podman/podman.sock' };
  expect(lineText(docker.submit('job.sh', { ...REQUEST, options }, 'n'))).toContain(
    '"${MARTLET_DOCKER}" --socket=/run/user/1000/podman/podman.sock submit ',
  );
  const asked = [
    docker.poll(['a'], options),
    docker.find(['a'], options),
    docker.history(['a'], options),
    docker.cancel(['a'], options),
    docker.hold(['a'], options),
    docker.release(['a'], options),
    docker.why('a', options),
  ];
  for (const words of asked) expect(words.slice(4, 5)).toEqual(['--socket=/run/user/1000/podman/podman.sock']);
  expect(docker.poll(['a', 'b'], {}).slice(3)).toEqual(['martlet-docker', 'poll', 'a', 'b']);
});

it('has directives that are comments, and refuses a name that would break out of them', () => {
  expect(docker.directives(REQUEST).value).toEqual(['#MARTLET name=mt-demo-cpt-1-1', '#MARTLET walltime=3600.5']);
  expect(docker.directives({ ...REQUEST, name: 'x\nrm -rf /' }).diagnostics.map(each => each.code)).toEqual([
    'MRT-P020',
  ]);
});

test.each<[string, { code: number | null; stdout?: string; stderr?: string }, string]>([
  ['an id', { code: 0, stdout: '0123456789ab\n' }, 'accepted'],
  ['a refusal', { code: 1, stderr: 'martlet-docker: refused: nothing was queued: the engine says: no\n' }, 'refused'],
  ['wrong usage', { code: 2, stderr: 'martlet-docker: usage: --walltime is "x"\n' }, 'refused'],
  ['a program that is not there', { code: 127, stderr: 'env: no such file' }, 'refused'],
  ['an engine that fell silent', { code: 3, stderr: 'martlet-docker: failed: it is not known\n' }, 'unsure'],
  ['an id of another scheduler', { code: 0, stdout: '12\n' }, 'unsure'],
  ['silence', { code: 0, stdout: '' }, 'unsure'],
  ['a kill', { code: null, stdout: '0123456789ab\n' }, 'unsure'],
])('reads %s of submit', (_, said, kind) => {
  expect(docker.readSubmit({ stdout: '', stderr: '', ...said }).kind).toBe(kind);
});

test.each([
  ['a bad code', { code: 3, stdout: '', stderr: 'martlet-docker: failed: the engine does not answer\n' }],
  ['half a line', { code: 0, stdout: '{"id":"1","se', stderr: '' }],
  ['something else', { code: 0, stdout: '[]\n', stderr: '' }],
])('takes %s for trouble and not for an empty queue', (_, out) => {
  expect(docker.readPoll(out, ['1']).kind).toBe('trouble');
  expect(docker.readFind(out, ['t']).kind).toBe('trouble');
  expect(docker.readHistory(out, ['1']).kind).toBe('trouble');
  expect(docker.readWhy(out, '1').kind).toBe('trouble');
  expect(docker.readCancel(out).kind).toBe(out.code === 0 ? 'done' : 'trouble');
});

it('takes a state it has never heard of as unknown', () => {
  const out = { code: 0, stdout: '{"id":"0123456789ab","seen":"levitating","raw":"levitating"}\n', stderr: '' };
  expect(docker.readPoll(out, [])).toEqual({
    kind: 'answered',
    jobs: new Map([['0123456789ab', { seen: 'unknown', raw: 'levitating' }]]),
  });
});

buildProgram();
const engine = await provideEngine('docker');

describe.skipIf(engine === undefined)('with the real program and engine', () => {
  it('a job is submitted, found, polled, held, explained, cancelled and accounted for, each by the words of the dialect', async () => {
    const d = new Dock(engine as TestEngine, {}, onTestFinished);
    const remote = localRemote({ env: { ...d.env, MARTLET_DOCKER: `${ROOT}/bin/martlet-docker` } });
    const run = (argv: readonly string[]) => remote.run(argv, { cwd: d.folder });
    d.container('container.json', {});
    d.script('job.sh', 'echo up >>up', 'exec sleep 60');
    const submit = async (job: string) => {
      const request = { ...REQUEST, after: [], token: d.name(job) };
      const out = await run(['bash', '-c', lineText(docker.submit('job.sh', request, d.name(job)))]);
      return docker.readSubmit(out);
    };
    const [first, again] = [await submit('one'), await submit('one')];
    expect(first.kind).toBe('accepted');
    expect(again).toEqual(first);
    const id = first.kind === 'accepted' ? first.nativeId : '';
    const tokens = [d.name('one'), 'nobody'];
    expect(docker.readFind(await run(docker.find(tokens, {})), tokens)).toEqual({
      kind: 'answered',
      ids: new Map([[d.name('one'), [id]]]),
    });
    await d.untilRead('up', 1);
    const asked = [id, '0123456789ab'];
    expect(docker.readPoll(await run(docker.poll(asked, {})), asked)).toEqual({
      kind: 'answered',
      jobs: new Map([[id, { seen: 'running', raw: 'running' }]]),
    });
    expect(docker.readAct(await run(docker.hold([id], {}))).kind).toBe('refused');
    expect(docker.readWhy(await run(docker.why(id, {})), id).kind).toBe('unknown');
    expect(docker.readCancel(await run(docker.cancel(asked, {}))).kind).toBe('refused');
    expect(docker.readCancel(await run(docker.cancel([id], {})))).toEqual({ kind: 'done' });
    await d.until('ended', id);
    expect(docker.readHistory(await run(docker.history(asked, {})), asked)).toEqual({
      kind: 'answered',
      records: new Map([[id, { raw: 'CANCELLED', failure: 'CANCELLED' }]]),
    });
    const silent = { socket: '/nowhere/docker.sock' };
    expect(docker.readPoll(await run(docker.poll(['0123456789ab'], silent)), []).kind).toBe('trouble');
  });
});
