import { changed, EXPERTS, FSDP, fixed, MEGATRON, SFT } from './recipes.ts';

/**
 * One rule of the release: what changes a valid recipe so that it is broken, with ^ where the finding must point, and a
 * change in the same place that is valid.
 */
export interface RuleRow {
  readonly id: string;
  readonly recipe: string;
  readonly from: string;
  readonly broken: string;
  readonly valid: string;
  readonly code: string;
  /** Where the finding must point when that is elsewhere: a piece of the changed text, with ^ in it. */
  readonly place?: string | undefined;
}

const EXTRA = 'trainer.log_val_generations: 0';
const SFT_EXTRA = 'trainer.balance_batch: true';
const A = 'actor_rollout_ref.actor';
const R = 'actor_rollout_ref.rollout';
const CORRECTION = 'algorithm.rollout_correction';

type Row = readonly [
  id: string,
  code: string,
  recipe: string,
  from: string,
  broken: string,
  valid: string,
  place?: string,
];

const SEPARATE = '\n      placement: separate\n      gpus: 4';

const KEYS: readonly Row[] = [
  ['hydra-plain', 'MRT-V001', FSDP, EXTRA, 'trainer.log_val_generation: ^0', EXTRA],
  ['hydra-plus', 'MRT-V001', FSDP, EXTRA, '+trainer.log_val_generations: ^0', '++trainer.log_val_generations: 0'],
  ['dataclass-unknown', 'MRT-V001', FSDP, EXTRA, `++${R}.repetition: ^1.1`, `++${R}.repetition_penalty: 1.1`],
  ['legacy-reward', 'MRT-V002', FSDP, EXTRA, 'reward_model.reward_manager: ^dapo', 'reward.reward_manager.name: naive'],
  ['router-key', 'MRT-V002', EXPERTS, EXTRA, `${A}.router_replay.mode: ^R3`, EXTRA],
  ['grad-clip-key', 'MRT-V002', FSDP, EXTRA, `${A}.grad_clip: ^1.0`, EXTRA],
];

