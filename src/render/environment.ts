import type { PlannedJob } from '../plan/types.ts';
import { pathWord } from '../shell/path.ts';
import type { Word } from '../shell/word.ts';
import { exportText, lineText, lit, word } from '../shell/word.ts';
import type { RenderSite } from './site.ts';

type Variables = Readonly<Record<string, Word>>;

const literal = (values: Readonly<Record<string, string>>): Variables =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, lit(value)]));

/** A list of HCAs, because "^mlx5_ibn" would exclude them; Gloo knows no `^`, so it is left alone there. */
const networkVariables = ({ network, launcher }: RenderSite): Variables => {
  const excluded = network.interfaceExclude.join(',');
  return literal({
    ...(network.hca.length ? { NCCL_IB_HCA: network.hca.join(',') } : {}),
    ...(network.interface ? { NCCL_SOCKET_IFNAME: network.interface, GLOO_SOCKET_IFNAME: network.interface } : {}),
    ...(excluded && !network.interface ? { NCCL_SOCKET_IFNAME: `^${excluded}` } : {}),
    ...(excluded && launcher === 'mpirun' ? { OMPI_MCA_btl_tcp_if_exclude: excluded } : {}),
  });
};

/** Home folders are small and node /tmp may be memory, so every cache gets a place of its own. */
const cacheVariables = ({ cache, scratch, runtime }: RenderSite): Variables => {
  const container =
    runtime === 'singularity' || runtime === 'apptainer' ? `${runtime.toUpperCase()}_CACHEDIR` : undefined;
  const [shared, local] = [cache, scratch].map(path => (path === undefined ? undefined : pathWord(path)));
  return {
    ...(shared
      ? {
          HF_HOME: word`${shared}/huggingface`,
          XDG_CACHE_HOME: word`${shared}/xdg`,
          TORCH_EXTENSIONS_DIR: word`${shared}/torch_extensions`,
          ...(container ? { [container]: word`${shared}/containers` } : {}),
        }
      : {}),
    ...(local ? { TMPDIR: local, TRITON_CACHE_DIR: word`${local}/triton` } : {}),
  };
};

/** Variables of the program on every node: the recipe's own win over the site's, both over what martlet sets by itself. */
const nodeVariables = (job: PlannedJob, site: RenderSite): Variables => ({
  ...networkVariables(site),
  ...cacheVariables(site),
  ...literal(site.env),
  ...literal(job.program.env),
});

/** What the launcher itself reads on the job's side (OMPI_MCA_*, SINGULARITY_CACHEDIR). */
const launcherVariables = (site: RenderSite): Variables => ({ ...networkVariables(site), ...literal(site.env) });

const unsetLines = ({ unset }: RenderSite): string[] => (unset.length ? [`unset ${unset.join(' ')}`] : []);
const exportLines = (variables: Variables): string[] =>
  Object.entries(variables).map(([name, value]) => exportText(name, value));
const limitLines = ({ ulimit }: RenderSite): string[] =>
  Object.entries(ulimit).map(([name, value]) => lineText([lit('limit'), lit(name), lit(String(value))]));
const prependLines = ({ prepend }: RenderSite): string[] =>
  Object.entries(prepend)
    .filter(([, folders]) => folders.length > 0)
    .map(([name, folders]) => lineText([lit('put_in_front'), lit(name), lit(folders.join(':'))]));

/** Lines of `environment()` in job.sh. */
export const launcherEnvironment = (site: RenderSite): string[] => [
  ...unsetLines(site),
  ...exportLines(launcherVariables(site)),
  ...limitLines(site),
];

/** Lines of `environment()` in node.sh. */
export const nodeEnvironment = (job: PlannedJob, site: RenderSite): string[] => [
  ...unsetLines(site),
  ...exportLines(nodeVariables(job, site)),
  ...prependLines(site),
  ...limitLines(site),
];

/** A secret's place in a container that node.sh itself runs in: the home folder is another one there. */
export const secretInside = (name: string): string => `/run/secrets/${name}`;

/** Lines of `secrets()`: names and files, never a text. `isInside`: node.sh itself runs in the container. */
export const secretLines = ({ secrets }: RenderSite, isInside: boolean): string[] =>
  Object.entries(secrets).map(([name, file]) => {
    const path = isInside ? lit(secretInside(name)) : pathWord(file);
    return lineText([lit('secret'), lit(name), path]);
  });

/** Lines of `modules()`; the first that fails ends it. A container's inside has no modules. */
export const moduleLines = ({ modules }: RenderSite): string[] => {
  const { use, load } = modules;
  if (!use.length && !load.length) return [];
  return [
    'module purge || return',
    ...use.map(path => `${lineText([lit('module'), lit('use'), pathWord(path)])} || return`),
    ...load.map(name => `${lineText([lit('module'), lit('load'), lit(name)])} || return`),
  ];
};

/** Set at start and needed by the program, beside what the site and the recipe say. */
const RUN_TIME = [
  ...['MASTER_ADDR', 'MASTER_PORT', 'RANK', 'LOCAL_RANK', 'WORLD_SIZE'],
  ...['MARTLET_RUN', 'MARTLET_STAGE', 'MARTLET_JOB_DIR', 'MARTLET_ATTEMPT_DIR', 'MARTLET_BOOT', 'MARTLET_BARRIER_DIR'],
  ...['MARTLET_NODES', 'MARTLET_NODE_RANK', 'MARTLET_RANK', 'MARTLET_PROCESSES', 'MARTLET_SIGN'],
  ...['MARTLET_REHEARSAL', 'MARTLET_REHEARSAL_STEP_SECONDS', 'MARTLET_REHEARSAL_BIN', 'MARTLET_NODE'],
  ...['MARTLET_RECORD_DIR', 'MARTLET_PRETEND_HOST'],
];

/** Names a container with an empty environment must be given. */
export const passedNames = (job: PlannedJob, site: RenderSite): readonly string[] => [
  ...new Set([...Object.keys(nodeVariables(job, site)), ...Object.keys(site.secrets), ...RUN_TIME]),
];
