import { failureOf, printed } from '../answer.ts';
import { type Ask, askRun } from '../ask.ts';
import { type Facts, type Site, sourceOf } from '../facts.ts';
import { differs, okIf, type Said, unknown } from '../finding.ts';
import { programIn } from './examined.ts';

export const askComplexes = (site: Site): Ask => askRun([programIn(site, 'qconf'), '-sc']);

/** Names and shortcuts of `qconf -sc`, each with whether it may be asked for. */
const complexesIn = (text: string): ReadonlyMap<string, boolean> =>
  new Map(
    text
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('#'))
      .flatMap(line => {
        const [name = '', shortcut = '', , , requestable] = line.trim().split(/\s+/);
        const may = requestable !== 'NO';
        return [
          [name, may],
          [shortcut, may],
        ] as const;
      }),
  );

const oneType = (site: Site, name: string, request: string, known: ReadonlyMap<string, boolean>): Said => {
  const check = `${name}: request`;
  const more = {
    claimed: `-l ${request}=N`,
    source: sourceOf(site, `resource_types.${name}.request`) ?? sourceOf(site, `resource_types.${name}`),
  };
  const may = known.get(request);
  if (may === undefined)
    return differs(check, 'no such resource', {
      ...more,
      todo: `qconf -sc lists them: write resource_types: {${name}: {request: NAME}} into the overlay.`,
    });
  return okIf(may, 'differs', check, may ? 'known' : 'known, but not to be asked for', {
    ...more,
    todo: 'ask the site how a node is asked for.',
  });
};

/** The words that ask for a node, among the resources the scheduler knows. */
export const readTypes = (site: Site, { of }: Facts): Said[] => {
  const answer = of(askComplexes(site));
  const text = printed(answer);
  const types = Object.entries(site.profile.resource_types);
  if (text === undefined)
    return [unknown('resource types', failureOf(answer), { claimed: types.map(([name]) => name).join(', ') })];
  const known = complexesIn(text);
  return types.map(([name, type]) => oneType(site, name, type.request ?? name, known));
};
