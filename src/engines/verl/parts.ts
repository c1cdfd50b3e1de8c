import type { Made, Program } from '../engine.ts';
import { writtenKeys } from './config.ts';
import type { VerlSpec } from './spec.ts';
import { configText } from './yaml.ts';

/** The file beside job.sh; Hydra is told its name without the ending. */
export const CONFIG_NAME = 'verl';

const wandbEnvironment = ({ context, stage }: VerlSpec): Record<string, string> => {
  const wandb = stage.logging?.wandb;
  if (!wandb) return {};
  const entity = context.wandb?.entity ?? wandb.entity;
  return {
    ...(entity === undefined ? {} : { WANDB_ENTITY: entity }),
    ...(wandb.group === undefined ? {} : { WANDB_RUN_GROUP: wandb.group }),
    ...(context.wandb?.base_url === undefined ? {} : { WANDB_BASE_URL: context.wandb.base_url }),
  };
};

const tensorboard = ({ context, stage }: VerlSpec): Record<string, string> =>
  stage.logging?.tensorboard ? { TENSORBOARD_DIR: `${context.run.dir}/tensorboard/${context.name}` } : {};

/**
 * While it waits for samples veRL says so every minute, which would be taken for life: with a time after which silence is a
 * hang, it says so less often than that.
 */
const patience = ({ stage }: VerlSpec): Record<string, string> =>
  stage.stall_after === undefined || stage.kind !== 'rlvr'
    ? {}
    : { VERL_REPLAY_BUFFER_DEBUG_INTERVAL_SECONDS: String(Math.ceil(2 * stage.stall_after)) };

/** Plain, complete log lines, no question to the net, whole tracebacks; the recipe's own words win. */
export const environmentOf = (spec: VerlSpec): Record<string, string> => ({
  PYTHONUNBUFFERED: '1',
  HYDRA_FULL_ERROR: '1',
  RAY_DEDUP_LOGS: '0',
  RAY_COLOR_PREFIX: '0',
  RAY_USAGE_STATS_ENABLED: '0',
  TORCH_NCCL_AVOID_RECORD_STREAMS: '1',
  // One hardware queue for Megatron's overlaps; FSDP2 deadlocks or slows down with it.
  ...(spec.backend === 'megatron' ? { CUDA_DEVICE_MAX_CONNECTIONS: '1' } : {}),
  ...patience(spec),
  ...tensorboard(spec),
  ...wandbEnvironment(spec),
  ...spec.stage.env,
});

export const filesOf = (spec: VerlSpec): Program['files'] => {
  const { context } = spec;
  const title = `${context.run.id}, stage ${context.name}: veRL ${context.release || 'v0.9.0'}`;
  const hydra = `${context.run.dir}/hydra/${context.name}`;
  return { [`${CONFIG_NAME}.yaml`]: configText(spec.config, writtenKeys(spec), hydra, title) };
};

export const madeOf = ({ context, stage, backend }: VerlSpec): Made => ({
  kind: 'verl-checkpoint',
  dir: context.checkpoints,
  step: context.steps,
  keep: stage.checkpoint?.keep ?? 2,
  ...(stage.checkpoint?.retain_every_steps === undefined
    ? {}
    : { retainEverySteps: stage.checkpoint.retain_every_steps }),
  shards: backend === 'fsdp' ? context.shape.world : 0,
});

export const inputsOf = ({ context }: VerlSpec): Program['inputs'] => [
  ...(context.pretrained === undefined ? [] : [{ kind: 'hf-folder' as const, path: context.pretrained }]),
  ...[...(context.rows?.training ?? []), ...(context.rows?.validation ?? [])].map(({ path }) => ({
    kind: 'file' as const,
    path,
  })),
];
