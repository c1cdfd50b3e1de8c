import { randomBytes } from 'node:crypto';
import { rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { Refusal } from '../embedded/refusal.ts';
import { readScript } from '../embedded/script.ts';
import { containerOf, type Draft, LABEL } from './container.ts';
import { type ContainerFile, type ReadyMount, readContainerFile, readyMounts } from './container-file.ts';
import { askFacts, type Engine, engineWords, isNeverAsked, statusOf } from './engine.ts';
import { isClaimed, type JobFacts, makeJobFolder, noteId, readJob, readJobs, type SpoolJob } from './spool.ts';
import { startContainer } from './start.ts';
import { readSubmitWords, type SubmitWords } from './words.ts';

/** How long an engine that lost our question may still be at it, and how often it is asked. */
const LOOKS = 10;
const LOOK_PAUSE_MS = 500;

const folderOf = (words: SubmitWords): string => {
  const dir = resolve(words.dir ?? '.');
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory()) return dir;
  throw new Refusal(`the folder ${dir} cannot be worked in: it is not there`);
};

const fileOf = (words: SubmitWords): ContainerFile =>
  words.container === undefined
    ? { image: words.image ?? '', gpus: words.gpus ?? 0, mounts: [] }
    : { ...readContainerFile(words.container), ...(words.gpus === undefined ? {} : { gpus: words.gpus }) };

const covers = (mount: ReadyMount, path: string): boolean =>
  mount.to === mount.from && (path === mount.from || path.startsWith(`${mount.from}/`));

/** The spool and the job's own folder are there at their own paths, whatever else is. */
const allMounts = (file: ContainerFile, place: string, dir: string): ReadyMount[] => {
  const mounts = readyMounts(file.mounts);
  const own = [place, dir].filter(path => !mounts.some(mount => covers(mount, path)));
  return [...mounts, ...own.map(path => ({ from: path, to: path, readOnly: false }))];
};

/** Folders of the jobs it waits for; one whose container was removed is known by its folder alone. */
const parentFolders = (after: SubmitWords['after'], jobs: readonly SpoolJob[]): string[] =>
  after.map(({ id }) => {
    const parent = jobs.find(each => each.id === id);
    if (!parent) throw new Refusal(`there is no job ${id} to wait for`);
    return parent.folder;
  });

export interface Submission {
  readonly place: string;
  readonly graceSeconds: number;
  readonly engine: Engine;
}

/** Everything short of asking the engine: whatever goes wrong in here, nothing was queued. Makes the job's folder. */
const draftOf = async (
  words: SubmitWords,
  { place, graceSeconds, engine }: Submission,
  jobs: readonly SpoolJob[],
): Promise<Draft> => {
  const { bytes, interpreter } = readScript(words.script);
  const [dir, file, now] = [folderOf(words), fileOf(words), Date.now()];
  const parents = parentFolders(words.after, jobs);
  const job: JobFacts = {
    name: words.name,
    token: words.token ?? null,
    engine: engine.address,
    submitted: new Date(now).toISOString(),
    after: words.after,
  };
  const draft: Draft = {
    ...{ words, file, job, place, interpreter, dir, graceSeconds, parents, now },
    mounts: allMounts(file, place, dir),
    facts: await askFacts(engine),
    // Not the name alone: a second submit of the same job must not touch the folder of the first.
    folder: join(place, 'jobs', `${words.name}.${randomBytes(4).toString('hex')}`),
    umask: process.umask().toString(8).padStart(4, '0'),
  };
  makeJobFolder(draft.folder, job, bytes, words.hold);
  return draft;
};

