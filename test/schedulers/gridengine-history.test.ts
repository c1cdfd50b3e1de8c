import { describe, expect, test } from 'vitest';
import { explained } from '../../src/schedulers/gridengine/reasons.ts';
import { gridengine } from '../../src/schedulers/gridengine.ts';
import { EMPTY_QUEUE, find, inSections, NOTHING, output, plain, recorded } from './kit.ts';

const block = (failed: string, exit: string, more = '') =>
  `==============================================================\njobnumber    7\ntaskid       undefined\n${more}failed       ${failed}\nexit_status  ${exit}\n`;
const recordOf = (text: string) => {
  const answer = gridengine.readHistory(inSections({ ...EMPTY_QUEUE, 7: text }), ['7']);
  return answer.kind === 'answered' ? answer.records.get('7') : answer;
};

/** Every `failed` of sge_status(5), with the exit_status that comes with it. */
const FAILED: readonly (readonly [failed: string, exit: string, failure: string | undefined])[] = [
  ['0    ', '0', undefined],
  ['0    ', '3', 'exit_status 3: it ended with exit code 3'],
  ['0    ', '137', 'exit_status 137: it ended with exit code 137 (SIGKILL inside it)'],
  ['1   : assumedly before job', '0', 'failed 1: its node could not start it'],
  ['3   : before writing config', '0', "failed 3: its node could not write the job's configuration"],
  ['4   : before writing pid', '0', "failed 4: its node could not write the job's process id"],
  ['6   : setting processor set', '0', 'failed 6: its processors could not be set aside'],
  ['7   : before prolog', '0', "failed 7: the site's prolog could not be started"],
  ['8   : in prolog', '0', "failed 8: the site's prolog failed"],
  ['9   : before pestart', '0', 'failed 9: its parallel environment could not be started'],
  ['10  : in pestart', '0', 'failed 10: the start of its parallel environment failed'],
  ['11  : before job', '0', 'failed 11: its node failed before the job began'],
  ['12  : before pestop', '0', 'failed 12: its parallel environment could not be stopped'],
  ['13  : in pestop', '0', 'failed 13: the stop of its parallel environment failed'],
  ['14  : before epilog', '0', "failed 14: the site's epilog could not be started"],
  ['15  : in epilog', '0', "failed 15: the site's epilog failed"],
  ['16  : releasing processor set', '0', 'failed 16: its processors could not be given back'],
  ['17  : through signal', '139', 'failed 17: signal 11 (SIGSEGV) ended it'],
  ['18  : shepherd returned error', '0', 'failed 18: its shepherd failed'],
  ['19  : before writing exit_status', '0', 'failed 19: its node crashed, or the shepherd did'],
  ['20  : found unexpected error file', '0', 'failed 20: its shepherd met a problem'],
  ['21  : in recognizing job', '0', 'failed 21: its node did not know it any more'],
  ['26  : opening input/output file', '0', 'failed 26: its output file could not be opened'],
  ['27  : searching requested shell', '0', 'failed 27: its shell could not be found'],
  ['28  : changing into working directory', '0', 'failed 28: its folder could not be entered'],
  ['29  : AFS setup', '0', 'failed 29: AFS could not be set up'],
  [
    '30  : application error returned',
    '100',
    'failed 30: it ended with exit code 100, which means an error of the application',
  ],
  ['31  : accessing sgepasswd file', '0', 'failed 31: the password file could not be read'],
  ['32  : entry is missing in password file', '0', 'failed 32: the user has no entry in the password file'],
  ['33  : wrong password', '0', 'failed 33: the password was wrong'],
  ['34  : communicating with Grid Engine Helper Service', '0', 'failed 34: the helper service could not be reached'],
  ['35  : before job in Grid Engine Helper Service', '0', 'failed 35: the helper service failed'],
  ['36  : checking configured daemons', '0', 'failed 36: the remote start-up daemon is not set up'],
  [
    '37  : qmaster enforced h_rt, h_cpu, or h_vmem limit',
    '137                  (Killed)',
    'failed 37: it reached its time limit (h_rt), or one on CPU time or memory',
  ],
  ['38  : adding supplementary group', '0', 'failed 38: its group id could not be added'],
  ['100 : assumedly after job', '137                  (Killed)', 'failed 100: signal 9 (SIGKILL) ended it'],
  ['100 : assumedly after job', '0', 'failed 100: it was killed, or its node crashed'],
  ['4711 : of 2031', '0', 'failed 4711: unknown to us'],
];

