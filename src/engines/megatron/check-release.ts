import type { Diagnostic } from '../../model/diagnostic.ts';
import { fullPath } from './command.ts';
import { FLAGS, type Flag, isLacking, isSpelled, rowsOf } from './flags.ts';
import { optionOf, RELEASES } from './releases/index.ts';
import type { CheckpointForm, Release } from './releases/release.ts';
import type { MegatronSpec } from './spec.ts';

const error = (
  spec: MegatronSpec,
  code: Diagnostic['code'],
  path: string,
  said: Pick<Diagnostic, 'what' | 'why' | 'hint'>,
): Diagnostic => ({ code, severity: 'error', ...said, path: fullPath(path, spec.context.name) });

/** Rows that say the same in another spelling, and the row itself. */
const spellingsOf = (row: Flag): readonly Flag[] =>
  FLAGS.filter(
    each =>
      each === row ||
      (each.path === row.path &&
        ((row.unless !== undefined && each.only === row.unless) ||
          (row.only !== undefined && each.unless === row.only))),
  );

/** Releases that can do what a row asks for, in whatever spelling. */
const canDo = (row: Flag): string =>
  RELEASES.filter(release =>
    spellingsOf(row).some(each => isSpelled(each, release) && optionOf(each.flag, release) !== undefined),
  )
    .map(each => each.id)
    .join(', ');

/** Words of the recipe for which this release has no flag: one finding for each word. */
const lacking = (spec: MegatronSpec): Diagnostic[] => {
  const rows = rowsOf(spec.release).filter(row => isLacking(row, spec));
  return rows
    .filter((row, index) => rows.findIndex(each => each.path === row.path) === index)
    .map(row =>
      error(spec, 'MRT-E020', row.path, {
        what: `${spec.release.id} has no ${row.flag}, which ${fullPath(row.path, spec.context.name)} becomes.`,
        why: 'the program would train as if it were not written, or refuse the flag.',
        hint: `releases that have it: ${canDo(row)}.`,
      }),
    );
};

const format = (spec: MegatronSpec): Diagnostic[] => {
  const asked = spec.stage.checkpoint?.format;
  const { formats } = spec.release.checkpoint;
  if (asked === undefined || formats.includes(asked)) return [];
  return [
    error(spec, 'MRT-E021', 'checkpoint.format', {
      what: `${spec.release.id} does not write ${asked}.`,
      why: 'the format is a fact of the release.',
      hint: `it writes ${formats.join(' or ')}.`,
    }),
  ];
};

/** What a stage before has left; `writes` undefined: nobody knows. */
export interface Left {
  readonly writes: CheckpointForm | undefined;
  readonly iterationZero: boolean;
}

/** Megatron-Bridge 0.6 pins a commit of Megatron-LM (cd4afffa) that writes as 0.19 does; every import is iteration 0. */
const leftByBridge = (release: string): Left => ({
  writes: /^v?0\.6\./.test(release) ? 'torch_dist' : undefined,
  iterationZero: true,
});

/** Why a release cannot start from what another program, or another release, has left; undefined: it can, or nobody knows. */
export const handoffProblem = (left: Left, to: Release): string | undefined => {
  if (left.writes !== undefined && !to.checkpoint.reads.includes(left.writes))
    return `it has no common.pt, without which ${to.id} cannot read a checkpoint.`;
  if (left.iterationZero && !to.checkpoint.iterationZero)
    return `its tracker says iteration 0, which ${to.id} takes for a broken one.`;
  return undefined;
};

const leftBefore = (spec: MegatronSpec, of: (id: string) => Release | undefined): Left | undefined => {
  const { handoff: from } = spec.context;
  if (from?.engine === 'megatron-bridge') return leftByBridge(from.release);
  if (from?.engine !== 'megatron-lm') return undefined;
  const form = from.format === 'torch' ? 'torch' : of(from.release)?.checkpoint.writes;
  return { writes: form, iterationZero: false };
};

const handoff = (spec: MegatronSpec, of: (id: string) => Release | undefined): Diagnostic[] => {
  const from = spec.context.handoff;
  const left = leftBefore(spec, of);
  const problem = left && handoffProblem(left, spec.release);
  if (!from || !problem) return [];
  return [
    error(spec, 'MRT-E022', 'from', {
      what: `${spec.release.id} cannot start from the checkpoint of ${from.stage} (${from.engine}${from.release ? ` ${from.release}` : ''}).`,
      why: problem,
      hint: 'take a release that reads it, or name a converted copy (copies: megatron:NAME) with from: base.',
    }),
  ];
};

const isSameCommit = (a: string, b: string): boolean => a.startsWith(b) || b.startsWith(a);

/** The release was recorded from one commit of one repository; what another has may differ from what is checked here. */
const origin = (spec: MegatronSpec): Diagnostic[] => {
  const { repo, commit } = spec.context.origin;
  const { release } = spec;
  const warning = (key: string, written: string, recorded: string): Diagnostic => ({
    code: 'MRT-E023',
    severity: 'warning',
    what: `${release.id} was recorded from ${recorded}, and the recipe says ${written}.`,
    why: 'flags, log lines and checkpoints are checked as they are there.',
    hint: `write ${key}: ${recorded}, or make sure that it has the same options.`,
    path: `software.megatron-lm.${key}`,
  });
  return [
    ...(repo !== undefined && repo !== release.repo ? [warning('repo', repo, release.repo)] : []),
    ...(commit !== undefined && !isSameCommit(commit, release.commit)
      ? [warning('commit', commit, release.commit)]
      : []),
  ];
};

/** What depends on the release alone: its flags, its formats, what it can start from, and where it was recorded. */
export const checkRelease = (spec: MegatronSpec, of: (id: string) => Release | undefined): Diagnostic[] => [
  ...lacking(spec),
  ...format(spec),
  ...handoff(spec, of),
  ...origin(spec),
];
