import type { Values } from './argparse.ts';
import { pythonText } from './python-text.ts';

/** State of Megatron-LM's optimizer_param_scheduler.py under the names its complaints use; everything is counted in samples. */
export function scheduleOf(a: Values) {
  const decay = (a.lr_decay_iters ?? a.train_iters) * a.global_batch_size;
  return {
    'learning rate': a.lr as number,
    'minimum learning rate': a.min_lr as number,
    'warmup iterations': (a.lr_warmup_fraction ?? 0) * decay || a.lr_warmup_iters * a.global_batch_size,
    'total number of iterations': decay,
    'learning rate decay style': a.lr_decay_style as string,
    'start weight decay': (a.start_weight_decay ?? a.weight_decay) as number,
    'end weight decay': (a.end_weight_decay ?? a.weight_decay) as number,
    'total number of weight decay iterations': a.train_iters * a.global_batch_size,
    'weight decay incr style': a.weight_decay_incr_style as string,
  };
}

export type Schedule = ReturnType<typeof scheduleOf>;

const CURVES: Readonly<Record<string, (ratio: number) => number>> = {
  linear: ratio => 1 - ratio,
  cosine: ratio => 0.5 * (Math.cos(Math.PI * ratio) + 1),
  exponential: ratio => 2 * 0.5 ** ratio - 1,
  minus_sqrt: ratio => 1 - Math.sqrt(ratio),
};

/**
 * The learning rate once `seen` samples were trained on: the next step uses it, and the training line of the step before
 * shows it (training_log comes after the scheduler's step). So iteration k logs the rate of k global batches.
 */
export function learningRate(a: Values, s: Schedule, seen: number): number {
  const [most, least] = [s['learning rate'], s['minimum learning rate']];
  const [warmup, end, style] = [
    s['warmup iterations'],
    s['total number of iterations'],
    s['learning rate decay style'],
  ];
  if (warmup > 0 && seen <= warmup) return a.lr_warmup_init + ((most - a.lr_warmup_init) * seen) / warmup;
  if (style === 'constant') return most;
  if (seen > end) return least;
  if (style === 'inverse-square-root') {
    return Math.max(least, (most * Math.max(warmup, 1) ** 0.5) / Math.max(seen, 1) ** 0.5);
  }
  const isWarmupStable = style === 'WSD';
  const from = isWarmupStable ? end - a.lr_wsd_decay_iters * a.global_batch_size : warmup;
  const curve = CURVES[isWarmupStable ? a.lr_wsd_decay_style : style]!;
  return least + (seen <= from ? 1 : curve((seen - from) / (end - from))) * (most - least);
}

/** The weight decay once `seen` samples were trained on. */
export function weightDecay(s: Schedule, seen: number): number {
  const [start, end, style] = [s['start weight decay'], s['end weight decay'], s['weight decay incr style']];
  const ratio = Math.min(1, seen / s['total number of weight decay iterations']);
  return style === 'constant' ? end : start + (1 - CURVES[style]!(ratio)) * (end - start);
}

/** load_state_dict's complaint when the command line has another schedule than the checkpoint; undefined when they agree. */
export function scheduleMismatch(own: Schedule, saved: Schedule): string | undefined {
  const name = (Object.keys(own) as (keyof Schedule)[]).find(each => own[each] !== saved[each]);
  if (name === undefined) return undefined;
  const [mine, its] = [own, saved].map(each => pythonText(each[name], !Number.isInteger(each[name])));
  // The missing blank between `checkpoint` and `value` is Megatron's.
  return `OptimizerParamScheduler: class input value ${mine} and checkpointvalue ${its} for ${name} do not match`;
}
