import { formatBytes, formatCount } from '../model/units.ts';
import { type Answer, failureOf, silentSeconds, textOf } from './answer.ts';
import { type Ask, ask } from './ask.ts';
import { type Facts, isOneMachine, type Site, sourceOf, type Topic } from './facts.ts';
import { differs, ok, type Said, trouble, unknown } from './finding.ts';
import { type Quota, quotasIn } from './quota.ts';
import { askWrite, readWrite } from './write.ts';

type FileSystem = NonNullable<Site['profile']['filesystems']>[string];

/** One folder of a profile, with what is claimed of the file system it lies on. */
interface Place {
  readonly key: string;
  readonly path: string;
  readonly system?: FileSystem | undefined;
  /** The file system of the profile that it is to lie on, where that has to be there first. */
  readonly base?: string | undefined;
  /** It belongs to a cluster that is this machine. */
  readonly isOurs: boolean;
  /** It may be made when a run needs it. */
  readonly mayBeMade: boolean;
  /** Each compute node has one of its own, and the login node may have none. */
  readonly isOfNode: boolean;
}

const isBelow = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

const placesOf = (site: Site): readonly Place[] => {
  const systems = Object.entries(site.profile.filesystems ?? {});
  const around = (path: string): FileSystem | undefined =>
    systems
      .map(([, each]) => each)
      .filter(each => isBelow(path, each.path))
      .sort((a, b) => b.path.length - a.path.length)[0];
  const ofNode = (system: FileSystem | undefined): boolean => system?.shared === false;
  // martlet's own folders on this machine come with the first run.
  const isOurs = isOneMachine(site);
  return [
    ...Object.entries(site.profile.paths).map(([key, path]) => ({
      key: `paths.${key}`,
      path,
      isOurs,
      base: isOurs ? undefined : around(path)?.path,
      mayBeMade: true,
      isOfNode: key === 'scratch' || ofNode(around(path)),
    })),
    ...systems.map(([key, system]) => ({
      key: `filesystems.${key}`,
      path: system.path,
      isOurs,
      system,
      mayBeMade: isOurs && Object.values(site.profile.paths).some(each => isBelow(each, system.path)),
      isOfNode: ofNode(system),
    })),
  ];
};

/** A variable that only a job has; the home folder is known here too. */
const isOfJob = (path: string): boolean => /\$/.test(path.replace(/^\$HOME(?=\/|$)/, ''));
const isNotSet = (path: string): boolean => /[A-Z]+-NOT-SET/.test(path) || path === '?';

const askPlace = (path: string): Ask => ask('place', [path], 8);
const canBeAsked = ({ path }: Place): boolean => !isOfJob(path) && !isNotSet(path);

/** What each job wants free in its run's folder before it starts (templates/job/50-ready.sh). */
const LEAST_BYTES = 5120 * 2 ** 20;
const REHEARSAL_BYTES = 64 * 2 ** 20;
const LEAST_FILES = 10_000;

const quotaText = ({ whose, usedBytes, limitBytes, usedFiles, limitFiles }: Quota): string => {
  const parts = [
    ...(limitBytes === undefined ? [] : [`${formatBytes(usedBytes)} of ${formatBytes(limitBytes)}`]),
    ...(limitFiles === undefined ? [] : [`${formatCount(usedFiles, 3)} of ${formatCount(limitFiles, 3)} files`]),
  ];
  return `${parts.join(', ')} (quota, ${whose})`;
};

/** Bytes and files that can still be written: the disk's, or what a quota leaves of them. */
const roomOf = (answer: Answer) => {
  const quotas = quotasIn(answer);
  const kib = Number(textOf(answer, 'df'));
  const [total = 0, free = 0] = (textOf(answer, 'inodes') ?? '').split(' ').map(Number);
  const left = (limit: number | undefined, used: number): number =>
    limit === undefined ? Number.POSITIVE_INFINITY : Math.max(0, limit - used);
  const bytes = Math.min(Number.isFinite(kib) && textOf(answer, 'df') ? kib * 1024 : Number.POSITIVE_INFINITY);
  return {
    quotas,
    bytes: Math.min(bytes, ...quotas.map(each => left(each.limitBytes, each.usedBytes))),
    // File systems that make inodes as they need them say 0 of 0.
    files: Math.min(
      total > 0 ? free : Number.POSITIVE_INFINITY,
      ...quotas.map(each => left(each.limitFiles, each.usedFiles)),
    ),
  };
};

