import { lit } from '../../shell/word.ts';
import type { Engine, Pace, Program, StageContext } from '../engine.ts';
import { checkDataArgs, dataArgsFile } from './blend.ts';
import { checkSpec, unknownArchitecture } from './check.ts';
import { checkExtra, withoutRefused } from './check-extra.ts';
import { checkOwnLayers } from './check-own-layers.ts';
import { checkRelease } from './check-release.ts';
import { checkResume } from './check-resume.ts';
import { checkUnread } from './check-unread.ts';
import { checkpointLayout } from './checkpoint-layout.ts';
import { argumentsOf, expectationsOf, flagsOf } from './command.ts';
import { isLoadedAsBase } from './flags-resume.ts';
import { PLANNING_MFU, stepFlops } from './flops.ts';
import { readLine } from './log.ts';
import { PACKAGE_INFO, packageVersion } from './package-version.ts';
import { checkRecorded } from './recorded.ts';
import { RELEASES, releaseOf } from './releases/index.ts';
import { ruleFindings } from './rules/findings.ts';
import type { MegatronSpec } from './spec.ts';
import { specOf } from './spec.ts';

const MANUAL = 'https://github.com/NVIDIA/Megatron-LM';

/** What W&B takes from the environment alone: Megatron-LM has no flag for it. */
const wandbEnvironment = ({ context, stage }: MegatronSpec): Record<string, string> => {
  const wandb = stage.logging?.wandb;
  if (!wandb) return {};
  return {
    ...(wandb.group === undefined ? {} : { WANDB_RUN_GROUP: wandb.group }),
    ...(context.wandb?.base_url === undefined ? {} : { WANDB_BASE_URL: context.wandb.base_url }),
  };
};

/** TP or CP above 1 on Hopper needs one hardware queue, exported to every rank (validate_args in arguments.py). */
const environmentOf = (spec: MegatronSpec): Record<string, string> => ({
  CUDA_DEVICE_MAX_CONNECTIONS: '1',
  ...wandbEnvironment(spec),
  ...spec.stage.env,
});

/** The checkpoint is where it stops and where it starts again, so the job's own check reads it (Made). */
const programOf = (spec: MegatronSpec): Program => {
  const { context, stage } = spec;
  const words = argumentsOf(spec);
  return {
    start: 'torchrun',
    argv: [lit('pretrain_gpt.py'), ...words],
    env: environmentOf(spec),
    files: dataArgsFile(context),
    made: {
      kind: 'megatron-checkpoint',
      dir: context.checkpoints,
      step: context.steps,
      keep: stage.checkpoint?.keep ?? 2,
      ...(spec.retainEvery === undefined ? {} : { retainEverySteps: spec.retainEvery }),
      ...(isLoadedAsBase(spec) ? { base: context.pretrained } : {}),
      layout: checkpointLayout(spec, words),
    },
    stallSeconds: stage.stall_after,
    release: { name: context.release, file: PACKAGE_INFO, version: packageVersion(context.release) },
    inputs: [
      ...context.blend.map(each => ({ kind: 'dataset' as const, path: each.prefix })),
      ...(context.pretrained ? [{ kind: 'megatron-checkpoint' as const, path: context.pretrained }] : []),
    ],
  };
};

const paceOf = (spec: MegatronSpec): Pace | undefined => {
  const peak = spec.context.peakTflops;
  if (!peak) return undefined;
  const flopsPerStep = stepFlops(
    spec.architecture,
    spec.globalBatch,
    spec.stage.sequence_length,
    spec.paddedVocabulary,
  );
  const mfu = spec.stage.fp8 ? PLANNING_MFU.fp8 : PLANNING_MFU.bf16;
  const secondsPerStep = flopsPerStep / (spec.context.shape.world * peak * 1e12 * mfu.value);
  return { flopsPerStep, secondsPerStep, mfu: mfu.value, source: mfu.source };
};

const need = (context: StageContext): MegatronSpec => {
  const spec = specOf(context);
  if (!spec) throw new Error(`architecture ${context.model.architecture} was not checked before use`);
  return spec;
};

/** Continual pre-training with Megatron-LM's pretrain_gpt.py, Llama-like models with and without experts. */
export const megatronTrain: Engine = {
  id: 'megatron-lm',
  title: 'Megatron-LM pretrain_gpt.py',
  manual: MANUAL,
  kinds: ['cpt'],
  releases: RELEASES.map(each => each.id),
  stop: 'duration-flag',
  check: context => {
    const spec = specOf(context);
    if (!spec) return [unknownArchitecture(context)];
    const rules = [...checkSpec(spec), ...checkExtra(spec), ...checkUnread(spec), ...checkDataArgs(context)];
    const released = [...checkRelease(spec, releaseOf), ...checkOwnLayers(spec)];
    const words = argumentsOf(withoutRefused(spec));
    return [...rules, ...released, ...ruleFindings(words, environmentOf(spec), spec), ...checkRecorded(words, spec)];
  },
  program: context => programOf(need(context)),
  checkResume,
  expects: context => expectationsOf(need(context)),
  pace: context => paceOf(need(context)),
  readLine,
  flagOf: (path, _kind, release) => flagsOf(path, release).join(' ') || undefined,
};
