import { describe, expect, test } from 'vitest';
import { slurm } from '../../src/schedulers/slurm.ts';
import { find, inSections, NOTHING, output, plain, recorded } from './kit.ts';

const HEAD = 'JobID|State|ExitCode|Reason';
const recordOf = (line: string, id = '7') => {
  const answer = slurm.readHistory(inSections({ accounting: `${HEAD}\n${line}` }), [id]);
  return answer.kind === 'answered' ? answer.records.get(id) : answer;
};

/** State, ExitCode and Reason as sacct(1) writes them, and what is told of it; undefined: no bad end. */
const ENDS: readonly (readonly [line: string, failure: string | undefined])[] = [
  ['7|COMPLETED|0:0|None', undefined],
  ['7|TIMEOUT|0:0|None', 'TIMEOUT: it reached its time limit'],
  ['7|DEADLINE|0:0|DeadLine', 'DEADLINE: it could not end before its deadline'],
  ['7|OUT_OF_MEMORY|0:125|None', 'OUT_OF_MEMORY: it used more memory than it had'],
  ['7|NODE_FAIL|0:0|NodeDown', 'NODE_FAIL: a node of it failed'],
  ['7|BOOT_FAIL|0:0|None', 'BOOT_FAIL: a node of it could not be booted'],
  ['7|PREEMPTED|0:15|None', 'PREEMPTED: it had to make room for another job'],
  ['7|CANCELLED by 1001|0:0|None', 'CANCELLED by 1001: it was cancelled by user 1001'],
  ['7|CANCELLED|0:0|None', 'CANCELLED: it was cancelled'],
  ['7|CANCELLED|0:0|DependencyNeverSatisfied', 'CANCELLED: a job it waited for did not end as it had to'],
  ['7|CANCELLED|0:0|Dependency', 'CANCELLED: a job it waited for did not end as it had to'],
  ['7|CANCELLED by 1001|0:0|Dependency', 'CANCELLED by 1001: it was cancelled by user 1001'],
  ['7|FAILED|3:0|NonZeroExitCode', 'FAILED: it ended with exit code 3'],
  ['7|FAILED|137:0|NonZeroExitCode', 'FAILED: it ended with exit code 137 (SIGKILL inside it)'],
  ['7|FAILED|0:11|RaisedSignal', 'FAILED: signal 11 (SIGSEGV) ended it'],
  ['7|FAILED|0:53|None', 'FAILED: its output file or its folder could not be opened on the node'],
  ['7|FAILED|0:0|SystemFailure', 'FAILED: SystemFailure'],
];

describe('history', () => {
  test.each(ENDS)('the record %s is told as %s', (line, failure) => {
    expect(recordOf(line)).toEqual({
      raw: line.split('|').slice(1, 3).join(' '),
      ...(failure === undefined ? {} : { failure }),
    });
  });

  test.each(['PENDING', 'RUNNING', 'SUSPENDED', 'REQUEUED', 'COMPLETING', 'RESIZING', 'REVOKED', 'A_STATE_OF_2031'])(
    'a record of %s is not one of an end',
    state => {
      expect(recordOf(`7|${state}|0:0|None`)).toEqual({ raw: `${state} 0:0`, open: true });
    },
  );

  test('real ends of every kind are read from accounting, an array as a whole', () => {
    const [out = NOTHING] = recorded('slurm/history.txt');
    const answer = slurm.readHistory(out, out.command.split(' ').slice(1));
    expect(plain(answer)).toMatchObject({
      kind: 'answered',
      records: {
        32: { raw: 'COMPLETED 0:0' },
        33: { failure: 'FAILED: it ended with exit code 3' },
        34: { failure: 'FAILED: signal 11 (SIGSEGV) ended it' },
        35: { failure: 'FAILED: its output file or its folder could not be opened on the node' },
        36: { failure: 'TIMEOUT: it reached its time limit' },
        37: { open: true },
        38: { failure: 'CANCELLED by 1001: it was cancelled by user 1001' },
        43: { failure: 'NODE_FAIL: a node of it failed' },
        48: { open: true },
        49: { raw: 'COMPLETED 0:0, FAILED 1:0', failure: '1 of 3: 49_2 FAILED: it ended with exit code 1' },
      },
    });
    expect(plain(answer)).not.toMatchObject({ records: { 99999: {} } });
  });

  test('without accounting the queue tells the same of jobs that it still remembers', () => {
    const out = recorded('slurm/history.txt')[1] ?? output('');
    expect(plain(slurm.readHistory(out, ['32', '33', '34', '35', '36', '38', '44']))).toEqual({
      kind: 'answered',
      records: {
        32: { raw: 'COMPLETED 0' },
        33: { raw: 'FAILED 768', failure: 'FAILED: it ended with exit code 3' },
        34: { raw: 'FAILED 11', failure: 'FAILED: signal 11 (SIGSEGV) ended it' },
        35: { raw: 'FAILED 4021', failure: 'FAILED: its output file or its folder could not be opened on the node' },
        36: { raw: 'TIMEOUT 15', failure: 'TIMEOUT: it reached its time limit' },
        38: { raw: 'CANCELLED 15', failure: 'CANCELLED: it was cancelled' },
        44: { raw: 'RUNNING 0', open: true },
      },
    });
    const none = find('slurm/no-accounting.txt', 'history 1 2');
    expect(plain(slurm.readHistory(none, ['1', '2']))).toMatchObject({
      records: { 1: { failure: 'FAILED: it ended with exit code 3' }, 2: { open: true } },
    });
  });

  test.each([
    [
      'slurmdbd is down',
      inSections({ accounting: ['sacct: error: Connection refused', 1], queue: 'ARRAY_JOB_ID|STATE|EXIT_CODE|REASON' }),
    ],
    ['sacct said nothing at all, not even its header', inSections({ accounting: '' })],
    ['the answer was cut off', output(`@martlet-begin accounting\n${HEAD}\n`)],
    ['nothing came', output('')],
    [
      'the shell was killed',
      output(`@martlet-begin accounting\n${HEAD}\n\n@martlet-end 0\n@martlet-done\n`, { code: null }),
    ],
  ])('%s: that is trouble and not "no record"', (_, out) => {
    expect(slurm.readHistory(out, ['7']).kind).toBe('trouble');
  });

  test('ten thousand ids go into words that a kernel takes', () => {
    const words = slurm.history(
      Array.from({ length: 10_000 }, (_, i) => String(10_000_000 + i)),
      { accounting: true },
    );
    expect(Math.max(...(words[2] ?? '').split(' ').map(word => word.length))).toBeLessThan(131_072);
  });
});
