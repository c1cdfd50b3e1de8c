import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as breath } from 'node:timers/promises';
import type { Values } from '../engines/megatron/argparse.ts';
import { trainingLine, validationLines } from '../engines/megatron/log-lines.ts';
import { learningRate, scheduleOf, weightDecay } from '../engines/megatron/param-scheduler.ts';
import { pythonFloat } from '../engines/megatron/python-text.ts';
import { dieAt, finalizeSave, loadCheckpoint, type Progress, saveCheckpoint } from './checkpoint.ts';
import { type Blend, openBlends } from './data.ts';
import { ByteModel, SIZE, WINDOW } from './model.ts';
import { now, say, sayTime } from './words.ts';

/** Positions trained of each sequence: few, so that a batch meant for hundreds of GPUs costs one core milliseconds. */
export const positionsOf = (batch: number): number => Math.min(16, Math.ceil(1024 / batch));

/** Mean of `each` over the trained positions of a blend's next samples, which come in batches of `batch`. */
function mean(a: Values, blend: Blend, samples: number, batch: number, each: (window: Int32Array) => number): number {
  const [window, positions] = [new Int32Array(WINDOW), positionsOf(batch)];
  let total = 0;
  for (let sample = 0; sample < samples; sample++) {
    blend.advance(1);
    for (let k = 0; k < positions; k++) {
      blend.read(window, k, a.seq_length);
      total += each(window);
    }
  }
  return total / (samples * positions);
}

/** The data where training stands; validation goes on behind what earlier validations took. */
function setUpData(a: Values, { iteration, consumed }: Progress): (Blend | undefined)[] {
  const evaluated = a.eval_iters * a.eval_global_batch_size;
  const evaluations = Math.floor(a.train_iters / a.eval_interval) + 1;
  say('> building train, validation, and test datasets ...', ' > datasets target sizes (minimum size):');
  say(`    train:      ${a.train_iters * a.global_batch_size}`);
  say(`    validation: ${evaluations * evaluated}`, `    test:       ${evaluated}`);
  const blends = openBlends(a);
  blends[0]?.advance(consumed);
  blends[1]?.advance(Math.floor(iteration / a.eval_interval) * evaluated);
  return blends;
}

/** One step; its exact loss goes to losses.tsv as iteration, tab, the 16 hex digits of the double. */
function step(a: Values, model: ByteModel, progress: Progress, blend: Blend): { loss: number; norm: number } {
  const [batch, { schedule, consumed }] = [a.global_batch_size, progress];
  const loss = mean(a, blend, batch, batch, window => model.learn(window));
  const [rate, decay] = [learningRate(a, schedule, consumed), weightDecay(schedule, consumed)];
  const norm = model.step(a, batch * positionsOf(batch), rate, decay);
  progress.iteration++;
  progress.consumed += batch;
  const bits = Buffer.alloc(8);
  bits.writeDoubleBE(loss);
  if (a.save !== null) appendFileSync(join(a.save, 'losses.tsv'), `${progress.iteration}\t${bits.toString('hex')}\n`);
  dieAt(`step:${progress.iteration}`);
  return { loss, norm };
}

/** Says SIGTERM whatever the signal was, as Megatron does. */
function reasonToLeave(a: Values, iteration: number, minutes: number, isSignalled: boolean): string | undefined {
  if (a.exit_signal_handler && isSignalled) return 'exiting program after receiving SIGTERM.';
  const isLate = a.exit_duration_in_mins && minutes > a.exit_duration_in_mins;
  if (isLate) return `exiting program after ${pythonFloat(minutes)} minutes`;
  return a.exit_interval && iteration % a.exit_interval === 0 ? `exiting program at iteration ${iteration}` : undefined;
}

/** pretrain() and train() of training.py on one process: the same order of steps, lines, saves and exits. `secondsAStep` is
 *  planned time that stands for the real; with it a chain of jobs is cut at the same steps every time. */
export async function train(a: Values, isSignalled: () => boolean, secondsAStep: number | undefined): Promise<void> {
  const model = new ByteModel();
  say(` > number of parameters on (tensor, gtp_remat, pipeline) model parallel rank (0, 0, 0): ${SIZE}`);
  const progress = loadCheckpoint(a, model, scheduleOf(a));
  sayTime('after model, optimizer, and learning rate scheduler are built');
  const blends = setUpData(a, progress);
  sayTime('after dataloaders are built');
  say('done with setup ...', 'training ...');
  const evaluate = (blend: Blend | undefined, at = ''): void => {
    const batch = a.eval_global_batch_size;
    const loss = blend && mean(a, blend, a.eval_iters * batch, batch, window => model.loss(window));
    if (loss! >= 0) say(...validationLines(`iteration ${progress.iteration}${at}`, loss!));
  };
  const [begun, from] = [performance.now(), progress.iteration];
  const elapsed = (): number =>
    secondsAStep === undefined ? (performance.now() - begun) / 1000 : (progress.iteration - from) * secondsAStep;
  let [count, total, since, reason]: [number, number, number, string | undefined] = [0, 0, 0, undefined];
  sayTime('before the start of training step');
  while (!reason && progress.iteration < a.train_iters) {
    finalizeSave();
    await breath(); // lets signals in
    const { loss, norm } = step(a, model, progress, blends[0]!);
    [count, total] = [count + 1, total + loss];
    const { iteration, consumed, schedule } = progress;
    const isFirst = iteration === from + 1;
    if (isFirst || iteration % a.log_interval === 0) {
      const means = { loss: total / count, seconds: (elapsed() - since) / count };
      say(trainingLine(a, { iteration, consumed, rate: learningRate(a, schedule, consumed), norm, ...means }, now()));
      // The first line of a session is an extra one: the sums go on, so the next line's mean has this step in it, too.
      if (!isFirst) [count, total, since] = [0, 0, elapsed()];
    }
    if (iteration % a.eval_interval === 0 && iteration >= (a.start_eval_at_iter ?? 0)) evaluate(blends[1]);
    reason = reasonToLeave(a, iteration, elapsed() / 60, isSignalled());
    if (a.save !== null && (reason || iteration % a.save_interval === 0)) saveCheckpoint(a, model, progress);
    if (reason) sayTime(reason);
  }
  finalizeSave(true);
  if (reason) return;
  sayTime('after training is done');
  if (a.save !== null && progress.iteration % a.save_interval !== 0) saveCheckpoint(a, model, progress);
  evaluate(blends[1], ' on validation set');
  evaluate(blends[2], ' on test set');
  finalizeSave(true);
}
