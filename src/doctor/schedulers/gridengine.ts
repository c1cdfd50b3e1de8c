import { failureOf, outputOf, printed } from '../answer.ts';
import { type Ask, askRun } from '../ask.ts';
import { type Facts, type Site, sourceOf } from '../facts.ts';
import { ok, okIf, type Said, trouble, unknown } from '../finding.ts';
import { type Examined, programIn } from './examined.ts';
import { askQueues, readQueues } from './gridengine-queues.ts';
import { askComplexes, readTypes } from './gridengine-types.ts';
import { group } from './group.ts';
import { jobs } from './jobs.ts';

const askHelp = (site: Site): Ask => askRun([programIn(site, 'qstat'), '-help']);
const askQsub = (site: Site): Ask => askRun([programIn(site, 'qsub'), '-help']);
const askXml = (site: Site): Ask => askRun([programIn(site, 'qstat'), '-xml']);
const askGlobal = (site: Site): Ask => askRun([programIn(site, 'qconf'), '-sconf']);
const askJobs = (site: Site): Ask => askRun(['sh', '-c', 'exec "$1" -u "$(id -un)"', 'jobs', programIn(site, 'qstat')]);
/** qacct reads one file from its beginning, which takes minutes on a large site: only whether it may be read. */
const askAccounting = (): Ask => askRun(['sh', '-c', 'wc -c <"$SGE_ROOT/${SGE_CELL:-default}/common/accounting"'], 10);

/** The first line is the version; some builds print usage with a bad code. */
const readVersion = (site: Site, { of }: Facts): Said => {
  const out = outputOf(of(askHelp(site)));
  const line = `${out?.stdout ?? ''}\n${out?.stderr ?? ''}`.trim().split('\n')[0] ?? '';
  const more = { claimed: 'Grid Engine', source: sourceOf(site, 'scheduler') };
  return okIf(
    /\d/.test(line) && /sge|ge|grid|ocs|age/i.test(line),
    'unknown',
    'version',
    line || failureOf(of(askHelp(site))),
    more,
  );
};

const readMaster = (site: Site, { of }: Facts): Said => {
  const answer = of(askJobs(site));
  const todo = 'nothing can be submitted or asked until it answers; try again, or ask the operators.';
  return outputOf(answer)?.code === 0
    ? ok('qmaster', 'answers', { claimed: 'answers' })
    : trouble('qmaster', failureOf(answer), { claimed: 'answers', todo });
};

const XML_CLAIMS = new Map([
  [true, 'works'],
  [false, 'missing'],
]);

const readXml = (site: Site, { of }: Facts): Said => {
  const claim = site.profile.dialect_options?.xml;
  const answer = of(askXml(site));
  const out = outputOf(answer);
  const claimed = XML_CLAIMS.get(claim ?? true);
  const source = sourceOf(site, 'dialect_options.xml');
  if (!out) return unknown('qstat -xml', failureOf(answer), { claimed, source });
  const works = out.code === 0 && /<job_info/.test(out.stdout);
  return okIf(works === (claim ?? true), 'differs', 'qstat -xml', works ? 'works' : `missing: ${failureOf(answer)}`, {
    claimed,
    source,
    todo: `write dialect_options: {xml: ${works}} into the overlay.`,
  });
};

/** Words of our own submit line (src/schedulers/gridengine.ts). */
const OURS = ['-terse', '-clear', '-hold_jid', '-ac', '-N'] as const;

/** A help that does not have an option proves little: 8.1.9 takes -terse and -clear and lists neither. */
const readQsub = (site: Site, { of }: Facts): Said => {
  const out = outputOf(of(askQsub(site)));
  const help = `${out?.stdout ?? ''}${out?.stderr ?? ''}`;
  const claimed = OURS.join(' ');
  if (!/-hold_jid/.test(help)) return unknown('options of qsub', failureOf(of(askQsub(site))), { claimed });
  const missing = OURS.filter(each => !new RegExp(`\\[${each}[ \\]]`).test(help));
  const found = missing.length ? `its help does not mention ${missing.join(', ')}` : 'all in its help';
  return okIf(missing.length === 0, 'unknown', 'options of qsub', found, {
    claimed,
    todo: 'the first submit shows whether it takes them.',
  });
};

const globalValue = (text: string, key: string): number | undefined => {
  const found = new RegExp(`^${key}\\s+(\\d+)`, 'm').exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
};

/** 0 is no limit. */
const readLimits = (site: Site, { of }: Facts): Said[] => {
  const text = printed(of(askGlobal(site)));
  const limits = site.profile.limits ?? {};
  if (text === undefined) return [];
  const pairs = [
    ['jobs_submitted', limits.jobs_submitted, globalValue(text, 'max_u_jobs')],
    ['array_tasks', limits.array_tasks, globalValue(text, 'max_aj_tasks')],
  ] as const;
  return pairs.flatMap(([key, claimed, most]) =>
    claimed === undefined || most === undefined
      ? []
      : [
          okIf(
            most === 0 || claimed <= most,
            'differs',
            `limits.${key}`,
            most === 0 ? 'no limit in the cluster configuration' : String(most),
            {
              claimed: String(claimed),
              source: sourceOf(site, `limits.${key}`),
              todo: `write limits: {${key}: ${most}} into the overlay.`,
            },
          ),
        ],
  );
};

const readAccounting = ({ of }: Facts): Said => {
  const answer = of(askAccounting());
  const claimed = 'qacct can read it';
  const text = printed(answer)?.trim();
  if (text !== undefined) return ok('accounting', `readable, ${Math.ceil(Number(text) / 2 ** 20)} MiB`, { claimed });
  return unknown('accounting', failureOf(answer), {
    claimed,
    todo: 'how an ended job ended may not be told; its exit file does in any case.',
  });
};

/** Two lines of title, then one a job; the state is the fifth word. */
const countJobs = (site: Site, { of }: Facts) => {
  const out = outputOf(of(askJobs(site)));
  if (out?.code !== 0) return undefined;
  const rows = out.stdout.split('\n').filter(line => /^\s*\d+ /.test(line));
  return {
    unfinished: rows.length,
    running: rows.filter(row => /^h?[rt]$/.test(row.trim().split(/\s+/)[4] ?? '')).length,
  };
};

/** Grid Engine: qstat(1), qconf(1), qsub(1). Altair's, the Open Cluster Scheduler and the older ones are one family. */
export const gridengine: Examined = {
  programs: ['qsub', 'qstat', 'qdel', 'qhold', 'qrls'],
  asks: site => [
    ...[askHelp(site), askQsub(site), askXml(site), askGlobal(site), askJobs(site), askAccounting()],
    ...[askComplexes(site), ...askQueues(site)],
  ],
  read: (site, facts) => {
    const master = readMaster(site, facts);
    if (master.verdict === 'trouble') return [readVersion(site, facts), master];
    return [
      readVersion(site, facts),
      master,
      readXml(site, facts),
      readQsub(site, facts),
      readAccounting(facts),
      ...readTypes(site, facts),
      ...readQueues(site, facts),
      ...readLimits(site, facts),
      ...group(site, facts),
      ...jobs(site, countJobs(site, facts), failureOf(facts.of(askJobs(site)))),
    ];
  },
};
