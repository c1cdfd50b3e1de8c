import { ONLY_WHERE } from '../../launchers/srun.ts';
import { failureOf, printed, textOf } from '../answer.ts';
import { type Ask, ask, askRun } from '../ask.ts';
import { type Facts, type Site, sourceOf } from '../facts.ts';
import { differs, ok, type Said, unknown } from '../finding.ts';
import { programIn } from './examined.ts';

const askHelp = (site: Site): Ask => askRun([programIn(site, 'srun'), '--help']);
const askMarker = (path: string): Ask => ({ ...ask('file', [path], 5), ofScheduler: true });

type Environments = NonNullable<Site['profile']['environments']>;
const environments = (site: Site): Environments => site.profile.environments ?? {};

/** Long options that some plug-in or patch of srun must bring, with the key that wants each. */
const wanted = (site: Site): readonly { option: string; word: string; key: string }[] => {
  const { profile } = site;
  const argsOf = (args: readonly string[] | undefined, key: string) =>
    (args ?? []).filter(each => each.startsWith('--')).map(word => ({ option: word.split('=')[0] ?? word, word, key }));
  const pyxis = { option: '--container-image', word: '--container-image', key: 'runtime' };
  const usesPyxis =
    profile.runtime === 'pyxis' || Object.values(environments(site)).some(each => each.runtime === 'pyxis');
  const usesSrun =
    profile.launcher === 'srun' || Object.values(environments(site)).some(each => each.launcher === 'srun');
  return [
    ...(usesSrun ? argsOf(profile.launcher_args, 'launcher_args') : []),
    ...Object.entries(environments(site))
      .filter(([, each]) => (each.launcher ?? profile.launcher) === 'srun')
      .flatMap(([name, each]) => argsOf(each.launcher_args, `environments.${name}.launcher_args`)),
    ...(usesPyxis ? [pyxis] : []),
  ];
};

export const askFlags = (site: Site): readonly Ask[] => {
  const flags = wanted(site);
  const markers = flags.flatMap(({ word }) => ONLY_WHERE[word] ?? []);
  return flags.length ? [askHelp(site), ...markers.map(askMarker)] : [];
};

const TODO: Readonly<Record<string, string>> = {
  '--container-image':
    'this srun has no pyxis: write runtime: apptainer (or another one) into the overlay, or ask for the plug-in.',
};

const readFlag = (site: Site, { of }: Facts, help: string, flag: ReturnType<typeof wanted>[number]): Said => {
  const { option, word, key } = flag;
  const source = sourceOf(site, key);
  const check = `srun ${option}`;
  if (new RegExp(`(^|[\\s,])${option}(?![\\w-])`, 'm').test(help))
    return ok(check, 'known', { claimed: 'known', source });
  const marker = ONLY_WHERE[word];
  if (marker !== undefined && textOf(of(askMarker(marker)), 'kind') === 'missing')
    return ok(check, `not known; left out, since ${marker} is not there`, {
      claimed: `only where ${marker} is`,
      source,
    });
  return differs(check, 'not known', {
    claimed: 'known',
    source,
    todo: TODO[option] ?? `every start of a job would fail: remove it from ${key}.`,
  });
};

/** The options of srun that a profile or overlay counts on. */
export const readFlags = (site: Site, facts: Facts): Said[] => {
  const flags = wanted(site);
  if (flags.length === 0) return [];
  const answer = facts.of(askHelp(site));
  const help = printed(answer);
  if (help === undefined)
    return [unknown('options of srun', failureOf(answer), { claimed: flags.map(each => each.option).join(', ') })];
  return flags.map(flag => readFlag(site, facts, help, flag));
};