const roomText = ({ bytes, files, quotas }: ReturnType<typeof roomOf>, type: string | undefined): string =>
  [
    ...(Number.isFinite(bytes) ? [`${formatBytes(bytes)} free`] : []),
    ...(files < LEAST_FILES * 100 ? [`${formatCount(files, 3)} files more`] : []),
    ...(type ? [type] : []),
    ...quotas.map(quotaText),
  ].join(', ');

const KINDS: Readonly<Record<string, RegExp>> = {
  lustre: /lustre/,
  gpfs: /gpfs/,
  beegfs: /beegfs|fhgfs/i,
  nfs: /nfs/,
  xfs: /xfs/,
  ram: /tmpfs|ramfs/,
};

/** `xfs-nvme` says xfs; `ssd` says nothing about the file system on it. */
const claimedKind = (kind: string | undefined): [string, RegExp] | undefined =>
  Object.entries(KINDS).find(([name]) => kind?.split('-').includes(name));

const ONE_MACHINE = /^(ext|xfs|btrfs|tmpfs|overlay|zfs|ramfs|f2fs|reiserfs)/;

const kindFinding = (site: Site, place: Place, answer: Answer): Said[] => {
  const { system, key } = place;
  const type = textOf(answer, 'type');
  const claimed = claimedKind(system?.kind);
  if (!system || !claimed || type === undefined || claimed[1].test(type)) return [];
  return [
    differs(`${key}: kind`, type, {
      claimed: system.kind,
      source: sourceOf(site, `${key}.kind`),
      todo: `write ${key.replace('.', ': {')}: {kind: ${type}}} into the overlay.`,
    }),
  ];
};

/** A claimed quota against the one that was seen. */
const quotaFinding = (site: Site, { key, system }: Place, quotas: readonly Quota[]): Said[] => {
  const limit = Math.min(...quotas.flatMap(each => each.limitBytes ?? []));
  if (system?.quota === undefined || !Number.isFinite(limit) || limit >= system.quota) return [];
  return [
    differs(`${key}: quota`, formatBytes(limit), {
      claimed: formatBytes(system.quota),
      source: sourceOf(site, `${key}.quota`),
      todo: `write filesystems: {${key.split('.')[1]}: {quota: ${Math.floor(limit / 2 ** 30)}GiB}} into the overlay.`,
    }),
  ];
};

const RUNS = 'paths.runs';

/** A folder that is there, or can be: with the room it has. */
const there = (place: Place, answer: Answer, how: string, more: Pick<Said, 'claimed' | 'source'>): Said => {
  const room = roomOf(answer);
  // What a narrow terminal cuts off at the end is the longer and less telling part.
  const parts = [how, roomText(room, textOf(answer, 'type'))].filter(Boolean);
  const found = (how.startsWith('there') ? parts : parts.reverse()).join('; ');
  const isTight = room.bytes < LEAST_BYTES || room.files < LEAST_FILES;
  if (!isTight || place.system?.avoid) return ok(place.key, found, more);
  const todo = `each job wants ${formatBytes(LEAST_BYTES)} free before it starts (a rehearsal ${formatBytes(REHEARSAL_BYTES)}); make room there, or choose another folder.`;
  // On this machine most jobs are rehearsals.
  const isEnough = place.isOurs && room.bytes >= REHEARSAL_BYTES && room.files >= LEAST_FILES;
  if (place.key === RUNS && !isEnough) return trouble(place.key, found, { ...more, todo });
  return ok(place.key, found, {
    ...more,
    todo: place.key === RUNS ? todo : 'little room: make some before a run needs it.',
  });
};

const whyAbsent = ({ mayBeMade, base }: Place, nearest: string, hasBase: boolean): string => {
  if (!mayBeMade) return `not there; ${nearest} is`;
  return hasBase ? `cannot be made: ${nearest} is there and not yours to write` : `not there, nor is ${base}`;
};

