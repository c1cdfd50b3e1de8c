import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Values } from '../engines/megatron/argparse.ts';
import { type Schedule, scheduleMismatch } from '../engines/megatron/param-scheduler.ts';
import { type ByteModel, SIZE } from './model.ts';
import { check, leave, now, say } from './words.ts';

/** Where training stands: steps done, samples consumed, the schedule in force. */
export type Progress = { iteration: number; consumed: number; schedule: Schedule };

/** torch: the legacy format, which releases up to 0.8 write unless they are asked for another one. */
export const formatOf = (a: Values): string =>
  a.use_dist_ckpt === undefined ? a.ckpt_format : a.use_dist_ckpt ? (a.dist_ckpt_format ?? 'torch_dist') : 'torch';
const fileIn = (a: Values): string =>
  formatOf(a) === 'torch' ? join('mp_rank_00', 'model_optim_rng.pt') : '__0_0.distcp';
const isWhole = (folder: string): boolean =>
  existsSync(join(folder, 'metadata.json')) || existsSync(join(folder, 'mp_rank_00'));

const folderOf = (base: string, iteration: number): string => join(base, `iter_${String(iteration).padStart(7, '0')}`);
const trackerOf = (base: string): string => join(base, 'latest_checkpointed_iteration.txt');
const isIn = (base: string | null): base is string => base !== null && existsSync(trackerOf(base));
const groups = (a: Values): string =>
  `[ t 1/${a.tensor_model_parallel_size}, gtp_remat 1/1, p 1/${a.pipeline_model_parallel_size} ]`;

/** A fault on request, for tests: SIGKILL at `step:N`, `checkpoint:N` or `tracker:N` unless the marker file is there. */
export function dieAt(point: string): void {
  const { MARTLET_REHEARSAL_DIE: wanted, MARTLET_REHEARSAL_DIE_ONCE: marker } = process.env;
  if (wanted !== point || (marker && existsSync(marker))) return;
  if (marker) writeFileSync(marker, point);
  process.kill(process.pid, 'SIGKILL');
}

let unfinished: (() => void) | undefined;

/** Writes all that training goes on from, in Megatron-LM's torch_dist layout; chance follows from the seed, so it is not there. */
export function saveCheckpoint(a: Values, model: ByteModel, progress: Progress): void {
  finalizeSave();
  const [folder, number] = [folderOf(a.save, progress.iteration), String(progress.iteration).padStart(7)];
  const file = join(folder, fileIn(a));
  say(`[${now()}] saving checkpoint at iteration ${number} to ${a.save} in ${formatOf(a)} format`);
  const header = { martlet: 1, ...progress, updates: model.updates };
  const bytes = Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), Buffer.from(model.state.buffer)]);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes.subarray(0, bytes.length / 2));
  dieAt(`checkpoint:${progress.iteration}`);
  appendFileSync(file, bytes.subarray(bytes.length / 2));
  writeFileSync(join(folder, '.metadata'), 'martlet rehearsal: a line of JSON, then weights and moments as doubles\n');
  unfinished = () => finish(a, progress.iteration, folder);
  // Without the persistent worker 0.19 saves synchronously.
  const isLater = a.async_save && a.use_persistent_ckpt_worker;
  if (isLater) say(`  [${now()}] scheduled an async checkpoint save at iteration ${number} to ${a.save}`);
  else finalizeSave();
}

function finish(a: Values, iteration: number, folder: string): void {
  const tracker = trackerOf(a.save);
  const marker = '{"sharded_backend": "torch_dist", "sharded_backend_version": 1}';
  if (formatOf(a) !== 'torch') writeFileSync(join(folder, 'metadata.json'), marker);
  const before = existsSync(tracker) ? Number(readFileSync(tracker, 'utf8')) : 0;
  writeFileSync(tracker, ''); // Megatron truncates it first, too: a kill here leaves it empty
  dieAt(`tracker:${iteration}`);
  writeFileSync(tracker, String(iteration));
  const number = (n: number): string => String(n).padStart(7);
  say(`  [${now()}] successfully saved checkpoint from iteration ${number(iteration)} to ${a.save} ${groups(a)}`);
  const isKept = !a.save_retain_interval || before % a.save_retain_interval === 0 || before === iteration;
  if (isKept || !(before > 0)) return;
  rmSync(folderOf(a.save, before), { recursive: true, force: true });
  say(`  successfully deleted checkpoint from iteration ${number(before)} at ${a.save}`);
}

