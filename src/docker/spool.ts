import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** What a job is, as it was at submit; job.json of its folder. */
export interface JobFacts {
  readonly name: string;
  readonly token: string | null;
  /** The engine it was given to, `unix:///var/run/docker.sock`: asked later by whatever environment. */
  readonly engine: string;
  /** ISO 8601. */
  readonly submitted: string;
  readonly after: readonly { readonly id: string; readonly ok: boolean }[];
}

/** One job's folder. `id`: the container's, 12 hex digits; undefined while a submit has not got one. */
export interface SpoolJob extends JobFacts {
  readonly folder: string;
  readonly id: string | undefined;
}

export interface Exit {
  readonly code: number;
  readonly why: string;
}

const isMissing = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR', 'EINVAL'].includes((error as NodeJS.ErrnoException).code ?? '');

const textOf = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
};

/** Beside its place and moved in, because companions and other verbs read it. */
export const writeWhole = (path: string, text: string): void => {
  const beside = `${path}.${process.pid}.tmp`;
  writeFileSync(beside, text, { flush: true });
  renameSync(beside, path);
};

/** Beside the source and beside the bundle, templates/ is one or two folders up. */
const companionText = (): string => {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, 'templates', 'docker', 'companion.sh');
    if (existsSync(path)) return readFileSync(path, 'utf8');
  }
  throw new Error('templates/docker/companion.sh is missing: this martlet is not whole');
};

/** A new job's folder, with everything it needs as it is now. `home` is the job's own home folder. */
export const makeJobFolder = (folder: string, facts: JobFacts, script: Uint8Array, isHeld: boolean): void => {
  mkdirSync(join(folder, 'home'), { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'script'), script, { mode: 0o700 });
  writeFileSync(join(folder, 'companion.sh'), companionText(), { mode: 0o700 });
  writeFileSync(join(folder, isHeld ? 'held' : 'ready'), '');
  writeWhole(join(folder, 'job.json'), `${JSON.stringify(facts)}\n`);
};

/** Written between the creation and the start of the container, so that the job knows its id. */
export const noteId = (folder: string, id: string): void => writeWhole(join(folder, 'id'), id);

/** What a power cut has left of a file says nothing; its container's labels do. */
const factsOf = (folder: string): JobFacts | undefined => {
  const text = textOf(join(folder, 'job.json'));
  try {
    return text === undefined ? undefined : (JSON.parse(text) as JobFacts);
  } catch {
    return undefined;
  }
};

export const readJob = (folder: string): SpoolJob | undefined => {
  const facts = factsOf(folder);
  return facts && { ...facts, folder, id: textOf(join(folder, 'id')) || undefined };
};

/** Every job of this place that was submitted to its end, in the order of their folders' names. */
export const readJobs = (place: string): SpoolJob[] =>
  readdirSync(join(place, 'jobs'))
    .sort()
    .flatMap(name => readJob(join(place, 'jobs', name)) ?? []);

/** How the job ended; undefined while that is not written down, or where it is another person's to read. */
export const exitOf = (folder: string): Exit | undefined => {
  try {
    const [code, why] = readlinkSync(join(folder, 'exit')).split(' ');
    return { code: Number(code), why: why ?? '' };
  } catch (error) {
    if (isMissing(error) || (error as NodeJS.ErrnoException).code === 'EACCES') return undefined;
    throw error;
  }
};

/** Writes an end down for a job whose companion cannot any more; the first word counts. */
export const markExit = (folder: string, code: number, why: string): void => {
  try {
    symlinkSync(`${code} ${why}`, join(folder, 'exit'));
  } catch (error) {
    const { code: number } = error as NodeJS.ErrnoException;
    if (number !== 'EEXIST' && number !== 'ENOENT') throw error;
  }
};

/** When the end was written down, as ISO 8601. */
export const endedAt = (folder: string): string | undefined =>
  lstatSync(join(folder, 'exit'), { throwIfNoEntry: false })?.mtime.toISOString();

export type Phase = 'waiting' | 'held' | 'started';

/** One file under three names, renamed by whoever is first: the companion, hold or release. */
export const phaseOf = (folder: string): Phase => {
  if (existsSync(join(folder, 'started'))) return 'started';
  return existsSync(join(folder, 'held')) ? 'held' : 'waiting';
};

/** Moves a waiting job to held, or back; false when it is in neither of the two. */
export const setHeld = (folder: string, isHeld: boolean): boolean => {
  const [from, to] = isHeld ? ['ready', 'held'] : ['held', 'ready'];
  try {
    renameSync(join(folder, from as string), join(folder, to as string));
    return true;
  } catch (error) {
    if (!isMissing(error)) throw error;
    return existsSync(join(folder, to as string));
  }
};

/** When the job's own program began, as its companion wrote it. */
export const startedAt = (folder: string): string | undefined => textOf(join(folder, 'started'))?.trim() || undefined;

/** `Dependency` or `Resources`: what its companion waits for. */
export const reasonOf = (folder: string): string | undefined => textOf(join(folder, 'reason'))?.trim() || undefined;

export const isClaimed = (folder: string): boolean =>
  lstatSync(join(folder, 'claim'), { throwIfNoEntry: false }) !== undefined;

/** Seconds since somebody wanted the job's end; undefined: nobody did. */
export const cancelAge = (folder: string): number | undefined => {
  const stat = lstatSync(join(folder, 'cancel'), { throwIfNoEntry: false });
  return stat && (Date.now() - stat.mtimeMs) / 1000;
};

/** The first wish counts; its age tells when the engine's KILL is due. */
export const noteCancel = (folder: string): void => {
  try {
    writeFileSync(join(folder, 'cancel'), '', { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
};

/** Names of those that wait for a slot, oldest first, as `TIME.FOLDER`. */
export const queueOf = (place: string): string[] => readdirSync(join(place, 'queue')).sort();
