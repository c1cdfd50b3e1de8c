import { failureOf, outputOf, printed } from '../answer.ts';
import { type Ask, askRun } from '../ask.ts';
import { type Facts, type Site, sourceOf } from '../facts.ts';
import { ok, okIf, type Said, unknown } from '../finding.ts';
import { compareVersions, type Examined, programIn, versionIn } from './examined.ts';
import { group } from './group.ts';
import { jobs } from './jobs.ts';
import { askQueues, readQueues } from './pbspro-queues.ts';
import { askServer, readServer } from './pbspro-server.ts';

/** `-F json` came with 14; OpenPBS 22 and 23 were tried. */
const OLDEST = [19] as const;

const askVersion = (site: Site): Ask => askRun([programIn(site, 'qstat'), '--version']);
const askJobs = (site: Site): Ask => askRun(['sh', '-c', 'exec "$1" -u "$(id -un)"', 'jobs', programIn(site, 'qstat')]);

/** The newest job of ours, also an ended one, in the form that is asked for later; nothing where there never was one. */
const NEWEST_AS_JSON = `id=$("$1" -x -u "$(id -un)" | awk '/^[0-9]/ { id = $1 } END { print id }')
if [ -z "$id" ]; then exit 0; fi
exec "$1" -x -f -F json "\${id%%.*}"`;
const askJson = (site: Site): Ask => askRun(['sh', '-c', NEWEST_AS_JSON, 'json', programIn(site, 'qstat')], 20);

const readVersion = (site: Site, { of }: Facts): Said => {
  const text = printed(of(askVersion(site)));
  const version = text === undefined ? undefined : versionIn(text);
  const claimed = 'PBS Professional or OpenPBS';
  const source = sourceOf(site, 'scheduler');
  if (text !== undefined && !/pbs_version/i.test(text))
    return unknown('version', text.trim().split('\n')[0] ?? '', {
      claimed,
      source,
      todo: "this qstat is another scheduler's.",
    });
  if (!version) return unknown('version', failureOf(of(askVersion(site))), { claimed, source });
  return okIf(compareVersions(version, OLDEST) >= 0, 'unknown', 'version', text?.trim() ?? '', {
    claimed,
    source,
    todo: 'older releases were never tried: submit one small run first.',
  });
};

const readJson = (site: Site, { of }: Facts): Said => {
  const answer = of(askJson(site));
  const claimed = 'qstat -x -f -F json answers for an ended job';
  const text = printed(answer);
  if (text === undefined) return unknown('job history', failureOf(answer), { claimed });
  if (text.trim() === '')
    return unknown('job history', 'no job of yours to ask about', {
      claimed,
      todo: 'look again when the first run has ended.',
    });
  try {
    const { Jobs } = JSON.parse(text) as { Jobs?: Record<string, { job_state?: string }> };
    const [id, job] = Object.entries(Jobs ?? {})[0] ?? [];
    return id === undefined
      ? unknown('job history', 'JSON without the job', { claimed })
      : ok('job history', `${id} is ${job?.job_state}`, { claimed });
  } catch {
    return ok('job history', 'JSON that cannot be read', {
      claimed,
      todo: 'the plain form is asked instead; nothing is to be done.',
    });
  }
};

/** Rows of `qstat -u`: id, user, queue, name, session, nodes, tasks, memory, time, state, elapsed. */
const countJobs = (site: Site, { of }: Facts) => {
  const out = outputOf(of(askJobs(site)));
  if (out?.code !== 0) return undefined;
  const rows = out.stdout.split('\n').filter(line => /^\d/.test(line));
  return { unfinished: rows.length, running: rows.filter(row => row.trim().split(/\s+/)[9] === 'R').length };
};

/** qalter cannot be tried without a job of one's own. */
const modify = (site: Site): Said[] => {
  const claim = site.profile.dialect_options?.modify;
  if (claim === undefined) return [];
  const claimed = claim ? 'allowed' : 'refused by the site';
  const source = sourceOf(site, 'dialect_options.modify');
  return [unknown('qalter', 'not tried: it would change a job', { claimed, source })];
};

/** PBS Professional, OpenPBS: qstat(1B), pbs_server_attributes(7B), pbs_queue_attributes(7B). */
export const pbspro: Examined = {
  programs: ['qsub', 'qstat', 'qdel', 'qhold', 'qrls', 'qselect'],
  asks: site => [askVersion(site), askServer(site), askQueues(site), askJson(site), askJobs(site)],
  read: (site, facts) => [
    readVersion(site, facts),
    ...readServer(site, facts),
    ...readQueues(site, facts),
    readJson(site, facts),
    ...modify(site),
    ...group(site, facts),
    ...jobs(site, countJobs(site, facts), failureOf(facts.of(askJobs(site)))),
  ],
};
