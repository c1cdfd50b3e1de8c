import type { Checked } from '../model/diagnostic.ts';
import type { Output } from '../model/output.ts';
import type { Word } from '../shell/word.ts';

/** What a queue can know; success is not in it. `unknown` is anything unheard-of, and changes nothing. */
export type Seen = 'queued' | 'held' | 'starting' | 'running' | 'suspended' | 'ending' | 'stuck' | 'ended' | 'unknown';

/** What one job asks of a scheduler, in the site's words where the site has words. Made by plan/, pure data. */
export interface JobRequest {
  /** Name on the scheduler for attempt 1; see jobName. */
  readonly name: string;
  /** The site's resource type (`rt_HF`, `node_f`, `p5en`). */
  readonly resourceType: string;
  /** PBS: `-q`; Slurm: partition. */
  readonly queue?: string | undefined;
  /** Grid Engine: the TYPE of `-l TYPE=N`. */
  readonly request?: string | undefined;
  readonly nodes: number;
  readonly gpusPerNode: number;
  readonly cpusPerNode: number;
  /** Processes the launcher starts on each node: 1, or one per GPU. */
  readonly ranksPerNode: number;
  readonly exclusive: boolean;
  /** Always finite, because a plan is JSON: where the site has no limit it comes from the estimate. */
  readonly walltimeSeconds: number;
  readonly account?: string | undefined;
  readonly accountBy: 'directive' | 'submit';
  readonly accountOption?: string | undefined;
  readonly priority?: number | undefined;
  /** The chosen service's own words, placeholders filled: `submit_env` (RTYPE=rt_HF), `submit_args` (-ar 1234). */
  readonly submitEnv: Readonly<Record<string, string>>;
  readonly submitArgs: readonly string[];
  /** Verbatim directive lines of the profile's `site:`. */
  readonly siteDirectives: readonly string[];
  /** Absolute folder of the job (RUN/STAGE-SEGMENT) on the cluster; its scheduler output goes there. */
  readonly dir: string;
  /** A token that finds the job again after a lost answer, kept where the scheduler keeps one. */
  readonly token: string;
  /** Jobs it waits for, by folder of the attempt (`cpt-1/A1`), and how. Never a directive: ids are known only during the walk. */
  readonly after: readonly { readonly folder: string; readonly when: 'ok' | 'any' }[];
  readonly options: DialectOptions;
}

/** The profile's `dialect_options`; each dialect reads those it knows. */
export interface DialectOptions {
  readonly bin?: string | undefined;
  readonly login_shell?: boolean | undefined;
  readonly requeue?: boolean | undefined;
  readonly hosts?: { readonly file: string; readonly column: number } | undefined;
  readonly [option: string]: unknown;
}

/** The header half of a scheduler's language: enough to render a job. Pure; no dialect runs anything. */
export interface Header {
  readonly id: string;
  readonly title: string;
  readonly manual: string;
  /** Longest job name in characters. */
  readonly nameLimit: number;
  /** Variables of the login environment its commands need; everything else of the submitter's stays behind. */
  readonly keeps?: readonly string[] | undefined;
  /** Seconds between its TERM and its KILL, less a little: what a job has to write its exit file. Default 8. */
  readonly killGraceSeconds?: number | undefined;
  /** Variables of the job's environment. */
  readonly jobIdVar: string;
  readonly jobNameVar: string;
  /** Run inside the job: prints its hosts, one a line, the first one first, no duplicates. */
  hosts(options: DialectOptions): readonly Word[];
  /** Directive lines under the shebang. Odd characters are refused with a diagnostic, never quoted. */
  directives(job: JobRequest): Checked<readonly string[]>;
  /** argv of the submit command, run in the job's folder under a clean environment; parents' ids are `idOf` parts. */
  submit(script: string, job: JobRequest, name: string): readonly Word[];
  /** POSIX extended expression with one group, the native id; the walk's sed and readSubmit use the same one. */
  readonly idPattern: string;
}

/** Reading a submit's answer has three outcomes; `unsure` is everything a dialect does not list, and is looked up by token. */
export type SubmitAnswer =
  | { readonly kind: 'accepted'; readonly nativeId: string }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unsure'; readonly reason: string };

export interface SeenJob {
  readonly seen: Seen;
  /** The scheduler's own text, whole, as evidence. */
  readonly raw: string;
  /** Why it waits, in the site's own words. */
  readonly reason?: string | undefined;
}

/** Only an answered round counts towards a grace time; an empty answer with a bad exit code is trouble. */
export type PollAnswer =
  | { readonly kind: 'answered'; readonly jobs: ReadonlyMap<string, SeenJob> }
  | { readonly kind: 'trouble'; readonly said: string };

/** What accounting says of an ended job, as evidence and never as the verdict. */
export interface HistoryRecord {
  readonly raw: string;
  /** A positive record of a bad end (TIMEOUT, walltime, node failure); undefined when it only says "ended". */
  readonly failure?: string | undefined;
}

/** The asking half: pairs that rhyme, say and read. */
export interface Dialect extends Header {
  readSubmit(out: Output): SubmitAnswer;
  poll(nativeIds: readonly string[]): readonly string[];
  readPoll(out: Output, nativeIds: readonly string[]): PollAnswer;
  find(token: string): readonly string[];
  readFind(
    out: Output,
  ):
    | { readonly kind: 'answered'; readonly nativeIds: readonly string[] }
    | { readonly kind: 'trouble'; readonly said: string };
  history(nativeIds: readonly string[]): readonly string[];
  readHistory(out: Output): ReadonlyMap<string, HistoryRecord>;
  cancel(nativeIds: readonly string[]): readonly string[];
}
