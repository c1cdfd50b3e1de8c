import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Flag, type Parsed, parseArguments, type Values } from '../engines/megatron/argparse.ts';
import { startLines } from '../engines/megatron/log-lines.ts';
import { MERGE_OPTIONS, preprocessOptions } from '../engines/megatron/preprocess-options.ts';
import { validateArguments } from '../engines/megatron/validate-args.ts';
import { conversionOptions } from '../engines/megatron-bridge/options.ts';
import { formatOf } from './checkpoint.ts';
import { changeFolder, checkFolder, compare, convert } from './convert.ts';
import { merge } from './merge.ts';
import { MULTIPLIER, SIZE } from './model.ts';
import { prepare } from './prepare.ts';
import { positionsOf, train } from './train.ts';
import { check, leave, say, sayTime } from './words.ts';

const { env } = process;
const [script = '', ...argv] = process.argv.slice(2);
const secondsAStep = env.MARTLET_REHEARSAL_STEP_SECONDS ? Number(env.MARTLET_REHEARSAL_STEP_SECONDS) : undefined;

/** The option list beside the program; in a checkout, the release's own. */
function readFlags(): readonly Flag[] {
  const [beside, own] = ['flags.json', '../engines/megatron/flags/core_v0.19.0.json'] as const;
  const path = [beside, own].map(name => join(import.meta.dirname, name)).find(existsSync);
  return JSON.parse(readFileSync(path ?? beside, 'utf8'));
}

/** Leaves as argparse does: usage and its first complaint with code 2, help with code 0. */
function need(parsed: Parsed): Parsed {
  const usage = `usage: ${basename(script)} [-h] [--OPTION [VALUE ...]] ...`;
  if (parsed.values.help) leave(0, usage);
  return parsed.errors.length > 0 ? leave(2, `${usage}\n${basename(script)}: error: ${parsed.errors[0]}`) : parsed;
}

const NOT_REHEARSED = `sft perform_rl_step full_validation skip_train step_batch_size_schedule multiple_validation_sets mock_data
 train_samples train_data_path valid_data_path test_data_path per_split_data_args_path ckpt_convert_format`;

/** Options of Megatron-LM that a rehearsal cannot follow are refused by name, never left out in silence. */
function refuseWhatIsNotRehearsed(a: Values): void {
  const named = NOT_REHEARSED.split(/\s+/).filter(dest => a[dest]);
  if (a.optimizer !== 'adam') named.push('optimizer');
  if (!/^torch(_dist)?$/.test(formatOf(a))) named.push('ckpt_format');
  const flags = named.map(dest => `--${dest.replaceAll('_', '-')} (${a[dest]})`).join(', ');
  check(!flags, `martlet rehearsal: cannot be rehearsed in this version: ${flags}`);
  check(a.data_path || a.data_args_path, 'martlet rehearsal: without --data-path Megatron-LM would train on noise.');
}

/** Notes by which the processes of one job meet, in a folder of this boot: ready-RANK, signal-RANK, done. */
function leaveNote(folder: string, note: string, text: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `.${note}`), text);
  renameSync(join(folder, `.${note}`), join(folder, note));
}
const count = (folder: string, kind: string): number =>
  readdirSync(folder).filter(name => name.startsWith(kind)).length;

