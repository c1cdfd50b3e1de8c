import type { ResolvedCluster } from '../cluster/resolve.ts';
import { type JobKey, jobFolder, jobName } from '../model/job.ts';
import type { JobRequest } from '../schedulers/dialect.ts';
import type { Allocation } from './allocate.ts';

/** `{reservation}` and `{resource_type}` of a service's words; any other brace was refused when the profile was read. */
const fill = (text: string, cluster: ResolvedCluster, type: string): string =>
  text.replaceAll('{reservation}', cluster.reservation ?? '').replaceAll('{resource_type}', type);

/** What one job asks of the scheduler, in the site's words. Dependencies are added when attempts are sent. */
export const requestFor = (
  key: JobKey,
  runDir: string,
  found: Allocation,
  walltimeSeconds: number,
  ranksPerNode: number,
  cluster: ResolvedCluster,
): JobRequest => {
  const { profile, service, priority } = cluster;
  const submitEnv = Object.entries(service?.submit_env ?? {}).map(([name, value]) => [
    name,
    fill(value, cluster, found.type),
  ]);
  const queue = service?.queue ?? service?.partition ?? found.kind.queue ?? found.kind.partition;
  return {
    name: jobName(key, 1),
    resourceType: found.type,
    queue: queue === undefined ? undefined : fill(queue, cluster, found.type),
    request: found.kind.request,
    nodes: found.nodes,
    gpusPerNode: found.gpusPerNode,
    cpusPerNode: found.kind.cpus ?? 1,
    ranksPerNode,
    exclusive: found.kind.exclusive ?? false,
    walltimeSeconds,
    account: cluster.account,
    accountBy: profile.accounting.by,
    accountOption: profile.accounting.option,
    priority: priority?.isDefault ? undefined : priority?.value,
    submitEnv: Object.fromEntries(submitEnv),
    submitArgs: [
      ...(profile.site?.submit_args ?? []),
      ...(service?.submit_args ?? []).map(each => fill(each, cluster, found.type)),
    ],
    siteDirectives: profile.site?.directives ?? [],
    dir: `${runDir}/${jobFolder(key)}`,
    token: jobName(key, 1),
    after: [],
    options: { ...profile.dialect_options },
  };
};