const BATCH: readonly Row[] = [
  [
    'bsz-fsdp',
    'MRT-V003',
    changed(fixed(FSDP), 'group_size: 8', 'group_size: 2'),
    'prompts: 64\n      mini_prompts: 32',
    'prompts: ^30\n      mini_prompts: 30',
    'prompts: 32\n      mini_prompts: 32',
  ],
  [
    'bsz-megatron',
    'MRT-V003',
    fixed(MEGATRON),
    'prompts: 64\n      mini_prompts: 32\n      micro_sequences: 2',
    'prompts: ^64\n      mini_prompts: 32\n      micro_sequences: 3',
    'prompts: 96\n      mini_prompts: 48\n      micro_sequences: 3',
  ],
  [
    'micro-xor',
    'MRT-V003',
    FSDP,
    'micro_tokens: 16384',
    'micro_tokens: 16384\n      micro_sequences: ^2',
    'micro_tokens: 20480',
  ],
  ['mini-le-train', 'MRT-V003', FSDP, 'mini_prompts: 32', 'mini_prompts: ^128', 'mini_prompts: 64'],
  ['mini-divides-train', 'MRT-V003', FSDP, 'mini_prompts: 32', 'mini_prompts: ^24', 'mini_prompts: 16'],
  [
    'mini-dp',
    'MRT-V003',
    changed(FSDP, 'group_size: 8', 'group_size: 2'),
    'mini_prompts: 32',
    'mini_prompts: ^2',
    'mini_prompts: 4',
  ],
  ['micro-divides', 'MRT-V003', fixed(FSDP), 'micro_sequences: 2', 'micro_sequences: ^3', 'micro_sequences: 4'],
  [
    'rollout-logprob-micro',
    'MRT-V003',
    fixed(FSDP),
    EXTRA,
    `${R}.log_prob_micro_batch_size_per_gpu: ^null`,
    `${R}.log_prob_micro_batch_size_per_gpu: 4`,
  ],
  [
    'ref-logprob-micro',
    'MRT-V003',
    changed(fixed(FSDP), 'kl: none', 'kl: {in: loss, coefficient: 0.001}'),
    EXTRA,
    'actor_rollout_ref.ref.log_prob_micro_batch_size_per_gpu: ^null',
    'actor_rollout_ref.ref.log_prob_micro_batch_size_per_gpu: 4',
  ],
  [
    'dyn-equal',
    'MRT-V003',
    FSDP,
    EXTRA,
    `${R}.log_prob_use_dynamic_bsz: ^false`,
    `${R}.log_prob_use_dynamic_bsz: true`,
  ],
  ['token-cap', 'MRT-V003', FSDP, 'micro_tokens: 16384', 'micro_tokens: ^10239', 'micro_tokens: 10240'],
  [
    'vpp-micro',
    'MRT-V003',
    changed(fixed(MEGATRON), 'parallel: {tensor: 2, pipeline: 1}', 'parallel: {pipeline: 4, virtual_pipeline: 3}'),
    'micro_sequences: 2',
    'micro_sequences: ^64',
    'micro_sequences: 32',
  ],
  ['micro-global-sp', 'MRT-V003', fixed(FSDP), EXTRA, `${A}.ppo_micro_batch_size: ^4`, EXTRA],
  [
    'rows',
    'MRT-V003',
    changed(FSDP, 'samples: 5000', 'samples: 96'),
    '      prompts: 64',
    '      prompts: ^128',
    '      prompts: 96',
  ],
  [
    'sft-val',
    'MRT-V003',
    SFT,
    'every_steps: 10, datasets: [check]',
    'every_steps: ^10',
    'every_steps: 20, datasets: [check]',
  ],
  ['sft-zero', 'MRT-V003', SFT, SFT_EXTRA, 'trainer.save_freq: ^0', 'trainer.save_freq: after_each_epoch'],
  ['sft-len', 'MRT-V003', SFT, SFT_EXTRA, 'data.truncation: ^error', 'data.truncation: left'],
  ['sft-cap', 'MRT-V003', SFT, 'micro_tokens: 8192', 'micro_tokens: ^8191', 'micro_tokens: 16384'],
  ['sft-dp', 'MRT-V003', SFT, 'global_samples: 64', 'global_samples: ^60', 'global_samples: 72'],
  [
    'sft-think',
    'MRT-V003',
    SFT,
    SFT_EXTRA,
    'data.ignore_input_ids_mismatch: ^false',
    'data.ignore_input_ids_mismatch: true',
  ],
];

const POOL = (gpus: number): string =>
  `reward.reward_model.enable: true\n      reward.reward_model.enable_resource_pool: true\n      reward.reward_model.nnodes: 1\n      reward.reward_model.n_gpus_per_node: ${gpus === 0 ? 0 : `^${gpus}`}`;

const LAYOUT: readonly Row[] = [
  [
    'megatron-world',
    'MRT-V004',
    MEGATRON,
    'parallel: {tensor: 2, pipeline: 1}',
    'parallel: ^{tensor: 2, pipeline: 3}',
    'parallel: {tensor: 2, pipeline: 2}',
  ],
  [
    'moe-world',
    'MRT-V004',
    EXPERTS,
    'expert: 8, expert_tensor: 1',
    'expert: ^16, expert_tensor: 1',
    'expert: 4, expert_tensor: 1',
  ],
  ['sp-padding', 'MRT-V004', FSDP, 'parallel: {context: 1}', 'parallel: {context: ^3}', 'parallel: {context: 4}'],
  ['rollout-world', 'MRT-V004', FSDP, 'tensor: 2', 'tensor: ^3', 'tensor: 8'],
  ['rollout-node', 'MRT-V004', FSDP, EXTRA, `${R}.data_parallel_size: ^6`, `${R}.data_parallel_size: 4`],
  [
    'heads-tp',
    'MRT-V004',
    changed(FSDP, 'architecture: qwen3-8b', 'architecture: qwen3-8b\n  num_attention_heads: 36'),
    'tensor: 2',
    'tensor: ^8',
    'tensor: 4',
  ],
  ['gpus', 'MRT-V004', FSDP, EXTRA, POOL(8), POOL(0)],
  ['cpus', 'MRT-V004', FSDP, EXTRA, 'ray_kwargs.ray_init.num_cpus: ^33', 'ray_kwargs.ray_init.num_cpus: 34'],
  [
    'dcp',
    'MRT-V004',
    MEGATRON,
    EXTRA,
    `${A}.megatron.dynamic_context_parallel: ^true`,
    `${A}.megatron.dynamic_context_parallel: true\n      ${A}.megatron.max_seqlen_per_dp_cp_rank: 8192`,
  ],
  ['mbridge', 'MRT-V004', MEGATRON, EXTRA, `${A}.megatron.use_mbridge: ^false`, `${A}.megatron.use_mbridge: true`],
  [
    'lora-rank',
    'MRT-V004',
    FSDP,
    EXTRA,
    'actor_rollout_ref.model.lora_rank: ^1024',
    'actor_rollout_ref.model.lora_rank: 512',
  ],
];

