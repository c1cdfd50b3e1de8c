import type { JobRecord } from './events.ts';
import type { SeenMetric } from './report.ts';

/** How far a job has come, by its own log. */
export interface Progress {
  readonly step?: number | undefined;
  /** The last step of the stage. */
  readonly steps?: number | undefined;
  readonly loss?: number | undefined;
  readonly validationLoss?: number | undefined;
  readonly learningRate?: number | undefined;
  readonly gradNorm?: number | undefined;
  readonly secondsPerStep?: number | undefined;
  readonly tokensPerSecond?: number | undefined;
  readonly tflopsPerGpu?: number | undefined;
  /** Seconds until the stage's last step; only while it runs. */
  readonly etaSeconds?: number | undefined;
}

export interface ProgressContext {
  readonly stage: {
    readonly steps?: number | undefined;
    readonly tokensPerStep?: number | undefined;
    readonly secondsPerStep?: number | undefined;
  };
  readonly record: JobRecord;
  readonly elapsedSeconds: number | undefined;
  /** A rehearsal's log tells planned time, so that chains are cut alike; what is left is then measured by our clock. */
  readonly isRehearsal: boolean;
}

type Newest = ReadonlyMap<string, SeenMetric>;

const newestByName = (metrics: readonly SeenMetric[]): Newest => {
  const newest = new Map<string, SeenMetric>();
  for (const each of metrics) newest.set(each.name, each);
  return newest;
};

/**
 * Each program's own name for the same: Megatron-LM (training_log in megatron/training/training.py), then veRL
 * (verl/trainer/ppo/metric_utils.py, verl/trainer/sft_trainer.py).
 */
const LOSS = ['lm loss', 'actor/pg_loss', 'train/loss'];
const VALIDATION = ['validation lm loss', 'val/loss'];
const LEARNING_RATE = ['learning rate', 'actor/lr', 'train/lr'];
const GRAD_NORM = ['grad norm', 'actor/grad_norm', 'train/grad_norm'];
const MILLISECONDS = 'elapsed time per iteration (ms)';
const SECONDS = 'timing_s/step';
const TFLOPS = 'throughput per GPU (TFLOP/s/GPU)';

const firstOf = (newest: Newest, names: readonly string[]): SeenMetric | undefined =>
  names.map(name => newest.get(name)).find(each => each !== undefined);

const paceByClock = (newest: Newest, { record, elapsedSeconds }: ProgressContext): number | undefined => {
  const here = firstOf(newest, LOSS);
  if (!here || elapsedSeconds === undefined) return undefined;
  const loaded = newest.get('checkpoint loaded');
  const from = loaded?.boot === record.boot ? loaded.value : 0;
  return here.step > from ? elapsedSeconds / (here.step - from) : undefined;
};

const etaOf = (
  step: number | undefined,
  newest: Newest,
  context: ProgressContext,
  logPace: number | undefined,
): number | undefined => {
  const { stage, record, isRehearsal } = context;
  if (record.state !== 'running' || stage.steps === undefined) return undefined;
  const pace = isRehearsal ? paceByClock(newest, context) : (logPace ?? stage.secondsPerStep);
  return pace === undefined ? undefined : Math.max(0, stage.steps - (step ?? 0)) * pace;
};

/** Reads the newest metrics of one attempt; NaN stays NaN, because a NaN loss is news. */
export const progressOf = (metrics: readonly SeenMetric[], context: ProgressContext): Progress => {
  const { stage } = context;
  const newest = newestByName(metrics);
  const value = (name: string): number | undefined => newest.get(name)?.value;
  const step = firstOf(newest, LOSS)?.step ?? newest.get('checkpoint loaded')?.value;
  const milliseconds = value(MILLISECONDS);
  const secondsPerStep = milliseconds === undefined ? value(SECONDS) : milliseconds / 1000;
  return {
    step,
    steps: stage.steps,
    loss: firstOf(newest, LOSS)?.value,
    validationLoss: firstOf(newest, VALIDATION)?.value,
    learningRate: firstOf(newest, LEARNING_RATE)?.value,
    gradNorm: firstOf(newest, GRAD_NORM)?.value,
    secondsPerStep,
    tokensPerSecond: stage.tokensPerStep && secondsPerStep ? stage.tokensPerStep / secondsPerStep : undefined,
    tflopsPerGpu: value(TFLOPS),
    etaSeconds: etaOf(step, newest, context, secondsPerStep),
  };
};
