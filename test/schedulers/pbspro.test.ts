import { describe, expect, test } from 'vitest';
import type { Seen } from '../../src/schedulers/dialect.ts';
import { pbspro } from '../../src/schedulers/pbspro.ts';
import { lineText } from '../../src/shell/word.ts';
import { find, inSections, output, plain } from './kit.ts';

const said = (what: string) => find('pbspro/transcripts.txt', what);
const json = (jobs: object) =>
  output(JSON.stringify({ timestamp: 1, pbs_version: '22.05.11', pbs_server: 'pbs1', Jobs: jobs }));
const seenOf = (job: object) => {
  const answer = pbspro.readPoll(json({ '7.pbs1': job }), ['7.pbs1']);
  return answer.kind === 'answered' ? answer.jobs.get('7.pbs1') : answer;
};
const THREE = ['89.pbs1', '90.pbs1', '91[].pbs1'];

/** Every state of the Reference Guide's "Job States", with the substates that matter. */
const STATES: readonly (readonly [state: string, substate: number, seen: Seen])[] = [
  ['Q', 10, 'queued'],
  ['H', 20, 'held'],
  ['H', 22, 'held'],
  ['W', 30, 'queued'],
  ['T', 0, 'queued'],
  ['R', 41, 'starting'],
  ['R', 42, 'running'],
  ['R', 71, 'starting'],
  ['R', 72, 'starting'],
  ['S', 43, 'suspended'],
  ['S', 45, 'suspended'],
  ['U', 45, 'suspended'],
  ['E', 51, 'ending'],
  ['B', 70, 'running'],
  ['F', 92, 'ended'],
  ['F', 91, 'ended'],
  ['X', 93, 'ended'],
  ['M', 94, 'unknown'],
  ['Z', 1, 'unknown'],
];

test.each(STATES)('a job in state %s, substate %i is %s', (state, substate, seen) => {
  expect(seenOf({ job_state: state, substate })).toEqual({ seen, raw: `${state} ${substate}` });
});