const separate = changed(FSDP, 'engine: vllm\n', `engine: vllm${SEPARATE}\n`);

const ROLLOUT: readonly Row[] = [
  ['req-rollout-name', 'MRT-R004', FSDP, 'engine: vllm', 'engine: ^hf', 'engine: sglang'],
  ['rollout-ep', 'MRT-V005', EXPERTS, EXTRA, `${R}.expert_parallel_size: ^4`, `${R}.expert_parallel_size: 2`],
  [
    'rollout-pp',
    'MRT-V005',
    FSDP,
    EXTRA,
    `${R}.pipeline_model_parallel_size: ^2`,
    `${R}.pipeline_model_parallel_size: 1`,
  ],
  ['rollout-mode', 'MRT-V005', FSDP, EXTRA, `${R}.mode: ^sync`, `${R}.mode: async`],
  [
    'rollout-moetp',
    'MRT-V005',
    EXPERTS,
    EXTRA,
    `${R}.moe_tensor_parallel_size: ^2`,
    `${R}.moe_tensor_parallel_size: 1`,
  ],
  ['maxlen', 'MRT-V005', FSDP, EXTRA, `${R}.max_model_len: ^40961`, `${R}.max_model_len: 40960`],
  [
    'chunked',
    'MRT-V005',
    FSDP,
    EXTRA,
    `${R}.enable_chunked_prefill: ^false`,
    `${R}.enable_chunked_prefill: false\n      ${R}.max_num_batched_tokens: 10240`,
  ],
  ['val-sample', 'MRT-V005', FSDP, '      temperature: 1.0', '      temperature: ^0', '      temperature: 0.8'],
  [
    'sep-batch',
    'MRT-V005',
    separate,
    EXTRA,
    'trainer.v1.separate_async.parameter_sync_step: ^4',
    'trainer.v1.separate_async.parameter_sync_step: 2',
  ],
  [
    'sep-nodes',
    'MRT-V005',
    FSDP,
    EXTRA,
    `trainer.v1.trainer_mode: ^separate_async\n      ${R}.checkpoint_engine.backend: nccl\n      trainer.v1.separate_async.parameter_sync_step: 2`,
    'trainer.v1.trainer_mode: colocate_async',
  ],
  [
    'sep-backend',
    'MRT-V005',
    separate,
    EXTRA,
    `${R}.checkpoint_engine.backend: ^naive`,
    `${R}.checkpoint_engine.backend: nixl`,
  ],
  [
    'sampler',
    'MRT-V005',
    FSDP,
    EXTRA,
    'trainer.v1.sampler.max_off_policy_threshold: ^0',
    'trainer.v1.sampler.max_off_policy_threshold: 2',
  ],
];

const noSampling = changed(FSDP, 'dynamic_sampling: {metric: acc}', 'dynamic_sampling: none');

