import { formatBytes, formatSeconds } from '../../model/units.ts';
import { type Site, sourceOf } from '../facts.ts';
import { differs, type Said, unknown } from '../finding.ts';
import { atMost } from './examined.ts';

type ResourceType = Site['profile']['resource_types'][string];

/** What a queue or partition gives, as far as its scheduler tells; Infinity: no limit. */
export interface Given {
  readonly walltimeSeconds?: number | undefined;
  readonly nodes?: number | undefined;
  readonly gpusPerNode?: number | undefined;
  readonly cpusPerNode?: number | undefined;
  readonly memoryBytes?: number | undefined;
  /** Why it takes no jobs of ours now. */
  readonly closed?: string | undefined;
  /** Further words for the line about the nodes. */
  readonly nodesNote?: string | undefined;
}

/** The types a person may ask for: those whose queue is named; the chosen one in any case. */
export const typesOf = (site: Site, word: 'partition' | 'queue' | 'request'): readonly [string, ResourceType][] =>
  Object.entries(site.profile.resource_types).filter(
    ([name, each]) => each[word] !== undefined || name === site.resourceType,
  );

const overlayLine = (name: string, key: string, value: string): string =>
  `resource_types: {${name}: {${key}: ${value}}}`;

const walltimeText = (seconds: number): string => (Number.isFinite(seconds) ? formatSeconds(seconds) : 'unlimited');

/** The claims of one resource type against what is given; only what both sides name. */
export const compareType = (site: Site, name: string, type: ResourceType, given: Given): Said[] => {
  const source = (key: string): string | undefined => sourceOf(site, `resource_types.${name}.${key}`);
  const bound = (
    key: string,
    claimed: number | undefined,
    most: number | undefined,
    text: (value: number) => string,
    written: string,
    note?: string,
  ): Said[] =>
    claimed === undefined || most === undefined
      ? []
      : [
          atMost({
            check: `${name}: ${key}`,
            claimed,
            most,
            text,
            source: source(key),
            todo: `write ${overlayLine(name, key, written)} into the overlay.`,
            note,
          }),
        ];
  const { walltimeSeconds, nodes, gpusPerNode, cpusPerNode, memoryBytes } = given;
  const megabytes = memoryBytes === undefined ? '' : `${Math.floor(memoryBytes / 2 ** 20)}MiB`;
  return [
    ...bound('walltime', type.walltime, walltimeSeconds, walltimeText, walltimeText(walltimeSeconds ?? 0)),
    ...bound('nodes', type.nodes?.max, nodes, String, nodes === 1 ? '1' : `1-${nodes}`, given.nodesNote),
    ...bound('gpus', type.gpus || undefined, gpusPerNode, each => `${each} a node`, String(gpusPerNode)),
    ...bound('cpus', type.cpus, cpusPerNode, each => `${each} a node`, String(cpusPerNode)),
    ...bound('memory', type.memory, memoryBytes, formatBytes, megabytes),
  ];
};

/** A queue that is not there. */
export const missingQueue = (
  site: Site,
  name: string,
  key: 'partition' | 'queue',
  claimed: string,
  known: readonly string[],
): Said =>
  differs(`${name}: ${key}`, known.length ? `none of this name; there are ${known.join(', ')}` : 'none of this name', {
    claimed,
    source: sourceOf(site, `resource_types.${name}.${key}`),
    todo: `write ${overlayLine(name, key, known[0] ?? 'NAME')} into the overlay, with the name that fits.`,
  });

/** A type that names no queue, while the scheduler has several. */
export const unnamedQueue = (site: Site, name: string, key: 'partition' | 'queue', known: readonly string[]): Said =>
  unknown(`${name}: ${key}`, `the scheduler has ${known.join(', ')}`, {
    claimed: 'none named',
    source: sourceOf(site, `resource_types.${name}`),
    todo: `write ${overlayLine(name, key, 'NAME')} into the overlay.`,
  });
