import { totalmem, userInfo } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import type { ContainerFile, ReadyMount } from './container-file.ts';
import type { EngineFacts } from './engine.ts';
import type { JobFacts } from './spool.ts';
import type { SubmitWords } from './words.ts';

/** Labels by which our containers are known again, by us and by `docker ps --filter label=martlet.job`. */
export const LABEL = {
  job: 'martlet.job',
  token: 'martlet.token',
  place: 'martlet.place',
  folder: 'martlet.folder',
  after: 'martlet.after',
  walltime: 'martlet.walltime',
  umask: 'martlet.umask',
} as const;

/** Everything a container is made of. */
export interface Draft {
  readonly words: SubmitWords;
  readonly file: ContainerFile;
  readonly mounts: readonly ReadyMount[];
  readonly facts: EngineFacts;
  readonly job: JobFacts;
  readonly place: string;
  readonly folder: string;
  readonly interpreter: readonly string[];
  readonly dir: string;
  readonly umask: string;
  /** Seconds between TERM and KILL. */
  readonly graceSeconds: number;
  /** Folders of the jobs it waits for, in the order of job.after. */
  readonly parents: readonly string[];
  /** Milliseconds since 1970 at submit: whoever is older has the first turn. */
  readonly now: number;
}

/** Megatron and NCCL keep much in locked memory, and NVIDIA's images ask for these two (their README, "docker run"). */
const ULIMITS = [
  { Name: 'memlock', Soft: -1, Hard: -1 },
  { Name: 'stack', Soft: 67_108_864, Hard: 67_108_864 },
];

/** A person of this machine may have no name. */
const whoAmI = (): { uid: number; gid: number; name: string } => {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  try {
    return { uid, gid, name: userInfo().username };
  } catch {
    return { uid, gid, name: process.env.USER || String(uid) };
  }
};

/**
 * Files a job makes belong to the person. Below a rootless engine the container's root is the person: keep-id would do as
 * well, but makes Podman copy the whole image with other owners first.
 */
const userOf = ({ isRootless, remapsUsers }: EngineFacts) => {
  const { uid, gid } = whoAmI();
  if (isRootless) return { User: '0:0', host: {} };
  const groups = (process.getgroups?.() ?? []).filter(each => each !== gid).map(String);
  return { User: `${uid}:${gid}`, host: { GroupAdd: groups, ...(remapsUsers ? { UsernsMode: 'host' } : {}) } };
};

/** The image's own variables stay; the person's stay outside, as on a cluster. */
const environmentOf = ({ folder, words, file }: Draft): string[] => {
  const { name } = whoAmI();
  return [
    `HOME=${join(folder, 'home')}`,
    `USER=${name}`,
    `LOGNAME=${name}`,
    `MARTLET_DOCKER_JOB_NAME=${words.name}`,
    // The launcher of one machine starts at most so many processes.
    ...(file.gpus > 0 ? [`MARTLET_SLOTS=${file.gpus}`] : []),
    ...(process.env.TZ ? [`TZ=${process.env.TZ}`] : []),
  ];
};

const companionWords = (draft: Draft): string[] => {
  const { words, file, place, folder, dir, umask, graceSeconds, parents, job, now } = draft;
  const ticket = join(place, 'queue', `${String(now).padStart(15, '0')}.${words.name}`);
  const after = job.after.map(({ ok }, i) => `${ok ? 'ok' : 'any'}:${parents[i]}`);
  return [
    join(folder, 'companion.sh'),
    ...[place, folder, String(words.walltime), String(graceSeconds), umask, dir, words.output ?? ''],
    ...[String(file.gpus), ticket, String(after.length), ...after],
    ...[...draft.interpreter, join(folder, 'script'), ...words.args],
  ];
};

/** All GPUs of the machine, of which the companion takes some: an engine that is asked for two gives everybody the first two. */
const deviceRequests = (gpus: number) =>
  gpus > 0 ? { DeviceRequests: [{ Driver: '', Count: -1, Capabilities: [['gpu']] }] } : {};

const limitsOf = ({ cpus, memory_bytes: memory }: ContainerFile) => ({
  ...(cpus === undefined ? {} : { NanoCpus: Math.round(cpus * 1e9) }),
  ...(memory === undefined ? {} : { Memory: memory, MemorySwap: memory }),
});

const labelsOf = ({ words, job, place, folder, umask }: Draft): Record<string, string> => ({
  [LABEL.job]: words.name,
  [LABEL.token]: job.token ?? '',
  [LABEL.place]: place,
  [LABEL.folder]: folder,
  [LABEL.after]: job.after.map(({ id, ok }) => `${ok ? 'ok' : 'any'}:${id}`).join(','),
  [LABEL.walltime]: String(words.walltime),
  [LABEL.umask]: umask,
});

/** What the engine is asked for. No restart by the engine, and no removal: an ended container is the job's record. */
export const containerOf = (draft: Draft): Docker.ContainerCreateOptions => {
  const { User, host } = userOf(draft.facts);
  return {
    name: draft.words.name,
    Image: draft.file.image,
    Entrypoint: ['/bin/bash', '-p'],
    Cmd: companionWords(draft),
    User,
    WorkingDir: '/',
    Env: environmentOf(draft),
    Labels: labelsOf(draft),
    StopSignal: 'SIGTERM',
    StopTimeout: draft.graceSeconds + 5,
    HostConfig: {
      // NCCL and data loaders need more shared memory than the usual 64 MB; as much as the machine's own /dev/shm would have. Not
      // that one: what a killed job leaves there would stay.
      ShmSize: Math.floor(totalmem() / 2),
      NetworkMode: 'host',
      RestartPolicy: { Name: 'no' },
      AutoRemove: false,
      // Where SELinux is at work, relabelling a person's data sets would be the other choice.
      SecurityOpt: ['label=disable'],
      Mounts: draft.mounts.map(({ from, to, readOnly }) => ({
        Type: 'bind',
        Source: from,
        Target: to,
        ReadOnly: readOnly,
      })),
      ...(draft.facts.isRootless ? {} : { Ulimits: ULIMITS }),
      ...deviceRequests(draft.file.gpus),
      ...limitsOf(draft.file),
      ...host,
    },
  };
};