const ALGORITHM: readonly Row[] = [
  ['req-adv', 'MRT-V006', FSDP, 'name: grpo', 'name: ^ppo', 'name: rloo'],
  ['loss-agg', 'MRT-R004', FSDP, 'kl: none', 'loss_aggregation: ^token-max', 'loss_aggregation: seq-mean-token-mean'],
  ['clip-c', 'MRT-R001', FSDP, 'dual: 10.0', 'dual: ^1.0', 'dual: 3.0'],
  [
    'dro-beta',
    'MRT-V006',
    FSDP,
    EXTRA,
    `${A}.policy_loss.loss_mode: ^dro`,
    `${A}.policy_loss.loss_mode: dro\n      ${A}.policy_loss.dro_beta: 0.5`,
  ],
  ['loss-mode', 'MRT-V006', FSDP, EXTRA, `${A}.policy_loss.loss_mode: ^gspo2`, `${A}.policy_loss.loss_mode: cispo`],
  ['group-size', 'MRT-V006', noSampling, 'group_size: 8', 'group_size: ^1', 'group_size: 2'],
  [
    'rs-threshold',
    'MRT-V006',
    FSDP,
    EXTRA,
    `${CORRECTION}.rollout_rs: ^token_k2`,
    `${CORRECTION}.rollout_rs: token_k2\n      ${CORRECTION}.rollout_rs_threshold: 2.0`,
  ],
  ['is-threshold', 'MRT-R001', FSDP, 'truncate: 2.0', 'truncate: ^0', 'truncate: 5.0'],
  ['is-logprobs', 'MRT-V006', FSDP, EXTRA, `${R}.calculate_log_probs: ^false`, `${R}.calculate_log_probs: true`],
  ['bypass-v1', 'MRT-V006', FSDP, EXTRA, `${CORRECTION}.bypass_mode: ^true`, `${CORRECTION}.bypass_mode: false`],
  [
    'filter-metric',
    'MRT-R003',
    FSDP,
    'dynamic_sampling: {metric: acc}',
    '^dynamic_sampling: {}',
    'dynamic_sampling: {metric: score}',
  ],
  [
    'filter-inflight',
    'MRT-V006',
    FSDP,
    EXTRA,
    'algorithm.filter_groups.max_inflight_gen_batches: ^0',
    'algorithm.filter_groups.max_inflight_gen_batches: 3',
  ],
  ['filter-v1', 'MRT-V006', FSDP, EXTRA, 'trainer.use_v1: ^false', 'trainer.use_v1: true'],
  ['filter-n', 'MRT-V006', FSDP, 'group_size: 8', 'group_size: ^1', 'group_size: 16'],
  ['rr-engine', 'MRT-V006', FSDP, 'kl: none', 'routing_replay: ^R2', 'routing_replay: none'],
  [
    'rr-r3-rollout',
    'MRT-V006',
    EXPERTS,
    EXTRA,
    `${R}.enable_rollout_routing_replay: ^false`,
    `${R}.enable_rollout_routing_replay: true`,
  ],
  [
    'rr-r3-vllm',
    'MRT-V006',
    EXPERTS,
    "image: 'verlai/verl:vllm024.dev2'",
    "image: ^'verlai/verl:vllm020.dev1'",
    "image: 'verlai/verl:vllm022.dev1'",
  ],
  [
    'rr-r2',
    'MRT-V006',
    changed(EXPERTS, 'routing_replay: R3', 'routing_replay: R2'),
    EXTRA,
    `${R}.enable_rollout_routing_replay: ^true`,
    `${R}.enable_rollout_routing_replay: false`,
  ],
  ['rr-pad', 'MRT-V006', EXPERTS, EXTRA, `${A}.megatron.pad_to_length: ^true`, `${A}.megatron.pad_to_length: false`],
];

const overlong = changed(FSDP, 'workers: 4', 'workers: 4\n      overlong: {buffer_tokens: 2048, penalty: 1.0}');

