import { describe, expect, test } from 'vitest';
import { explained } from '../../src/schedulers/pbspro/reasons.ts';
import { pbspro } from '../../src/schedulers/pbspro.ts';
import { find, output } from './kit.ts';

const said = (what: string) => find('pbspro/transcripts.txt', what);
const job = (attributes: Readonly<Record<string, string>>) => new Map(Object.entries(attributes));

describe('why', () => {
  test('a queued job tells the scheduler’s comment and when it expects to start, in UTC', () => {
    expect(pbspro.readWhy(said('text: one that waits for its turn'), '90.pbs1')).toEqual({
      kind: 'answered',
      waiting: {
        state: 'Q 10',
        reason: 'Not Running: Job would conflict with reservation or top job',
        meaning: 'it would run into a reservation, or into a job before it.',
        hint: 'a shorter walltime may start sooner.',
        expectedStart: '2026-11-21T17:51:59Z',
        waitsFor: [],
        priority: '0',
        details: [
          'queue = rt_HF',
          'Hold_Types = n',
          'Resource_List.select = 4:mpiprocs=1',
          'Resource_List.walltime = 24:00:00',
        ],
      },
    });
  });

  test('a job that waits for others names them, not those that wait for it', () => {
    expect(pbspro.readWhy(said('text: one that waits for others'), '92.pbs1')).toMatchObject({
      waiting: { state: 'H 22', reason: 'Hold_Types s', waitsFor: ['89.pbs1', '90.pbs1', '91[].pbs1'] },
    });
  });

  test('one that runs, has ended or is unknown is not waiting; a server that is down is trouble', () => {
    expect(pbspro.readWhy(said('text: three that are all there'), '89.pbs1')).toEqual({
      kind: 'unknown',
      said: 'R 42',
    });
    expect(pbspro.readWhy(said('text: ends'), '1.pbs1').kind).toBe('unknown');
    expect(pbspro.readWhy(said('text: nobody is known'), '99999.pbs1').kind).toBe('unknown');
    expect(pbspro.readWhy(said('the server is down'), '1.pbs1').kind).toBe('trouble');
    expect(pbspro.readWhy(output(''), '1.pbs1').kind).toBe('trouble');
  });
});

/** The comments of the scheduler's table (OpenPBS, src/scheduler/job_info), with values filled in. */
const COMMENTS = `A scheduling error has occurred
Queue not started.
Queue not an execution queue.
Queue rt_HF job limit has been reached.
Server job limit has been reached.
User has reached server running job limit.
User has reached queue rt_HG running job limit.
Group has reached server running limit.
Group has reached queue rt_HF running limit.
Project has reached server running limit.
Project has reached queue rt_HF's running limit.
Dedicated time conflict
Job would cross dedicated time boundary
Not enough of the right type of nodes are available
Job would interfere with a top job
Job would interfere with a confirmed reservation
Job will run in primetime only
Job will run in nonprimetime only
Job will cross into primetime
Specified vnode does not exist: x
No available resources on nodes
Can't preempt enough work to run job
Queue rt_HF per-user limit reached on resource ncpus
Server per-user limit reached on resource ncpus
Queue rt_HF per-group limit reached on resource ncpus
Server per-group limit reached on resource ncpus
Server per-project limit reached on resource ncpus
Queue rt_HF per-project limit reached on resource ncpus
Job has zero shares for fairshare
Node is in an ineligible state: down
Node is of an ineligible type: x
Job is requesting an exclusive node and node is in use
Node has reached job run limit
Node has reached user run limit
Node has reached group run limit
Node can't satisfy a multi-node job
Load is above max limit
Insufficient amount of resource: mem (R: 160gb A: 0kb T: 7680gb)
Insufficient amount of resource: host 
Insufficient amount of resource: Qlist
Job would conflict with reservation or top job
Node ineligible because job requested pack placement and won't fit on node
Job would break strict sorted order
Insufficient amount of queue resource: ncpus (R: 4 A: 0 T: 4)
Insufficient amount of server resource: ncpus (R: 4 A: 0 T: 4)
Queue rt_HF job limit reached for group g
Queue rt_HF job limit reached for user u
Server job limit reached for group g
Server job limit reached for user u
Server job limit reached for project p
Queue rt_HF job limit reached for project p
would exceed group g's limit on resource ncpus in complex
would exceed user u's limit on resource ncpus in complex
would exceed group g's limit on resource ncpus in queue rt_HF
would exceed user u's limit on resource ncpus in queue rt_HF
would exceed project p's limit on resource ncpus in complex
would exceed project p's limit on resource ncpus in queue rt_HF
would exceed overall limit on resource ncpus in queue rt_HF
would exceed overall limit on resource ncpus in complex
Cannot provision, provisioning disabled on server
Cannot provision, requested AOE x not available on vnode
Provisioning for job would interfere with backfill job
Cannot provision, host has multiple vnodes
Provision conflict with existing job/reservation
PBS Error: Execution server rejected request
host set host=x has too few free resources
can't fit in the largest placement set, and can't span psets
Not enough free nodes available
Not enough total nodes available
Invalid Job/Resv invalid chunk in select
Job is under job_sort_formula threshold value`.split('\n');

describe('comments', () => {
  test.each(COMMENTS)('Not Running: %s', comment => {
    expect(explained(job({ job_state: 'Q', comment: `Not Running: ${comment}` }))?.meaning).toMatch(/\.$/);
  });

  test.each(['Not enough total nodes available', 'Insufficient amount of resource: host (x != a,b)'])(
    'Can Never Run: %s is stuck, whatever it says',
    comment => {
      expect(explained(job({ job_state: 'Q', comment: `Can Never Run: ${comment}` }))?.seen).toBe('stuck');
    },
  );

  test.each([
    ['n', '22', 'it waits for other jobs.'],
    ['s', '22', 'it waits for other jobs.'],
    ['u', '20', 'its owner holds it.'],
    ['uo', '20', 'an operator of the cluster holds it.'],
    ['s', '20', 'the server or an administrator holds it.'],
    ['p', '20', 'its password is wrong.'],
  ])('a held job with Hold_Types %s, substate %s', (holds, substate, meaning) => {
    expect(explained(job({ job_state: 'H', Hold_Types: holds, substate }))?.meaning).toBe(meaning);
  });

  test('a comment nobody has listed, and none at all, get no meaning made up', () => {
    expect(explained(job({ job_state: 'Q', comment: 'Not Running: something of 2031' }))).toBeUndefined();
    expect(explained(job({ job_state: 'Q' }))).toBeUndefined();
  });

  test('a job that PBS gave up starting is told so, and not that the server holds it', () => {
    const held = {
      job_state: 'H',
      substate: '20',
      Hold_Types: 's',
      comment: 'job held, too many failed attempts to run',
    };
    expect(explained(job(held))?.meaning).toBe('PBS could not start it.');
  });
});
