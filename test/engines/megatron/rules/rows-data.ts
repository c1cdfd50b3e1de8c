import { type Row, refusedExtra } from './row.ts';

const flag = (rule: number, name: string, value = 'true', ok: string | undefined = 'false'): Row => ({
  rule,
  broken: [`extra.${name}`, value],
  ok: [`extra.${name}`, ok],
});

/** Rules 78 to 92: data, checkpoints, fault tolerance, and flags of the past. */
export const DATA_ROWS: readonly Row[] = [
  flag(78, '--mock-data'),
  flag(78, '--train-data-path', '[1, /data/a]', undefined),
  refusedExtra(79, '--data-args-path', '/data/blend.txt'),
  flag(80, '--per-split-data-args-path', '/data/blend.json', undefined),
  refusedExtra(80, '--split', "'1,1,1'"),
  flag(81, '--dataloader-fast-cache-load'),
  flag(82, '--multiple-validation-sets'),
  refusedExtra(83, '--async-save', 'true', { with: [['checkpoint.async', 'false']] }),
  {
    rule: 84,
    with: [['extra.--override-opt_param-scheduler', 'true']],
    broken: ['extra.--use-checkpoint-opt_param-scheduler', 'true'],
    ok: ['extra.--use-checkpoint-opt_param-scheduler', 'false'],
    at: 'extra.--override-opt_param-scheduler',
  },
  {
    rule: 85,
    with: [
      ['extra.--non-persistent-ckpt-type', 'local'],
      ['extra.--non-persistent-local-ckpt-dir', '/tmp/here'],
    ],
    broken: ['extra.--use-checkpoint-args', 'true'],
    ok: ['extra.--use-checkpoint-args', 'false'],
  },
  refusedExtra(85, '--load', '/elsewhere'),
  {
    rule: 86,
    with: [['extra.--non-persistent-ckpt-type', 'local']],
    broken: ['extra.--non-persistent-local-ckpt-dir', undefined],
    ok: ['extra.--non-persistent-local-ckpt-dir', '/tmp/here'],
    at: 'extra.--non-persistent-ckpt-type',
  },
  {
    rule: 86,
    broken: ['extra.--non-persistent-ckpt-type', 'in_memory'],
    ok: ['extra.--non-persistent-ckpt-type', 'global'],
  },
  {
    rule: 86,
    with: [
      ['extra.--non-persistent-ckpt-type', 'local'],
      ['extra.--non-persistent-local-ckpt-dir', '/tmp/here'],
      ['extra.--replication', 'true'],
    ],
    broken: ['extra.--replication-jump', undefined],
    ok: ['extra.--replication-jump', '8'],
    at: 'extra.--replication',
  },
  {
    rule: 87,
    with: [['extra.--load-main-params-from-ckpt', 'true']],
    broken: ['extra.--no-load-optim', 'false'],
    ok: ['extra.--no-load-optim', 'true'],
    at: 'extra.--load-main-params-from-ckpt',
  },
  {
    rule: 88,
    with: [['extra.--override-ckpt-iteration', '5']],
    broken: ['extra.--finetune', 'true'],
    ok: ['extra.--finetune', 'false'],
    at: 'extra.--override-ckpt-iteration',
  },
  {
    rule: 89,
    with: [['extra.--disable-gloo-process-groups', 'true']],
    broken: ['checkpoint.format', 'torch'],
    ok: ['checkpoint.format', 'torch_dist'],
    at: 'extra.--disable-gloo-process-groups',
  },
  refusedExtra(90, '--save', '/elsewhere', { with: [['extra.--enable-ft-package', 'true']] }),
  flag(91, '--sft'),
  ...['--batch-size', '--warmup', '--model-parallel-size'].map(
    (name): Row => ({ ...flag(92, name, '4', undefined), code: 'MRT-E006' }),
  ),
  { ...flag(92, '--checkpoint-activations'), code: 'MRT-E006' },
];
