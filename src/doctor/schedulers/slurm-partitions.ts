import { failureOf, printed, textOf } from '../answer.ts';
import { type Ask, askRun } from '../ask.ts';
import { type Facts, type Site, sourceOf } from '../facts.ts';
import { differs, ok, okIf, type Said, unknown } from '../finding.ts';
import { programIn, secondsIn } from './examined.ts';
import { compareType, type Given, missingQueue, typesOf, unnamedQueue } from './types.ts';

export const askPartitions = (site: Site): Ask => askRun([programIn(site, 'scontrol'), '-o', 'show', 'partition']);
/** One line for nodes that are alike: -e keeps those apart that are not. */
export const askNodes = (site: Site): Ask => askRun([programIn(site, 'sinfo'), '-h', '-e', '-o', '%R|%D|%c|%m|%G|%T']);

type Partition = ReadonlyMap<string, string>;

/** `Name=value` words of `scontrol -o show partition`, one line a partition. */
const partitionsIn = (text: string): ReadonlyMap<string, Partition> =>
  new Map(
    text.split('\n').flatMap((line): [string, Partition][] => {
      const words = new Map([...line.matchAll(/(\S+?)=(\S*)/g)].map(([, name = '', value = '']) => [name, value]));
      const name = words.get('PartitionName');
      return name === undefined ? [] : [[name, words]];
    }),
  );

/** Nodes of a partition that are alike. Memory in bytes. */
export interface NodeKind {
  readonly partition: string;
  readonly nodes: number;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly gpus: number;
  readonly state: string;
}

/** `gpu:8`, `gpu:h100:8(S:0-1)`, `gpu:a:4,gpu:b:4`; anything else has none. */
export const gpusIn = (gres: string): number =>
  [...gres.matchAll(/(?:^|,)gpu(?::[^:,()]+)?:(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);

const nodesIn = (text: string): readonly NodeKind[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map(line => {
      const [partition = '', nodes, cpus, megabytes, gres = '', state = ''] = line.split('|');
      return {
        partition,
        nodes: Number(nodes),
        // A plus sign where nodes of one line are not alike after all.
        cpus: Number.parseInt(cpus ?? '', 10),
        memoryBytes: Number.parseInt(megabytes ?? '', 10) * 2 ** 20,
        gpus: gpusIn(gres),
        state,
      };
    });

const least = (values: readonly number[]): number | undefined => (values.length ? Math.min(...values) : undefined);

const DOWN = /^(down|drain|fail|unknown|inval|maint|reboot|power)/i;

/** What a partition gives: a node of ours may be any of its nodes that has as many GPUs as we ask for. */
const givenBy = (partition: Partition, kinds: readonly NodeKind[], gpus: number): Given => {
  const fitting = kinds.filter(each => each.gpus >= gpus);
  const counted = fitting.length ? fitting : kinds;
  const all = counted.reduce((sum, each) => sum + each.nodes, 0);
  const down = counted.filter(each => DOWN.test(each.state)).reduce((sum, each) => sum + each.nodes, 0);
  const limit = Number(partition.get('MaxNodes'));
  return {
    walltimeSeconds: secondsIn(partition.get('MaxTime')),
    nodes: all === 0 ? undefined : Math.min(all, Number.isFinite(limit) ? limit : all),
    nodesNote: down > 0 ? `(${down} of them not available now)` : undefined,
    gpusPerNode: kinds.length ? Math.max(...kinds.map(each => each.gpus)) : undefined,
    cpusPerNode: least(counted.map(each => each.cpus)),
    memoryBytes: least(counted.map(each => each.memoryBytes)),
  };
};

const listed = (partition: Partition, key: string): readonly string[] | undefined => {
  const value = partition.get(key);
  return value === undefined || value === 'ALL' || value === '(null)' ? undefined : value.split(',');
};

/** Whether we may use it at all. */
const admission = (site: Site, { hello }: Facts, name: string, partition: Partition): Said[] => {
  const { account } = site;
  const groups = (textOf(hello, 'groups') ?? '').split(' ');
  const source = sourceOf(site, `resource_types.${name}.partition`);
  const allowedGroups = listed(partition, 'AllowGroups');
  const allowedAccounts = listed(partition, 'AllowAccounts');
  const todo = 'ask to be let in, or name another partition.';
  return [
    ...(allowedGroups && !allowedGroups.some(each => groups.includes(each))
      ? [
          differs(`${name}: admission`, `only for the groups ${allowedGroups.join(', ')}`, {
            claimed: 'open to you',
            source,
            todo,
          }),
        ]
      : []),
    ...(allowedAccounts && account !== undefined && !allowedAccounts.includes(account)
      ? [
          differs(`${name}: admission`, `only for the accounts ${allowedAccounts.join(', ')}`, {
            claimed: `open to ${account}`,
            source,
            todo,
          }),
        ]
      : []),
  ];
};

const oneType = (
  site: Site,
  facts: Facts,
  name: string,
  partitions: ReadonlyMap<string, Partition>,
  kinds: readonly NodeKind[],
): Said[] => {
  const type = site.profile.resource_types[name];
  if (!type) return [];
  const known = [...partitions.keys()];
  const byDefault = [...partitions].find(([, each]) => each.get('Default') === 'YES')?.[0];
  const wanted = type.partition ?? byDefault;
  if (wanted === undefined) return [unnamedQueue(site, name, 'partition', known)];
  const partition = partitions.get(wanted);
  if (!partition) return [missingQueue(site, name, 'partition', wanted, known)];
  const state = partition.get('State') ?? 'UP';
  const claimed = type.partition ?? 'the default one';
  const source = sourceOf(site, `resource_types.${name}${type.partition === undefined ? '' : '.partition'}`);
  return [
    okIf(state === 'UP', 'differs', `${name}: partition`, state === 'UP' ? `${wanted}, up` : `${wanted} is ${state}`, {
      claimed,
      source,
      todo: `jobs would wait there: ask the operators, or name another partition (${known.join(', ')}).`,
    }),
    ...admission(site, facts, name, partition),
    ...compareType(
      site,
      name,
      type,
      givenBy(
        partition,
        kinds.filter(each => each.partition === wanted),
        type.gpus,
      ),
    ),
  ];
};

/** The profile's resource types against the partitions and their nodes. */
export const readPartitions = (site: Site, facts: Facts): Said[] => {
  const answer = facts.of(askPartitions(site));
  const text = printed(answer);
  if (text === undefined) return [unknown('partitions', failureOf(answer), { claimed: 'those of resource_types' })];
  const partitions = partitionsIn(text);
  const kinds = nodesIn(printed(facts.of(askNodes(site))) ?? '');
  const asked = typesOf(site, 'partition');
  const left = Object.keys(site.profile.resource_types).filter(each => !asked.some(([name]) => name === each));
  return [
    ...asked.flatMap(([name]) => oneType(site, facts, name, partitions, kinds)),
    ...(left.length ? [ok('other resource types', `${left.join(', ')} name no partition and were not looked at`)] : []),
  ];
};
