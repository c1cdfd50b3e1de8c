import { describe, expect, test } from 'vitest';
import type { Dialect } from '../../src/schedulers/dialect.ts';
import { gridengine } from '../../src/schedulers/gridengine.ts';
import { SCHEDULERS } from '../../src/schedulers/index.ts';
import { pbspro } from '../../src/schedulers/pbspro.ts';
import { slurm } from '../../src/schedulers/slurm.ts';
import { run } from '../helpers/bash.ts';
import { output, recorded } from './kit.ts';

/** Requests that ended badly, but not with a text that is listed: a site's own words, or no answer at all. */
const UNSURE: Readonly<Record<string, readonly string[]>> = {
  slurm: ['sbatch --parsable --test-only -N2 --wrap sleep\\ 1 '],
  gridengine: [
    // A JSV's words, and a wrapper's: nothing tells them from those of a qsub that lost its answer.
    'qsub -terse -l node_f=1\\,node_h=1 -b y true ',
    'qsub -terse -l node_f=1 -pe mpi 2 -b y true ',
    'qsub -terse -g nogroup -b y true ',
    'qsub -terse -w v -l node_f=2 -b y true ',
  ],
};

describe.each([slurm, gridengine].map(dialect => [dialect.id, dialect] as const))('%s', (id, dialect) => {
  const submits = recorded(`${id}/submit.txt`).filter(each => /^(?:sbatch|qsub) /.test(each.command));

  test('there are real answers to look at', () => {
    expect(submits.length).toBeGreaterThan(15);
  });

  test.each(submits.map(each => [each.command, each] as const))('%s', (command, out) => {
    const kind = UNSURE[id]?.includes(command) ? 'unsure' : out.code === 0 ? 'accepted' : 'refused';
    expect(dialect.readSubmit(out)).toMatchObject({ kind });
  });
});

const slurmSaid = (text: string, code: number | null = 1) =>
  output('', { code, stderr: `sbatch: error: Batch job submission failed: ${text}\n` });
const pbsSaid = (code: number, text: string) => output('', { code, stderr: `qsub: ${text}\n` });
const geSaid = (text: string, code = 1) => output('', { code, stderr: `Unable to run job: ${text}\nExiting.\n` });

/** What may have left a job behind. */
const DOUBTS: readonly (readonly [Dialect, string, ReturnType<typeof output>])[] = [
  ...[
    'Socket timed out on send/recv operation',
    'Unable to contact slurm controller (connect failure)',
    'Unable to contact slurm controller (send failure)',
    'Unable to contact slurm controller (receive failure)',
    'Zero Bytes were transmitted or received',
    'Unexpected message received',
    'Unspecified error',
    'Protocol authentication error',
    'Slurm backup controller in standby mode',
    'a text of 2031',
  ].map(text => [slurm, text, slurmSaid(text)] as const),
  [slurm, 'a listed text with an odd code', slurmSaid('Invalid partition name specified', 255)],
  [slurm, 'a listed text of one that was killed', slurmSaid('Invalid partition name specified', null)],
  [slurm, 'a listed text beside an id', { ...slurmSaid('Invalid qos specification'), stdout: '42\n' }],
  ...[162, 255, 163, 183, 137, 143, 200].map(
    code => [pbspro, `code ${code}`, pbsSaid(code, 'cannot connect to server pbs1 (errno=15010)')] as const,
  ),
  [pbspro, 'code 1 with a text that is not listed', pbsSaid(1, 'Communication failure')],
  [pbspro, 'a listed code, but nothing that qsub said', output('', { code: 188 })],
  ...[
    'unable to send message to qmaster using port 6444 on host "m": got send error',
    'failed receiving gdi request response for mid=1 (got syncron message receive timeout error)',
    'Error reading answer list from qmaster',
    'got no response from JSV script "/jsv.sh".',
    'error: commlib error: got read error (closing "m/qmaster/1")',
  ].map(text => [gridengine, text, geSaid(text)] as const),
  [gridengine, 'a refusal beside an id', { ...geSaid('denied: x'), stdout: '42\n' }],
];

test.each(DOUBTS.map(([dialect, what, out]) => [dialect.id, what, dialect, out] as const))(
  '%s, %s: nobody knows whether there is a job',
  (_, _what, dialect, out) => {
    expect(dialect.readSubmit(out).kind).toBe('unsure');
  },
);

