import { formatSeconds } from '../../model/units.ts';
import { failureOf, printed } from '../answer.ts';
import { type Ask, askRun } from '../ask.ts';
import { type Facts, type Site, sourceOf } from '../facts.ts';
import { ok, type Said, unknown } from '../finding.ts';
import { atMost, programIn, secondsIn } from './examined.ts';

const askQueue = (site: Site): Ask => askRun([programIn(site, 'qconf'), '-sq', '*']);
const askHosts = (site: Site): Ask => askRun([programIn(site, 'qhost')]);
export const askQueues = (site: Site): readonly Ask[] => [askQueue(site), askHosts(site)];

type Queue = ReadonlyMap<string, string>;

/** Blocks of `qconf -sq`: a name, blanks, a value; a backslash at its end goes on in the next line. */
export const queuesIn = (text: string): readonly Queue[] => {
  const found: Map<string, string>[] = [];
  for (const line of text.replace(/\\\n\s*/g, '').split('\n')) {
    const [, name, value] = /^(\w+)\s+(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined) continue;
    if (name === 'qname') found.push(new Map());
    found.at(-1)?.set(name, value ?? '');
  }
  return found;
};

/** `INFINITY,[@big=24:00:00]`: the value for every host, and others for some. The longest counts. */
const longest = (value: string | undefined): number | undefined => {
  const all = (value ?? '').split(',').flatMap(each => secondsIn(each.replace(/^\[[^=]*=|\]$/g, '')) ?? []);
  return all.length ? Math.max(...all) : undefined;
};

const hoursText = (seconds: number): string => (Number.isFinite(seconds) ? formatSeconds(seconds) : 'unlimited');

const walltime = (site: Site, queues: readonly Queue[]): Said[] => {
  const limits = queues.flatMap(each => longest(each.get('h_rt')) ?? []);
  const name = site.resourceType;
  const claimed = site.profile.resource_types[name]?.walltime;
  if (claimed === undefined || limits.length === 0) return [];
  const most = Math.max(...limits);
  return [
    atMost({
      check: `${name}: walltime`,
      claimed,
      most,
      text: hoursText,
      source: sourceOf(site, `resource_types.${name}.walltime`),
      todo: `write resource_types: {${name}: {walltime: ${hoursText(most)}}} into the overlay.`,
      note: '(h_rt of the queues; a quota or a script of the site may allow less)',
    }),
  ];
};

const notify = (queues: readonly Queue[]): Said[] => {
  const found = queues.map(each => `${each.get('qname')} ${each.get('notify') ?? '?'}`);
  return found.length
    ? [
        ok(
          'notify',
          `${found.join(', ')}; only a job sent with -notify gets the warning, and martlet keeps its own clock`,
        ),
      ]
    : [];
};

/** Hosts with a load are up; `global` is none. */
export const hostsIn = (text: string): { readonly all: number; readonly up: number } => {
  const rows = text
    .split('\n')
    .slice(2)
    .map(line => line.trim().split(/\s+/))
    .filter(([name]) => name !== undefined && name !== '' && name !== 'global');
  // NAME ARCH NCPU NSOC NCOR NTHR LOAD: older builds have fewer columns, a host that is down has a - in each.
  return {
    all: rows.length,
    up: rows.filter(row => row.slice(2).some(each => each !== '-' && /\d/.test(each))).length,
  };
};

const hosts = (site: Site, { of }: Facts): Said[] => {
  const text = printed(of(askHosts(site)));
  const name = site.resourceType;
  const claimed = site.profile.resource_types[name]?.nodes?.max;
  if (text === undefined || claimed === undefined) return [];
  const { all, up } = hostsIn(text);
  return [
    atMost({
      check: `${name}: nodes`,
      claimed,
      most: all,
      text: String,
      source: sourceOf(site, `resource_types.${name}.nodes`),
      todo: `write resource_types: {${name}: {nodes: 1-${all}}} into the overlay.`,
      note: all === up ? 'hosts of any kind' : `hosts of any kind (${all - up} not up)`,
    }),
  ];
};

/** Limits of the queues, where everybody may read them. */
export const readQueues = (site: Site, facts: Facts): Said[] => {
  const answer = facts.of(askQueue(site));
  const text = printed(answer);
  const queues = queuesIn(text ?? '');
  if (queues.length === 0)
    return [unknown('queues', failureOf(answer), { claimed: 'limits of the profile' }), ...hosts(site, facts)];
  return [...walltime(site, queues), ...hosts(site, facts), ...notify(queues)];
};