/** The container that has this name, whoever made it; undefined: there is none. */
const findNamed = async ({ docker }: Engine, name: string): Promise<Docker.ContainerInspectInfo | undefined> => {
  try {
    return await docker.getContainer(name).inspect();
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
};

/** After an answer that was lost the engine may still be making it, so it is looked for a while. */
const lookFor = async (
  engine: Engine,
  name: string,
  looks: number,
): Promise<Docker.ContainerInspectInfo | undefined> => {
  for (let look = 1; ; look += 1) {
    const found = await findNamed(engine, name);
    if (found || look >= looks) return found;
    await sleep(LOOK_PAUSE_MS);
  }
};

const isOurs = (found: Docker.ContainerInspectInfo, { words, job }: Draft): boolean =>
  found.Config.Labels[LABEL.job] === words.name && found.Config.Labels[LABEL.token] === (job.token ?? '');

const unsure = (error: unknown): Refusal =>
  new Refusal(`it is not known whether the job was queued: ${engineWords(error)}`, 3);

/** The job's folder and container: those just made, or those of an earlier submit of the same job. */
interface Made {
  readonly id: string;
  readonly folder: string;
}

/** Docker says 409, Podman 500. Whoever has the name may still be at it, and is not to be seen until that is over. */
const isTaken = (error: unknown): boolean => statusOf(error) === 409 || /already in use/.test(engineWords(error));

/**
 * The engine takes each name once, which is what keeps a job from being queued twice: when it refuses the name, or its answer
 * was lost, the container of that name is looked at. Ours: it is queued. Nobody's: whatever was said, nothing was queued.
 */
const afterTrouble = async (error: unknown, draft: Draft, engine: Engine): Promise<Made> => {
  if (isNeverAsked(error)) throw new Refusal(`nothing was queued: ${engineWords(error)}`);
  const isLost = statusOf(error) === undefined || isTaken(error);
  let found: Docker.ContainerInspectInfo | undefined;
  try {
    found = await lookFor(engine, draft.words.name, isLost ? LOOKS : 1);
  } catch {
    throw unsure(error);
  }
  if (found && isOurs(found, draft))
    return { id: found.Id.slice(0, 12), folder: found.Config.Labels[LABEL.folder] ?? '' };
  if (found)
    throw new Refusal(
      `nothing was queued: the name ${draft.words.name} is taken by another container, ${found.Id.slice(0, 12)}`,
    );
  if (isLost) throw unsure(error);
  throw new Refusal(`nothing was queued: the engine says: ${engineWords(error)}${pullHint(error, draft)}`);
};

const pullHint = (error: unknown, { file }: Draft): string =>
  statusOf(error) === 404 ? ` (fetch it first: docker pull ${file.image})` : '';

const create = async (draft: Draft, engine: Engine): Promise<Made> => {
  try {
    const { id } = await engine.docker.createContainer(containerOf(draft));
    return { id: id.slice(0, 12), folder: draft.folder };
  } catch (error) {
    const made = await afterTrouble(error, draft, engine).catch((refusal: Refusal) => {
      // Not known to be queued by nobody: then its container would miss the folder.
      if (refusal.exitCode !== 3) rmSync(draft.folder, { recursive: true, force: true });
      throw refusal;
    });
    if (made.folder !== draft.folder) rmSync(draft.folder, { recursive: true, force: true });
    return made;
  }
};

/** A container that cannot be started is no job: it goes, and the engine's words are the refusal. */
const takeBack = async ({ id, folder }: Made, engine: Engine, said: string): Promise<never> => {
  try {
    await engine.docker.getContainer(id).remove({ force: true });
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
  }
  rmSync(folder, { recursive: true, force: true });
  throw new Refusal(`nothing was queued: the engine says: ${said}`);
};

const start = async (made: Made, engine: Engine): Promise<void> => {
  if (readJob(made.folder)?.id === undefined) noteId(made.folder, made.id);
  const refused = await startContainer(engine, made.id);
  if (refused !== undefined) await takeBack(made, engine, refused);
};

/** Somebody may have removed the ended container, and with it the engine's own guard: the folder still knows of the job. */
const knownBefore = (words: SubmitWords, jobs: readonly SpoolJob[], { address }: Engine): SpoolJob | undefined =>
  jobs
    .filter(each => each.engine === address && each.name === words.name && each.token === (words.token ?? null))
    .find(each => isClaimed(each.folder));

/** Makes and starts the job's container, once; answers its id. A second submit of the same name and token answers the same. */
export const submit = async (submission: Submission, typed: readonly string[]): Promise<string> => {
  const words = readSubmitWords(typed);
  const { engine, place } = submission;
  const jobs = readJobs(place);
  const known = knownBefore(words, jobs, engine);
  if (known?.id !== undefined) return known.id;
  const draft = await draftOf(words, submission, jobs).catch(error => {
    throw error instanceof Refusal ? error : new Refusal(`nothing was queued: ${engineWords(error)}`);
  });
  const made = await create(draft, engine);
  await start(made, engine);
  return made.id;
};
