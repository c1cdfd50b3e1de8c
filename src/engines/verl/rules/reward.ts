import { shippedReward } from '../keys-algorithm.ts';
import { recordedKey } from '../recorded.ts';
import type { Facts, Family } from '../rule.ts';
import type { RlvrSpec } from '../spec.ts';
import { FILTER, OVERLONG } from './names.ts';

const MANAGER = 'reward.reward_manager.name';
const SOURCE = 'reward.reward_manager.source';
const MODULE = 'reward.reward_manager.module';
const LENGTH = 'reward.reward_kwargs.max_resp_len';
const FILE = 'reward.custom_reward_function.path';
const KWARGS = 'reward.custom_reward_function.reward_kwargs';

/** Scorers of verl/utils/reward_score/__init__.py (v0.9.0), by data_source. */
const BUILT_IN =
  /^(openai\/gsm8k|lighteval\/MATH|DigitalLearningGmbH\/MATH-lighteval|HuggingFaceH4\/MATH-500|math_dapo|math|math_dapo_reasoning|aime.*|numina_(aops_forum|synthetic_math|amc_aime|synthetic_amc|cn_k12|olympiads)|codecontests|apps|codeforces|taco|hiyouga\/geometry3k|searchR1_(nq|triviaqa|popqa|hotpotqa|2wikimultihopqa|musique|bamboogle))$/;

/** What martlet's own scorers say of each answer; a number alone is also called acc. */
const SHIPPED_METRICS: readonly string[] = ['score', 'acc'];

const hasFile = (f: Facts): boolean => f.get(FILE) != null;
const shipped = (f: Facts): string | undefined =>
  f.spec.stage.kind === 'rlvr' ? shippedReward(f.spec as RlvrSpec) : undefined;
const isOverlong = (f: Facts): boolean => f.text(MANAGER) === 'dapo' && f.isOn(`${OVERLONG}.enable`);

/** Time-outs of Math-Verify that use signal.alarm, which only the main thread of a process may. martlet's own uses none. */
const alarm = (f: Facts): string | undefined =>
  shipped(f) === undefined
    ? [`${KWARGS}.parsing_timeout`, `${KWARGS}.timeout_seconds`].find(
        key => f.number(key) > 0 && f.whereIs([key]).includes('.extra.'),
      )
    : undefined;

const unscored = (f: Facts): string | undefined => {
  const rows = f.spec.context.rows;
  const all = [...(rows?.training ?? []), ...(rows?.validation ?? [])];
  return all.find(each => !BUILT_IN.test(each.hub ?? each.dataset) && !BUILT_IN.test(each.dataset))?.dataset;
};

const isOverlongWhole = (f: Facts): boolean =>
  f.number(`${OVERLONG}.len`) > 0 && f.number(LENGTH) >= f.number(`${OVERLONG}.len`);

/** The reward function and what is around it (verl/trainer/ppo/reward.py, verl/experimental/reward_loop). */
export const REWARD: Family = {
  code: 'MRT-V007',
  rules: [
    {
      id: 'filter-metric-exists',
      keys: [`${FILTER}.metric`],
      broken: f => {
        const metric = f.text(`${FILTER}.metric`);
        if (!f.isOn(`${FILTER}.enable`) || f.get(`${FILTER}.metric`) == null || metric === '') return false;
        return (shipped(f) !== undefined || !hasFile(f)) && !SHIPPED_METRICS.includes(metric);
      },
      what: f => `the reward says nothing called "${f.text(`${FILTER}.metric`)}".`,
      why: 'Finished groups are missing DAPO metric, said after the first step was sampled.',
      hint: () => `it says ${SHIPPED_METRICS.join(' and ')}.`,
    },
    {
      id: 'overlong-metric',
      keys: [`${FILTER}.metric`],
      severity: 'warning',
      broken: f => isOverlong(f) && f.isOn(`${FILTER}.enable`) && f.text(`${FILTER}.metric`) === 'score',
      what: () => 'groups are dropped by a score that holds the length penalty.',
      why: 'answers that are all wrong, but of unequal length, would be learnt from.',
      hint: () => 'write metric: acc.',
    },
    {
      id: 'overlong-equal',
      keys: [LENGTH],
      broken: f => isOverlong(f) && isOverlongWhole(f) && f.number(LENGTH) !== f.number('data.max_response_length'),
      what: f =>
        `the length penalty ends at ${f.number(LENGTH)} tokens, answers at ${f.number('data.max_response_length')}.`,
      why: 'a smaller value makes the penalty exceed its factor, a larger one makes it start late.',
    },
    {
      id: 'overlong-keys',
      keys: [`${OVERLONG}.len`, LENGTH],
      broken: f => isOverlong(f) && !isOverlongWhole(f),
      what: f =>
        `a penalty over the last ${f.number(`${OVERLONG}.len`)} tokens does not fit into answers of ${f.number(LENGTH)}.`,
      why: 'max_resp_len must be given and at least overlong_buffer_cfg.len, which is above 0.',
    },
    {
      id: 'rm-name',
      keys: [MANAGER],
      broken: f =>
        f.text(SOURCE) === 'register' && !(recordedKey(f.spec.config, MANAGER)?.enum ?? []).includes(f.text(MANAGER)),
      what: f => `"${f.text(MANAGER)}" is no reward manager.`,
      why: 'Unknown reward manager.',
    },
    {
      id: 'rm-importlib',
      keys: [SOURCE],
      broken: f =>
        f.text(SOURCE) === 'importlib' && (f.get(`${MODULE}.path`) == null || f.get(`${MODULE}.name`) == null),
      what: () => 'a reward manager of your own has no file.',
      why: 'source: importlib needs reward_manager.module.path and .name.',
    },
    {
      id: 'scorer',
      at: f => `stages.${f.spec.context.name}.reward.function`,
      broken: f => !hasFile(f) && unscored(f) !== undefined,
      what: f => `no built-in scorer knows ${unscored(f)}.`,
      why: 'each answer would fail with NotImplementedError and count as no reward; the run goes on.',
      hint: () => 'write function: math-verify, or a file of yours.',
    },
    {
      id: 'scorer-thread',
      at: f => f.whereIs([alarm(f) ?? '']),
      broken: f => alarm(f) !== undefined && f.text(MANAGER) !== 'remote',
      what: () => 'a time-out by signal.alarm does not work here.',
      why: 'scorers run in threads, where it fails: signal only works in main thread, and each reward is 0.',
      hint: () => 'write reward: {timeout: 20s}, or extra: {reward.reward_manager.name: remote}.',
    },
  ],
};
