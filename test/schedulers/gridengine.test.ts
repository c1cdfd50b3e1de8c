import { describe, expect, test } from 'vitest';
import type { Seen } from '../../src/schedulers/dialect.ts';
import { gridengine } from '../../src/schedulers/gridengine.ts';
import { lineText } from '../../src/shell/word.ts';
import { EMPTY_QUEUE, find, inSections, output, plain, recorded } from './kit.ts';

const HEAD =
  'job-ID  prior   name       user         state submit/start at     queue                          slots ja-task-ID ';
const table = (...rows: readonly string[]) => inSections({ queue: [HEAD, '-'.repeat(80), ...rows].join('\n') });
const words = (command: string) => command.split(' ').slice(1);

/** Every state of sge_status(5). */
const STATES: readonly (readonly [letters: string, seen: Seen])[] = [
  ...(['qw', 'Rq', 'Rqw'] as const).map(letters => [letters, 'queued'] as const),
  ...(['hqw', 'hRwq'] as const).map(letters => [letters, 'held'] as const),
  ...(['r', 'hr', 'Rr'] as const).map(letters => [letters, 'running'] as const),
  ...(['t', 'Rt'] as const).map(letters => [letters, 'starting'] as const),
  ...(['s', 'ts', 'S', 'tS', 'T', 'tT', 'Rs', 'Rts', 'RS', 'RtS', 'RT', 'RtT'] as const).map(
    letters => [letters, 'suspended'] as const,
  ),
  ...(['Eqw', 'Ehqw', 'EhRqw'] as const).map(letters => [letters, 'stuck'] as const),
  ...(['dr', 'dt', 'dRr', 'dRt', 'ds', 'dS', 'dT', 'dRs', 'dRS', 'dRT'] as const).map(
    letters => [letters, 'ending'] as const,
  ),
  ['z', 'ended'],
  ['X?', 'unknown'],
];

test.each(STATES)('a job in state %s is %s', (letters, seen) => {
  const row = `     45 0.25000 arr        mtuser       ${letters.padEnd(5)} 11/21/2026 18:10:00 all.q@gen-3                        1 `;
  expect(plain(gridengine.readPoll(table(row), ['45']))).toEqual({
    kind: 'answered',
    jobs: { 45: { seen, raw: letters } },
  });
});

describe('poll', () => {
  const WANTED = {
    20: { seen: 'running', raw: 'r' },
    21: { seen: 'running' },
    22: { seen: 'queued', raw: 'qw' },
    23: { seen: 'stuck', raw: 'Eqw' },
    24: { seen: 'held', raw: 'hqw' },
    25: { seen: 'held' },
    26: { seen: 'running', raw: 'qw, r' },
    30: { seen: 'stuck' },
    33: { seen: 'suspended' },
    34: { seen: 'queued' },
    36: { seen: 'running', raw: 'Rr' },
  };

  test.each(recorded('gridengine/poll.txt').map(out => [out.command.split(' ')[0], out] as const))(
    'real jobs are read from the form of %s, and those that ended are not in it',
    (_, out) => {
      const answer = plain(gridengine.readPoll(out, words(out.command))) as { jobs: object };
      expect(answer).toMatchObject({ kind: 'answered', jobs: WANTED });
      expect(Object.keys(answer.jobs)).toEqual(expect.arrayContaining(Object.keys(WANTED)));
      expect(Object.keys(answer.jobs)).toHaveLength(Object.keys(WANTED).length);
    },
  );

  test('every row of real tables is read, also of arrays whose tasks are lists and ranges', () => {
    const tables = recorded('gridengine/tables.txt').filter(each => /^qstat (?:-g d )?$/.test(each.command));
    expect(tables.length).toBeGreaterThan(8);
    for (const out of tables) {
      const rows = out.stdout.split('\n').slice(2).filter(Boolean);
      const ids = [...new Set(rows.map(row => row.trim().split(/\s+/)[0] ?? ''))];
      const answer = gridengine.readPoll(inSections({ queue: out.stdout }), ids);
      const seen = answer.kind === 'answered' ? [...answer.jobs.values()].map(job => job.seen) : [];
      expect([seen.length, seen.includes('unknown')]).toEqual([ids.length, false]);
    }
  });

  test('columns that a person’s sge_qstat file adds do not shift the state', () => {
    const ext = `job-ID  prior   ntckts  name       user         project          department state cpu        mem     io      tckts queue                          slots ja-task-ID 
------
      8 0.75000 0.50000 far        mtuser       NA               defaultdep qw                                   0                                     9        `;
    expect(plain(gridengine.readPoll(inSections({ queue: ext }), ['8']))).toMatchObject({
      jobs: { 8: { seen: 'queued', raw: 'qw' } },
    });
  });

  test('an id of eight digits, which pushes its row to the right, and an array of which one task is broken', () => {
    const rows = table(
      '12345678 0.55500 sample.sh testuser     r     02/12/2026 17:48:10 cpu_q@r0n0                        32        ',
      '     45 0.25000 arr        mtuser       Eqw   11/21/2026 18:10:00                                    1 3',
      '     45 0.25000 arr        mtuser       qw    11/21/2026 18:10:00                                    1 4-9:1',
    );
    expect(plain(gridengine.readPoll(rows, ['12345678', '45']))).toEqual({
      kind: 'answered',
      jobs: { 12345678: { seen: 'running', raw: 'r' }, 45: { seen: 'queued', raw: 'Eqw, qw' } },
    });
  });

  test('a name that is not escaped in the XML harms nobody, an end that is missing is noticed', () => {
    const job =
      '<job_list state="pending"><JB_job_number>7</JB_job_number><JB_name>a<b&c</JB_name><state>qw</state></job_list>';
    const whole = `<?xml version='1.0'?>\n<job_info><job_info>${job}</job_info>\n</job_info>`;
    expect(plain(gridengine.readPoll(inSections({ queue: whole }), ['7']))).toMatchObject({
      jobs: { 7: { seen: 'queued' } },
    });
    expect(gridengine.readPoll(inSections({ queue: whole.slice(0, -12) }), ['7']).kind).toBe('garbled');
    const cut = whole.replace('</job_list>', '');
    expect(gridengine.readPoll(inSections({ queue: cut }), ['7']).kind).toBe('garbled');
  });

  test('an empty queue is an answer; an empty output, and qmaster down, are not', () => {
    expect(plain(gridengine.readPoll(inSections({ ...EMPTY_QUEUE }), ['7']))).toEqual({ kind: 'answered', jobs: {} });
    expect(gridengine.readPoll(output(''), ['7']).kind).toBe('trouble');
    expect(gridengine.readPoll(inSections({ queue: '' }), ['7']).kind).toBe('trouble');
    expect(gridengine.readPoll(inSections({ queue: '', absent: 'job_number:    7' }), ['7']).kind).toBe('trouble');
    expect(gridengine.readPoll(inSections({ queue: '', absent: '' }), ['7']).kind).toBe('trouble');
    const down = find('gridengine/down.txt', 'timeout 60 qstat ');
    expect(gridengine.readPoll(inSections({ queue: [down.stderr, 1] }), ['67']).kind).toBe('trouble');
  });

  test('a site without -xml is asked for the plain table', () => {
    expect(gridengine.poll(['1'], {}).join(' ')).toContain('-xml');
    expect(gridengine.poll(['1'], { xml: false }).join(' ')).not.toContain('-xml');
    expect(gridengine.poll(['1'], { login_shell: true }).slice(0, 2)).toEqual(['bash', '-lc']);
  });
});

