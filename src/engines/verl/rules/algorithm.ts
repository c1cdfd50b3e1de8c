import { recordedKey } from '../recorded.ts';
import type { Facts, Family } from '../rule.ts';
import { ACTOR, CORRECTION, FILTER, MEGATRON, ROLLOUT } from './names.ts';

const AGGREGATION = `${ACTOR}.loss_agg_mode`;
const LOSS = `${ACTOR}.policy_loss.loss_mode`;
const BETA = `${ACTOR}.policy_loss.dro_beta`;
const IS = `${CORRECTION}.rollout_is`;
const RS = `${CORRECTION}.rollout_rs`;
const BYPASS = `${CORRECTION}.bypass_mode`;
const REPLAYED = `${ROLLOUT}.enable_rollout_routing_replay`;
const PAD = `${MEGATRON}.pad_to_length`;

const isGroup = (f: Facts): boolean =>
  /^(grpo|rloo|opo|gdpo|reinforce_plus_plus_baseline|gpg)/.test(f.text('algorithm.adv_estimator'));
const n = (f: Facts): number => f.number(`${ROLLOUT}.n`);
const filters = (f: Facts): boolean => f.isOn(`${FILTER}.enable`);
const isKnown = (f: Facts, key: string): boolean =>
  (recordedKey(f.spec.config, key)?.enum ?? []).includes(f.get(key) as string | null);
const corrects = (f: Facts): boolean => f.get(IS) != null || f.get(RS) != null;

/** A number above 0, or the two bounds of a band, `0.5_2.0`. */
const isThreshold = (value: unknown): boolean => {
  if (typeof value === 'number') return value > 0;
  const [low, high, more] = String(value).split('_').map(Number);
  return more === undefined && low !== undefined && high !== undefined && 0 < low && low < high;
};

/** routing_replay as the recipe says it: with FSDP there is no key to write it to. */
const replay = (f: Facts): string => {
  const { stage } = f.spec;
  const own = stage.kind === 'rlvr' ? stage.algorithm.routing_replay : undefined;
  return own === undefined || own === 'none' ? 'disabled' : own;
};
const replayPath = (f: Facts): string => `stages.${f.spec.context.name}.algorithm.routing_replay`;

/** vLLM's minor version in the name of an image: `verlai/verl:vllm024.dev2` has 0.24. */
const vllmMinor = (f: Facts): number => Number(/:vllm0(\d\d)\b/.exec(f.spec.context.image ?? '')?.[1] ?? Number.NaN);

