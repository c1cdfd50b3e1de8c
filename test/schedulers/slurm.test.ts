import { describe, expect, test } from 'vitest';
import type { Seen } from '../../src/schedulers/dialect.ts';
import { slurm } from '../../src/schedulers/slurm.ts';
import { lineText } from '../../src/shell/word.ts';
import { find, inSections, output, plain, recorded } from './kit.ts';

const HEAD = 'ARRAY_JOB_ID|STATE|RESTART_COUNT|REASON';
const polled = (lines: string, ids: readonly string[]) => slurm.readPoll(output(`${HEAD}\n${lines}\n`), ids);
const ids = (command: string) => command.split(' ').slice(1);

/** Every state and flag of slurm.schedmd.com/job_state_codes.html and of squeue(1), 22.05 to 25.11. */
const STATES: readonly (readonly [state: string, seen: Seen])[] = [
  ['BOOT_FAIL', 'ended'],
  ['CANCELLED', 'ended'],
  ['COMPLETED', 'ended'],
  ['DEADLINE', 'ended'],
  ['FAILED', 'ended'],
  ['NODE_FAIL', 'ended'],
  ['OUT_OF_MEMORY', 'ended'],
  ['PENDING', 'queued'],
  ['PREEMPTED', 'ended'],
  ['RUNNING', 'running'],
  ['SUSPENDED', 'suspended'],
  ['TIMEOUT', 'ended'],
  ['COMPLETING', 'ending'],
  ['CONFIGURING', 'starting'],
  ['EXPEDITING', 'queued'],
  ['LAUNCH_FAILED', 'unknown'],
  ['POWER_UP_NODE', 'starting'],
  ['RECONFIG_FAIL', 'unknown'],
  ['REQUEUED', 'queued'],
  ['REQUEUE_FED', 'queued'],
  ['REQUEUE_HOLD', 'held'],
  ['RESIZING', 'running'],
  ['RESV_DEL_HOLD', 'held'],
  ['REVOKED', 'unknown'],
  ['SIGNALING', 'running'],
  ['SPECIAL_EXIT', 'stuck'],
  ['STAGE_OUT', 'ending'],
  ['STOPPED', 'suspended'],
  ['UPDATE_DB', 'unknown'],
  ['A_STATE_OF_2031', 'unknown'],
];

test.each(STATES)('a job that squeue calls %s is %s', (state, seen) => {
  expect(plain(polled(`7|${state}|0|None`, ['7']))).toEqual({
    kind: 'answered',
    jobs: { 7: { seen, raw: state, restarts: 0 } },
  });
});

describe('poll', () => {
  test('the question is the same for 10,000 jobs, and names no id that could be unknown', () => {
    const many = Array.from({ length: 10_000 }, (_, i) => String(i));
    expect(slurm.poll(many, {})).toEqual(slurm.poll(['1'], {}));
    expect(slurm.poll(['1'], { bin: '/opt/slurm/bin' })).toContain('/opt/slurm/bin/squeue');
  });

  test('real jobs in every state that could be made are read, by the id that sbatch gave', () => {
    const late = recorded('slurm/poll.txt')[1];
    expect(plain(slurm.readPoll(late ?? output(''), ids(late?.command ?? '')))).toMatchObject({
      kind: 'answered',
      jobs: {
        32: { seen: 'ended', raw: 'COMPLETED' },
        33: { seen: 'ended', raw: 'FAILED' },
        36: { seen: 'ended', raw: 'TIMEOUT' },
        37: { seen: 'suspended' },
        38: { seen: 'ended', raw: 'CANCELLED' },
        40: { seen: 'held', reason: 'JobHeldUser' },
        41: { seen: 'running', restarts: 1 },
        42: { seen: 'held', reason: 'job requeued in held state', restarts: 1 },
        43: { seen: 'ended', raw: 'NODE_FAIL' },
        45: { seen: 'queued', reason: 'BeginTime' },
        46: { seen: 'queued', reason: 'PartitionNodeLimit' },
        48: { seen: 'running', raw: 'PENDING, RUNNING' },
        49: { seen: 'ended', raw: 'COMPLETED, FAILED' },
        50: { seen: 'held', reason: 'Dependency' },
        51: { seen: 'stuck', reason: 'DependencyNeverSatisfied' },
        52: { seen: 'queued', reason: expect.stringContaining('DOWN, DRAINED') },
      },
    });
    const answer = slurm.readPoll(late ?? output(''), ['99999']);
    expect(plain(answer)).toEqual({ kind: 'answered', jobs: {} });
  });

  test('a requeued job waits again, and one that runs or has ended has no reason to wait', () => {
    const early = recorded('slurm/poll.txt')[0] ?? output('');
    expect(plain(slurm.readPoll(early, ['41', '36', '39']))).toEqual({
      kind: 'answered',
      jobs: {
        41: { seen: 'queued', raw: 'PENDING', reason: 'BeginTime', restarts: 1 },
        36: { seen: 'running', raw: 'RUNNING', restarts: 0 },
        39: { seen: 'ended', raw: 'CANCELLED', restarts: 0 },
      },
    });
  });

  test('an array waits while nothing of it runs, and has ended only when nothing is left', () => {
    const read = (lines: string) => (plain(polled(lines, ['9'])) as { jobs: { 9: object } }).jobs[9];
    expect(read('9|COMPLETED|0|None\n9|PENDING|0|Resources')).toMatchObject({ seen: 'queued', raw: 'PENDING' });
    expect(read('9|PENDING|0|JobHeldUser\n9|FAILED|0|NonZeroExitCode')).toMatchObject({ seen: 'held' });
    expect(read('9|COMPLETING|0|None\n9|COMPLETED|0|None')).toMatchObject({ seen: 'ending' });
    expect(read('9|COMPLETED|0|None\n9|FAILED|2|NonZeroExitCode')).toMatchObject({ seen: 'ended', restarts: 2 });
  });

  test('noise of a login around the table does not matter, a reason may hold a bar', () => {
    const answer = slurm.readPoll(output(`Welcome!\n3|RUNNING\n${HEAD}\n7|PENDING|0|a|b\nsee you\n`), ['7', '3']);
    expect(plain(answer)).toMatchObject({ jobs: { 7: { seen: 'queued', reason: 'a|b' } } });
    expect(plain(answer)).not.toMatchObject({ jobs: { 3: {} } });
  });

  test.each([
    ['the controller is stopped', find('slurm/down.txt', 'timeout 60 squeue -h -j 52 ')],
    ['nothing at all came, with code 0', output('')],
    ['only a login’s noise came, with code 0', output('Last login: Sat Nov 21\n')],
    ['squeue was killed', output(HEAD, { code: null, signal: 'SIGKILL' })],
    ['one controller did not answer', output(HEAD, { stderr: 'Unable to contact slurm controller (connect failure)' })],
  ])('%s: that is silence, and no job is gone', (_, out) => {
    expect(slurm.readPoll(out, ['52']).kind).toBe('trouble');
  });
});