describe('history', () => {
  test.each(FAILED)('failed %s with exit_status %s is told as %s', (failed, exit, failure) => {
    expect(recordOf(block(failed, exit))).toEqual({
      raw: `failed ${failed.trim().replace(/\s+/g, ' ')}, exit_status ${exit.replace(/\s+/g, ' ')}`,
      ...(failure === undefined ? {} : { failure }),
    });
  });

  test.each(['24  : migrating', '25  : rescheduling'])('failed %s is no end: it goes on from the queue', failed => {
    expect(recordOf(block(failed, '99'))).toMatchObject({ open: true });
    expect(recordOf(block(failed, '99') + block('0', '0'))).toEqual({ raw: 'failed 0, exit_status 0' });
  });

  test('who deleted it is told where the version records it, and a part’s record is not the job’s', () => {
    expect(recordOf(block('100', '137', 'deleted_by   alice@login1\n'))).toMatchObject({
      failure: 'failed 100: signal 9 (SIGKILL) ended it, deleted by alice@login1',
    });
    const parts = block('0', '0', 'pe_taskid    NONE\n') + block('100', '137', 'pe_taskid    1.gen-2\n');
    expect(recordOf(parts)).toEqual({ raw: 'failed 0, exit_status 0' });
  });

  test('real records are read; what is still in the queue is open, though parts of it have records', () => {
    const [out = NOTHING] = recorded('gridengine/history.txt');
    const ids = out.command.split(' ').slice(1);
    expect(out.stdout.match(/^jobnumber {4}21 *$/gm)?.length).toBeGreaterThan(0);
    const answer = plain(gridengine.readHistory(out, ids)) as { records: object };
    expect(answer).toMatchObject({
      kind: 'answered',
      records: {
        21: { open: true },
        23: { open: true },
        27: { raw: 'failed 0, exit_status 0' },
        28: { failure: 'exit_status 3: it ended with exit code 3' },
        29: { failure: 'failed 100: signal 11 (SIGSEGV) ended it' },
        31: { failure: expect.stringContaining('h_rt') },
        32: { failure: 'failed 100: signal 9 (SIGKILL) ended it' },
        35: { failure: '1 of 3: task 2, exit_status 1: it ended with exit code 1' },
        36: { open: true },
      },
    });
    expect(answer.records).not.toHaveProperty('99999');
    expect(answer.records).not.toHaveProperty('27.failure');
  });

  test('the last of several runs counts', () => {
    const rerun = recorded('gridengine/ends.txt').find(each => each.stdout.includes('failed       25'));
    const text = (rerun?.stdout ?? '').replace(/^jobname/gm, 'jobnumber    7\njobname');
    expect(recordOf(text)).toEqual({ raw: 'failed 0, exit_status 0' });
  });

  test.each([
    [
      'qmaster is down',
      inSections({ queue: ['error: unable to send message to qmaster', 1], 7: ['error: job id 7 not found', 1] }),
    ],
    ['accounting cannot be read', inSections({ ...EMPTY_QUEUE, 7: ['error: Permission denied', 1] })],
    ['nothing came', output('')],
    ['the answer was cut off', output('@martlet-begin queue\n\n@martlet-end 0\n@martlet-begin 7\n')],
  ])('%s: that is trouble and not "no record"', (_, out) => {
    expect(gridengine.readHistory(out, ['7']).kind).toBe('trouble');
  });

  test('a job without a record has none, also where there is no qacct', () => {
    const none = { kind: 'answered', records: {} };
    expect(
      plain(gridengine.readHistory(inSections({ ...EMPTY_QUEUE, 7: ['error: job id 7 not found', 1] }), ['7'])),
    ).toEqual(none);
    expect(
      plain(gridengine.readHistory(inSections({ ...EMPTY_QUEUE, 7: ['sh: qacct: not found', 127] }), ['7'])),
    ).toEqual(none);
  });
});

const waiting = (id: string) => {
  const answer = gridengine.readWhy(find('gridengine/why.txt', `why ${id}`), id);
  return answer.kind === 'answered' ? answer.waiting : answer;
};