const REWARD: readonly Row[] = [
  ['filter-metric-exists', 'MRT-V007', FSDP, 'metric: acc', 'metric: ^style', 'metric: score'],
  [
    'overlong-equal',
    'MRT-V007',
    overlong,
    EXTRA,
    'reward.reward_kwargs.max_resp_len: ^4096',
    'reward.reward_kwargs.max_resp_len: 8192',
  ],
  ['overlong-keys', 'MRT-V007', overlong, 'buffer_tokens: 2048', 'buffer_tokens: ^8193', 'buffer_tokens: 8192'],
  ['rm-name', 'MRT-V007', FSDP, EXTRA, 'reward.reward_manager.name: ^prime', 'reward.reward_manager.name: gdpo'],
  [
    'rm-importlib',
    'MRT-V007',
    FSDP,
    EXTRA,
    'reward.reward_manager.source: ^importlib',
    'reward.reward_manager.source: importlib\n      reward.reward_manager.module.path: /opt/manager.py',
  ],
  ['scorer', 'MRT-V007', FSDP, 'function: math-verify', 'function: ^built-in', 'function: /opt/mine.py'],
  [
    'scorer-thread',
    'MRT-V007',
    changed(FSDP, 'function: math-verify', 'function: /opt/mine.py'),
    EXTRA,
    'reward.custom_reward_function.reward_kwargs.timeout_seconds: ^5',
    'reward.custom_reward_function.reward_kwargs.timeout_seconds: 5\n      reward.reward_manager.name: remote',
  ],
];

const LONG = `/scratch/${'a'.repeat(40)}`;

const RUN: readonly Row[] = [
  ['steps-epochs', 'MRT-V008', FSDP, EXTRA, 'trainer.total_epochs: ^0', 'trainer.total_epochs: 1'],
  [
    'save-last',
    'MRT-V008',
    FSDP,
    '    checkpoint: {every_steps: 10}\n',
    '',
    '    checkpoint: {every_steps: 20}\n',
    '^kind: rlvr',
  ],
  ['resume-path', 'MRT-V008', FSDP, EXTRA, 'trainer.resume_mode: ^resume_path', 'trainer.resume_mode: auto'],
  ['resume-tracker', 'MRT-V008', FSDP, EXTRA, 'trainer.resume_mode: ^disable', 'trainer.resume_mode: auto'],
  [
    'resume-world',
    'MRT-V008',
    FSDP,
    EXTRA,
    'trainer.resume_mode: resume_path\n      trainer.resume_from_path: ^/a/global_step_5',
    EXTRA,
  ],
  [
    'resume-mcore-layout',
    'MRT-V008',
    MEGATRON,
    EXTRA,
    'trainer.resume_mode: resume_path\n      trainer.resume_from_path: ^/a/global_step_5',
    EXTRA,
  ],
  ['fsdp-sched', 'MRT-V008', FSDP, 'decay: constant', 'decay: ^linear', 'decay: cosine'],
  ['logger-offline', 'MRT-V008', FSDP, EXTRA, 'trainer.logger: ^[console, wandb]', 'trainer.logger: [console, file]'],
  [
    'init-num-cpus',
    'MRT-V008',
    changed(FSDP, EXTRA, 'ray_kwargs.ray_init.num_cpus: 64'),
    'env: {A: b}',
    "env: {RAY_ADDRESS: '10.0.0.1:6379'}",
    'env: {B: c}',
    'num_cpus: ^64',
  ],
  [
    'one-job-per-cluster',
    'MRT-V008',
    FSDP,
    'env: {A: b}',
    "env: {RAY_ADDRESS: ^'10.0.0.1:6379'}",
    'env: {RAY_DEDUP_LOGS: 1}',
  ],
  ['rocr', 'MRT-V008', FSDP, 'env: {A: b}', 'env: {ROCR_VISIBLE_DEVICES: ^0}', 'env: {CUDA_MODULE_LOADING: LAZY}'],
  ['tmpdir-len', 'MRT-V008', FSDP, 'env: {A: b}', `env: {RAY_TMPDIR: ^${LONG}}`, 'env: {RAY_TMPDIR: /tmp/r1}'],
];

export const RULE_ROWS: readonly RuleRow[] = [
  ...KEYS,
  ...BATCH,
  ...LAYOUT,
  ...ROLLOUT,
  ...ALGORITHM,
  ...REWARD,
  ...RUN,
].map(([id, code, recipe, from, broken, valid, place]) => ({ id, code, recipe, from, broken, valid, place }));
