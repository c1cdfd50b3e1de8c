import { type Answer, byQuestion, type Round, readRound, textOf } from '../doctor/answer.ts';
import { type Ask, inOrder, keyOf, secondsOf, wordsOf } from '../doctor/ask.ts';
import { clockOffset, type Exchange } from '../doctor/clock.ts';
import type { Connection, Facts, Site } from '../doctor/facts.ts';
import type { Finding } from '../doctor/finding.ts';
import { asksOf, findingsOf } from '../doctor/index.ts';
import { isOldBash } from '../doctor/shell.ts';
import { type Checked, hasErrors } from '../model/diagnostic.ts';
import type { Output } from '../model/output.ts';
import { Trouble, type TroubleFacts } from '../model/trouble.ts';
import { CONNECTION_LOST, type Remote, TIMED_OUT } from '../remote/remote.ts';
import { readClusterSource } from './cluster-source.ts';
import { configText } from './config-text.ts';
import { loginOf } from './login.ts';
import { readTemplate } from './templates.ts';
import type { World } from './world.ts';

/** What a cluster claims and what was found there. */
export interface Examination {
  readonly cluster: string;
  readonly title: string;
  /** The files the claims are written in. */
  readonly files: readonly string[];
  /** Where the person's own part is, or would be, as they would type it. */
  readonly overlay: string;
  readonly findings: readonly Finding[];
}

export interface DoctorOptions {
  readonly account?: string | undefined;
  readonly reservation?: string | undefined;
  /** Hears what is being waited for. */
  readonly tell?: ((text: string) => void) | undefined;
}

/** A first connection may ask a person for a second factor. */
const CONNECT_MS = 180_000;
/** Beside the limits that the questions have of their own. */
const SLACK_MS = 30_000;

const FOLDER = 'templates/doctor';

const scriptOf = (world: World, wants: (name: string) => boolean): string =>
  world.assets
    .listShipped(FOLDER)
    .filter(name => name.endsWith('.sh') && wants(name))
    .map(name => readTemplate(world, `${FOLDER}/${name}`))
    .join('\n');

/** One round: what was heard, and between which times of ours. */
interface Heard extends Exchange {
  readonly round: Round;
  readonly stderr: string;
}

const saidOf = ({ code, signal, stderr }: Output): string => {
  if (signal === TIMED_OUT) return 'no answer in time';
  if (signal === CONNECTION_LOST) return `the connection was lost: ${stderr.trim()}`;
  return stderr.trim() || `it ended with ${code === null ? signal : `code ${code}`} and no answer`;
};

const silence = (site: Site, out: Output): TroubleFacts => ({
  code: 'MRT-S003',
  doing: `asking ${site.name}`,
  said: saidOf(out),
  ...(out.code === 127 ? { hint: 'martlet needs bash 4.2 or newer there, on the PATH.' } : {}),
});

const exchange = async (
  remote: Remote,
  site: Site,
  words: readonly string[],
  { stdin, timeoutMs }: { readonly stdin: string; readonly timeoutMs: number },
  world: World,
): Promise<Heard | TroubleFacts> => {
  const sent = world.clock().getTime();
  try {
    const out = await remote.run(words, { stdin, timeoutMs });
    const received = world.clock().getTime();
    const round = readRound(out.stdout);
    return round ? { round, hello: round.hello, stderr: out.stderr, sent, received } : silence(site, out);
  } catch (error) {
    if (error instanceof Trouble) return error.facts;
    throw error;
  }
};

const isHeard = (answer: Heard | TroubleFacts): answer is Heard => 'round' in answer;

const openRemote = async (site: Site, world: World): Promise<Remote | TroubleFacts> => {
  try {
    return await world.remote(site.name);
  } catch (error) {
    if (error instanceof Trouble) return error.facts;
    throw error;
  }
};

interface Met {
  readonly remote: Remote;
  readonly heard: Heard;
  /** With the connecting. */
  readonly milliseconds: number;
}

/** The first round, with no questions: is anybody there at all. */
const meet = async (site: Site, world: World): Promise<Met | TroubleFacts> => {
  const began = world.clock().getTime();
  const remote = await openRemote(site, world);
  if (!('run' in remote)) return remote;
  const stdin = scriptOf(world, name => /^(00|90)-/.test(name));
  const heard = await exchange(remote, site, ['bash', '-s'], { stdin, timeoutMs: CONNECT_MS }, world);
  return isHeard(heard) ? { remote, heard, milliseconds: heard.received - began } : heard;
};

interface Asked {
  readonly heard?: Heard | undefined;
  readonly lost?: TroubleFacts | undefined;
  readonly answers: ReadonlyMap<string, Answer>;
}

