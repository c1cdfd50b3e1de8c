import { realpathSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { find, history, list, poll } from './answers.ts';
import { cancel, hold, release } from './change.ts';
import { explain } from './explain.ts';
import { openPlace, queueFolder } from './place.ts';
import { bootId } from './processes.ts';
import { openQueue } from './queue.ts';
import { Refusal } from './refusal.ts';
import { run } from './runner.ts';
import { endHopeless, settle } from './settle.ts';
import { noteWish, setSlots, slots } from './slots.ts';
import { submit } from './submit.ts';
import { wake } from './wake.ts';
import { jobNumber } from './words.ts';

interface Context {
  readonly db: DatabaseSync;
  readonly place: string;
  readonly boot: string;
}

const USAGE = `martlet-local: the scheduler of cluster local. Its queue lives in $MARTLET_EMBEDDED_DIR, or $XDG_STATE_HOME/martlet/embedded.
  submit [--name N] [--token T] [--after ok:ID,any:ID] [--walltime SECONDS] [--environment FILE]... [--chdir DIR]
         [--output FILE] [--hold] SCRIPT [ARGS]    prints the job's id
  poll [ID]...       one JSON line a job: id, seen, reason, raw; without ids all that have not ended
  history ID...      one JSON line an ended job: id, raw, failure, code, submitted, started, ended
  find TOKEN...      one JSON line a job with one of these tokens or names
  cancel ID...       hold ID...       release ID...       list
  slots [N]          how many jobs may run at once`;

const lines = (values: readonly unknown[]): string[] => values.map(value => JSON.stringify(value));
const numbers = (words: readonly string[]): number[] => words.map(jobNumber);

/** Each verb answers the lines it prints. */
const VERBS: Readonly<Record<string, (context: Context, words: readonly string[]) => readonly string[]>> = {
  submit: ({ db, place }, words) => [String(submit(db, place, words, process.env))],
  poll: ({ db }, words) => lines(poll(db, numbers(words))),
  history: ({ db }, words) => lines(history(db, numbers(words))),
  find: ({ db }, words) => {
    if (words.length === 0) throw new Refusal('find wants one token or more', 2);
    return lines(find(db, words));
  },
  list: ({ db }) => list(db),
  cancel: ({ db, place, boot }, words) => {
    cancel(db, place, boot, numbers(words));
    return [];
  },
  hold: ({ db }, words) => {
    hold(db, numbers(words));
    return [];
  },
  release: ({ db }, words) => {
    release(db, numbers(words));
    return [];
  },
  slots: ({ db }, words) => {
    if (words[0] !== undefined) setSlots(db, words[0]);
    return [String(slots(db))];
  },
  wake: () => [],
};

const program = (): string => realpathSync(process.argv[1] ?? '');

const asNumber = (text: string | undefined, otherwise: number): number =>
  text && Number(text) >= 0 ? Number(text) : otherwise;

const runRunner = (place: string): Promise<void> =>
  run({
    place,
    boot: bootId(),
    program: program(),
    graceSeconds: asNumber(process.env.MARTLET_EMBEDDED_GRACE_SECONDS, 10),
    idleMs: asNumber(process.env.MARTLET_EMBEDDED_IDLE_MS, 3000),
  });

/** The queue, brought in line with what has happened meanwhile. */
const open = (): Context => {
  const place = openPlace(process.env);
  const boot = bootId();
  const db = openQueue(place);
  try {
    noteWish(db, process.env);
    settle(db, place, boot);
    endHopeless(db);
    return { db, place, boot };
  } catch (error) {
    db.close();
    throw error;
  }
};

/** A submit that could not even open the queue has certainly queued nothing, and says so. */
const openFor = (name: string): Context => {
  try {
    return open();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const said = explain(error, queueFolder(process.env));
    throw name === 'submit' ? new Refusal(`nothing was queued: ${said}`) : new Refusal(said, 3);
  }
};

const runVerb = (name: string, words: readonly string[]): void => {
  const verb = VERBS[name];
  if (!verb) throw new Refusal(`there is no verb "${name}"; known: ${Object.keys(VERBS).join(', ')}`, 2);
  const context = openFor(name);
  try {
    for (const line of verb(context, words)) console.log(line);
    wake(context.db, context.place, context.boot, program());
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal(explain(error, context.place), 3);
  } finally {
    context.db.close();
  }
};

const main = async ([name, ...words]: readonly string[]): Promise<void> => {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') console.log(USAGE);
  else if (name === 'runner') await runRunner(openPlace(process.env));
  else runVerb(name, words);
};

try {
  await main(process.argv.slice(2));
} catch (error) {
  const refusal = error instanceof Refusal ? error : undefined;
  const word = refusal ? { 1: 'refused', 2: 'usage', 3: 'failed' }[refusal.exitCode] : 'failed';
  console.error(`martlet-local: ${word}: ${(error as Error).message}`);
  process.exitCode = refusal?.exitCode ?? 3;
}
