import { randomBytes } from 'node:crypto';
import type { Output } from '../model/output.ts';
import { lineText, lits, quote } from '../shell/word.ts';
import { type RunOptions, TIMED_OUT } from './remote.ts';

/**
 * The only text that ever travels as an ssh command, so that any login shell (bash, zsh, tcsh, fish) reads it alike and no
 * limit on the length of an argument is met. bash reads a stdin that cannot seek byte by byte: what follows a line stays.
 */
export const COMMAND = 'exec bash -s';

/** What is sent over one channel, and the mark by which the answer is known among banners and chatty start files. */
export interface Letter {
  readonly mark: string;
  readonly bytes: Uint8Array;
}

/** The start files of a login shell get an empty stdin, because one that reads would eat what follows. */
const LOGIN_LINE = "exec bash -l -c 'exec bash -s <&3 3<&-' 3<&0 </dev/null\n";

/**
 * The program runs in a process group of its own, by `exec`, so that a word such as `if` or `kill` is never taken for the
 * shell's. What tells an exit code of 137 from a death by signal 9 is only bash's remark about the ended job (`wait` says 137
 * for both), so its remarks are kept: fd 9 is a pipe of its own, both ends here, and fd 8 the program's stderr.
 * Names begin with mt_, because one that the login environment exports would reach the program with another value.
 */
const run = (stdin: string): string => `set -m
exec 8>&2 9<> <(:) 2>&9
( exec -- "$@" ) ${stdin} 2>&8 8>&- 9>&- &
mt_pid=$! LC_ALL=C
if [ -n "$mt_limit" ]; then
  ( sleep "$mt_limit"; echo timed; kill -KILL -- "-$mt_pid" ) </dev/null >&9 8>&- &
  mt_watch=$!
fi
until wait "$mt_pid"; mt_rc=$?; ! kill -0 "$mt_pid"; do sleep 1; done
echo . >&9
while IFS= read -r mt_line <&9 && [ "$mt_line" != . ]; do mt_said="$mt_said $mt_line"; done
[ -z "$mt_watch" ] || kill -KILL -- "-$mt_watch"
`;

const SAY_END = `printf '%s:end\\n' "$mt_mark" >&8
printf '%s:end %s%s\\n' "$mt_mark" "$mt_rc" "$mt_said"
exit 0
`;

/** A text up to this long goes inside the script. */
const WHOLE_BYTES = 262_144;

const isWhole = (stdin: string | Uint8Array | undefined): stdin is string =>
  typeof stdin === 'string' && stdin.length <= WHOLE_BYTES && !stdin.includes('\0');

/** Everything between one pair of braces: of a script that a cut connection left half there, bash runs nothing. */
const scriptFor = (argv: readonly string[], mark: string, { stdin, timeoutMs, cwd }: RunOptions): string =>
  [
    `{ mt_mark=${mark} mt_said= mt_watch=`,
    `mt_limit=${timeoutMs === undefined ? '' : (timeoutMs / 1000).toFixed(3)}`,
    `set -- ${lineText(lits(...argv))}`,
    `printf '%s:begin\\n' "$mt_mark"`,
    `printf '%s:begin\\n' "$mt_mark" >&2`,
    // 127 is what this machine answers, too.
    ...(cwd === undefined ? [] : [`cd -- ${quote(cwd)} || { mt_rc=127; exec 8>&2; ${SAY_END}}`]),
    ...(isWhole(stdin) ? [`mt_in=${quote(stdin)}`, `exec 7< <(printf %s "$mt_in")`] : []),
    `${run(stdin === undefined ? '</dev/null' : isWhole(stdin) ? '<&7 7<&-' : '<&0')}${SAY_END}}`,
  ].join('\n');

/**
 * The bytes that make a far bash run these words: a line that reads the script whole, the script, and the program's stdin
 * where it is long or binary.
 */
