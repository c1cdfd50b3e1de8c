import type { RlvrStage } from '../../recipe/schema.ts';
import { env, lit, lits, word } from '../../shell/word.ts';
import type { Engine, Program, StageContext } from '../engine.ts';
import { checkSpec, severalNodes } from './check.ts';
import { expectationsOf, keyNames } from './config.ts';
import { shippedReward } from './keys-algorithm.ts';
import { readRlvrLine } from './log.ts';
import { paceOf } from './pace.ts';
import { CONFIG_NAME, environmentOf, filesOf, inputsOf, madeOf } from './parts.ts';
import { type RlvrSpec, specOf } from './spec.ts';

const spec = (context: StageContext): RlvrSpec => specOf<RlvrStage>(context);

/** The scorer's file: one that is shipped lies beside the job, the person's own where it was said. */
const scorerOf = (s: RlvrSpec): Program['inputs'] => {
  const shipped = shippedReward(s);
  const own = s.stage.reward.function.startsWith('/') ? s.stage.reward.function : undefined;
  const path = shipped === undefined ? own : `${s.context.jobDir}/${shipped}`;
  return path === undefined ? [] : [{ kind: 'file', path }];
};

/**
 * Ray is started by main_ppo itself on the one node, below a folder of this job's own: without that it would join whatever
 * cluster runs there already. Sockets lie in that folder, so its path is short.
 */
const programOf = (s: RlvrSpec): Program => ({
  start: 'single',
  argv: [
    ...lits('env', '-u', 'RAY_ADDRESS', '-u', 'ROCR_VISIBLE_DEVICES'),
    ...(s.stage.env?.RAY_TMPDIR === undefined ? [word`RAY_TMPDIR=/tmp/r${env('MARTLET_JOB_ID')}`] : []),
    ...lits('python3', '-m', 'verl.trainer.main_ppo', '--config-path', s.context.jobDir, '--config-name'),
    lit(CONFIG_NAME),
  ],
  env: environmentOf(s),
  files: filesOf(s),
  ...(shippedReward(s) === undefined ? {} : { templates: { [shippedReward(s) ?? '']: [`verl/${shippedReward(s)}`] } }),
  made: madeOf(s),
  stallSeconds: s.stage.stall_after,
  inputs: [...inputsOf(s), ...scorerOf(s)],
});

/** Reinforcement learning with verifiable rewards: veRL's main_ppo, FSDP or Megatron, vLLM or SGLang, release v0.9.0. */
export const verlRlvr: Engine = {
  id: 'verl',
  title: 'veRL main_ppo',
  manual: 'https://verl.readthedocs.io',
  kinds: ['rlvr'],
  releases: ['v0.9.0'],
  isLaterInRehearsal: true,
  resumes: true,
  stop: 'none',
  check: context => checkSpec(spec(context), paceOf(spec(context))?.secondsPerStep),
  later: context => severalNodes(spec(context)),
  program: context => programOf(spec(context)),
  expects: context => expectationsOf(spec(context)),
  pace: context => paceOf(spec(context)),
  readLine: readRlvrLine,
  flagOf: path => keyNames(path, 'rlvr').join(' ') || undefined,
};
