import { failureOf, silentSeconds, textOf } from './answer.ts';
import type { Ask } from './ask.ts';
import { type Facts, type Site, sourceOf, type Topic } from './facts.ts';
import { differs, ok, type Said, trouble, unknown } from './finding.ts';
import { docker } from './schedulers/docker.ts';
import { embedded } from './schedulers/embedded.ts';
import type { Examined } from './schedulers/examined.ts';
import { gridengine } from './schedulers/gridengine.ts';
import { pbspro } from './schedulers/pbspro.ts';
import { slurm } from './schedulers/slurm.ts';

const ALL: Readonly<Record<Site['profile']['scheduler'], Examined>> = {
  slurm,
  pbspro,
  gridengine,
  embedded,
  docker,
};

const examined = (site: Site): Examined => ALL[site.profile.scheduler];
const optionsOf = (site: Site) => site.profile.dialect_options ?? {};

/** Where its programs are, in the round that has a login shell where the profile wants one. */
const askPrograms = (site: Site): Ask | undefined => {
  const { programs } = examined(site);
  if (programs.length === 0) return undefined;
  return { kind: 'programs', words: [optionsOf(site).bin ?? '', ...programs], seconds: 15, ofScheduler: true };
};

/** The folder of a path. */
const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';

/** A line of the overlay that leads to a program which is not where the profile says. */
const todoFor = (site: Site, first: string, login: string | undefined, elsewhere: string | undefined): string => {
  const { bin, login_shell } = optionsOf(site);
  const folder = login ? folderOf(login) : elsewhere;
  if (folder && folder !== bin) {
    const forLogin = login && bin === undefined && !login_shell ? ', or {login_shell: true}' : '';
    return `write dialect_options: {bin: ${folder}}${forLogin} into the overlay.`;
  }
  return `ask the site where ${first} is, and write dialect_options: {bin: FOLDER} into the overlay.`;
};

const claimOf = (site: Site): string => {
  const { bin, login_shell } = optionsOf(site);
  return bin ? `in ${bin}` : `on the PATH${login_shell ? ' of a login shell' : ''}`;
};

const programsFinding = (site: Site, { of }: Facts, question: Ask): Said => {
  const answer = of(question);
  const { programs } = examined(site);
  const [first = ''] = programs;
  const claimed = `${programs.join(', ')} ${claimOf(site)}`;
  const source = sourceOf(site, optionsOf(site).bin ? 'dialect_options.bin' : 'scheduler');
  if (!answer || (silentSeconds(answer) !== undefined && !textOf(answer, first)))
    return unknown('programs', failureOf(answer), { claimed, source });
  const missing = programs.filter(name => !textOf(answer, name));
  if (missing.length === 0)
    return ok('programs', `all in ${folderOf(textOf(answer, first) ?? '')}`, { claimed, source });
  const [login, elsewhere] = [textOf(answer, 'login'), textOf(answer, 'elsewhere')];
  const found = `no ${missing.join(', ')}`;
  const todo = todoFor(site, missing[0] ?? first, login, elsewhere);
  return login || elsewhere
    ? differs('programs', `${found}; ${login ?? `${elsewhere}/${first}`} is there`, { claimed, source, todo })
    : trouble('programs', found, { claimed, source, todo });
};

const accountMissing = (site: Site): Said[] =>
  site.placeholders.includes('account')
    ? [
        differs('account', 'none', {
          claimed: 'required',
          source: sourceOf(site, 'accounting'),
          todo: `write account: into the overlay, or give --account.`,
        }),
      ]
    : [];

/** No scheduler tells which priorities it grants; a submit does. */
const priorities = (site: Site): Said[] => {
  const names = Object.entries(site.profile.priorities ?? {}).filter(([, each]) => !each.default);
  if (names.length === 0) return [];
  return [
    unknown('priorities', 'not tried: only a submit shows', {
      claimed: names.map(([name, { value }]) => `${name} (${value})`).join(', '),
      source: sourceOf(site, 'priorities'),
    }),
  ];
};

/** Its programs, its version and set-up against what martlet and the profile suppose, and its queues against the resource types. */
export const scheduler: Topic = {
  id: 'scheduler',
  asks: site => {
    const question = askPrograms(site);
    return [...(question ? [question] : []), ...examined(site).asks(site)];
  },
  read: (site, facts) => {
    const question = askPrograms(site);
    const programs = question ? [programsFinding(site, facts, question)] : [];
    // Without its programs every other line would say the same once more.
    const [first = ''] = examined(site).programs;
    if (question && !textOf(facts.of(question), first)) return [...programs, ...accountMissing(site)];
    return [...programs, ...accountMissing(site), ...examined(site).read(site, facts), ...priorities(site)];
  },
};
