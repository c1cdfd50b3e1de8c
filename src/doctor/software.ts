import { failureOf, silentSeconds, textOf } from './answer.ts';
import { type Ask, ask } from './ask.ts';
import { type Facts, isOneMachine, type Site, sourceOf, type Topic } from './facts.ts';
import { differs, ok, okIf, type Said, trouble, unknown } from './finding.ts';

type Profile = Site['profile'];
type Modules = NonNullable<Profile['modules']>;

/** What is set up before a program of a recipe starts: the site's usual, or that of one `environments:` entry. */
interface SetUp {
  /** '' for the site's own. */
  readonly name: string;
  readonly key: string;
  readonly modules: Modules;
  readonly launcher: Profile['launcher'];
  readonly runtime: Profile['runtime'];
  readonly image?: string | undefined;
}

const setUps = (site: Site): readonly SetUp[] => {
  const { modules = {}, launcher, runtime, environments } = site.profile;
  const usual: SetUp = { name: '', key: 'modules', modules, launcher, runtime };
  return [
    usual,
    ...Object.entries(environments ?? {}).map(([name, each]) => ({
      name,
      key: each.modules === undefined ? 'modules' : `environments.${name}.modules`,
      // Part by part, as render/site.ts does it.
      modules: { ...modules, ...each.modules },
      launcher: each.launcher ?? launcher,
      runtime: each.runtime ?? runtime,
      image: each.image,
    })),
  ];
};

/** Programs by which a launcher and a container runtime are called; pyxis is a flag of srun, with enroot below it. */
const LAUNCHERS: Readonly<Record<Profile['launcher'], readonly string[]>> = {
  srun: ['srun'],
  mpirun: ['mpirun'],
  local: [],
};
const RUNTIMES: Readonly<Record<Profile['runtime'], readonly string[]>> = {
  singularity: ['singularity'],
  apptainer: ['apptainer'],
  pyxis: [],
  docker: ['docker'],
  none: [],
};

const programsOf = ({ launcher, runtime }: SetUp): readonly string[] => [...LAUNCHERS[launcher], ...RUNTIMES[runtime]];

const askSoftware = (setUp: SetUp): Ask => {
  const { init = '', use = [], load = [] } = setUp.modules;
  const words = (verb: string, names: readonly string[]): string[] => names.flatMap(each => [verb, each]);
  return ask('software', [init, ...words('use', use), ...words('load', load), ...words('find', programsOf(setUp))], 30);
};

const isWanted = (setUp: SetUp): boolean =>
  programsOf(setUp).length > 0 || Object.values(setUp.modules).some(each => each !== undefined && each.length > 0);

const askImage = ({ runtime, image }: SetUp): Ask | undefined =>
  runtime === 'docker' && image !== undefined ? ask('image', [image], 15) : undefined;

const checkOf = ({ name }: SetUp, what: string): string => (name === '' ? what : `${name}: ${what}`);

const initFinding = (site: Site, setUp: SetUp, said: string | undefined): Said[] => {
  const { init } = setUp.modules;
  if (init === undefined) return [];
  const check = checkOf(setUp, 'modules.init');
  const more = { claimed: init, source: sourceOf(site, `${setUp.key}.init`) };
  const todo = `every job would refuse to start: write modules: {init: FILE} into the overlay. Common ones: /etc/profile.d/modules.sh, /etc/profile.d/lmod.sh.`;
  if (said === undefined) return [unknown(check, 'was not read', more)];
  return [
    okIf(said === 'ok', 'differs', check, said === 'ok' ? 'read' : said === 'missing' ? 'not there' : said, {
      ...more,
      todo,
    }),
  ];
};

/** Other versions of the same module. */
const nearText = (near: string | undefined): string => {
  const names = (near ?? '').split('\n').flatMap(each => each.trim().replace(/\((default|D)\)$/i, '') || []);
  const known = names.filter(each => !each.endsWith(':'));
  return known.length ? `; there are ${known.slice(0, 6).join(', ')}${known.length > 6 ? ', ...' : ''}` : '';
};

