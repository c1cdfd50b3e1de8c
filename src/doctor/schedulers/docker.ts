import { docker as dialect } from '../../schedulers/docker.ts';
import { failureOf, outputOf, printed } from '../answer.ts';
import { type Ask, askRun } from '../ask.ts';
import { type Facts, type Site, sourceOf } from '../facts.ts';
import { differs, ok, type Said, trouble, unknown } from '../finding.ts';
import type { Examined } from './examined.ts';
import { jobs } from './jobs.ts';

const options = (site: Site) => site.profile.dialect_options ?? {};
const socketWords = (site: Site): readonly string[] => {
  const { socket } = options(site);
  return socket === undefined ? [] : [`--socket=${socket}`];
};

/** Which engine it is that our own program finds, and its version: one JSON line. */
const ENGINE = 'exec "$MARTLET_DOCKER" "$@" engine';
const askEngine = (site: Site): Ask => askRun(['sh', '-c', ENGINE, 'engine', ...socketWords(site)], 20);
const askJobs = (site: Site): Ask => askRun(dialect.poll([], options(site)), 20);

/** An image is one of the engine's own: nothing is fetched by itself. $1: its name. */
const IMAGE = `image=$1; shift
address=$("$MARTLET_DOCKER" "$@" engine | sed -n 's/.*"address":"\\([^"]*\\)".*/\\1/p')
if command -v docker >/dev/null; then exec docker -H "$address" image inspect --format '{{.Id}}' -- "$image"; fi
exec curl -sS --fail --max-time 10 --unix-socket "\${address#unix://}" "http://engine/images/$image/json"`;
const askImage = (site: Site, image: string): Ask =>
  askRun(['sh', '-c', IMAGE, 'image', image, ...socketWords(site)], 20);

/** Images a job may be made from, by the key that names each. */
const images = (site: Site): readonly (readonly [key: string, image: string])[] => {
  const named = Object.entries(site.profile.environments ?? {}).flatMap(([name, { image }]) =>
    image === undefined ? [] : [[`environments.${name}.image`, image] as const],
  );
  const { image } = options(site);
  return [...named, ...(image === undefined ? [] : [['dialect_options.image', image] as const])];
};

const readEngine = (site: Site, { of }: Facts): Said => {
  const answer = of(askEngine(site));
  const { socket } = options(site);
  const more = {
    claimed: socket ?? 'the usual socket, or DOCKER_HOST',
    source: sourceOf(site, 'dialect_options.socket'),
  };
  const [, address, name, version] =
    /"address":"([^"]*)","name":"([^"]*)","version":"([^"]*)"/.exec(printed(answer) ?? '') ?? [];
  if (version !== undefined) return ok('engine', `${name} ${version} at ${address}`, more);
  return trouble('engine', failureOf(answer), {
    ...more,
    todo: 'start the engine, or let this user use its socket (often: the group docker); another one is named by dialect_options: {socket: PATH} in the overlay.',
  });
};

const readImage = (site: Site, { of }: Facts, key: string, image: string): Said => {
  const answer = of(askImage(site, image));
  const more = { claimed: image, source: sourceOf(site, key) };
  const id = /sha256:[0-9a-f]{12}/.exec(printed(answer) ?? '')?.[0];
  if (id !== undefined) return ok(key, id, more);
  const out = outputOf(answer);
  if (!/no such image|not found|404/i.test(`${out?.stderr}`)) return unknown(key, failureOf(answer), more);
  return differs(key, 'the engine has no such image', {
    ...more,
    todo: `docker pull ${image}, or name one that docker images lists.`,
  });
};

const countJobs = (site: Site, { of }: Facts) => {
  const out = outputOf(of(askJobs(site)));
  const found = out && dialect.readPoll(out, []);
  if (found?.kind !== 'answered') return undefined;
  const open = [...found.jobs.values()].filter(each => each.seen !== 'ended');
  return { unfinished: open.length, running: open.filter(each => each.seen === 'running').length };
};

/** One machine's container engine: Docker's, or Podman's with the same interface. */
export const docker: Examined = {
  programs: [],
  asks: site => [askEngine(site), askJobs(site), ...images(site).map(([, image]) => askImage(site, image))],
  read: (site, facts) => {
    const engine = readEngine(site, facts);
    if (engine.verdict === 'trouble') return [engine];
    return [
      engine,
      ...images(site).map(([key, image]) => readImage(site, facts, key, image)),
      ...jobs(site, countJobs(site, facts), failureOf(facts.of(askJobs(site)))),
    ];
  },
};
