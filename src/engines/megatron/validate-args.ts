import type { Parsed, Values } from './argparse.ts';

/** The environment validate_args looks at, as torchrun and the job export it. */
export interface RankEnvironment {
  readonly RANK?: string | undefined;
  readonly WORLD_SIZE?: string | undefined;
  readonly CUDA_DEVICE_MAX_CONNECTIONS?: string | undefined;
}

/** Why Megatron-LM would stop: the last line of its traceback, and the code it leaves with (once 0, although it failed). */
export interface Refusal {
  readonly text: string;
  readonly exitCode: number;
}

type Rule = readonly [holds: unknown, message?: string, kind?: string];

const REQUIRED = ['num_layers', 'hidden_size', 'num_attention_heads', 'max_position_embeddings', 'seq_length'];

/**
 * The rules of Megatron-LM core_v0.19.0 that a recipe can break, after argparse took the line: validate_args of arguments.py,
 * then the model's config, the schedule and the data set-up. Gives the attributes with what validate_args fills in, and the
 * first refusal in Megatron's words. Not its whole validation: what no recipe can express is left out.
 */
export function validateArguments(
  parsed: Parsed,
  environment: RankEnvironment,
): { readonly values: Values; readonly refusal: Refusal | undefined } {
  const values = { ...parsed.values };
  const stages = [worldRules, batchRules, stepRules, requiredRules, sizeRules];
  const rejected = [...parsed.given].find(flag => flag.status === 'rejected')?.flags[0];
  if (rejected === '--checkpoint-activations') {
    return { values, refusal: { text: '--checkpoint-activations is no longer valid', exitCode: 0 } };
  }
  if (rejected)
    return { values, refusal: { text: `AssertionError: ${rejected} argument is no longer valid`, exitCode: 1 } };
  for (const rules of stages) {
    const broken = rules(values, environment).find(([holds]) => !holds);
    if (!broken) continue;
    const [, message, kind = 'AssertionError'] = broken;
    return { values, refusal: { text: message ? `${kind}: ${message}` : kind, exitCode: 1 } };
  }
  return { values, refusal: undefined };
}

function worldRules(a: Values, environment: RankEnvironment): Rule[] {
  const [tensor, pipeline] = [a.tensor_model_parallel_size, a.pipeline_model_parallel_size];
  const world = Number(environment.WORLD_SIZE ?? 1);
  a.expert_tensor_parallel_size ??= tensor;
  const model = (a.tensor_parallel_num_weight_shards ?? tensor) * pipeline * a.context_parallel_size;
  const experts = a.expert_tensor_parallel_size * a.expert_model_parallel_size * pipeline;
  Object.assign(a, { rank: Number(environment.RANK ?? 0), world_size: world, data_parallel_size: world / model });
  return [
    [world % model === 0, `world size (${world}) is not divisible by total_model_size (total_model_size=${model})`],
    [
      world % experts === 0,
      `world size (${world}) is not divisible by expert_tensor_model_pipeline_parallel size (${experts})`,
      'RuntimeError',
    ],
  ];
}

function batchRules(a: Values): Rule[] {
  const micro = a.micro_batch_size * a.data_parallel_size;
  a.global_batch_size ??= micro;
  a.eval_global_batch_size ??= a.global_batch_size;
  a.eval_micro_batch_size ??= a.micro_batch_size;
  return [
    [a.micro_batch_size > 0],
    [
      a.eval_global_batch_size % (a.eval_micro_batch_size * a.data_parallel_size) === 0,
      `eval_global_batch_size (${a.eval_global_batch_size}) must be divisible by ` +
        `eval_micro_batch_size (${a.eval_micro_batch_size}) * data_parallel_size (${a.data_parallel_size})`,
    ],
    [
      a.global_batch_size % micro === 0,
      `global batch size (${a.global_batch_size}) is not divisible by micro batch size (${a.micro_batch_size}) ` +
        `times data parallel size (${a.data_parallel_size})`,
    ],
    [a.data_path === null || a.data_args_path === null],
  ];
}

