import type { Diagnostic } from '../../model/diagnostic.ts';
import { keysOf } from './config.ts';
import { shippedReward } from './keys-algorithm.ts';
import { fullPath, type RlvrSpec, type VerlSpec } from './spec.ts';

/** Something the recipe's format has and this engine, backend or version has not. */
interface Gap {
  readonly path: string;
  readonly is: (s: VerlSpec) => boolean;
  readonly what: (s: VerlSpec) => string;
  readonly why: string;
  readonly hint?: string;
}

const isFsdp = (s: VerlSpec): boolean => s.backend === 'fsdp';
const offloads = (s: VerlSpec, what: 'gradients' | 'activations'): boolean => (s.stage.offload ?? []).includes(what);
const sharding = (s: VerlSpec): string | undefined =>
  typeof s.stage.parallel === 'object' ? s.stage.parallel.sharding : undefined;
const rows = (s: VerlSpec) => s.context.rows?.training ?? [];
const template = (s: VerlSpec): string | undefined => s.stage.data?.chat_template;
const reward = (s: VerlSpec): string => (s.stage.kind === 'rlvr' ? s.stage.reward.function : '');

const GAPS: readonly Gap[] = [
  {
    path: 'backend',
    is: s => s.stage.backend === 'dtensor',
    what: () => 'veRL has no backend dtensor.',
    why: 'it trains with fsdp2, fsdp or megatron.',
  },
  {
    path: 'parallel',
    is: s => s.stage.parallel === 'auto',
    what: () => 'parallel: auto is not in this version for veRL.',
    why: 'its layout decides batches and checkpoints, so it is written.',
  },
  ...(['tensor', 'pipeline', 'expert'] as const).map(
    (key): Gap => ({
      path: `parallel.${key}`,
      is: s => isFsdp(s) && s.split[key] > 1,
      what: s => `FSDP does not split a model by ${key} (${s.split[key]}).`,
      why: 'it shards parameters over the GPUs, and long sequences by context.',
      hint: 'write backend: megatron, or remove it.',
    }),
  ),
  {
    path: 'parallel.sharding',
    is: s => (isFsdp(s) ? sharding(s) !== undefined && sharding(s) !== 'fsdp' : sharding(s) === 'fsdp'),
    what: s => `sharding: ${sharding(s)} is not what this backend does.`,
    why: 'FSDP shards parameters; Megatron shards the optimizer.',
  },
  {
    path: 'recompute',
    is: s => isFsdp(s) && s.stage.recompute === 'selective',
    what: () => 'FSDP recomputes all of a layer or nothing.',
    why: 'selective recomputation is the Megatron backend’s.',
    hint: 'write recompute: full.',
  },
  {
    path: 'offload',
    is: s => isFsdp(s) && offloads(s, 'gradients'),
    what: () => 'FSDP cannot offload gradients alone.',
    why: 'it has no key for them.',
  },
  {
    path: 'offload',
    is: s => !isFsdp(s) && offloads(s, 'activations'),
    what: () => 'the Megatron backend cannot offload activations.',
    why: 'enable_activation_offload is read by FSDP alone.',
  },
  {
    path: 'optimizer.name',
    is: s => s.stage.optimizer.name === 'lion' || (isFsdp(s) && s.stage.optimizer.name === 'muon'),
    what: s => `${s.stage.optimizer.name} is no optimizer of this backend.`,
    why: 'FSDP has adamw, adam and sgd; Megatron has muon too.',
  },
  {
    path: 'precision',
    is: s => s.stage.precision === 'fp32',
    what: () => 'veRL does not train in fp32.',
    why: 'its engines compute in bfloat16 or float16.',
  },
  {
    path: 'data.chat_template',
    is: s =>
      template(s) !== undefined &&
      s.architecture !== undefined &&
      !template(s)?.startsWith(s.architecture.tokenizerFamily),
    what: s => `the template ${template(s)} is not the model's own.`,
    why: "veRL takes the template of the model's tokenizer.",
    hint: 'remove it, or give the model folder that template.',
  },
  {
    path: 'mixture',
    is: s => rows(s).length > 1 && rows(s).some(each => each.samples !== undefined),
    what: () => 'a number of samples of one dataset among several is not in this version.',
    why: 'veRL reads whole files, or the first rows of all of them together.',
    hint: 'write samples: all, and choose rows with filter: of the dataset.',
  },
  {
    path: 'logging.every_steps',
    is: s => (s.stage.logging?.every_steps ?? 1) !== 1,
    what: () => 'veRL logs every step.',
    why: 'it has no interval.',
  },
  {
    path: 'rollout.gpus',
    is: s => s.stage.kind === 'rlvr' && s.stage.rollout.placement !== 'separate' && s.stage.rollout.gpus !== undefined,
    what: () => 'GPUs of its own are for placement: separate.',
    why: 'a colocated rollout has those that train.',
  },
  {
    path: 'reward.timeout',
    is: s => s.stage.kind === 'rlvr' && s.stage.reward.timeout !== undefined && reward(s) === 'built-in',
    what: () => 'the built-in scorers take no time-out.',
    why: 'the release calls them as they are.',
    hint: 'remove it, or write function: math-verify.',
  },
  {
    path: 'data.loss_on',
    is: s => s.stage.kind === 'sft' && s.stage.data?.loss_on === 'all',
    what: () => 'veRL learns the answers of a conversation, and nothing else.',
    why: 'its loss mask is the assistant’s turns.',
  },
  {
    path: 'reward.function',
    is: s =>
      s.stage.kind === 'rlvr' && !/[/:]|\.py$|^built-in$/.test(reward(s)) && shippedReward(s as RlvrSpec) === undefined,
    what: s => `there is no reward "${reward(s)}".`,
    why: 'it is math-verify, built-in (the scorers of veRL), or a file of yours.',
  },
  {
    path: 'reward.function',
    is: s => /\.py$/.test(reward(s)) && !reward(s).startsWith('/'),
    what: s => `${reward(s)} is a file beside the recipe, which is not in this version.`,
    why: 'a file of yours is read on the cluster.',
    hint: 'write its full path there.',
  },
];