/** Rank 0: waits until all processes have come. */
async function meet(folder: string): Promise<void> {
  const [processes, seconds] = [Number(env.MARTLET_PROCESSES ?? 1), Number(env.MARTLET_BARRIER_SECONDS ?? 120)];
  for (const deadline = Date.now() + seconds * 1000; count(folder, 'ready-') < processes; await sleep(50)) {
    const came = `${count(folder, 'ready-')} of ${processes} processes came to ${folder} within ${seconds} s`;
    check(Date.now() < deadline, `torch.distributed.DistStoreError: ${came}`);
  }
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** Any other rank: waits for rank 0 and gives its code; fails when rank 0 is gone without a word. */
async function follow(folder: string): Promise<number> {
  const [done, lead] = [join(folder, 'done'), join(folder, 'ready-0')];
  for (let isGone = false; !existsSync(done); await sleep(50)) {
    check(!isGone, 'ncclRemoteError: rank 0 is gone.');
    isGone = existsSync(lead) && !isAlive(Number(readFileSync(lead, 'utf8')));
  }
  return Number(readFileSync(done, 'utf8'));
}

/** The first line says what this is; Megatron-LM's own follow. */
function introduce(a: Values, list: readonly Flag[]): void {
  const trained = `${positionsOf(a.global_batch_size)} position(s) of each of a step's ${a.global_batch_size} sequences`;
  const clock = secondsAStep === undefined ? 'real' : `virtual, ${secondsAStep} s a step`;
  const what = `a byte model of ${SIZE} parameters (stored divided by ${MULTIPLIER}), trained for real on ${trained}`;
  say(`martlet rehearsal: this is not Megatron-LM but ${what}; clock: ${clock}. Its losses are not the real model's.`);
  say(...startLines(a, new Set(list.filter(flag => flag.type === 'float').map(flag => flag.dest))));
  sayTime('after megatron is initialized');
}

/** pretrain_gpt.py: rank 0 trains, the other processes wait for it; a signal at any of them stops all. */
async function pretrain(list: readonly Flag[]): Promise<number> {
  const { values: a, refusal } = validateArguments(need(parseArguments(list, argv)), env);
  refuseWhatIsNotRehearsed(a);
  if (refusal) leave(refusal.exitCode, refusal.text);
  if (env.MARTLET_REHEARSAL_PARSE_ONLY === '1') return 0;
  const folder = env.MARTLET_BARRIER_DIR;
  let isSignalled = false;
  const onSignal = (): void => {
    isSignalled = true;
    if (folder) leaveNote(folder, `signal-${a.rank}`, '');
  };
  if (a.exit_signal_handler || a.rank > 0) process.on(a.exit_signal, onSignal);
  if (folder) leaveNote(folder, `ready-${a.rank}`, String(process.pid));
  if (a.rank > 0)
    return folder ? follow(folder) : leave(1, `rank ${a.rank} has no MARTLET_BARRIER_DIR to meet rank 0 in.`);
  introduce(a, list);
  if (folder) await meet(folder);
  if (a.save !== null) mkdirSync(a.save, { recursive: true });
  await train(a, () => isSignalled || (folder !== undefined && count(folder, 'signal-') > 0), secondsAStep);
  return 0;
}

/** scripts/conversion/run_conversion.py: its command, then the options of that command. */
function runConversion(): number {
  const [command, ...options] = argv;
  if (command !== 'import' && command !== 'export') leave(2, `error: argument command: invalid choice: '${command}'`);
  const name = command === 'export' ? 'export' : 'import';
  convert(name, need(parseArguments(conversionOptions(name), options)).values);
  return 0;
}

/** What a rehearsal stands in for, by the name of the script; what it gives is the exit code. */
const PROGRAMS: Readonly<Record<string, () => unknown>> = {
  'pretrain_gpt.py': () => pretrain(readFlags()),
  'preprocess_data.py': () => prepare(need(parseArguments(preprocessOptions(readFlags()), argv)).values),
  'merge_datasets.py': () => merge(need(parseArguments(MERGE_OPTIONS, argv)).values),
  'run_conversion.py': runConversion,
  'compare.py': () => compare(argv),
  'hf_folder.py': () => checkFolder(script, argv),
  'grow_vocabulary.py': () => changeFolder(basename(script), argv),
  'upcycle.py': () => changeFolder(basename(script), argv),
};

async function main(): Promise<number> {
  const name = basename(script);
  const program = Object.hasOwn(PROGRAMS, name) ? PROGRAMS[name] : undefined;
  if (!program) leave(2, `martlet rehearsal: ${script || 'nothing'} is none of ${Object.keys(PROGRAMS).join(', ')}.`);
  const code = await program?.();
  return typeof code === 'number' ? code : 0;
}

process.exitCode = await main().catch((error: Error & { exitCode?: number }) => {
  process[error.exitCode === 0 ? 'stdout' : 'stderr'].write(`${error.message}\n`);
  return error.exitCode ?? 1;
});
// Rank 0 has the last word, also after a failure.
if (env.MARTLET_BARRIER_DIR && (env.RANK ?? '0') === '0')
  leaveNote(env.MARTLET_BARRIER_DIR, 'done', String(process.exitCode));