/** Loss, corrections, dynamic sampling, routing replay (verl/trainer/ppo/core_algos.py, rollout_corr_helper.py, ppo/v1). */
export const ALGORITHM: Family = {
  code: 'MRT-V006',
  rules: [
    {
      id: 'req-adv',
      keys: ['algorithm.adv_estimator'],
      broken: f => f.text('algorithm.adv_estimator') === 'gae',
      what: () => 'name: ppo trains a critic beside the policy.',
      why: 'its estimator (gae) needs a value model of its own, which is not in this version.',
      hint: () => 'grpo, rloo, reinforce++ and remax need none.',
    },
    {
      id: 'loss-agg',
      keys: [AGGREGATION],
      broken: f => !isKnown(f, AGGREGATION),
      what: f => `"${f.text(AGGREGATION)}" is no way of adding up the loss.`,
      why: 'Invalid loss_agg_mode.',
    },
    {
      id: 'clip-c',
      keys: [`${ACTOR}.clip_ratio_c`],
      broken: f => !(f.number(`${ACTOR}.clip_ratio_c`) > 1),
      what: f => `a dual clip of ${f.text(`${ACTOR}.clip_ratio_c`)} is not above 1.`,
      why: 'clip_ratio_c for dual-clip PPO should be greater than 1.0.',
    },
    {
      id: 'loss-mode',
      keys: [LOSS],
      broken: f => !isKnown(f, LOSS),
      what: f => `"${f.text(LOSS)}" is no policy loss of the release.`,
      why: 'Unsupported loss mode, said at the first update.',
    },
    {
      id: 'dro-beta',
      keys: [BETA, LOSS],
      broken: f => f.text(LOSS) === 'dro' && !(f.number(BETA) > 0),
      what: () => 'the loss dro has no dro_beta above 0.',
      why: 'policy_loss.dro_beta must be a positive value.',
    },
    {
      id: 'group-size',
      keys: [`${ROLLOUT}.n`],
      broken: f => isGroup(f) && !filters(f) && !(n(f) > 1),
      what: () => 'a group of one answer has nothing to be compared with.',
      why: 'its advantage is its raw reward, and nothing says so.',
      hint: () => '8 and 16 are common.',
    },
    {
      id: 'filter-n',
      keys: [`${ROLLOUT}.n`],
      broken: f => filters(f) && !(n(f) > 1),
      what: () => 'dynamic sampling drops every group of one answer.',
      why: 'a group of one has no spread, so no step is ever complete.',
    },
    {
      id: 'rs-threshold',
      keys: [RS],
      broken: f => f.get(RS) != null && f.get(`${CORRECTION}.rollout_rs_threshold`) == null,
      what: () => 'rollout_rs has no threshold.',
      why: 'rollout_rs_threshold must be provided.',
    },
    {
      id: 'is-threshold',
      keys: [`${CORRECTION}.rollout_is_threshold`],
      broken: f => f.get(IS) != null && !isThreshold(f.get(`${CORRECTION}.rollout_is_threshold`)),
      what: f => `"${f.text(`${CORRECTION}.rollout_is_threshold`)}" is no threshold of importance weights.`,
      why: 'it is a number above 0, or a band "low_high" with 0 < low < high.',
    },
    {
      id: 'is-logprobs',
      keys: [`${ROLLOUT}.calculate_log_probs`],
      broken: f => corrects(f) && !f.isOn(`${ROLLOUT}.calculate_log_probs`),
      what: () => 'importance weights need the log-probs of the rollout.',
      why: 'without calculate_log_probs they are not applied, and nothing says so.',
    },
    {
      id: 'bypass-v1',
      keys: [BYPASS],
      broken: f => f.isOn(BYPASS) && (corrects(f) || f.isWritten(`${CORRECTION}.loss_type`)),
      what: () => 'bypass_mode switches the importance weights off.',
      why: "the trainer of this release copies the rollout's log-probs and applies no correction after it, in silence.",
      hint: () => 'remove it, or write algorithm: {importance_sampling: none}.',
    },
    {
      id: 'filter-metric',
      keys: [`${FILTER}.metric`, `${FILTER}.enable`],
      broken: f => filters(f) && (typeof f.get(`${FILTER}.metric`) !== 'string' || f.text(`${FILTER}.metric`) === ''),
      what: () => 'dynamic sampling has no metric.',
      why: 'a group is dropped when all its answers have one value of it.',
      hint: () => 'acc is the plain rightness.',
    },
    {
      id: 'filter-inflight',
      keys: [`${FILTER}.max_inflight_gen_batches`],
      broken: f =>
        filters(f) &&
        !(
          Number.isInteger(f.get(`${FILTER}.max_inflight_gen_batches`)) &&
          f.number(`${FILTER}.max_inflight_gen_batches`) > 0
        ),
      what: f => `${f.text(`${FILTER}.max_inflight_gen_batches`)} batches in flight are none.`,
      why: 'max_inflight_gen_batches must be a positive integer.',
    },
    {
      id: 'filter-v1',
      keys: ['trainer.use_v1'],
      broken: f => filters(f) && !f.isOn('trainer.use_v1'),
      what: () => 'the old trainer samples without filter.',
      why: 'use_v1: false ignores algorithm.filter_groups in silence.',
    },
    {
      id: 'rr-engine',
      at: replayPath,
      broken: f => replay(f) !== 'disabled' && f.spec.backend !== 'megatron',
      what: f => `routing replay ${replay(f)} is not in FSDP.`,
      why: 'only the Megatron engine records and replays routes.',
      hint: () => 'write backend: megatron.',
    },
    {
      id: 'rr-dense',
      at: replayPath,
      broken: f =>
        replay(f) !== 'disabled' &&
        f.spec.backend === 'megatron' &&
        f.spec.architecture !== undefined &&
        f.spec.architecture.experts === undefined,
      what: f => `routing replay ${replay(f)} has no routes: ${f.spec.context.model.architecture} has no experts.`,
      why: 'a dense model routes nothing.',
      hint: () => 'write routing_replay: none.',
    },
    {
      id: 'rr-dynamic',
      keys: [`${ACTOR}.use_dynamic_bsz`],
      severity: 'warning',
      broken: f =>
        replay(f) !== 'disabled' &&
        f.spec.architecture?.experts !== undefined &&
        f.spec.backend === 'megatron' &&
        f.isOn(`${ACTOR}.use_dynamic_bsz`),
      what: f => `nobody has shown that ${replay(f)} works with batches counted in tokens.`,
      why: 'the example of the release counts sequences there.',
      hint: () => 'write batch: {micro_sequences: N}.',
    },
    {
      id: 'top-p',
      keys: [`${ROLLOUT}.top_p`],
      severity: 'warning',
      broken: f => f.number(`${ROLLOUT}.top_p`) < 1,
      what: f =>
        `a top_p of ${f.number(`${ROLLOUT}.top_p`)} cuts the tail of what is sampled, and not of what is learnt.`,
      why: 'the ratio of both policies is then biased.',
      hint: () => '1.0 for training; validation has its own.',
    },
    {
      id: 'rr-r3-rollout',
      keys: [REPLAYED],
      broken: f => replay(f) === 'R3' && !f.isOn(REPLAYED),
      what: () => 'R3 replays the routes of the rollout, which returns none.',
      why: 'R3 needs enable_rollout_routing_replay: true.',
    },
    {
      id: 'rr-r3-vllm',
      at: () => 'software.verl.image',
      broken: f => replay(f) === 'R3' && f.text(`${ROLLOUT}.name`) === 'vllm' && vllmMinor(f) < 22,
      what: f => `the image has vLLM 0.${vllmMinor(f)}, which returns no routes.`,
      why: 'enable_rollout_routing_replay=True requires vLLM >= 0.22.0.',
      hint: () => 'verlai/verl:vllm024.dev2 belongs to v0.9.0.',
    },
    {
      id: 'rr-r2',
      keys: [REPLAYED],
      broken: f => replay(f) === 'R2' && f.isOn(REPLAYED),
      what: () => 'R2 records routes itself, and the rollout is told to return its own.',
      why: 'R2 needs enable_rollout_routing_replay: false.',
    },
    {
      id: 'rr-pad',
      keys: [PAD],
      broken: f => replay(f) !== 'disabled' && f.isOn(PAD),
      what: () => 'routing replay does not work on padded sequences.',
      why: 'pad_to_length must be false.',
    },
    {
      id: 'kl-full',
      at: f => `stages.${f.spec.context.name}.algorithm.kl.type`,
      broken: f => {
        const { stage } = f.spec;
        return stage.kind === 'rlvr' && typeof stage.algorithm.kl === 'object' && stage.algorithm.kl.type === 'full';
      },
      what: () => 'the full KL divergence is not implemented in the release.',
      why: 'only estimates from the sampled tokens are.',
      hint: () => 'low_var_kl is the usual one.',
    },
  ],
};
