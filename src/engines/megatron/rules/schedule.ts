import type { Values } from '../argparse.ts';
import { divides } from '../rule.ts';
import type { ArgumentRule } from './rule.ts';

const decay = (a: Values): number => a.lr_decay_iters ?? a.lr_decay_samples ?? a.train_iters ?? a.train_samples;
/** A fraction counts steps of the decay; 0 iterations are none. */
const warmup = (a: Values): number =>
  a.lr_warmup_fraction === null ? a.lr_warmup_iters || a.lr_warmup_samples : a.lr_warmup_fraction * decay(a);
const unitOf = (a: Values): 'iters' | 'samples' => (a.train_iters ? 'iters' : 'samples');
const otherOf = (a: Values): 'iters' | 'samples' => (a.train_iters ? 'samples' : 'iters');
const kindOf = (a: Values): string => (a.train_iters ? 'iteration' : 'sample');
const isPositive = (a: Values, dest: string): boolean => a[dest] !== null && a[dest] > 0;

/** Steps, the learning rate, weight decay, intervals: rules 7 to 13 and 16 to 19 (validate_args, optimizer_param_scheduler.py, training.py). */
export const SCHEDULE_RULES: readonly ArgumentRule[] = [
  {
    number: 7,
    phase: 'arguments',
    blame: ['train_samples', 'train_iters'],
    law: 'training is counted in steps or in samples, not in both',
    broken: a => a.train_iters && a.train_samples !== null,
    what: a => `${a.train_samples} training samples beside ${a.train_iters} steps.`,
    says: () => 'AssertionError: expected iteration-based training',
  },
  {
    number: 7,
    phase: 'scheduler',
    blame: ['train_iters'],
    law: 'training needs a number of steps or of samples',
    broken: a => !a.train_iters && !a.train_samples,
    what: () => 'neither steps nor samples to train for.',
    says: () => 'Exception: either train-iters or train-samples should be provided.',
  },
  {
    number: 8,
    phase: 'arguments',
    blame: ['lr_decay_samples', 'lr_decay_iters'],
    law: 'the schedule is counted as the training is',
    broken: a => a[`lr_decay_${otherOf(a)}`] !== null,
    what: a => `a decay counted in ${otherOf(a)}, and a training counted in ${unitOf(a)}.`,
    says: a => `AssertionError: expected ${kindOf(a)}-based learning rate decay`,
  },
  {
    number: 8,
    phase: 'arguments',
    blame: ['lr_warmup_samples', 'lr_warmup_iters'],
    law: 'the schedule is counted as the training is',
    broken: a => a[`lr_warmup_${otherOf(a)}`] !== 0,
    what: a => `a warm-up counted in ${otherOf(a)}, and a training counted in ${unitOf(a)}.`,
    says: a => `AssertionError: expected ${kindOf(a)}-based learning rate warmup`,
  },
  {
    number: 9,
    phase: 'arguments',
    blame: ['lr_warmup_fraction'],
    law: 'the warm-up is a fraction or a number of steps',
    broken: a => a.lr_warmup_fraction !== null && a[`lr_warmup_${unitOf(a)}`] !== 0,
    what: a =>
      `a warm-up of ${a.lr_warmup_fraction} of the decay beside one of ${a[`lr_warmup_${unitOf(a)}`]} ${unitOf(a)}.`,
    says: a => `AssertionError: can only specify one of lr-warmup-fraction and lr-warmup-${unitOf(a)}`,
  },
  {
    number: 10,
    phase: 'scheduler',
    blame: ['lr'],
    law: 'there must be a learning rate',
    broken: a => a.lr === null,
    what: () => 'no learning rate.',
    says: () => "TypeError: float() argument must be a string or a real number, not 'NoneType'",
  },
  {
    number: 10,
    phase: 'scheduler',
    blame: ['min_lr', 'lr'],
    law: '0 <= min-lr <= lr',
    broken: a => a.lr !== null && !(a.min_lr >= 0 && a.lr >= a.min_lr),
    what: a => `min_lr ${a.min_lr} is above lr ${a.lr}, or below 0.`,
    says: () => 'AssertionError: self.max_lr >= self.min_lr >= 0.0',
  },
  {
    number: 10,
    phase: 'scheduler',
    blame: ['lr_warmup_init', 'lr'],
    law: 'the warm-up rises to the learning rate',
    broken: a => a.lr !== null && a.lr_warmup_init > a.lr,
    what: a => `the warm-up begins at ${a.lr_warmup_init}, above lr ${a.lr}.`,
    says: () => 'AssertionError: self.init_lr <= self.max_lr',
  },
  {
    number: 10,
    phase: 'scheduler',
    blame: ['lr_decay_iters', 'lr_decay_samples'],
    law: 'the decay has steps',
    broken: a => decay(a) <= 0,
    what: a => `a decay of ${decay(a)} steps.`,
    says: () => 'AssertionError: self.lr_decay_steps > 0',
  },
  {
    number: 10,
    phase: 'scheduler',
    blame: ['lr_warmup_fraction', 'lr_warmup_iters', 'lr_decay_iters'],
    law: 'lr_warmup_steps < lr_decay_steps (OptimizerParamScheduler)',
    broken: a => decay(a) > 0 && warmup(a) >= decay(a),
    what: a => `warm-up of ${warmup(a)} steps does not end before the decay does (${decay(a)} steps).`,
    says: () => 'AssertionError: self.lr_warmup_steps < self.lr_decay_steps',
    hint: (_, s) => (s.scale > 1 ? 'this is after scaling: take a smaller --scale.' : undefined),
  },
  {
    number: 11,
    phase: 'scheduler',
    blame: ['@schedule.cooldown_steps'],
    law: 'warm-up, stable, decay needs the steps of its decay',
    broken: a => a.lr_decay_style === 'WSD' && (a[`lr_wsd_decay_${unitOf(a)}`] ?? null) === null,
    what: () => 'decay: wsd needs cooldown_steps.',
    says: () => 'AssertionError: self.wsd_decay_steps is not None',
  },
  {
    number: 12,
    phase: 'arguments',
    blame: ['start_weight_decay', 'end_weight_decay'],
    law: 'a constant weight decay has neither start nor end',
    broken: a =>
      a.weight_decay_incr_style === 'constant' && (a.start_weight_decay !== null || a.end_weight_decay !== null),
    what: () => 'a start or an end of a weight decay that is constant.',
    hint: () => 'add --weight-decay-incr-style: linear (or cosine) to extra:.',
  },
  {
    number: 12,
    phase: 'arguments',
    blame: ['weight_decay_incr_style', 'start_weight_decay', 'end_weight_decay'],
    law: 'a weight decay that rises has a start and an end, 0 <= start <= end',
    broken: a => a.weight_decay_incr_style !== 'constant' && !(a.start_weight_decay >= 0 && isRising(a)),
    what: a => `a ${a.weight_decay_incr_style} weight decay from ${a.start_weight_decay} to ${a.end_weight_decay}.`,
  },
  {
    number: 13,
    phase: 'data',
    blame: ['eval_interval'],
    law: 'there is an interval of evaluation, or the whole validation set is read',
    broken: a => !a.eval_interval && !a.full_validation,
    what: () => 'no interval of evaluation.',
    says: () => "TypeError: unsupported operand type(s) for //: 'int' and 'NoneType'",
  },
  {
    number: 16,
    phase: 'arguments',
    blame: ['save_interval'],
    law: 'what is saved is saved every so many steps',
    broken: a => a.save !== null && !isPositive(a, 'save_interval'),
    what: a => `a save interval of ${a.save_interval}.`,
  },
  {
    number: 17,
    phase: 'arguments',
    blame: ['save_retain_interval', 'save_interval'],
    law: 'only a step that is saved can be kept',
    broken: a =>
      a.save !== null &&
      a.save_retain_interval !== null &&
      !(a.save_retain_interval > 0 && divides(a.save_interval, a.save_retain_interval)),
    what: a =>
      `a retain interval of ${a.save_retain_interval} is not a multiple of the save interval ${a.save_interval}.`,
  },
  {
    number: 18,
    phase: 'arguments',
    blame: ['log_memory_interval', 'log_interval'],
    law: 'memory is logged at steps that are logged',
    broken: a => a.log_memory_interval !== null && !divides(a.log_interval, a.log_memory_interval),
    what: a => `a memory log every ${a.log_memory_interval} steps, and a log every ${a.log_interval}.`,
  },
  {
    number: 19,
    phase: 'arguments',
    blame: ['num_dataset_builder_threads'],
    law: 'somebody must build the data sets',
    broken: a => !(a.num_dataset_builder_threads > 0),
    what: a => `${a.num_dataset_builder_threads} threads to build the data sets.`,
  },
  {
    number: 19,
    phase: 'start-up',
    blame: ['seed'],
    law: 'the seed is positive; 0 passes the parser',
    broken: a => !(a.seed > 0),
    what: a => `seed ${a.seed} is not positive.`,
    says: a => `ValueError: Seed (${a.seed}) should be a positive integer.`,
  },
];

function isRising(a: Values): boolean {
  return a.start_weight_decay !== null && a.end_weight_decay !== null && a.start_weight_decay <= a.end_weight_decay;
}
