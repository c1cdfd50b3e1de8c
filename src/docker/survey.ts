import type Docker from 'dockerode';
import { LABEL } from './container.ts';
import { type Engine, engineAddress, openEngine } from './engine.ts';
import { cancelAge, exitOf, markExit, noteId, readJobs, type SpoolJob } from './spool.ts';
import { startContainer } from './start.ts';

/** A container as an engine lists it. */
export interface Listed {
  readonly id: string;
  /** created, running, paused, restarting, removing, exited, dead; Podman has more. */
  readonly state: string;
  /** The number in `Exited (137) 5 minutes ago`. */
  readonly code: number | undefined;
  /** Seconds since 1970. */
  readonly created: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly engine: Engine;
}

/** One job as its folder and its engine know it. */
export interface Surveyed {
  readonly job: SpoolJob & { readonly id: string };
  /** Its folder is one of this place; else only its container is known. */
  readonly isHere: boolean;
  /** False: the job has ended, and nothing more was to be known. */
  readonly isAsked: boolean;
  /** undefined: the container was removed, or its engine was not asked. */
  readonly listed: Listed | undefined;
  /** Why the engine could not start it. */
  readonly stuck: string | undefined;
}

export interface SurveyOptions {
  readonly place: string;
  readonly env: NodeJS.ProcessEnv;
  readonly socket: string | undefined;
}

/** Which jobs a question is about. */
export interface Wanted {
  isWanted(job: SpoolJob): boolean;
  /** The present engine is asked, too, for jobs that no folder of this place tells of. */
  asksPresent(known: readonly SpoolJob[]): boolean;
  /** Engines are asked of ended jobs, too; else their folders tell all, and an engine may be gone for good. */
  readonly asksEnded?: boolean;
  /** A submit that was cut off leaves a container that was created and never started; one that lives needs less than this. */
  readonly leftSeconds: number;
}

const codeOf = (status: string): number | undefined => {
  const code = /^Exited \((\d+)\)/.exec(status)?.[1];
  return code === undefined ? undefined : Number(code);
};

const list = async (engine: Engine): Promise<Listed[]> => {
  const found = await engine.docker.listContainers({ all: true, filters: { label: [LABEL.job] } });
  return found.map((each: Docker.ContainerInfo) => ({
    id: each.Id.slice(0, 12),
    state: each.State.toLowerCase(),
    code: codeOf(each.Status),
    created: each.Created,
    labels: each.Labels,
    engine,
  }));
};

/** Engines that were given these jobs, each once. */
const enginesOf = (known: readonly SpoolJob[], wanted: Wanted, { env, socket }: SurveyOptions): Engine[] => {
  const open = known.filter(job => wanted.isWanted(job) && (wanted.asksEnded || !exitOf(job.folder)));
  const addresses = new Set(open.map(job => job.engine));
  if (wanted.asksPresent(known)) addresses.add(engineAddress(env, socket));
  return [...addresses].map(openEngine);
};

/** A job whose folder is not one of this place, from the labels of its container. */
const fromLabels = ({ labels, engine, id, created }: Listed): SpoolJob => ({
  folder: labels[LABEL.folder] ?? '',
  id,
  name: labels[LABEL.job] ?? '',
  token: labels[LABEL.token] || null,
  engine: engine.address,
  submitted: new Date(created * 1000).toISOString(),
  after: (labels[LABEL.after] ?? '')
    .split(',')
    .filter(Boolean)
    .map(each => ({ ok: each.startsWith('ok:'), id: each.slice(each.indexOf(':') + 1) })),
});

const hasEnded = ({ state }: Listed): boolean => state === 'exited' || state === 'dead';

/** A container that ends by itself has its end written down before; this one was killed, with its companion. */
const settle = (job: SpoolJob, listed: Listed | undefined): void => {
  if (exitOf(job.folder)) return;
  if (!listed) markExit(job.folder, 137, 'removed');
  else if (hasEnded(listed)) markExit(job.folder, listed.code ?? 137, 'killed');
  else if (listed.state === 'created' && cancelAge(job.folder) !== undefined) markExit(job.folder, 143, 'cancelled');
};

/** Starts what a cut-off submit left; answers why the engine will not. */
const startLeft = async (
  job: SpoolJob,
  listed: Listed | undefined,
  leftSeconds: number,
): Promise<string | undefined> => {
  if (listed?.state !== 'created' || exitOf(job.folder)) return undefined;
  if (Date.now() / 1000 - listed.created < leftSeconds) return undefined;
  return startContainer(listed.engine, listed.id);
};

/** A folder with its container. One whose submit was killed before it could note the id gets it now. */
const paired = (
  job: SpoolJob,
  all: readonly Listed[],
): { job: SpoolJob & { id: string }; listed?: Listed } | undefined => {
  const listed = all.find(each => each.labels[LABEL.folder] === job.folder);
  const id = job.id ?? listed?.id;
  if (id === undefined) return undefined;
  if (job.id === undefined) noteId(job.folder, id);
  return { job: { ...job, id }, ...(listed ? { listed } : {}) };
};

/** A job whose engine was not asked: its end is written down, and that is all there is to know. */
const isKnownToHaveEnded = (job: SpoolJob): job is SpoolJob & { id: string } =>
  job.id !== undefined && exitOf(job.folder) !== undefined;

/**
 * Looks at jobs: their folders, then one question to the engine. Brings the two in line on the way: ends that nobody could write
 * down, starts that nobody lived to ask for. Folders are read first, so that a job that is in them was in the engine by then.
 */
export const survey = async (options: SurveyOptions, wanted: Wanted): Promise<Surveyed[]> => {
  const known = readJobs(options.place);
  const engines = enginesOf(known, wanted, options);
  const asked = new Set(engines.map(each => each.address));
  const listed = (await Promise.all(engines.map(list))).flat();
  const surveyed: Surveyed[] = known
    .filter(job => !asked.has(job.engine))
    .filter(isKnownToHaveEnded)
    .map(job => ({ job, isHere: true, isAsked: false, listed: undefined, stuck: undefined }));
  for (const { job, listed: found } of known
    .filter(each => asked.has(each.engine))
    .flatMap(job => paired(job, listed) ?? [])) {
    settle(job, found);
    const stuck = await startLeft(job, found, wanted.leftSeconds);
    surveyed.push({ job, isHere: true, isAsked: true, listed: found, stuck });
  }
  const seen = new Set(surveyed.map(each => each.job.id));
  const elsewhere = listed
    .filter(each => !seen.has(each.id))
    .map(each => ({
      job: { ...fromLabels(each), id: each.id },
      isHere: false,
      isAsked: true,
      listed: each,
      stuck: undefined,
    }));
  return [...surveyed, ...elsewhere].filter(each => wanted.isWanted(each.job));
};
