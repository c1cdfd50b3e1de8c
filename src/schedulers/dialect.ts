import type { Checked } from '../model/diagnostic.ts';
import type { Output } from '../model/output.ts';
import type { Waiting } from '../model/waiting.ts';
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
  /** Smallest number of seconds between two questions. */
  readonly poll_min?: number | undefined;
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
  /** Each job is a container of its own: what it is made from lies beside its script, in container.json. */
  readonly jobIsContainer?: boolean | undefined;
  /** Variables of the job's environment. */
  readonly jobIdVar: string;
  readonly jobNameVar: string;
  /** Run inside the job: prints its hosts, one a line, the first one first, no duplicates. */
  hosts(options: DialectOptions): readonly Word[];
  /** Directive lines under the shebang. Odd characters are refused with a diagnostic, never quoted. */
  directives(job: JobRequest): Checked<readonly string[]>;
  /** argv of the submit command, run in the job's folder under a clean environment; parents' ids are `idOf` parts. */
  submit(script: string, job: JobRequest, name: string): readonly Word[];
  /**
   * POSIX extended expression whose first group is the native id, an array's as well; the walk's sed and readSubmit use the
   * same one.
   */
  readonly idPattern: string;
}

/** Reading a submit's answer has three outcomes; `unsure` is everything a dialect does not list, and is looked up by token. */
export type SubmitAnswer =
  | { readonly kind: 'accepted'; readonly nativeId: string }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unsure'; readonly reason: string };

/** A job, or a whole array: it runs while any element does, and has ended only when none is left. */
export interface SeenJob {
  readonly seen: Seen;
  /** The scheduler's own text, whole, as evidence. */
  readonly raw: string;
  /** Why it waits, in the site's own words. */
  readonly reason?: string | undefined;
  /** How often the scheduler has started it again by itself; undefined where its queue does not say. */
  readonly restarts?: number | undefined;
}

/** The other side did not answer: nothing it may have printed counts, and no job's state moves. */
export interface Silence {
  readonly kind: 'trouble';
  readonly said: string;
}

/**
 * Only an answered round counts towards a grace time; an empty answer with a bad exit code is trouble. A job that was
 * asked for and is not in `jobs` is not in the queue. `garbled`: it answered, but the usual form cannot be read (PBS prints
 * broken JSON for some jobs), so the plain form is asked.
 */
export type PollAnswer =
  | { readonly kind: 'answered'; readonly jobs: ReadonlyMap<string, SeenJob> }
  | { readonly kind: 'garbled'; readonly said: string }
  | Silence;

/**
 * Native ids by token; a token nobody knows is not in it. `unsearched` says what could not be searched (a Slurm without
 * accounting forgets ended jobs): where it stands, a token that is not in `ids` may still have had a job.
 */
export type FindAnswer =
  | {
      readonly kind: 'answered';
      readonly ids: ReadonlyMap<string, readonly string[]>;
      readonly unsearched?: string | undefined;
      /** Those of them that the queue itself has; undefined where one server keeps queue and history, and so no id twice. */
      readonly queued?: ReadonlySet<string> | undefined;
    }
  | Silence;

/** What accounting says of an ended job, as evidence and never as the verdict. */
export interface HistoryRecord {
  readonly raw: string;
  /** A positive record of a bad end (TIMEOUT, walltime, node failure); undefined when it only says "ended". */
  readonly failure?: string | undefined;
  /** It has a record, but not of an end yet: accounting may lag behind the queue. */
  readonly open?: boolean | undefined;
}

/** An id that accounting does not know is not in `records`. */
export type HistoryAnswer =
  | { readonly kind: 'answered'; readonly records: ReadonlyMap<string, HistoryRecord> }
  | Silence;

/** What became of a wish (cancel, hold, release): confirmed only by the queue, whatever the command said. */
export type ActAnswer =
  | { readonly kind: 'done' }
  /** Some of them: not ours, ended already, unknown. */
  | { readonly kind: 'refused'; readonly said: string }
  | Silence;

export type WhyAnswer =
  | { readonly kind: 'answered'; readonly waiting: Waiting }
  /** It is not waiting any more, or never was there. */
  | { readonly kind: 'unknown'; readonly said: string }
  | Silence;

/** Indices of an array job. `most`: how many may run at once. */
export interface ArrayRange {
  readonly first: number;
  readonly last: number;
  readonly step?: number | undefined;
  readonly most?: number | undefined;
}

/**
 * The asking half: pairs that rhyme, say and read. What is said is an argv, run with no shell between; one that needs a
 * pipe is `sh -c`. `options` are the profile's dialect_options: where the programs are, whether accounting is there, which
 * forms the site's version knows.
 */
export interface Dialect extends Header {
  readSubmit(out: Output): SubmitAnswer;
  /** One question, however many jobs. */
  poll(nativeIds: readonly string[], options: DialectOptions): readonly string[];
  readPoll(out: Output, nativeIds: readonly string[]): PollAnswer;
  /** The same question in a form that cannot be garbled; a dialect whose usual form is plain has none. */
  pollPlain?(nativeIds: readonly string[], options: DialectOptions): readonly string[];
  readPollPlain?(out: Output, nativeIds: readonly string[]): PollAnswer;
  /**
   * Jobs by the tokens given to them, in queue and history, in one question. PBS and Grid Engine search by name, so the token
   * has to be the job's name there.
   */
  find(tokens: readonly string[], options: DialectOptions): readonly string[];
  readFind(out: Output, tokens: readonly string[]): FindAnswer;
  history(nativeIds: readonly string[], options: DialectOptions): readonly string[];
  readHistory(out: Output, nativeIds: readonly string[]): HistoryAnswer;
  cancel(nativeIds: readonly string[], options: DialectOptions): readonly string[];
  readCancel(out: Output): ActAnswer;
  /** Keep waiting jobs from starting, and let them go again. */
  hold(nativeIds: readonly string[], options: DialectOptions): readonly string[];
  release(nativeIds: readonly string[], options: DialectOptions): readonly string[];
  readAct(out: Output): ActAnswer;
  why(nativeId: string, options: DialectOptions): readonly string[];
  readWhy(out: Output, nativeId: string): WhyAnswer;
  /** Words of the submit line that keep a job off these hosts; undefined where the scheduler has none. */
  exclude(hosts: readonly string[]): readonly Word[] | undefined;
  /** Words of the submit line that make it an array, and the variable with a task's index; undefined where it has no such array. */
  array(range: ArrayRange): readonly Word[] | undefined;
  readonly arrayIndexVar?: string | undefined;
  /** Smallest number of seconds between two questions, where a profile states none. */
  readonly pollSeconds: number;
  /** Its queue is kept by a program of ours on one machine: an answer is certain and at once, and asking troubles nobody. */
  readonly isOwn?: boolean | undefined;
  /** How long a job may be gone from the queue without an exit file or a record before it is given up, seconds. */
  readonly graceSeconds: number;
}