describe('find', () => {
  const { stdout } = find('slurm/find.txt', 'find mt-r-done mt-r-run mt-r-array mt-r-twice mt-r-nobody fail3');

  test('tokens are found in comments and names of queue and accounting, each whole; a token of two jobs has two ids', () => {
    const tokens = ['mt-r-done', 'mt-r-run', 'mt-r-array', 'mt-r-twice', 'mt-r-nobody', 'fail3', 'mt-r', 'b c'];
    expect(plain(slurm.readFind(output(stdout), tokens))).toEqual({
      kind: 'answered',
      ids: {
        'mt-r-done': ['32'],
        'mt-r-run': ['44'],
        'mt-r-array': ['48'],
        'mt-r-twice': ['54', '53'],
        fail3: ['33'],
      },
      queued: ['32', '44', '48', '54', '53', '33'],
    });
  });

  test('without accounting only the queue is known, and that is said', () => {
    const answer = slurm.readFind(find('slurm/no-accounting.txt', 'find mt-r-x nobody'), ['mt-r-x', 'nobody']);
    expect(plain(answer)).toEqual({
      kind: 'answered',
      ids: { 'mt-r-x': ['1'] },
      queued: ['1'],
      unsearched: expect.stringContaining('MinJobAge'),
    });
  });

  test.each([
    [
      'accounting does not answer',
      inSections({ queue: 'ARRAY_JOB_ID|COMMENT|NAME', accounting: ['sacct: error: x', 1] }),
    ],
    [
      'the queue does not answer',
      inSections({ queue: ['slurm_load_jobs error: x', 1], accounting: 'JobID|Comment|JobName' }),
    ],
    ['the answer was cut off between the two', output(stdout.split('@martlet-begin accounting')[0] ?? '')],
    ['the answer was cut off within one', output(stdout.slice(0, -60))],
    ['the answer is empty', output('')],
  ])('%s: nobody is said to be unknown', (_, out) => {
    expect(slurm.readFind(out, ['mt-r-done']).kind).toBe('trouble');
  });
});

describe('acts', () => {
  test.each([
    ['hold 45', 'done'],
    ['hold 45 99999', 'refused'],
    ['release 99999', 'refused'],
    ['hold 33', 'refused'],
    ['cancel 99999 33', 'done'],
  ])('the answer to %s is read as %s', (command, kind) => {
    const out = find('slurm/unknown.txt', command);
    expect((command.startsWith('cancel') ? slurm.readCancel(out) : slurm.readAct(out)).kind).toBe(kind);
  });

  test('with the controller stopped nobody has heard the wish', () => {
    expect(slurm.readCancel(find('slurm/down.txt', 'timeout 60 scancel 52 ')).kind).toBe('trouble');
    expect(slurm.readAct(find('slurm/down.txt', 'timeout 60 scontrol hold 52 ')).kind).toBe('trouble');
  });

  test('hosts to keep off and arrays are words of sbatch', () => {
    expect(lineText(slurm.exclude(['gpu-1', 'gpu-7']) ?? [])).toBe('--exclude=gpu-1,gpu-7');
    expect(slurm.exclude([])).toEqual([]);
    expect(lineText(slurm.array({ first: 0, last: 15, step: 3, most: 4 }) ?? [])).toBe('--array=0-15:3%4');
  });
});
