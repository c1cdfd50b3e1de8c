import type { Facts, Family } from '../rule.ts';
import { rowsOf } from './batch.ts';
import { ACTOR } from './names.ts';

const MODE = 'trainer.resume_mode';
const FROM = 'trainer.resume_from_path';
const EPOCHS = 'trainer.total_epochs';
const SAVE = 'trainer.save_freq';
const CPUS = 'ray_kwargs.ray_init.num_cpus';

const env = (f: Facts, name: string): string | undefined => {
  const value = f.spec.stage.env?.[name];
  return value === undefined ? undefined : String(value);
};
const envPath =
  (name: string) =>
  (f: Facts): string =>
    `stages.${f.spec.context.name}.env.${name}`;

const loggers = (f: Facts): readonly unknown[] => [f.get('trainer.logger')].flat();
const resumesFrom = (f: Facts): boolean => f.text(MODE) === 'resume_path';
const isStep = (f: Facts): boolean => typeof f.get(FROM) === 'string' && f.text(FROM).includes('global_step_');
const most = (f: Facts): number => Math.floor(rowsOf(f) / f.number('data.train_batch_size')) * f.number(EPOCHS);

/** Ray's sockets lie below this root in session_*, and a socket's path has at most 107 bytes. */
const LONGEST_ROOT = 45;

