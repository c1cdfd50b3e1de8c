import { failureOf, textOf } from './answer.ts';
import { type Ask, ask } from './ask.ts';
import { type Facts, type Site, sourceOf, type Topic } from './facts.ts';
import { ok, type Said, unknown } from './finding.ts';

/** Where models and code come from. */
export const HOSTS: readonly string[] = ['huggingface.co', 'github.com'];

const REACH_SECONDS = 3;
const INTERFACES = ask('interfaces', [], 5);
const askReach = (host: string): Ask => ask('reach', [host], REACH_SECONDS);

/** `bond0  UP  10.0.0.1/24 ...` or a bare name. */
const interfacesIn = (text: string): ReadonlyMap<string, readonly string[]> =>
  new Map(
    text
      .split('\n')
      .map(line => line.trim().split(/\s+/))
      .filter(([name]) => name)
      .map(([name = '', ...rest]) => [name.split('@')[0] ?? name, rest.filter(each => /^[\d.]+\//.test(each))]),
  );

const NOT_HERE = 'login nodes often differ from compute nodes: a first small run shows.';

const interfaceFinding = (site: Site, { of }: Facts): Said[] => {
  const claimed = site.profile.network?.interface;
  if (claimed === undefined) return [];
  const answer = of(INTERFACES);
  const more = { claimed, source: sourceOf(site, 'network.interface') };
  const text = textOf(answer, 'addresses');
  if (text === undefined) return [unknown('network.interface', failureOf(answer), more)];
  const found = interfacesIn(text);
  const addresses = found.get(claimed);
  if (addresses) return [ok('network.interface', addresses[0] ?? 'there, without an IPv4 address', more)];
  return [unknown('network.interface', `this node has ${[...found.keys()].join(', ')}`, { ...more, todo: NOT_HERE })];
};

const adaptersFinding = (site: Site, { of }: Facts): Said[] => {
  const claimed = site.profile.network?.hca ?? [];
  if (claimed.length === 0) return [];
  const answer = of(INTERFACES);
  const more = { claimed: claimed.join(', '), source: sourceOf(site, 'network.hca') };
  const found = textOf(answer, 'adapters')?.split('\n') ?? [];
  const missing = claimed.filter(each => !found.includes(each));
  if (missing.length === 0) return [ok('network.hca', 'all there', more)];
  return [
    unknown('network.hca', found.length ? `this node has ${found.join(', ')}` : 'this node has none', {
      ...more,
      todo: NOT_HERE,
    }),
  ];
};

/** What a site without a way out means for the stages that download. */
const meaning = (site: Site): string =>
  site.profile.staging?.where === 'login'
    ? `downloads cannot run here: name what is there already under copies: in the overlay, or bring it by another way.`
    : `downloads run as jobs (staging.where: compute), which may have another way out; else name what is there under copies: in the overlay.`;

const reachFinding = (site: Site, { of }: Facts): Said => {
  const answers = HOSTS.map(host => ({ host, answer: of(askReach(host)) }));
  const reached = answers.filter(({ answer }) => textOf(answer, 'reached') === 'yes').map(({ host }) => host);
  const more = { claimed: `port 443 of ${HOSTS.join(', ')}`, source: undefined };
  if (reached.length === HOSTS.length) return ok('way out', 'all of them', more);
  const proxy = textOf(of(INTERFACES), 'proxy') ? ' (https_proxy is set: programs that know it may get there)' : '';
  if (reached.length > 0)
    return unknown('way out', `only ${reached.join(', ')}${proxy}`, { ...more, todo: meaning(site) });
  const [first] = answers;
  const why = textOf(first?.answer, 'refused') ?? failureOf(first?.answer);
  return unknown('way out', `none of them: ${why}${proxy}`, { ...more, todo: meaning(site) });
};

/** Interfaces and adapters as far as a login node shows them, and the way out. */
export const network: Topic = {
  id: 'network',
  asks: () => [INTERFACES, ...HOSTS.map(askReach)],
  read: (site, facts) => [...interfaceFinding(site, facts), ...adaptersFinding(site, facts), reachFinding(site, facts)],
};
