import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Trouble } from '../model/trouble.ts';
import { makeFolder, writeMoved } from './files.ts';
import { openStore } from './open.ts';
import type { Store } from './store.ts';
import { type Doing, guarded } from './trouble.ts';

/** The runs known on this machine; flows/world.ts RunShelf has this shape. */
export interface Shelf {
  readonly directory: string;
  /** Run ids, sorted. */
  list(): readonly string[];
  /** undefined: no such run. */
  readPlan(run: string): string | undefined;
  /** Written beside, then moved; another plan under the same run id is refused. */
  writePlan(run: string, text: string): void;
  /** The plan of a run that goes on with changes; refused when the stored one is not the plan it replaces. */
  replacePlan(run: string, before: string, text: string): void;
  /** What following needs of the plan, derived from it: undefined where nobody has derived it yet. */
  readHead(run: string): string | undefined;
  writeHead(run: string, text: string): void;
  open(run: string): Store;
  /** Runs it while no other martlet of this machine does; the lock dies with its process. */
  exclusively<T>(act: () => T): T;
}

/** Longer than any look through the known runs. */
const LOCK_MILLISECONDS = 30_000;

/** A run id becomes a folder's name, so it cannot lead out of the shelf. */
const isRunId = (run: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(run);

interface PlanHead {
  readonly digest?: unknown;
  readonly plan?: { readonly runDir?: unknown; readonly cluster?: { readonly name?: unknown } };
}

const headOf = (text: string | undefined): PlanHead | undefined => {
  try {
    return (JSON.parse(text ?? '') as PlanHead | null) ?? undefined;
  } catch {
    return undefined;
  }
};

/** Equal text, or equal digest: `adopt` brings back the plan without its files. */
const isSamePlan = (before: string, now: string): boolean => {
  if (before === now) return true;
  const digest = headOf(before)?.digest;
  return typeof digest === 'string' && digest === headOf(now)?.digest;
};

const another = (run: string, path: string): Trouble =>
  new Trouble({
    code: 'MRT-W025',
    doing: `storing the plan of ${run}`,
    said: `${path} holds another plan`,
    left: 'it was left as it is; nothing was sent.',
    hint: 'use another --run, or martlet submit --again.',
  });

/** How a broken event log is made anew from what the run's folder on the cluster says. */
const rebuildHint = (path: string, plan: string | undefined): string => {
  const head = headOf(plan)?.plan;
  const dir = typeof head?.runDir === 'string' ? head.runDir : 'DIR';
  const cluster = typeof head?.cluster?.name === 'string' ? head.cluster.name : 'C';
  // Its -wal and -shm files go with it: a stale one would be played into the new database.
  return `move it away (cd ${dirname(path)} && mkdir broken && mv events.db* broken/), then: martlet adopt ${dir} --cluster ${cluster}`;
};

/** An exclusive transaction of an empty database: the system lets go of it when its process dies, however it dies. */
const locked = (path: string): DatabaseSync => {
  const lock = new DatabaseSync(path, { timeout: LOCK_MILLISECONDS });
  lock.exec('begin exclusive');
  return lock;
};

/** A folder with one folder a run: RUN/plan.json, RUN/head.json and RUN/events.db. Missing folders are made 0700 when something is written. */
export const openShelf = (directory: string): Shelf => {
  const planPath = (run: string): string => join(directory, run, 'plan.json');
  const headPath = (run: string): string => join(directory, run, 'head.json');
  const at = (doing: string, path: string): Doing => ({ doing, path });
  const read = (run: string, path: string): string | undefined => {
    if (!isRunId(run)) return undefined;
    return guarded(at(`reading the plan of ${run}`, path), () =>
      existsSync(path) ? readFileSync(path, 'utf8') : undefined,
    );
  };
  const readPlan = (run: string): string | undefined => read(run, planPath(run));
  return {
    directory,
    list: () =>
      guarded(at('listing the runs', directory), () =>
        existsSync(directory)
          ? readdirSync(directory)
              .filter(run => isRunId(run) && existsSync(planPath(run)))
              .sort()
          : [],
      ),
    readPlan,
    writePlan: (run, text) => {
      const path = planPath(run);
      if (!isRunId(run)) throw new RangeError(`not a run id: ${run}`);
      const before = readPlan(run);
      if (before === text) return;
      // A plan cut by a crash before the days of write-and-move is no plan; a whole one with another digest is another run.
      if (before !== undefined && !isSamePlan(before, text)) throw another(run, path);
      if (before === undefined) guarded(at(`storing the plan of ${run}`, path), () => writeMoved(path, text));
    },
    replacePlan: (run, before, text) => {
      const path = planPath(run);
      const known = readPlan(run);
      if (known === text) return;
      if (headOf(known)?.digest !== before) throw another(run, path);
      guarded(at(`storing the plan of ${run}`, path), () => {
        // The derived one first: without it, it is made anew.
        rmSync(headPath(run), { force: true });
        writeMoved(path, text);
        rmSync(headPath(run), { force: true });
      });
    },
    readHead: run => read(run, headPath(run)),
    writeHead: (run, text) => {
      if (!isRunId(run)) throw new RangeError(`not a run id: ${run}`);
      const path = headPath(run);
      guarded(at(`storing the plan of ${run}`, path), () => writeMoved(path, text));
    },
    open: run => {
      if (!isRunId(run)) throw new RangeError(`not a run id: ${run}`);
      const path = join(directory, run, 'events.db');
      guarded(at(`opening the event log of ${run}`, path), () => makeFolder(join(directory, run)));
      return openStore({ run, path, rebuild: rebuildHint(path, readPlan(run)) });
    },
    exclusively: act => {
      const path = join(directory, 'lock.db');
      const lock = guarded(at('locking the runs', path), () => {
        makeFolder(directory);
        return locked(path);
      });
      try {
        return act();
      } finally {
        lock.close();
      }
    },
  };
};