export const sayRun = (argv: readonly string[], options: RunOptions = {}, isLoginShell = false): Letter => {
  const mark = `martlet-${randomBytes(16).toString('hex')}`;
  const script = Buffer.from(scriptFor(argv, mark, options));
  // One read of the whole length, because byte by byte 10,000 words would take half a second of a login node's time.
  const loader = Buffer.from(`${isLoginShell ? LOGIN_LINE : ''}eval "$(head -c ${script.length})"\n`);
  const rest = isWhole(options.stdin) ? '' : (options.stdin ?? '');
  return { mark, bytes: Buffer.concat([loader, script, Buffer.from(rest)]) };
};

/** What has come back over a channel so far. */
export interface Heard {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** `hasBegun`: the far bash was there and started the program. `ended` is missing when its end was not heard whole. */
export interface Answer {
  readonly hasBegun: boolean;
  readonly ended?: Pick<Output, 'code' | 'signal'> | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

const SIGNALS: Readonly<Record<number, string>> = {
  ...{ 1: 'SIGHUP', 2: 'SIGINT', 3: 'SIGQUIT', 4: 'SIGILL', 5: 'SIGTRAP', 6: 'SIGABRT', 7: 'SIGBUS', 8: 'SIGFPE' },
  ...{ 9: 'SIGKILL', 10: 'SIGUSR1', 11: 'SIGSEGV', 12: 'SIGUSR2', 13: 'SIGPIPE', 14: 'SIGALRM', 15: 'SIGTERM' },
  ...{ 24: 'SIGXCPU', 25: 'SIGXFSZ', 31: 'SIGSYS' },
};

/**
 * `137 bash: line 9:  4711 Killed ( exec ...`: the shell's code, then bash's remarks (bash(1), JOB CONTROL): a job that ended
 * by itself is Done or Exit. `timed` is the watch's own.
 */
const readEnd = (line: string): Pick<Output, 'code' | 'signal'> => {
  const [, rc = '', said = ''] = /^(\d+)(.*)$/.exec(line) ?? [];
  const code = Number(rc);
  const isKilled = code > 128 && /(?:\d+|\[1\][+-]?) +(?!Running|Done|Exit|Stopped)[A-Z]/.test(said);
  if (!isKilled) return { code };
  if (code === 137 && / timed\b/.test(said)) return { code: null, signal: TIMED_OUT };
  return { code: null, signal: SIGNALS[code - 128] ?? `SIG${code - 128}` };
};

interface Cut {
  readonly hasBegun: boolean;
  readonly text: string;
  readonly end?: string | undefined;
}

const cut = (bytes: Buffer, mark: string): Cut => {
  const begin = `${mark}:begin\n`;
  const from = bytes.indexOf(begin);
  if (from < 0) return { hasBegun: false, text: bytes.toString() };
  const rest = bytes.subarray(from + begin.length);
  const to = rest.lastIndexOf(`${mark}:end`);
  const line = to < 0 ? '' : rest.subarray(to + mark.length + ':end'.length).toString();
  if (!line.includes('\n')) return { hasBegun: true, text: (to < 0 ? rest : rest.subarray(0, to)).toString() };
  return { hasBegun: true, text: rest.subarray(0, to).toString(), end: line.slice(0, line.indexOf('\n')).trimStart() };
};

/** Cuts the noise of the far side's start files off and reads how the program ended. */
export const readRun = (mark: string, heard: Heard): Answer => {
  const [stdout, stderr] = [cut(heard.stdout, mark), cut(heard.stderr, mark)];
  const hasEnded = stdout.end !== undefined && stderr.end !== undefined;
  return {
    hasBegun: stdout.hasBegun || stderr.hasBegun,
    ended: hasEnded ? readEnd(stdout.end ?? '') : undefined,
    stdout: stdout.hasBegun ? stdout.text : '',
    stderr: stderr.hasBegun ? stderr.text : '',
  };
};
