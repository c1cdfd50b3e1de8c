import { type ExecaError, execa } from 'execa';
import type { Output } from '../model/output.ts';
import { ANSWER_BYTES, tooLong } from './answer-limit.ts';
import { type RunOptions, TIMED_OUT } from './remote.ts';

/** The codes a shell gives, so that the far side of a connection and this machine answer alike. */
const NOT_FOUND = 127;
const NOT_STARTED = 126;

const notStarted = (argv: readonly string[], cwd: string | undefined, error: ExecaError): Output => {
  const [program] = argv;
  const why =
    cwd === undefined
      ? (error.originalMessage ?? error.message)
      : `${error.originalMessage ?? error.message} (in ${cwd})`;
  return { code: error.code === 'ENOENT' ? NOT_FOUND : NOT_STARTED, stdout: '', stderr: `${program}: ${why}\n` };
};

/**
 * Runs a program on this machine, with no shell between. An exit code is never an error; a program that cannot be started
 * answers 127 or 126 as a shell would. It runs in a process group of its own, so that Ctrl-C reaches martlet alone, and
 * past `timeoutMs` the whole group is killed.
 */
export const runHere = async (
  argv: readonly string[],
  options: RunOptions,
  env: Readonly<Record<string, string>>,
): Promise<Output> => {
  const [program, ...words] = argv;
  const result = await execa(program ?? '', words, {
    reject: false,
    stripFinalNewline: false,
    maxBuffer: ANSWER_BYTES,
    ...(options.stdin === undefined ? { stdin: 'ignore' as const } : { input: options.stdin }),
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env,
    killSignal: 'SIGKILL',
    killDescendants: true,
    cleanup: false,
  });
  if (result.isMaxBuffer) throw tooLong(argv);
  const stdout = result.stdout ?? '';
  const stderr = result.stderr ?? '';
  if (result.timedOut) return { code: null, signal: TIMED_OUT, stdout, stderr };
  if (result.signal !== undefined) return { code: null, signal: result.signal, stdout, stderr };
  if (result.exitCode !== undefined) return { code: result.exitCode, stdout, stderr };
  return notStarted(argv, options.cwd, result as unknown as ExecaError);
};