const askRound = async (
  remote: Remote,
  site: Site,
  asks: readonly Ask[],
  flags: readonly string[],
  world: World,
): Promise<Asked> => {
  const ordered = inOrder(asks);
  if (ordered.length === 0) return { answers: new Map() };
  const order = { stdin: scriptOf(world, () => true), timeoutMs: secondsOf(ordered) * 1000 + SLACK_MS };
  const heard = await exchange(remote, site, ['bash', ...flags, '-s', '--', ...wordsOf(ordered)], order, world);
  if (!isHeard(heard)) return { lost: heard, answers: new Map() };
  // What came before it was cut off counts all the same.
  const lost = heard.round.isWhole
    ? undefined
    : { code: 'MRT-S003' as const, doing: 'asking', said: 'the answer was cut off' };
  return { heard, lost, answers: byQuestion(ordered, heard.round) };
};

/** Both rounds at once, over the connection that is open now. */
const askAll = (remote: Remote, site: Site, world: World): Promise<readonly Asked[]> => {
  const asks = asksOf(site);
  const login = site.profile.dialect_options?.login_shell ? ['-l'] : [];
  return Promise.all([
    askRound(
      remote,
      site,
      asks.filter(each => !each.ofScheduler),
      [],
      world,
    ),
    askRound(
      remote,
      site,
      asks.filter(each => each.ofScheduler),
      login,
      world,
    ),
  ]);
};

const hostKeyOf = async ({ profile }: Site, world: World): Promise<Connection['hostKey']> => {
  const { login } = profile;
  if (typeof login === 'string') return world.hostKey?.(login);
  return 'host' in login ? world.hostKey?.(login.host, login.port) : undefined;
};

const factsOf = (met: Heard, asked: readonly Asked[], connection: Connection): Facts => {
  const heard = [met, ...asked.flatMap(each => each.heard ?? [])];
  const answers = new Map(asked.flatMap(each => [...each.answers]));
  return {
    connection: { ...connection, lost: asked.find(each => each.lost)?.lost },
    hello: met.hello,
    clock: clockOffset(heard),
    noise: { stdout: met.round.noise, stderr: met.stderr },
    of: ask => answers.get(keyOf(ask)),
  };
};

/** A user that no text names is asked for, so that paths can be looked at all the same. */
const withUser = (name: string, options: DoctorOptions, site: Site, met: Heard, world: World): Site => {
  const user = textOf(met.hello, 'user');
  if (!site.placeholders.includes('user') || user === undefined) return site;
  const again = readClusterSource(name, world, { ...options, user }).value;
  return again ? { ...again, placeholders: site.placeholders } : site;
};

/** Jobs of this cluster are sent from this machine. */
const isHere = (site: Site, world: World): boolean => loginOf(site.name, world) === undefined;

const unmet = (site: Site, trouble: TroubleFacts): readonly Finding[] =>
  findingsOf(site, {
    connection: { isHere: false, trouble },
    hello: new Map(),
    noise: { stdout: '', stderr: '' },
    of: () => undefined,
  });

const examine = async (name: string, site: Site, options: DoctorOptions, world: World): Promise<readonly Finding[]> => {
  options.tell?.(`Connecting to ${name} ...`);
  const met = await meet(site, world);
  if (!('heard' in met)) return unmet(site, met);
  const { remote, heard, milliseconds } = met;
  const known = withUser(name, options, site, heard, world);
  const here = isHere(site, world);
  const connection = { isHere: here, milliseconds, hostKey: here ? undefined : await hostKeyOf(site, world) };
  if (isOldBash(textOf(heard.hello, 'bash') ?? '')) return findingsOf(known, factsOf(heard, [], connection));
  options.tell?.(`Looking at ${textOf(heard.hello, 'host') ?? name} ...`);
  return findingsOf(known, factsOf(heard, await askAll(remote, known, world), connection));
};

/**
 * Tries everything that a profile and its overlay claim, in three rounds at most: hello, then the machine and the scheduler at
 * once. Changes nothing but a folder of its own in paths.runs, which it removes. What nobody answers is told, never thrown.
 */
export const doctor = async (name: string, options: DoctorOptions, world: World): Promise<Checked<Examination>> => {
  const { value: site, diagnostics } = readClusterSource(name, world, options);
  // Facts that nobody wrote are findings here, with what was found in their place.
  const others = diagnostics.filter(each => each.code !== 'MRT-C002');
  if (!site || hasErrors(others)) return { diagnostics: others };
  const { title, files } = site;
  const overlay = `${configText(world.here)}/clusters/${name}.yaml`;
  const findings = await examine(name, site, options, world);
  return { value: { cluster: site.name, title, files, overlay, findings }, diagnostics: others };
};
