import { layoutProblem } from '../../model/checkpoint-layout.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { Word } from '../../shell/word.ts';
import { wordText } from '../../shell/word.ts';
import type { Program } from '../engine.ts';
import { fullPath } from './command.ts';
import { FLAGS } from './flags.ts';

/**
 * Flags that may have another value when a training goes on: how it is spread, how it saves and what it logs. All others are
 * in the checkpoint (OptimizerParamScheduler refuses another rate or length), or decide which samples come next (a data index
 * is made from batch, steps, mixture and seed).
 */
const FREE =
  /^--(?:(?:tensor|pipeline|context|expert|expert-tensor)-(?:model-)?parallel-size|sequence-parallel|num-layers-per-virtual-pipeline-stage|overlap-.*|tp-comm-.*|micro-batch-size|recompute-.*|num-workers|save-interval|save-retain-interval|async-save|use-persistent-ckpt-worker|dist-ckpt-optim-fully-reshardable|ckpt-.*|no-load-(?:optim|rng)|log-.*|tensorboard-.*|wandb-.*|exit-.*|distributed-timeout-.*|flight-recorder-.*|manual-gc.*|data-cache-path)$/;

/** Flag to its words; a flag that takes a list has all of them. Words before the first flag are under "". */
const flagsOf = (argv: readonly Word[]): ReadonlyMap<string, string> => {
  const found = new Map<string, string>();
  let flag = '';
  for (const text of argv.map(wordText)) {
    const [name = '', ...rest] = text.startsWith('--') ? text.split('=') : [];
    if (name !== '') flag = name;
    const value = name === '' ? text : rest.join('=');
    found.set(flag, [found.get(flag), value].filter(each => each !== undefined && each !== '').join(' '));
  }
  return found;
};

const shown = (value: string | undefined): string =>
  value === undefined ? 'not given' : value === '' ? 'given' : value.length > 60 ? `${value.slice(0, 57)}...` : value;

const changedFlag = (flag: string, before: string | undefined, now: string | undefined, stage: string): Diagnostic => {
  const path = FLAGS.find(row => row.flag === flag)?.path;
  return {
    code: 'MRT-E051',
    severity: 'error',
    what: `${flag === '' ? 'the program' : flag} would change from ${shown(before)} to ${shown(now)}.`,
    why: 'the checkpoints of this run were made with it: another value is refused by them, or changes which samples come next.',
    hint: 'resume without it, or submit a run of its own with --again.',
    path: path ? fullPath(path, stage) : `stages.${stage}`,
  };
};

const layoutFindings = (before: Program, now: Program, stage: string): Diagnostic[] => {
  const [a, b] = [before.made, now.made].map(made => ('layout' in made ? made.layout : undefined));
  const problem = a && b ? layoutProblem(a, b) : undefined;
  if (problem === undefined) return [];
  return [
    {
      code: 'MRT-E050',
      severity: 'error',
      what: `the checkpoints of stage ${stage} cannot be gone on with.`,
      why: `${problem}.`,
      hint: 'keep tensor, pipeline and expert parallel as they were; more or fewer nodes change the data-parallel ranks alone.',
      path: `stages.${stage}.parallel`,
    },
  ];
};

/** What of a stage that has begun may not be another when it goes on. Paths are full. */
export const checkResume = (before: Program, now: Program, stage: string): readonly Diagnostic[] => {
  const [old, next] = [flagsOf(before.argv), flagsOf(now.argv)];
  const changed = [...new Set([...old.keys(), ...next.keys()])].filter(flag => old.get(flag) !== next.get(flag));
  return [
    ...layoutFindings(before, now, stage),
    ...changed.filter(flag => !FREE.test(flag)).map(flag => changedFlag(flag, old.get(flag), next.get(flag), stage)),
  ];
};
