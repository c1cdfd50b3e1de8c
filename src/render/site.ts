import type { ResolvedCluster } from '../cluster/resolve.ts';
import type { PlannedJob } from '../plan/types.ts';

/** What a rehearsal changes: the real trainer's place is taken, and on another site's scripts the scheduler's too. */
export interface SiteRehearsal {
  /** Absolute path of the node binary that runs the trainer. */
  readonly node: string;
  /** Planned seconds one rehearsed step stands for: the trainer's clock. */
  readonly stepSeconds?: number | undefined;
  /** The site whose scripts run here with stand-ins for its programs. */
  readonly as?: string | undefined;
}

/** The part of a cluster that one job's files are made of. Paths are of the cluster; `$NAME` in them is the job's. */
export interface RenderSite {
  readonly scheduler: string;
  readonly launcher: string;
  readonly launcherArgs: readonly string[];
  readonly runtime: string;
  /** A file, or a registry's name. Unused without a container. */
  readonly image: string;
  readonly modules: {
    readonly init?: string | undefined;
    readonly use: readonly string[];
    readonly load: readonly string[];
  };
  /** A virtual environment's activate script. */
  readonly activate?: string | undefined;
  /** The checkout the program's script is named relative to. */
  readonly code?: string | undefined;
  /** Text of the person's own bash, read on every node before anything else. */
  readonly prologue?: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly unset: readonly string[];
  readonly prepend: Readonly<Record<string, readonly string[]>>;
  readonly ulimit: Readonly<Record<string, string | number>>;
  readonly binds: readonly {
    readonly from: string;
    readonly to?: string | undefined;
    readonly read_only?: boolean | undefined;
  }[];
  readonly network: {
    readonly interface?: string | undefined;
    readonly address?: 'interface' | 'first-host' | undefined;
    readonly hca: readonly string[];
    readonly interfaceExclude: readonly string[];
  };
  readonly runDir: string;
  /** Folders of the profile for data, models and code, which a job that is a container is given. */
  readonly places?: readonly string[] | undefined;
  /** The part of a machine that the job's resource type is; undefined: all of it. */
  readonly share?: { readonly cpus?: number | undefined; readonly memoryBytes?: number | undefined } | undefined;
  readonly cache?: string | undefined;
  readonly scratch?: string | undefined;
  /** Variable to the file that holds it, over there. The text itself never comes here. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly ranks: 'per-node' | 'per-gpu';
  /** Files are group-writable. */
  readonly group: boolean;
  /** Where the scheduler's programs are when PATH may lack them. */
  readonly bin?: string | undefined;
  readonly rehearsal?: SiteRehearsal | undefined;
}

export interface SiteOptions {
  readonly runDir: string;
  readonly rehearsal?: SiteRehearsal | undefined;
  /** Text of the overlay's prologue file. */
  readonly prologue?: string | undefined;
  /** The recipe's own image for the engine, `nvcr.io/nvidia/pytorch:26.06-py3`, where images come from a registry. */
  readonly image?: string | undefined;
}

type Profile = ResolvedCluster['profile'];

/** An image's default home, in the form the runtime reads. */
const imageOf = (runtime: string, engine: string, profile: Profile, options: SiteOptions): string => {
  const known = profile.environments?.[engine]?.image;
  if (known !== undefined) return known;
  if (runtime === 'docker' || profile.scheduler === 'docker')
    return options.image ?? profile.dialect_options?.image ?? engine;
  return `${profile.paths.images}/${engine}.${runtime === 'pyxis' ? 'sqsh' : 'sif'}`;
};

/** Secrets a job has a use for; the webhook's is ours. */
const secretsOf = ({ secrets, notify }: Profile): Record<string, string> =>
  Object.fromEntries(
    Object.entries(secrets ?? {})
      .filter(([name]) => name !== notify?.webhook?.secret)
      .map(([name, { file }]) => [name, file]),
  );

const networkOf = ({ network }: Profile): RenderSite['network'] => ({
  interface: network?.interface,
  address: network?.address,
  hca: network?.hca ?? [],
  interfaceExclude: network?.interface_exclude ?? [],
});

const prependOf = ({ prepend }: Profile, { rehearsal, runDir }: SiteOptions): RenderSite['prepend'] => {
  if (!rehearsal || rehearsal.as !== undefined) return prepend ?? {};
  return { ...prepend, PATH: [`${runDir}/rehearsal/bin`, ...(prepend?.PATH ?? [])] };
};

const shareOf = (profile: Profile, type: string): RenderSite['share'] => {
  const kind = profile.resource_types[type];
  return kind && !kind.exclusive ? { cpus: kind.cpus, memoryBytes: kind.memory } : undefined;
};

/** The profile's are words of its own launcher: another one, which an environment chose, gets none of them. */
const launcherArgsOf = ({ launcher, launcher_args: shared = [], environments }: Profile, engine: string): string[] => {
  const own = environments?.[engine];
  const isAnother = own?.launcher !== undefined && own.launcher !== launcher;
  return [...(isAnother ? [] : shared), ...(own?.launcher_args ?? [])];
};

/** The view of a cluster that a job is rendered with; an engine's `environments:` entry wins over the profile. */
export const siteFor = (cluster: ResolvedCluster, job: PlannedJob, options: SiteOptions): RenderSite => {
  const { profile } = cluster;
  const own = profile.environments?.[job.engine];
  const runtime = own?.runtime ?? profile.runtime;
  const modules = own?.modules;
  return {
    scheduler: profile.scheduler,
    launcher: own?.launcher ?? profile.launcher,
    launcherArgs: launcherArgsOf(profile, job.engine),
    runtime,
    image: imageOf(runtime, job.engine, profile, options),
    modules: {
      init: modules?.init ?? profile.modules?.init,
      use: modules?.use ?? profile.modules?.use ?? [],
      load: modules?.load ?? profile.modules?.load ?? [],
    },
    activate: own?.activate,
    code: own?.code ?? `${profile.paths.software}/${job.engine}`,
    prologue: options.prologue,
    env: profile.env ?? {},
    unset: profile.unset ?? [],
    prepend: prependOf(profile, options),
    ulimit: profile.ulimit ?? {},
    binds: profile.binds ?? [],
    network: networkOf(profile),
    runDir: options.runDir,
    places: [profile.paths.datasets, profile.paths.models, profile.paths.software],
    share: shareOf(profile, job.request.resourceType),
    cache: profile.paths.cache,
    scratch: profile.paths.scratch,
    secrets: secretsOf(profile),
    ranks: own?.ranks ?? 'per-node',
    group: profile.group ?? false,
    bin: profile.dialect_options?.bin,
    rehearsal: options.rehearsal,
  };
};
