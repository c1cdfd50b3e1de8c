import type { Values } from '../argparse.ts';
import type { ArgumentRule } from './rule.ts';

const isDistributed = (a: Values): boolean => a.ckpt_format !== 'torch';

/** Saving, loading and surviving faults: rules 83 to 90 (validate_args, optimizer_param_scheduler.py, ft_integration.py). */
export const CHECKPOINT_RULES: readonly ArgumentRule[] = [
  {
    number: 83,
    phase: 'never',
    blame: ['async_save'],
    law: 'without the persistent worker a checkpoint is saved synchronously',
    broken: a => isDistributed(a) && a.async_save && !a.use_persistent_ckpt_worker,
    severity: 'warning',
    what: () => '--async-save without --use-persistent-ckpt-worker.',
  },
  {
    number: 84,
    phase: 'scheduler',
    blame: ['override_opt_param_scheduler', 'use_checkpoint_opt_param_scheduler'],
    law: "the schedule is the command line's or the checkpoint's",
    broken: a => a.override_opt_param_scheduler && a.use_checkpoint_opt_param_scheduler,
    what: () => '--override-opt_param-scheduler beside --use-checkpoint-opt_param-scheduler.',
    says: () => 'AssertionError: both override and use-checkpoint are set.',
  },
  {
    number: 85,
    phase: 'arguments',
    blame: ['use_checkpoint_args'],
    law: '--use-checkpoint-args needs a checkpoint to load, and not a local one',
    broken: a =>
      a.use_checkpoint_args &&
      ((a.load === null && a.pretrained_checkpoint === null) || a.non_persistent_ckpt_type === 'local'),
    what: a =>
      `--use-checkpoint-args with ${a.non_persistent_ckpt_type === 'local' ? 'local checkpoints' : 'no checkpoint'}.`,
    says: () => 'AssertionError: --use-checkpoint-args requires --load or --pretrained-checkpoint argument',
  },
  {
    number: 86,
    phase: 'arguments',
    blame: ['non_persistent_ckpt_type'],
    law: 'local checkpoints need a directory, and nvidia-resiliency-ext in the image',
    broken: a => a.non_persistent_ckpt_type === 'local' && a.non_persistent_local_ckpt_dir === null,
    what: () => '--non-persistent-ckpt-type local without --non-persistent-local-ckpt-dir.',
    says: () => 'AssertionError: Tried to use local checkpointing without specifying --local-ckpt-dir!',
  },
  {
    number: 86,
    phase: 'arguments',
    blame: ['non_persistent_ckpt_type'],
    law: 'checkpoints that are not kept are global or local',
    broken: a => a.non_persistent_ckpt_type === 'in_memory',
    what: () => '--non-persistent-ckpt-type in_memory.',
    says: () => 'AssertionError: Currently only global and local checkpoints are supported',
  },
  {
    number: 86,
    phase: 'arguments',
    blame: ['replication'],
    law: 'replicas are of local checkpoints, and need --replication-jump',
    broken: a => a.replication && (a.replication_jump === null || a.non_persistent_ckpt_type !== 'local'),
    what: () => '--replication without what it needs.',
    says: () => 'AssertionError: --replication requires the value of --replication-jump!',
  },
  {
    number: 87,
    phase: 'arguments',
    blame: ['load_main_params_from_ckpt'],
    law: 'weights of the optimizer are loaded alone, with --no-load-optim',
    broken: a => a.load_main_params_from_ckpt && !a.no_load_optim,
    what: () => '--load-main-params-from-ckpt without --no-load-optim.',
    says: () => 'AssertionError: --load-main-params-from-ckpt must be used with --no-load-optim.',
  },
  {
    number: 88,
    phase: 'arguments',
    blame: ['override_ckpt_iteration'],
    law: 'a finetuning begins at step 0',
    broken: a => a.override_ckpt_iteration !== null && a.finetune,
    what: () => '--override-ckpt-iteration beside --finetune.',
    says: () => 'AssertionError: Cannot override checkpoint iteration together with finetune flag.',
  },
  {
    number: 89,
    phase: 'arguments',
    blame: ['use_gloo_process_groups'],
    law: 'without gloo the distributed optimizer is saved in a distributed format',
    broken: a => !a.use_gloo_process_groups && a.use_distributed_optimizer && !isDistributed(a),
    what: () => '--disable-gloo-process-groups with checkpoint.format: torch.',
    hint: () => 'write format: torch_dist.',
  },
  {
    number: 90,
    phase: 'start-up',
    blame: ['enable_ft_package'],
    law: '--enable-ft-package needs a place to save, and nvidia-resiliency-ext in the image',
    broken: a => a.enable_ft_package && a.save === null,
    what: () => '--enable-ft-package without --save.',
    says: () => 'ValueError: checkpointing save dir must be set to enable fault tolerance',
  },
];