describe.each([slurm, pbspro, gridengine].map(dialect => [dialect.id, dialect] as const))(
  'every one, %s',
  (_, dialect) => {
    test.each([
      ['nothing and code 0', output('')],
      ['a login’s noise and code 0', output('Welcome to the cluster\nQuota: 42 %\n')],
      ['two ids', output(dialect === pbspro ? '1.pbs1\n2.pbs1\n' : '1\n2\n')],
      ['nothing and a signal', output('', { code: null, signal: 'SIGTERM' })],
      ['an id and a code other than 0', output(dialect === pbspro ? '1.pbs1\n' : '1\n', { code: 1 })],
      ['a time-out’s code', output('', { code: 124 })],
      ['code 127 without a word', output('', { code: 127 })],
    ])('%s is a doubt', (_what, out) => {
      expect(dialect.readSubmit(out).kind).toBe('unsure');
    });

    test('a program that is not there has asked nobody', () => {
      const gone = run(['env', '-i', 'PATH=/nonexistent', '/usr/bin/env', 'qsub-of-nowhere']);
      expect(dialect.readSubmit({ ...gone, stdout: '' }).kind).toBe('refused');
    });

    test('noise in front of an id does not hide it', () => {
      const id = dialect === pbspro ? '1234.pbs1' : '1234';
      expect(dialect.readSubmit(output(`*** maintenance on Monday ***\n\n${id}\n`))).toEqual({
        kind: 'accepted',
        nativeId: id,
      });
    });
  },
);

/** What the submit commands print, and the id in it; the walk reads it with sed, we with the same expression. */
const IDS: readonly (readonly [id: string, answer: string, nativeId: string])[] = [
  ['slurm', '42', '42'],
  ['slurm', '42;clusterA', '42'],
  ['slurm', 'Submitted batch job 42', '42'],
  ['slurm', 'Submitted batch job 42 on cluster c1', '42'],
  ['slurm', '42abc', ''],
  ['slurm', 'sbatch: error: 42', ''],
  ['pbspro', '1051.pbs1', '1051.pbs1'],
  ['pbspro', '1052[].pbs1', '1052[].pbs1'],
  ['pbspro', '24', '24'],
  ['pbspro', '1052[3', ''],
  ['pbspro', 'qsub: 1051.pbs1', ''],
  ['gridengine', '34', '34'],
  ['gridengine', '42.1-10:1', '42'],
  ['gridengine', '1.5-5:1', '1'],
  ['gridengine', 'Your job 42 ("mt-a-1") has been submitted', '42'],
  ['gridengine', 'Your job-array 42.1-10:1 ("mt-a-1") has been submitted', '42'],
  ['gridengine', 'Unable to run job: 42', ''],
  ['gridengine', '3.14', ''],
];

test.each(IDS)('of %s, "%s" is the id "%s", to sed as to us', (id, answer, nativeId) => {
  const { idPattern = '' } = SCHEDULERS.find(each => each.id === id) ?? {};
  const sed = run(['sed', '-nE', `s\u0001${idPattern}\u0001\\1\u0001p`], { input: `${answer}\n` }).stdout.trim();
  expect([sed, new RegExp(idPattern, 'm').exec(answer)?.[1] ?? '']).toEqual([nativeId, nativeId]);
});

/** OpenPBS 22 and 23: exit code and text of requests that were turned down. */
test.each([
  [2, 'illegal -N value'],
  [3, 'Array job exceeds server or queue size limit'],
  [32, 'walltime of a spot job must be given\nsee https://docs.example'],
  [38, "would exceed complex's per-user limit"],
  [154, 'Error (15002) submitting job'],
  [159, 'Unauthorized Request '],
  [166, 'Illegal attribute or resource value Resource_List.walltime'],
  [170, 'Unknown queue'],
  [173, 'Queue is not enabled'],
  [175, 'Bad UID for job execution'],
  [187, 'Unknown resource: foo'],
  [188, 'Job violates queue and/or server resource limits'],
  [190, 'job is not rerunnable'],
  [1, 'script file:: No such file or directory'],
  [1, 'directive error: -l nope'],
  [1, 'cannot send environment with the job'],
])('pbspro: code %i and "%s" have left no job', (code, text) => {
  expect(pbspro.readSubmit(pbsSaid(code, text)).kind).toBe('refused');
});