function stepRules(a: Values): Rule[] {
  const [own, other, kind] = a.train_iters ? ['iters', 'samples', 'iteration'] : ['samples', 'iters', 'sample'];
  return [
    [!(a.train_iters && a.train_samples), 'expected iteration-based training'],
    [a.train_iters || a.train_samples, 'either train-iters or train-samples should be provided.', 'Exception'],
    [a[`lr_decay_${other}`] === null, `expected ${kind}-based learning rate decay`],
    [a[`lr_warmup_${other}`] === 0, `expected ${kind}-based learning rate warmup`],
    [
      a.lr_warmup_fraction === null || a[`lr_warmup_${own}`] === 0,
      `can only specify one of lr-warmup-fraction and lr-warmup-${own}`,
    ],
    [a.save === null || a.save_interval > 0],
    [a.save_retain_interval === null || a.save_retain_interval % a.save_interval === 0],
    [a.eval_interval, "unsupported operand type(s) for //: 'int' and 'NoneType'", 'TypeError'],
  ];
}

function requiredRules(a: Values): Rule[] {
  const missing = REQUIRED.find(name => a[name] === null);
  return [
    [!missing, `${missing} argument is None`],
    [a.kv_channels !== null || a.hidden_size % a.num_attention_heads === 0],
    ...scheduleRules(a),
  ];
}

/** OptimizerParamScheduler's own assertions; it counts in samples, of which every step has as many. */
function scheduleRules(a: Values): Rule[] {
  const decay = a.lr_decay_iters ?? a.lr_decay_samples ?? a.train_iters ?? a.train_samples;
  const warmup =
    a.lr_warmup_fraction === null ? a.lr_warmup_iters || a.lr_warmup_samples : a.lr_warmup_fraction * decay;
  return [
    [a.lr !== null, "float() argument must be a string or a real number, not 'NoneType'", 'TypeError'],
    [a.min_lr >= 0 && a.lr >= a.min_lr, 'self.max_lr >= self.min_lr >= 0.0'],
    [a.lr_warmup_init <= a.lr, 'self.init_lr <= self.max_lr'],
    [decay > 0, 'self.lr_decay_steps > 0'],
    [warmup < decay, 'self.lr_warmup_steps < self.lr_decay_steps'],
    [
      a.lr_decay_style !== 'WSD' || (a.lr_wsd_decay_iters ?? a.lr_wsd_decay_samples) !== null,
      'self.wsd_decay_steps is not None',
    ],
  ];
}

function sizeRules(a: Values, environment: RankEnvironment): Rule[] {
  const [heads, tensor, context] = [a.num_attention_heads, a.tensor_model_parallel_size, a.context_parallel_size];
  a.kv_channels ??= a.hidden_size / heads;
  a.ffn_hidden_size ??= a.swiglu ? Math.floor((a.hidden_size * 8) / 3 / 64) * 64 : 4 * a.hidden_size;
  const counted = Number(a.account_for_embedding_in_pipeline_split) + Number(a.account_for_loss_in_pipeline_split);
  const uneven = [
    a.decoder_first_pipeline_num_layers,
    a.decoder_last_pipeline_num_layers,
    a.pipeline_model_parallel_layout,
  ];
  const isEven = (a.num_layers + counted) % a.pipeline_model_parallel_size === 0;
  const groups = a.group_query_attention ? a.num_query_groups : heads;
  return [
    [
      isEven || uneven.some(each => each !== null),
      'Number of layers should be divisible by the pipeline-model-parallel size',
    ],
    [
      context === 1 || a.seq_length % (2 * context) === 0,
      'seq-length should be a multiple of 2 * context-parallel-size',
    ],
    [
      a.max_position_embeddings >= a.seq_length,
      `max_position_embeddings (${a.max_position_embeddings}) must be greater than or equal to seq_length (${a.seq_length})`,
    ],
    // Blackwell and later do without; what a recipe's GPUs are is not known here, so it is asked for as on Hopper.
    [
      tensor * context === 1 || environment.CUDA_DEVICE_MAX_CONNECTIONS === '1',
      'Using tensor model parallelism or context parallelism require setting the environment variable ' +
        'CUDA_DEVICE_MAX_CONNECTIONS to 1',
    ],
    [
      heads % tensor === 0,
      `num_attention_heads (${heads}) must be a multiple of tensor_model_parallel_size (${tensor})`,
      'ValueError',
    ],
    [
      groups % tensor === 0 || tensor % groups === 0,
      `num_query_groups (${groups}) must be a multiple or divisor of tensor_model_parallel_size (${tensor})`,
      'ValueError',
    ],
  ];
}