const absent = (place: Place, answer: Answer, more: Pick<Said, 'claimed' | 'source'>): Said => {
  const nearest = textOf(answer, 'nearest') ?? '/';
  const isWritable = textOf(answer, 'writable') === 'yes';
  const hasBase = place.base === undefined || isBelow(nearest, place.base);
  if (place.mayBeMade && isWritable && hasBase)
    return there(place, answer, `not there yet, can be made below ${nearest}`, more);
  if (place.isOfNode)
    return unknown(place.key, 'not on this node', {
      ...more,
      todo: 'compute nodes may have it: a first small run shows.',
    });
  const what = whyAbsent(place, nearest, hasBase);
  const [section, name] = place.key.split('.');
  const written = section === 'paths' ? `paths: {${name}: FOLDER}` : `filesystems: {${name}: {path: FOLDER}}`;
  return differs(place.key, what, { ...more, todo: `write ${written} into the overlay.` });
};

const onePlace = (site: Site, facts: Facts, place: Place): Said[] => {
  const more = { claimed: place.path, source: sourceOf(site, place.key) };
  if (isNotSet(place.path))
    return [
      unknown(place.key, 'not looked at: a part of the path is not known', {
        ...more,
        todo: `write account: or ${place.key.split('.')[0]}: into the overlay.`,
      }),
    ];
  if (isOfJob(place.path)) return [unknown(place.key, 'known only inside a job', more)];
  const answer = facts.of(askPlace(place.path));
  const silent = silentSeconds(answer);
  if (silent !== undefined)
    return [
      trouble(place.key, `did not answer in ${silent} s`, {
        ...more,
        todo: 'the file system hangs: nothing that uses it will get on; tell the operators.',
      }),
    ];
  const kind = textOf(answer, 'kind');
  if (!answer || kind === undefined) return [unknown(place.key, failureOf(answer), more)];
  if (kind === 'missing') return [absent(place, answer, more)];
  if (kind === 'file') return [differs(place.key, 'a file, not a folder', { ...more, todo: 'choose another path.' })];
  if (kind === 'closed')
    return [
      trouble(place.key, 'there, but you may not look into it', {
        ...more,
        todo: 'ask for access, or choose another folder.',
      }),
    ];
  const room = roomOf(answer);
  return [
    there(place, answer, textOf(answer, 'writable') || !place.mayBeMade ? 'there' : 'there, only to be read', more),
    ...kindFinding(site, place, answer),
    ...quotaFinding(site, place, room.quotas),
  ];
};

/** Only a job on a compute node could tell. */
const shared = (site: Site, facts: Facts): Said[] => {
  if (isOneMachine(site)) return [];
  const place = placesOf(site).find(each => each.key === RUNS);
  const type = place && canBeAsked(place) ? textOf(facts.of(askPlace(place.path)), 'type') : undefined;
  const isOne = type !== undefined && ONE_MACHINE.test(type);
  return [
    unknown(
      'paths.runs: shared',
      isOne ? `${type} is a disk of this machine, unless it is exported` : 'cannot be seen from here',
      {
        claimed: 'the same on all nodes',
        todo: isOne
          ? `make sure that compute nodes see it, or write paths: {runs: FOLDER} into the overlay.`
          : undefined,
      },
    ),
  ];
};

/** Folders: there or to be made, with room for a run, and writable in the ways a run writes. */
export const places: Topic = {
  id: 'paths',
  asks: site => {
    const all = placesOf(site).filter(canBeAsked);
    const runs = all.find(each => each.key === RUNS);
    return [...all.map(each => askPlace(each.path)), ...(runs ? [askWrite(runs.path, runs.base)] : [])];
  },
  read: (site, facts) => {
    const runs = placesOf(site).find(each => each.key === RUNS);
    return [
      ...placesOf(site).flatMap(place => onePlace(site, facts, place)),
      ...(runs && canBeAsked(runs) ? readWrite(site, facts, askWrite(runs.path, runs.base)) : []),
      ...shared(site, facts),
    ];
  },
};
