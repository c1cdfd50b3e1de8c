import type { RlvrStage, SftStage } from '../../recipe/schema.ts';
import type { Architecture } from '../architectures/architecture.ts';
import { architectureOf } from '../architectures/index.ts';
import type { StageContext } from '../engine.ts';
import type { ConfigName } from './recorded.ts';

/** How the model is split while it is trained; what is not said is not split. */
export interface Split {
  readonly tensor: number;
  readonly pipeline: number;
  readonly context: number;
  readonly expert: number;
  readonly expertTensor: number | undefined;
  readonly virtualPipeline: number | undefined;
}

/** What the tables and rules read of a stage. */
export interface VerlSpec<S extends RlvrStage | SftStage = RlvrStage | SftStage> {
  readonly context: StageContext;
  readonly stage: S;
  readonly backend: 'fsdp' | 'megatron';
  readonly config: ConfigName;
  /** undefined: an architecture of a later version. */
  readonly architecture: Architecture | undefined;
  readonly split: Split;
  /** GPUs that train: all, unless the rollout has its own. */
  readonly trainingGpusPerNode: number;
  readonly warmupSteps: number | undefined;
}

export type RlvrSpec = VerlSpec<RlvrStage>;
export type SftSpec = VerlSpec<SftStage>;

const splitOf = ({ parallel }: RlvrStage | SftStage): Split => {
  const written = typeof parallel === 'object' ? parallel : undefined;
  return {
    tensor: written?.tensor ?? 1,
    pipeline: written?.pipeline ?? 1,
    context: written?.context ?? 1,
    expert: written?.expert ?? 1,
    expertTensor: written?.expert_tensor,
    virtualPipeline: written?.virtual_pipeline,
  };
};

/** GPUs of a node that sample, where the rollout has its own; 0 where it shares those that train. */
const rolloutGpus = (stage: RlvrStage | SftStage): number =>
  stage.kind === 'rlvr' && stage.rollout.placement === 'separate' ? (stage.rollout.gpus ?? 0) : 0;

/** Everything the tables need, from a stage of kind rlvr or sft. */
export const specOf = <S extends RlvrStage | SftStage>(context: StageContext): VerlSpec<S> => {
  const stage = context.stage as S;
  const backend = stage.backend === 'megatron' ? 'megatron' : 'fsdp';
  const names = {
    rlvr: { fsdp: 'ppo_dp', megatron: 'ppo_megatron' },
    sft: { fsdp: 'sft_fsdp', megatron: 'sft_megatron' },
  };
  return {
    context,
    stage,
    backend,
    config: names[stage.kind][backend] as ConfigName,
    architecture: architectureOf(context.model),
    split: splitOf(stage),
    trainingGpusPerNode: Math.max(1, context.shape.gpusPerNode - rolloutGpus(stage)),
    warmupSteps: stage.schedule?.warmup_steps,
  };
};

/** `stages.rlvr.optimizer.lr` for a row's `optimizer.lr`; `/model.base` is a path from the root. */
export const fullPath = (path: string, stage: string): string =>
  path.startsWith('/') ? path.slice(1) : path === '' ? `stages.${stage}` : `stages.${stage}.${path}`;
