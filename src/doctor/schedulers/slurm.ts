import { failureOf, printed } from '../answer.ts';
import { type Ask, askRun } from '../ask.ts';
import { type Facts, type Site, sourceOf } from '../facts.ts';
import { ok, okIf, type Said, trouble, unknown } from '../finding.ts';
import { compareVersions, type Examined, programIn, versionIn } from './examined.ts';
import { jobs } from './jobs.ts';
import { askAccount, askConfig, askSacct, readConfig } from './slurm-config.ts';
import { askNodes, askPartitions, readPartitions } from './slurm-partitions.ts';
import { askFlags, readFlags } from './slurm-srun.ts';

/** The oldest release that the profiles and this house's tests speak of. */
const OLDEST = [22, 5] as const;

const askVersion = (site: Site): Ask => askRun([programIn(site, 'sbatch'), '--version']);
const askPing = (site: Site): Ask => askRun([programIn(site, 'scontrol'), 'ping']);
const askReservation = (site: Site): readonly Ask[] =>
  site.reservation === undefined
    ? []
    : [askRun([programIn(site, 'scontrol'), '-o', 'show', 'reservation', site.reservation])];

const askJobs = (site: Site): Ask => askRun([programIn(site, 'squeue'), '-h', '-r', '--me', '-o', '%T']);

const readVersion = (site: Site, { of }: Facts): Said => {
  const text = printed(of(askVersion(site)));
  const version = text === undefined ? undefined : versionIn(text);
  const claimed = 'Slurm 22.05 or newer';
  const source = sourceOf(site, 'scheduler');
  if (!version) return unknown('version', failureOf(of(askVersion(site))), { claimed, source });
  return okIf(compareVersions(version, OLDEST) >= 0, 'unknown', 'version', text?.trim() ?? '', {
    claimed,
    source,
    todo: 'older releases were never tried: submit one small run first.',
  });
};

const readPing = (site: Site, { of }: Facts): Said => {
  const answer = of(askPing(site));
  const text = printed(answer)?.trim();
  const todo = 'nothing can be submitted or asked until it answers; try again, or ask the operators.';
  if (text === undefined) return trouble('controller', failureOf(answer), { claimed: 'answers', todo });
  return okIf(/ is UP\b/.test(text), 'trouble', 'controller', text.split('\n')[0] ?? '', { claimed: 'answers', todo });
};

const readReservation = (site: Site, { of }: Facts): Said[] =>
  askReservation(site).map(question => {
    const text = printed(of(question));
    const state = /\bState=(\S+)/.exec(text ?? '')?.[1];
    const claimed = site.reservation;
    const times = /StartTime=(\S+) EndTime=(\S+)/.exec(text ?? '');
    if (state === undefined)
      return trouble('reservation', failureOf(of(question)), {
        claimed,
        todo: 'scontrol show reservation lists those there are.',
      });
    return ok('reservation', `${state}${times ? `, ${times[1]} to ${times[2]}` : ''}`, { claimed });
  });

const countJobs = (site: Site, { of }: Facts) => {
  const text = printed(of(askJobs(site)));
  const states = text?.split('\n').filter(Boolean);
  return states && { unfinished: states.length, running: states.filter(each => each === 'RUNNING').length };
};

/** Slurm: scontrol(1), sinfo(1), sacctmgr(1). Everything asked is what any user may ask. */
export const slurm: Examined = {
  programs: ['sbatch', 'squeue', 'scancel', 'scontrol'],
  asks: site => [
    ...[askVersion(site), askPing(site), askConfig(site), askPartitions(site), askNodes(site), askSacct(site)],
    ...[askAccount(site), askJobs(site), ...askReservation(site), ...askFlags(site)],
  ],
  read: (site, facts) => {
    const ping = readPing(site, facts);
    // A controller that does not answer makes each further line a riddle.
    if (ping.verdict === 'trouble') return [readVersion(site, facts), ping];
    return [
      readVersion(site, facts),
      ping,
      ...readConfig(site, facts),
      ...readPartitions(site, facts),
      ...readFlags(site, facts),
      ...readReservation(site, facts),
      ...jobs(site, countJobs(site, facts), failureOf(facts.of(askJobs(site)))),
    ];
  },
};
