import type { Output } from '../model/output.ts';
import { Trouble } from '../model/trouble.ts';
import { lineText, lits } from '../shell/word.ts';
import type { Destination, Hyperpod } from './login.ts';

/** Runs the AWS CLI on this machine. */
export type RunHere = (argv: readonly string[]) => Promise<Output>;

/** The name of the instance group that the published set-up gives to the machine with slurmctld. */
const GROUP = 'controller-machine';

const AWS_DOCS = 'https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html';

const access = ({ region, profile }: Hyperpod): string[] => [
  ...(region === undefined ? [] : ['--region', region]),
  ...(profile === undefined ? [] : ['--profile', profile]),
];

const notFound = (argv: readonly string[], said: string, hint: string): Trouble =>
  new Trouble({
    code: 'MRT-W073',
    doing: 'looking for the login node of a HyperPod cluster',
    command: lineText(lits(...argv)),
    said,
    left: 'nothing was run there.',
    hint,
  });

const askAws = async (argv: readonly string[], run: RunHere): Promise<unknown> => {
  const out = await run(argv);
  if (out.code === 127)
    throw new Trouble({
      code: 'MRT-W070',
      doing: 'looking for the login node of a HyperPod cluster',
      command: lineText(lits(...argv)),
      said: out.stderr.trim(),
      left: 'nothing was run there.',
      hint: `install the AWS CLI 2 and its session-manager-plugin (${AWS_DOCS}), or write an alias of your ssh config as login: of the cluster.`,
    });
  const hint = 'check cluster, group, region and profile in login: of the cluster, and "aws sts get-caller-identity".';
  if (out.code !== 0) throw notFound(argv, out.stderr.trim() || `exit code ${out.code ?? out.signal}`, hint);
  try {
    return JSON.parse(out.stdout);
  } catch {
    throw notFound(argv, out.stdout, hint);
  }
};

interface Node {
  readonly InstanceGroupName?: string;
  readonly InstanceId?: string;
  readonly InstanceStatus?: { readonly Status?: string };
}

const clusterId = (answer: unknown): string | undefined =>
  /\/([A-Za-z0-9-]+)$/.exec((answer as { ClusterArn?: string }).ClusterArn ?? '')?.[1];

/**
 * The node that has the role now: instance ids change when AWS replaces a machine, so a profile names the cluster and its
 * instance group. Asks `describe-cluster` for the id (the last part of ClusterArn, which is not the name) and
 * `list-cluster-nodes` for the nodes (AWS CLI Command Reference, sagemaker).
 */
const findHyperpod = async (login: Hyperpod, run: RunHere): Promise<{ target: string; instance: string }> => {
  const group = login.group ?? GROUP;
  const words = ['--cluster-name', login.cluster, '--output', 'json', ...access(login)];
  const id = clusterId(await askAws(['aws', 'sagemaker', 'describe-cluster', ...words], run));
  const listing = ['aws', 'sagemaker', 'list-cluster-nodes', '--instance-group-name-contains', group, ...words];
  const answer = (await askAws(listing, run)) as { ClusterNodeSummaries?: readonly Node[] };
  const nodes = (answer.ClusterNodeSummaries ?? []).filter(each => each.InstanceGroupName === group);
  const running = nodes.filter(each => each.InstanceStatus?.Status === 'Running').map(each => each.InstanceId ?? '');
  const [instance] = running.sort();
  if (id === undefined || instance === undefined)
    throw notFound(
      listing,
      nodes.length === 0 ? `no node in the group ${group}` : `no node of the group ${group} is Running`,
      'check group in login: of the cluster; a machine that is being replaced needs some minutes.',
    );
  return { target: `sagemaker-cluster:${id}_${group}-${instance}`, instance };
};

/** ssh through Systems Manager, which knows the node by its instance id and has the caller's IAM rights checked. */
export const hyperpodDestination = async (
  login: Hyperpod,
  way: { readonly user?: string | undefined; readonly port?: number | undefined },
  run: RunHere,
): Promise<Destination> => {
  const { target, instance } = await findHyperpod(login, run);
  const session = ['aws', 'ssm', 'start-session', ...access(login), '--target', target];
  const document = ['--document-name', 'AWS-StartSSHSession', '--parameters', 'portNumber=%p'];
  return {
    ...hyperpodName(login, way),
    proxyCommand: lineText(lits(...session, ...document)),
    // A replaced machine has a new key and a new id, so its key is new and not changed.
    hostKeyAlias: `${instance}.hyperpod`,
    acceptsNewKey: true,
  };
};

/** What is known of it without asking AWS: enough for a connection that is already there, and for a `Host hyperpod-*` block. */
export const hyperpodName = (
  { cluster }: Hyperpod,
  { user = 'ubuntu', port }: { readonly user?: string | undefined; readonly port?: number | undefined },
): Destination => ({ host: `hyperpod-${cluster}`, user, port, via: [] });