const stepFinding = (
  site: Site,
  setUp: SetUp,
  verb: 'use' | 'load',
  name: string,
  answer: ReturnType<Facts['of']>,
): Said => {
  const check = checkOf(setUp, `module ${verb}`);
  const said = textOf(answer, `${verb} ${name}`);
  const more = { claimed: name, source: sourceOf(site, `${setUp.key}.${verb}`) };
  if (said === 'ok') return ok(check, 'works', more);
  if (said === undefined)
    return textOf(answer, 'module') === undefined && answer?.has('module')
      ? differs(check, 'there is no `module` here', {
          ...more,
          todo: `write modules: {init: FILE} into the overlay, or modules: {load: []} where there are none.`,
        })
      : unknown(check, failureOf(answer), more);
  const first =
    said
      .split('\n')
      .map(each => each.trim())
      .find(Boolean) ?? 'failed';
  return differs(check, `${first}${nearText(textOf(answer, `near ${name}`))}`, {
    ...more,
    todo: `every job would refuse to start: write ${setUp.key.replaceAll('.', ': {')}: {${verb}: [...]} with a name that is there into the overlay.`,
  });
};

/** A login node may lack what compute nodes have, so a missing program is no proof. */
const programFinding = (site: Site, setUp: SetUp, program: string, answer: ReturnType<Facts['of']>): Said => {
  const isLauncher = LAUNCHERS[setUp.launcher].includes(program);
  const check = checkOf(setUp, `${isLauncher ? 'launcher' : 'runtime'} ${program}`);
  const more = { claimed: program, source: sourceOf(site, isLauncher ? 'launcher' : 'runtime') };
  const path = textOf(answer, `find ${program}`);
  if (path !== undefined)
    return ok(
      check,
      `${path}${textOf(answer, `version ${program}`) ? `: ${textOf(answer, `version ${program}`)}` : ''}`,
      more,
    );
  if (!answer?.has(`find ${program}`)) return unknown(check, failureOf(answer), more);
  const isHere = isOneMachine(site);
  if (isHere)
    return trouble(check, 'not there', {
      ...more,
      todo: `install ${program}, or write another ${isLauncher ? 'launcher' : 'runtime'}: into the overlay.`,
    });
  return unknown(check, 'not on this node', {
    ...more,
    todo: `compute nodes may have it; else write the module that brings it into modules: {load: [...]} of the overlay.`,
  });
};

const imageFinding = (site: Site, { of }: Facts, setUp: SetUp): Said[] => {
  const question = askImage(setUp);
  if (!question) return [];
  const answer = of(question);
  const check = `environments.${setUp.name}.image`;
  const more = { claimed: setUp.image, source: sourceOf(site, check) };
  const id = textOf(answer, 'id');
  if (id !== undefined) return [ok(check, id.slice(0, 19), more)];
  if (textOf(answer, 'refused') === undefined) return [unknown(check, failureOf(answer), more)];
  return [
    differs(check, textOf(answer, 'refused')?.split('\n')[0] ?? '', {
      ...more,
      todo: `docker pull ${setUp.image} over there, or name another image.`,
    }),
  ];
};

const oneSetUp = (site: Site, facts: Facts, setUp: SetUp): Said[] => {
  if (!isWanted(setUp)) return imageFinding(site, facts, setUp);
  const answer = facts.of(askSoftware(setUp));
  const { use = [], load = [] } = setUp.modules;
  const silent = silentSeconds(answer);
  const hung =
    silent === undefined
      ? []
      : [
          trouble(checkOf(setUp, 'modules'), `did not answer in ${silent} s`, {
            claimed: 'loaded',
            todo: 'loading them by hand shows where it hangs.',
          }),
        ];
  return [
    ...hung,
    ...initFinding(site, setUp, textOf(answer, 'init')),
    ...use.map(each => stepFinding(site, setUp, 'use', each, answer)),
    ...load.map(each => stepFinding(site, setUp, 'load', each, answer)),
    ...programsOf(setUp).map(each => programFinding(site, setUp, each, answer)),
    ...imageFinding(site, facts, setUp),
  ];
};

/** Modules as a job loads them, and the launcher and container program that are there then. */
export const software: Topic = {
  id: 'software',
  asks: site =>
    setUps(site).flatMap(setUp => {
      const image = askImage(setUp);
      return [...(isWanted(setUp) ? [askSoftware(setUp)] : []), ...(image ? [image] : [])];
    }),
  read: (site, facts) => setUps(site).flatMap(setUp => oneSetUp(site, facts, setUp)),
};