describe('poll', () => {
  test.each([
    ['Queued:3 Running:1 Exiting:0 Expired:0', 'running'],
    ['Queued:3 Running:0 Exiting:1 Expired:2', 'queued'],
    ['Queued:0 Running:0 Exiting:2 Expired:2', 'ending'],
  ])('an array that has begun, with %s, is %s', (array_state_count, seen) => {
    expect(seenOf({ job_state: 'B', substate: 70, Hold_Types: 'n', array_state_count })).toMatchObject({ seen });
  });

  test('of an array on hold nothing more starts', () => {
    const array_state_count = 'Queued:3 Running:0 Exiting:0 Expired:1';
    expect(seenOf({ job_state: 'B', Hold_Types: 'u', array_state_count })).toMatchObject({ seen: 'held' });
  });

  test('a running job of 22, whose document ends without a line end', () => {
    const out = said('22: one that runs');
    expect(plain(pbspro.readPoll({ ...out, stdout: out.stdout.trimEnd() }, ['0.pbs1']))).toEqual({
      kind: 'answered',
      jobs: { '0.pbs1': { seen: 'running', raw: 'R 42', restarts: 0 } },
    });
  });

  test('a login’s noise in front of the document does not matter', () => {
    const out = said('22: one that runs');
    expect(pbspro.readPoll({ ...out, stdout: `Welcome!\n${out.stdout}` }, ['0.pbs1']).kind).toBe('answered');
  });

  test('an unknown id among known ones is not in the queue, though the exit code is 153', () => {
    const answer = pbspro.readPoll(said('22: three, one of them unknown'), ['89.pbs1', '90.pbs1', '99999.pbs1']);
    expect(plain(answer)).toEqual({
      kind: 'answered',
      jobs: {
        '89.pbs1': { seen: 'ended', raw: 'F 93 Exit_status=-29', restarts: 0 },
        '90.pbs1': { seen: 'held', raw: 'H 22' },
      },
    });
  });

  test('23 prints only the first of three: that is garbled, and its text has them all', () => {
    expect(pbspro.readPoll(said('23: three that are all there'), THREE).kind).toBe('garbled');
    expect(plain(pbspro.readPollPlain?.(said('text: three that are all there'), THREE))).toEqual({
      kind: 'answered',
      jobs: {
        '89.pbs1': { seen: 'running', raw: 'R 42', restarts: 1 },
        '90.pbs1': {
          seen: 'queued',
          raw: 'Q 10',
          reason: 'Not Running: Insufficient amount of resource: mem (R: 160gb A: 0kb T: 7680gb)',
        },
        '91[].pbs1': { seen: 'running', raw: 'B 70' },
      },
    });
  });

  test('a text that lacks one of them is no answer', () => {
    expect(pbspro.readPollPlain?.(said('text: three that are all there'), [...THREE, '95.pbs1']).kind).toBe('trouble');
  });

  test('a document that is no JSON is garbled', () => {
    expect(pbspro.readPoll(said('22: a variable nan'), ['0.pbs1']).kind).toBe('garbled');
    expect(pbspro.readPoll(output('{}'), ['0.pbs1']).kind).toBe('garbled');
    expect(pbspro.readPoll(output(''), ['0.pbs1']).kind).toBe('garbled');
  });

  test('an empty time and bytes that are not UTF-8 harm nobody, and an old Exit_status does not end a job that waits', () => {
    const answer = pbspro.readPoll(said('22: a second that can be divided by 256, and bytes that are not UTF-8'), [
      '0.pbs1',
    ]);
    expect(plain(answer)).toEqual({
      kind: 'answered',
      jobs: { '0.pbs1': { seen: 'queued', raw: 'Q 10 Exit_status=-20', restarts: 0 } },
    });
  });

  test('an empty document means gone with 153, and silence with 255 or a kill', () => {
    expect(plain(pbspro.readPoll(said('nobody is known'), ['99999.pbs1']))).toEqual({ kind: 'answered', jobs: {} });
    expect(plain(pbspro.readPoll(said('asked without -x'), ['0.pbs1']))).toEqual({ kind: 'answered', jobs: {} });
    expect(pbspro.readPoll(said('the server is down'), ['0.pbs1']).kind).toBe('trouble');
    expect(pbspro.readPoll({ ...said('nobody is known'), code: null }, ['99999.pbs1']).kind).toBe('trouble');
    // 153 about somebody else says nothing of ours.
    expect(pbspro.readPoll(said('nobody is known'), ['0.pbs1']).kind).toBe('garbled');
    expect(plain(pbspro.readPollPlain?.(said('text: nobody is known'), ['99999.pbs1']))).toMatchObject({ jobs: {} });
    expect(pbspro.readPollPlain?.(said('the server is down'), ['0.pbs1']).kind).toBe('trouble');
    expect(pbspro.readPollPlain?.(output(''), ['0.pbs1']).kind).toBe('trouble');
  });

  test('times are asked for in UTC', () => {
    expect(pbspro.poll(['1.pbs1'], {}).slice(0, 2)).toEqual(['env', 'TZ=UTC']);
    expect(pbspro.poll(['1.pbs1'], { bin: '/opt/pbs/bin' })).toContain('/opt/pbs/bin/qstat');
  });
});