/** Steps, checkpoints, resuming and the cluster around (verl/trainer/ppo/v1/trainer_base.py, ray). */
export const RUN: Family = {
  code: 'MRT-V008',
  rules: [
    {
      id: 'steps-epochs',
      keys: [EPOCHS],
      broken: f => f.spec.context.steps > most(f) && !(rowsOf(f) < f.number('data.train_batch_size')),
      what: f =>
        `${f.spec.context.steps} steps are asked for, and ${f.number(EPOCHS)} passes over the rows hold ${most(f)}.`,
      why: 'the loop ends with the passes, without the save and validation of a last step.',
    },
    {
      id: 'save-last',
      at: f => f.whereIs([SAVE]),
      broken: f => !(f.number(SAVE) > 0),
      what: () => 'no checkpoint is ever saved.',
      why: 'without an interval the release saves nothing, not even the last step.',
      hint: () => 'write checkpoint: {every_steps: N}.',
    },
    {
      id: 'resume-path',
      keys: [FROM, MODE],
      broken: f => resumesFrom(f) && !isStep(f),
      what: f => `"${f.text(FROM)}" is no checkpoint to resume from.`,
      why: 'resume_from_path is the path of a folder global_step_N.',
    },
    {
      id: 'resume-tracker',
      keys: [MODE],
      broken: f => f.text(MODE) === 'disable',
      what: () => 'a resumed job would begin at step 0 and write over what was saved.',
      why: 'resume_mode: disable takes no notice of latest_checkpointed_iteration.txt.',
    },
    {
      id: 'resume-world',
      keys: [FROM],
      severity: 'warning',
      broken: f => resumesFrom(f) && isStep(f) && f.spec.backend === 'fsdp',
      what: f => `the checkpoint must have been saved by ${f.world} GPUs, which cannot be seen from here.`,
      why: 'FSDP names its files by world size and rank, and finds no others.',
    },
    {
      id: 'resume-mcore-layout',
      keys: [FROM],
      severity: 'warning',
      broken: f => resumesFrom(f) && isStep(f) && f.spec.backend === 'megatron',
      what: () => 'the checkpoint must be of v0.9.0, which cannot be seen from here.',
      why: 'layouts up to 0.8 are refused: Detected deprecated Megatron checkpoint layout.',
      hint: () => 'scripts/migrate_megatron_checkpoint_layout.py of the release converts them.',
    },
    {
      id: 'fsdp-sched',
      keys: [`${ACTOR}.optim.lr_scheduler_type`],
      broken: f =>
        f.spec.backend === 'fsdp' && !['constant', 'cosine'].includes(f.text(`${ACTOR}.optim.lr_scheduler_type`)),
      what: f => `FSDP has no schedule "${f.text(`${ACTOR}.optim.lr_scheduler_type`)}".`,
      why: 'it takes constant and cosine.',
      hint: () => 'backend: megatron has the others.',
    },
    {
      id: 'logger-offline',
      at: f => f.whereIs(['trainer.logger']),
      broken: f => loggers(f).includes('wandb') && !f.spec.stage.logging?.wandb && env(f, 'WANDB_MODE') !== 'offline',
      what: () => 'wandb is asked for by extra: alone.',
      why: 'without a key the release asks for one, on a node where nobody answers.',
      hint: () => 'write logging: {wandb: {project: NAME}}, or env: {WANDB_MODE: offline}.',
    },
    {
      id: 'init-num-cpus',
      keys: [CPUS],
      broken: f => env(f, 'RAY_ADDRESS') !== undefined && f.get(CPUS) != null && f.whereIs([CPUS]).includes('.extra.'),
      what: () => 'a running Ray cluster takes no number of CPUs.',
      why: 'When connecting to an existing cluster, num_cpus and num_gpus must not be provided.',
    },
    {
      id: 'one-job-per-cluster',
      at: envPath('RAY_ADDRESS'),
      broken: f => env(f, 'RAY_ADDRESS') !== undefined && !f.whereIs([CPUS]).includes('.extra.'),
      what: () => 'RAY_ADDRESS would put this run into a Ray cluster of somebody else.',
      why: 'each job has its own: two runs on one cluster collide in TransferQueueController.',
      hint: () => 'remove it.',
    },
    {
      id: 'rocr',
      at: envPath('ROCR_VISIBLE_DEVICES'),
      broken: f => env(f, 'ROCR_VISIBLE_DEVICES') !== undefined,
      what: () => 'ROCR_VISIBLE_DEVICES hides GPUs of another maker.',
      why: "veRL refuses it beside CUDA_VISIBLE_DEVICES: Please don't set ROCR_VISIBLE_DEVICES.",
      hint: () => 'remove it.',
    },
    {
      id: 'one-queue',
      at: envPath('CUDA_DEVICE_MAX_CONNECTIONS'),
      broken: f => f.spec.backend === 'fsdp' && env(f, 'CUDA_DEVICE_MAX_CONNECTIONS') === '1',
      what: () => 'one hardware queue deadlocks FSDP2 or slows it down.',
      why: 'CUDA_DEVICE_MAX_CONNECTIONS=1 is for Megatron.',
      hint: () => 'remove it.',
    },
    {
      id: 'tmpdir-len',
      at: envPath('RAY_TMPDIR'),
      broken: f => (env(f, 'RAY_TMPDIR') ?? '').length > LONGEST_ROOT,
      what: f => `RAY_TMPDIR has ${env(f, 'RAY_TMPDIR')?.length} characters, more than ${LONGEST_ROOT}.`,
      why: "Ray's sockets lie below it: AF_UNIX path length cannot exceed 107 bytes.",
    },
    {
      id: 'save-time',
      at: f => f.whereIs([SAVE]),
      broken: f => intervalSeconds(f) > (f.spec.context.walltimeSeconds ?? Number.POSITIVE_INFINITY) / 2,
      what: f =>
        `${f.number(SAVE)} steps take about ${Math.round(intervalSeconds(f) / 60)} minutes, more than half of a job's ${Math.round((f.spec.context.walltimeSeconds ?? 0) / 60)}.`,
      why: 'veRL cannot be told to save and end: what was done since the last checkpoint is lost at the time limit.',
      hint: f =>
        `at most every ${Math.max(1, Math.floor((f.number(SAVE) * (f.spec.context.walltimeSeconds ?? 0)) / 2 / intervalSeconds(f)))} steps.`,
      severity: 'warning',
    },
  ],
};

const intervalSeconds = (f: Facts): number => f.number(SAVE) * (f.secondsPerStep ?? 0);
