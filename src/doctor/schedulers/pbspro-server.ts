import { formatSeconds } from '../../model/units.ts';
import { failureOf, printed } from '../answer.ts';
import { type Ask, askRun } from '../ask.ts';
import { type Facts, type Site, sourceOf } from '../facts.ts';
import { differs, ok, okIf, type Said, trouble, unknown } from '../finding.ts';
import { atMost, programIn, secondsIn } from './examined.ts';
import { objectsIn } from './pbspro-attributes.ts';

export const askServer = (site: Site): Ask => askRun([programIn(site, 'qstat'), '-Bf']);

type Attributes = ReadonlyMap<string, string>;

const isOn = (value: string | undefined): boolean => /^true$/i.test(value ?? '');

/** Two weeks, where the server does not say (pbs_server_attributes(7B)). */
const USUAL_HISTORY = '336:00:00';

const history = (site: Site, server: Attributes): Said => {
  const claim = site.profile.dialect_options?.history;
  const claimed = claim === undefined ? 'kept for a while' : `kept for ${formatSeconds(claim)}`;
  const source = sourceOf(site, 'dialect_options.history');
  if (!isOn(server.get('job_history_enable')))
    return differs('history', 'job_history_enable is off: an ended job is gone at once', {
      claimed,
      source,
      todo: 'only the exit file then tells how a job ended; ask the operators for job history.',
    });
  const seconds = secondsIn(server.get('job_history_duration') ?? USUAL_HISTORY) ?? 0;
  return okIf(claim === undefined || seconds >= claim, 'differs', 'history', `kept for ${formatSeconds(seconds)}`, {
    claimed,
    source,
    todo: `write dialect_options: {history: ${Math.floor(seconds / 3600)}h} into the overlay.`,
  });
};

/** `[u:PBS_GENERIC=1000]`, `[o:PBS_ALL=...]`: what every user may have; a limit of one's own is not looked for. */
const eachUser = (limit: string | undefined): number | undefined => {
  const found = /\bu:PBS_GENERIC=(\d+)/.exec(limit ?? '')?.[1];
  return found === undefined ? undefined : Number(found);
};

const limit = (site: Site, server: Attributes, key: 'jobs_unfinished' | 'jobs_running', attribute: string): Said[] => {
  const claimed = site.profile.limits?.[key];
  const most = eachUser(server.get(attribute));
  if (claimed === undefined || most === undefined) return [];
  const todo = `write limits: {${key}: ${most}} into the overlay.`;
  return [
    atMost({ check: `limits.${key}`, claimed, most, text: String, source: sourceOf(site, `limits.${key}`), todo }),
  ];
};

const arrays = (site: Site, server: Attributes): Said[] => {
  const claimed = site.profile.limits?.array_tasks;
  const most = Number(server.get('max_array_size'));
  if (claimed === undefined || !Number.isInteger(most)) return [];
  const todo = `write limits: {array_tasks: ${most}} into the overlay.`;
  return [
    atMost({
      check: 'limits.array_tasks',
      claimed,
      most,
      text: String,
      source: sourceOf(site, 'limits.array_tasks'),
      todo,
    }),
  ];
};

/** `qstat -Bf` against what the profile supposes. */
export const readServer = (site: Site, { of }: Facts): Said[] => {
  const answer = of(askServer(site));
  const [found] = objectsIn(printed(answer) ?? '');
  const todo = 'nothing can be submitted or asked until it answers; try again, or ask the operators.';
  // Nothing at all is another program's answer rather than a server that is down.
  if (!found && printed(answer) !== undefined) return [unknown('server', failureOf(answer), { claimed: 'answers' })];
  if (!found) return [trouble('server', failureOf(answer), { claimed: 'answers', todo })];
  const [name, server] = found;
  const state = server.get('server_state') ?? 'unknown';
  return [
    ok('server', `${name}, ${state}`, {
      claimed: 'answers',
      todo: state === 'Active' ? undefined : 'jobs are taken, and start only when it is Active again.',
    }),
    history(site, server),
    ...limit(site, server, 'jobs_unfinished', 'max_queued'),
    ...limit(site, server, 'jobs_running', 'max_run'),
    ...arrays(site, server),
  ];
};