describe('why', () => {
  test('real waiting jobs tell what keeps them', () => {
    expect(waiting('22')).toMatchObject({ state: 'qw', reason: expect.stringContaining('only offers'), waitsFor: [] });
    expect(waiting('23')).toMatchObject({ state: 'Eqw', meaning: 'its output file cannot be opened.' });
    expect(waiting('24')).toMatchObject({ state: 'hqw', reason: 'Job is in hold state' });
    expect(waiting('25')).toMatchObject({ state: 'hqw', waitsFor: ['20', '21'], meaning: 'it waits for other jobs.' });
    expect(waiting('30')).toMatchObject({ state: 'Eqw', meaning: expect.stringContaining('exit code 100') });
    expect(waiting('34')).toMatchObject({ state: 'qw', reason: 'execution time not reached' });
  });

  test('one that runs, and one that nobody knows, is not waiting', () => {
    expect(waiting('20')).toMatchObject({ kind: 'unknown' });
    expect(waiting('99999')).toMatchObject({ kind: 'unknown' });
  });

  const HEAD =
    'job-ID  prior   name       user         state submit/start at     queue                          slots ja-task-ID';
  const row = (id: number, prior: string, user: string, letters: string) =>
    `${id} ${prior} a ${user} ${letters} 11/21/2026 18:09:30 1`;
  const place = (...rows: readonly string[]) => {
    const answer = gridengine.readWhy(inSections({ job: 'job_number: 7', waiting: [HEAD, ...rows].join('\n') }), '7');
    return answer.kind === 'answered' ? answer.waiting.position : answer;
  };

  test('the place counts who waits with more priority, held and broken ones not, and none is told without others', () => {
    const others = [row(3, '0.9', 'bob', 'qw'), row(4, '0.8', 'bob', 'hqw'), row(5, '0.8', 'bob', 'Eqw')];
    expect(
      place(...others, row(6, '0.5', 'bob', 'qw'), row(7, '0.5', 'amy', 'qw'), row(9, '0.1', 'bob', 'qw')),
    ).toEqual({
      place: 3,
      of: 4,
    });
    expect(place(row(7, '0.5', 'amy', 'qw'), row(8, '0.6', 'amy', 'qw'))).toBeUndefined();
    expect(place(row(7, '0.00000', 'amy', 'qw'), row(8, '0.6', 'bob', 'qw'))).toBeUndefined();
  });

  /** Lines of the scheduler about single jobs and about all (sched/msg_schedd of SGE, Open Cluster Scheduler). */
  test.each([
    '(-l shares=8) cannot run at host "h" because it offers only hc:shares=0.000000',
    'has no permission for cluster queue "all.q"',
    '(project p) does not have the correct project to run in cluster queue "all.q"',
    '(project p) is not allowed to run in cluster queue "q" based on the excluded project list',
    'cannot run in queue instance "q" because queues are non requestable',
    'cannot run in queue "q" because it is not contained in its hard queue list (-q)',
    'cannot run in queue instance "q" because it is not of type batch',
    'cannot run in queue "q" because PE "mpi" is not in pe list',
    'does not request \'forced\' resource "exclusive" of host h',
    '(8 slots) would set queue instance "q" in load alarm state',
    '(-l h_rt=600,shares=8) cannot run in queue "gen-3" because it offers only hc:shares=0.000000',
    'cannot run because resources requested are not available for parallel job',
    'cannot run because total slots of pe "mpi" not in range of job',
    '(-l x=1) cannot run globally because it offers only gc:x=0',
    'cannot run in PE "rt_node_f" because it only offers 3 slots',
    'cannot run because no access to pe "mpi"',
    'queue instance "q" is in suspend alarm: np_load_avg',
    'queue instance "q" dropped because it is overloaded: np_load_avg=2',
    'All queues dropped because of overload or full',
    '(Collecting of scheduler job information is turned off)',
    '(Scheduler job information not available for every job)',
    'execution time not reached',
    'Job is in error state',
    'Job is in hold state',
    'job dropped because of user limitations',
    'job dropped because of user/group limitations',
    'job dropped because of job dependencies',
    'There are no messages available',
    'queue instance "q" dropped because it is full',
    'queue "q" dropped becasue it is suspended',
    'queue instance "q" dropped because it is disabled',
    'queue instance "q" dropped because it is temporarily not available',
    'parallel job requires more slots than available',
    'pe "mpi" dropped because allocation rule is not suitable',
    'no matching pe found',
    'cannot run on host "h" until clean up of a previous run has finished',
    "not all array task may be started due to 'max_aj_instances'",
    'Job Filter: this job got ignored in the last scheduling run',
    'cannot run in queue instance "q" because the job runtime of 86400 sec. is too long',
    'Job cannot run in queue instance "q@h" because exceeds limit in rule max_slots',
    'Job dropped because of invalid dynamical limit x in rule y',
    'cannot run because it exceeds limit "amy/////" in rule "max/1"',
    'cannot run in queue instance "q" because it was not reserved by advance reservation 3',
    'cannot run because requested advance reservation 3 is in error state',
  ])('the line %s is told in a sentence', line => {
    expect(explained('qw', [], [line])).toMatchObject({ reason: line, meaning: expect.stringMatching(/\.$/) });
  });

  test('the strongest of several lines is the reason', () => {
    const lines = ['queue instance "q" dropped because it is full', 'job dropped because of job dependencies'];
    expect(explained('hqw', [], lines).reason).toBe('job dropped because of job dependencies');
  });

  test('qmaster down is trouble', () => {
    expect(gridengine.readWhy(inSections({ job: ['unable to send message to qmaster', 1] }), '7').kind).toBe('trouble');
  });
});