describe('find', () => {
  const out = find('gridengine/find.txt', 'find mt-r-run mt-r-held-and-a-long-name mt-r-ok mt-r-twice mt-r-nobody');
  const tokens = words(out.command);

  test('tokens are found by their whole name, in queue and accounting; two jobs of one name are two ids', () => {
    expect(plain(gridengine.readFind(out, tokens))).toEqual({
      kind: 'answered',
      ids: {
        'mt-r-run': ['20'],
        'mt-r-held-and-a-long-name': ['24'],
        'mt-r-ok': ['27'],
        'mt-r-twice': ['37', '38'],
      },
      queued: ['20', '24', '37', '38'],
    });
  });

  test.each([
    [
      'qmaster is down',
      inSections({ queue: ['error: unable to send message to qmaster', 1], a: ['error: job name a not found', 1] }),
    ],
    [
      'accounting cannot be read',
      inSections({ ...EMPTY_QUEUE, a: ['error: opening accounting file: Permission denied', 1] }),
    ],
    ['the answer was cut off', output(out.stdout.slice(0, -40))],
    [
      'the table has no whole names',
      inSections({ queue: `${HEAD}\n 7 0.5 a-very-lon u r 1/1/2026 1:1:1 q@h 1`, a: '' }),
    ],
  ])('%s: nobody is said to be unknown', (_, answer) => {
    expect(gridengine.readFind(answer, ['a']).kind).toBe('trouble');
  });

  test('a site without qacct says so', () => {
    const answer = gridengine.readFind(inSections({ ...EMPTY_QUEUE, a: ['sh: 1: qacct: not found', 127] }), ['a']);
    expect(plain(answer)).toEqual({
      kind: 'answered',
      ids: {},
      queued: [],
      unsearched: expect.stringContaining('qacct'),
    });
  });
});

test.each(recorded('gridengine/act.txt').map(out => [out.command, out] as const))(
  'the answer to %s',
  (command, out) => {
    const isAllWell = out.code === 0;
    const answer = command.startsWith('cancel') ? gridengine.readCancel(out) : gridengine.readAct(out);
    expect(answer.kind).toBe(isAllWell ? 'done' : 'refused');
  },
);

test.each(['qdel', 'qhold'])('with qmaster down nobody has heard of a %s', program => {
  const out = find('gridengine/down.txt', `timeout 60 ${program} 67 `);
  expect(gridengine.readCancel(out).kind).toBe('trouble');
});

test('hosts to keep off and arrays are words of qsub, which counts from 1', () => {
  expect(lineText(gridengine.exclude(['r1n1', 'r2n2']) ?? [])).toBe("-l 'h=!(r1n1|r2n2)'");
  expect(lineText(gridengine.array({ first: 1, last: 9, step: 4, most: 2 }) ?? [])).toBe('-t 1-9:4 -tc 2');
  expect(gridengine.array({ first: 0, last: 9 })).toBeUndefined();
});