/** Words that become no key: the plan, the job around the program, or a rule reads them. */
const READ_ELSEWHERE: readonly string[] = [
  ...['kind', 'engine', 'title', 'env', 'resources', 'extra', 'backend', 'from', 'mixture', 'stall_after', 'parallel'],
  ...[
    'checkpoint.keep',
    'checkpoint.retain_every_steps',
    'logging',
    'data.chat_template',
    'data.chat_template_options',
  ],
  ...['algorithm.dynamic_sampling', 'algorithm.importance_sampling', 'algorithm.kl', 'algorithm.routing_replay'],
  ...['recompute', 'offload', 'precision', 'optimizer.name', 'reward.timeout'],
];
/** Of fine-tuning: steps decide, and packing and the loss on answers is what the trainer does. */
const READ_OF_SFT: readonly string[] = ['budget', 'data.loss_on', 'data.packing'];

const isRead = (path: string, spec: VerlSpec): boolean => {
  const under = (above: string): boolean => above !== '' && (path === above || path.startsWith(`${above}.`));
  if (READ_ELSEWHERE.some(under) || (spec.stage.kind === 'sft' && READ_OF_SFT.some(under))) return true;
  return keysOf(spec).some(row => under(row.path));
};

/** `optimizer.lr` and the like, of every value a stage has; a list is one value. */
const leaves = (value: unknown, path: string): string[] => {
  if (value === undefined || value === null) return [];
  if (typeof value !== 'object' || Array.isArray(value)) return [path];
  return Object.entries(value).flatMap(([key, each]) => leaves(each, path === '' ? key : `${path}.${key}`));
};

const unread = (spec: VerlSpec): Diagnostic[] =>
  leaves(spec.stage, '')
    .filter(path => !isRead(path, spec))
    .map(path => ({
      code: 'MRT-E007',
      severity: 'error',
      what: `${path} is not read by veRL's ${spec.backend === 'fsdp' ? 'FSDP' : 'Megatron'} backend in this version.`,
      why: 'it would change nothing, and nobody would notice.',
      hint: 'remove it; a key of the release without a recipe word goes into extra:.',
      path: fullPath(path, spec.context.name),
    }));

/** Wishes that nobody would hear. */
export const checkSupport = (spec: VerlSpec): Diagnostic[] => [
  ...GAPS.filter(gap => gap.is(spec)).map(
    (gap): Diagnostic => ({
      code: 'MRT-V009',
      severity: 'error',
      what: gap.what(spec),
      why: gap.why,
      hint: gap.hint,
      path: fullPath(gap.path, spec.context.name),
    }),
  ),
  ...unread(spec),
];
