import { Refusal } from '../embedded/refusal.ts';
import { findLine, historyLine, pollLine, table, whyLine } from './answers.ts';
import { cancel, hold } from './change.ts';
import { clean } from './clean.ts';
import { engineAddress, engineWords, openEngine } from './engine.ts';
import { logs } from './logs.ts';
import { openPlace } from './place.ts';
import { noteSlots, setSlots, slots } from './slots.ts';
import { submit } from './submit.ts';
import { type Surveyed, type SurveyOptions, survey } from './survey.ts';
import { jobId, wholeNumber } from './words.ts';

const USAGE = `martlet-docker: the scheduler of cluster docker. Each job is one container of Docker or Podman, named by the job.
  [--socket PATH] VERB ...    the engine: --socket, $MARTLET_DOCKER_SOCKET, $DOCKER_HOST, or the first usual socket
  submit --name N (--container FILE | --image IMAGE) [--token T] [--after ok:ID,any:ID] [--walltime SECONDS] [--gpus N]
         [--chdir DIR] [--output FILE] [--hold] SCRIPT [ARGS]    prints the job's id, the container's
  poll [ID]...       one JSON line a job: id, seen, reason, raw; without ids all that have not ended
  history ID...      one JSON line an ended job: id, raw, failure, code, submitted, started, ended
  find TOKEN...      one JSON line a job with one of these tokens or names
  why ID             one JSON line: id, seen, reason, raw, waitsFor, position
  cancel ID...       hold ID...       release ID...       list
  logs [--follow] ID what the engine kept of the container's output
  clean [--older-than SECONDS]    removes containers of jobs that ended so long ago (default: 30 days)
  slots [N]          how many jobs may run at once       engine    which engine, and its version
Jobs' folders and locks live in $MARTLET_DOCKER_DIR, or $XDG_STATE_HOME/martlet/docker/spool.`;

const CLEAN_SECONDS = 30 * 86_400;
/** Seconds between TERM and KILL, as Slurm's KillWait. */
const GRACE_SECONDS = 30;

const asLines = (values: readonly unknown[]): string[] => values.map(value => JSON.stringify(value));

const graceSeconds = ({ env }: SurveyOptions): number => {
  const told = env.MARTLET_DOCKER_GRACE_SECONDS;
  return told ? wholeNumber('MARTLET_DOCKER_GRACE_SECONDS', told) : GRACE_SECONDS;
};

/** A living submit needs less between creating and starting a container. */
const LEFT_SECONDS = 5;

const ofIds = (options: SurveyOptions, words: readonly string[], asksEnded = false): Promise<Surveyed[]> => {
  const ids = words.map(jobId);
  return survey(options, {
    isWanted: ({ id }) => id !== undefined && ids.includes(id),
    asksPresent: known => ids.some(id => !known.some(job => job.id === id)),
    asksEnded,
    leftSeconds: LEFT_SECONDS,
  });
};

/** Somebody looks for jobs whose submit said nothing: if one was created and not started, nobody else will start it. */
const byTokens = (options: SurveyOptions, tokens: readonly string[]): Promise<Surveyed[]> =>
  survey(options, {
    isWanted: ({ name, token }) => tokens.includes(name) || (token !== null && tokens.includes(token)),
    asksPresent: () => true,
    leftSeconds: 0,
  });

const all = (options: SurveyOptions): Promise<Surveyed[]> =>
  survey(options, { isWanted: () => true, asksPresent: () => true, leftSeconds: LEFT_SECONDS });

/** An engine may have jobs of other people, too. */
const here = async (options: SurveyOptions): Promise<Surveyed[]> => (await all(options)).filter(each => each.isHere);

const acted = async (action: Promise<void> | void): Promise<string[]> => {
  await action;
  return [];
};

/** Each verb answers the lines it prints. */
const VERBS: Readonly<
  Record<string, (options: SurveyOptions, words: readonly string[]) => Promise<readonly string[]> | readonly string[]>
