import type { Flag } from '../argparse.ts';
import recorded from '../flags/core_v0.19.0.json' with { type: 'json' };
import core090 from './core_v0.9.0.json' with { type: 'json' };
import core0131 from './core_v0.13.1.json' with { type: 'json' };
import core0180 from './core_v0.18.0.json' with { type: 'json' };
import core0182 from './core_v0.18.2.json' with { type: 'json' };
import core0190 from './core_v0.19.0.json' with { type: 'json' };
import okogeA06ddb8b from './okoge-kaz-a06ddb8b.json' with { type: 'json' };
import type { Release, ReleaseFile } from './release.ts';
import tsubame06 from './v0.6-tsubame.json' with { type: 'json' };
import hyperpod08 from './v0.8.0-aws-hyperpod.json' with { type: 'json' };
import abci09 from './v0.9.0-abci.json' with { type: 'json' };
import tsubame09 from './v0.9.0-tsubame.json' with { type: 'json' };

const FILES = [
  ...[core0190, core0182, core0180, core0131, core090],
  ...[okogeA06ddb8b, abci09, tsubame09, hyperpod08, tsubame06],
] as unknown as readonly ReleaseFile[];

const fileOf = (id: string): ReleaseFile => {
  const found = FILES.find(each => each.id === id);
  if (!found) throw new Error(`no file for release ${id}`);
  return found;
};

const inherited = <K extends 'spellings' | 'log' | 'checkpoint'>(
  file: ReleaseFile,
  key: K,
): NonNullable<ReleaseFile[K]> => {
  const own = file[key];
  if (own !== undefined) return own as NonNullable<ReleaseFile[K]>;
  if (file.base === null) throw new Error(`${file.id} has no ${key}`);
  return inherited(fileOf(file.base), key);
};

/** Every release of Megatron-LM this version knows, the newest first. */
export const RELEASES: readonly Release[] = FILES.map(file => ({
  ...file,
  spellings: inherited(file, 'spellings'),
  log: inherited(file, 'log'),
  checkpoint: inherited(file, 'checkpoint'),
}));

/** The release a recipe names; a recipe that names none means the newest. */
export const releaseOf = (id: string): Release | undefined =>
  RELEASES.find(each => each.id === (id === '' ? RELEASES[0]?.id : id));

/** A release's options, and the same by each of their spellings. */
interface Options {
  readonly list: readonly Flag[];
  readonly byName: ReadonlyMap<string, Flag>;
}

const made = new Map<string, Options>();

const changed = (file: ReleaseFile): readonly Flag[] => {
  if (file.base === null) return recorded as readonly Flag[];
  const name = (flag: Flag): string => flag.flags[0] ?? '';
  const changes = new Map(file.changes.map(({ flag, ...change }) => [flag, change]));
  const kept = optionsOf(fileOf(file.base)).filter(flag => !file.removes.includes(name(flag)));
  return [...kept.map(flag => ({ ...flag, ...changes.get(name(flag)) })), ...file.adds];
};

const optionsIn = (release: Pick<ReleaseFile, 'id'>): Options => {
  const known = made.get(release.id);
  if (known) return known;
  const list = changed(fileOf(release.id));
  const options = { list, byName: new Map(list.flatMap(flag => flag.flags.map(name => [name, flag] as const))) };
  made.set(release.id, options);
  return options;
};

/** All options of pretrain_gpt.py in a release, as its parser has them. */
export const optionsOf = (release: Pick<ReleaseFile, 'id'>): readonly Flag[] => optionsIn(release).list;

/** A release's option by any of its spellings. */
export const optionOf = (name: string, release: Pick<ReleaseFile, 'id'>): Flag | undefined =>
  optionsIn(release).byName.get(name);

/** Names of all options of a release. */
export const namesOf = (release: Pick<ReleaseFile, 'id'>): Iterable<string> => optionsIn(release).byName.keys();

/**
 * A release's options, and without a spelling those that only the newest has: what is parsed with them has every attribute, with
 * its default, whatever the release. A rehearsal is given this list.
 */
export const filledOptions = (id: string): readonly Flag[] => {
  const release = releaseOf(id) ?? (RELEASES[0] as Release);
  const own = optionsOf(release);
  const dests = new Set(own.map(each => each.dest));
  const others = optionsOf(RELEASES[0] as Release).filter(each => !dests.has(each.dest));
  return [...own, ...others.map(each => ({ ...each, flags: [], required: false }))];
};