/** Ends an asynchronous save with its marker and tracker: before the next step, or when leaving. */
export function finalizeSave(isLeaving = false): void {
  if (unfinished && isLeaving) say('Unfinalized async checkpoint saves. Finalizing them synchronously now.');
  unfinished?.();
  unfinished = undefined;
}

/** The folder that --load, or else --pretrained-checkpoint, leads to; undefined: start from random weights. */
function findCheckpoint(a: Values): { base: string; iteration: number | 'release' } | undefined {
  const isBase = a.pretrained_checkpoint !== null && !isIn(a.load);
  const base: string | null = isBase ? a.pretrained_checkpoint : a.load;
  const instead = `attempting to finetune with checkpoint in ${base}`;
  if (isBase) say(`Checkpoint file not found in load directory ${a.load ?? 'None'} ${instead}`);
  check(!isBase || isIn(base), 'FileNotFoundError: No checkpoint found in load directory or pretrained directory');
  a.finetune ||= isBase;
  if (base === null) return undefined;
  if (!isIn(base)) {
    say(`WARNING: could not find the metadata file ${trackerOf(base)}`);
    say('    will not load any checkpoints and will start from random');
    return a.exit_on_missing_checkpoint ? leave(0, ">> '--exit-on-missing-checkpoint' set ... exiting. <<") : undefined;
  }
  const text = readFileSync(trackerOf(base), 'utf8').trim();
  // Code 0, although it failed: this is what the empty tracker of a killed save leads to.
  if (!/^(\d+|release)$/.test(text)) leave(0, `ERROR: Invalid metadata file ${trackerOf(base)}. Exiting`);
  return { base, iteration: a.ckpt_step ?? (text === 'release' ? 'release' : Number(text)) };
}

/** Where to go on: weights always; moments, schedule and position too, unless --finetune or a base asks for less. */
export function loadCheckpoint(a: Values, model: ByteModel, own: Schedule): Progress {
  const found = findCheckpoint(a);
  if (!found) return { iteration: 0, consumed: 0, schedule: own };
  const isRelease = found.iteration === 'release';
  const folder = isRelease ? join(found.base, 'release') : folderOf(found.base, Number(found.iteration));
  check(isWhole(folder), `NotImplementedError: unknown checkpoint format in ${folder}`);
  const what = isRelease ? ' release' : '';
  const step = isRelease ? '' : ` at iteration ${found.iteration}`;
  say(` loading${what} distributed checkpoint from ${found.base}${step}`);
  const legacy = join(folder, 'mp_rank_00', 'model_optim_rng.pt');
  const bytes = readFileSync(existsSync(legacy) ? legacy : join(folder, '__0_0.distcp'));
  const end = bytes.indexOf(10) + 1;
  const isOurs = bytes.toString('latin1', 0, 12) === '{"martlet":1' && bytes.length === end + model.state.byteLength;
  check(isOurs, `CheckpointException: ${folder} is not a whole checkpoint of this rehearsal trainer.`);
  const { iteration, consumed, updates, schedule } = JSON.parse(bytes.toString('utf8', 0, end));
  Buffer.from(model.state.buffer).set(bytes.subarray(end));
  const isWeightsOnly = a.finetune || a.no_load_optim || isRelease;
  model.updates = isWeightsOnly ? 0 : updates;
  if (isWeightsOnly) model.state.fill(0, SIZE);
  const isForced = isWeightsOnly || a.override_opt_param_scheduler || a.use_checkpoint_opt_param_scheduler;
  const mismatch = isForced ? undefined : scheduleMismatch(own, schedule);
  check(!mismatch, `AssertionError: ${mismatch}`);
  const at = a.finetune || isRelease ? { iteration: 0, consumed: 0 } : { iteration, consumed };
  say(' checkpoint version 3.0');
  say(`  successfully loaded checkpoint from ${found.base} ${groups(a)} at iteration ${at.iteration}`);
  return { ...at, schedule: isWeightsOnly || a.override_opt_param_scheduler ? own : schedule };
}