> = {
  submit: async (options, words) => {
    const engine = openEngine(engineAddress(options.env, options.socket));
    return [await submit({ place: options.place, graceSeconds: graceSeconds(options), engine }, words)];
  },
  poll: async (options, words) => {
    if (words.length > 0) return asLines((await ofIds(options, words)).map(pollLine));
    return asLines((await here(options)).map(pollLine).filter(line => line.seen !== 'ended'));
  },
  history: async (options, words) => {
    const found = await ofIds(options, words, true);
    return asLines((await Promise.all(found.map(historyLine))).filter(line => line !== undefined));
  },
  find: async (options, words) => {
    if (words.length === 0) throw new Refusal('find wants one token or more', 2);
    return asLines((await byTokens(options, words)).map(findLine));
  },
  why: async (options, words) => {
    const [each] = await ofIds(options, words.slice(0, 1));
    const others = (await all(options)).map(({ job }) => job);
    const line = each && whyLine(each, others, options.place);
    return line ? asLines([line]) : [];
  },
  list: async options => table(await here(options)),
  cancel: async (options, words) => acted(cancel(await ofIds(options, words), words.map(jobId), graceSeconds(options))),
  hold: async (options, words) => acted(hold(await ofIds(options, words), words.map(jobId), true)),
  release: async (options, words) => acted(hold(await ofIds(options, words), words.map(jobId), false)),
  logs: async (options, words) => {
    const ids = words.filter(word => word !== '--follow');
    const [each] = await ofIds(options, ids.slice(0, 1), true);
    return acted(logs(each, ids.length < words.length));
  },
  clean: async (options, words) => {
    const [, told] = words.join('=').match(/^--older-than=(.*)$/) ?? [];
    if (words.length > 0 && told === undefined) throw new Refusal('clean takes --older-than SECONDS', 2);
    const seconds = told === undefined ? CLEAN_SECONDS : wholeNumber('--older-than', told);
    return clean(await all(options), options.place, seconds);
  },
  slots: (options, words) => {
    if (words[0] !== undefined) setSlots(options.place, words[0]);
    return [slots(options.place)];
  },
  engine: async options => {
    const { address, docker } = openEngine(engineAddress(options.env, options.socket));
    const { Version: version, Components: parts } = (await docker.version()) as {
      Version: string;
      Components?: readonly { readonly Name: string }[];
    };
    return asLines([{ address, name: parts?.[0]?.Name ?? 'Engine', version }]);
  },
};

const run = async ([first = '', ...rest]: readonly string[], socket?: string): Promise<void> => {
  const [, inline] = /^--socket=(.*)$/s.exec(first) ?? [];
  if (inline !== undefined) return run(rest, inline);
  if (first === '--socket') return run(rest.slice(1), rest[0] ?? '');
  const verb = VERBS[first];
  if (!verb) throw new Refusal(`there is no verb "${first}"; known: ${Object.keys(VERBS).join(', ')}`, 2);
  const place = openPlace(process.env);
  noteSlots(place, process.env);
  for (const line of await verb({ place, env: { ...process.env }, socket }, rest)) console.log(line);
};

const fail = (error: unknown): void => {
  const refusal = error instanceof Refusal ? error : undefined;
  const word = refusal ? { 1: 'refused', 2: 'usage', 3: 'failed' }[refusal.exitCode] : 'failed';
  console.error(`martlet-docker: ${word}: ${refusal ? refusal.message : engineWords(error)}`);
  process.exitCode = refusal?.exitCode ?? 3;
};

const main = async (words: readonly string[]): Promise<void> => {
  // An answer that is cut off in its middle never comes to an end here: then this is what is left.
  process.exitCode = 3;
  const [first] = words;
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') console.log(USAGE);
  else await run(words);
  process.exitCode = 0;
};

main(process.argv.slice(2)).catch(fail);