describe('history', () => {
  const IDS = [1, 2, 3, 4, 5, 6, 8, 9, 12].map(id => `${id}.pbs1`).concat('7[].pbs1', '10[].pbs1', '11[3].pbs1');
  const records = plain(pbspro.readHistory(said('text: ends'), IDS)) as { records: Record<string, object> };

  test.each([
    ['1.pbs1', { raw: 'F 92 Exit_status=0' }],
    ['2.pbs1', { raw: 'F 93 Exit_status=3', failure: 'Exit_status 3: it ended with exit code 3' }],
    ['3.pbs1', { raw: 'F 91 Exit_status=271', failure: 'Exit_status 271: it was deleted by pbsalice@login1' }],
    ['4.pbs1', { raw: 'F 91', failure: 'it was deleted before it ran' }],
    ['5.pbs1', { raw: 'F 92', failure: 'a job it waited for did not end as it had to, so PBS removed it' }],
    ['6.pbs1', { raw: 'Q 10 Exit_status=-20', open: true }],
    ['7[].pbs1', { raw: 'F 93 Exit_status=0', failure: 'an element of the array failed' }],
    ['8.pbs1', { raw: 'F 93 Exit_status=266', failure: 'Exit_status 266: signal 10 (SIGUSR1) ended it' }],
    ['9.pbs1', { raw: 'E 51 Exit_status=0', open: true }],
    ['10[].pbs1', { raw: 'F 92 Exit_status=0' }],
    [
      '11[3].pbs1',
      { raw: 'X 93 Exit_status=137', failure: 'Exit_status 137: it ended with exit code 137 (SIGKILL inside it)' },
    ],
    ['12.pbs1', { raw: 'F 93 Exit_status=271', failure: 'Exit_status 271: it used more vmem than it had' }],
  ])('the end of %s', (id, record) => {
    expect(records.records[id]).toEqual(record);
  });

  /** JOB_EXEC_* of pbs_error.h and job.h. */
  test.each([
    -1,
    -2,
    -3,
    -4,
    -5,
    -6,
    -7,
    ...[-10, -11, -12, -13, -14, -15, -16, -17, -18, -19],
    ...[-20, -21, -22, -23],
    ...[-24, -25, -26, -27, -28, -29, -30],
  ])('Exit_status %i is told in words', exit => {
    const out = output(`Job Id: 7.pbs1\n    job_state = F\n    substate = 93\n    Exit_status = ${exit}\n`);
    const answer = pbspro.readHistory(out, ['7.pbs1']);
    const failure = answer.kind === 'answered' ? answer.records.get('7.pbs1')?.failure : undefined;
    expect(failure).toMatch(new RegExp(`^Exit_status ${exit}: (?!unknown)[a-z].{15}`));
  });

  test('an id that the server does not know has no record; a server that is down is trouble', () => {
    expect(plain(pbspro.readHistory(said('text: nobody is known'), ['99999.pbs1']))).toEqual({
      kind: 'answered',
      records: {},
    });
    expect(pbspro.readHistory(said('the server is down'), ['1.pbs1']).kind).toBe('trouble');
    expect(pbspro.readHistory(output(''), ['1.pbs1']).kind).toBe('trouble');
  });
});

describe('find', () => {
  test('a name has as many ids as the server prints, in queue and history', () => {
    const out = inSections({ 'mt-a': '1051.pbs1', 'mt-b': '', 'mt-c': '7.pbs1\n9[].pbs1' });
    expect(plain(pbspro.readFind(out, ['mt-a', 'mt-b', 'mt-c']))).toEqual({
      kind: 'answered',
      ids: { 'mt-a': ['1051.pbs1'], 'mt-c': ['7.pbs1', '9[].pbs1'] },
    });
  });

  test.each([
    ['the server is down', inSections({ 'mt-a': ['Connection refused\nqselect: cannot connect to server', 162] })],
    ['the answer was cut off before it', inSections({})],
    ['nothing came', output('')],
  ])('%s: nobody is said to be unknown', (_, out) => {
    expect(pbspro.readFind(out, ['mt-a']).kind).toBe('trouble');
  });
});

test.each([
  [0, '', 'done'],
  [35, 'qdel: Job has finished 0.pbs1', 'refused'],
  [153, 'qdel: Unknown Job Id 99999', 'refused'],
  [159, 'qdel: Unauthorized Request  43.pbs1', 'refused'],
  [168, 'qdel: Request invalid for state of job 43.pbs1', 'refused'],
  [162, "qdel: Couldn't connect to cluster: pbs1", 'trouble'],
  [255, 'qdel: cannot connect to server pbs1 (errno=15010)', 'trouble'],
  [2, 'usage: qdel job_identifier...', 'trouble'],
  [null, '', 'trouble'],
])('qdel, qhold or qrls that ended with %s and "%s" is %s', (code, stderr, kind) => {
  expect(pbspro.readCancel(output('', { code, stderr })).kind).toBe(kind);
  expect(pbspro.readAct(output('', { code, stderr })).kind).toBe(kind);
});

test('an array of one is none, and no host can be kept off', () => {
  expect(lineText(pbspro.array({ first: 0, last: 9, step: 3, most: 2 }) ?? [])).toBe('-J 0-9:3%2');
  expect(pbspro.array({ first: 3, last: 3 })).toBeUndefined();
  expect(pbspro.array({ first: 3, last: 5, step: 9 })).toBeUndefined();
  expect(pbspro.exclude(['hnode001'])).toBeUndefined();
});
