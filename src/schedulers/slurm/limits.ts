import type { Explained, ReasonRow } from '../explained.ts';

/** The resource in a limit's name, in a person's words. `GRES` is GPUs on the clusters that train models. */
const THING: Readonly<Record<string, string>> = {
  cpu: 'CPUs',
  mem: 'memory',
  memory: 'memory',
  node: 'nodes',
  gres: 'GPUs (GRES)',
  license: 'licences',
  bb: 'burst buffer',
  billing: 'billing units',
  energy: 'energy',
  jobs: 'jobs that run',
  job: 'jobs that run',
  submitjobs: 'jobs in the queue',
  submitjob: 'jobs in the queue',
  wall: 'walltime',
  wallduration: 'walltime',
  unknown: 'a resource',
};

const thing = (name: string): string => THING[name.toLowerCase()] ?? name;

/** `Minutes` counts what was used, `RunMinutes` what runs now, as resource times minutes. */
const amount = (name: string, minutes: string): string => {
  if (minutes === '') return thing(name);
  return `${thing(name)} times minutes${/^Run/i.test(minutes) ? ' of running jobs' : ''}`;
};

const owner = (kind: string): string => (kind === 'QOS' ? 'its QOS' : 'the account');

const PER: Readonly<Record<string, string>> = {
  Job: 'for one job',
  Node: 'on one node',
  User: 'for one person',
  Account: 'for one account',
};

const together = (kind: string, name: string, minutes: string): Explained => ({
  meaning: `${owner(kind)} has reached its limit on ${amount(name, minutes)} for all its jobs together.`,
  hint: 'it starts when other jobs of the group end; sacctmgr show assoc and sacctmgr show qos tell the limits.',
});

const each = (kind: string, name: string, minutes: string, per: string): Explained => ({
  meaning: `it is above the limit of ${owner(kind)} on ${amount(name, minutes)}${PER[per] ? ` ${PER[per]}` : ''}.`,
  hint:
    per === 'Job' || per === 'Node'
      ? 'it does not start like this: ask for less, or for another QOS.'
      : 'it starts when other jobs end; sacctmgr show qos tells the limits.',
});

const NAME = '([A-Za-z]+?)';
const MINUTES = '((?:Run)?(?:Minutes|Mins))?';

/** `AssocGrpCPURunMinutesLimit`, `QOSMaxGRESPerUser`, `MaxJobsPerAccount`: about 130 names made by one rule. */
export const limitRows: readonly ReasonRow[] = [
  {
    pattern: new RegExp(`^(Assoc|QOS)Grp${NAME}${MINUTES}(?:Limit)?$`),
    say: (kind = '', name = '', minutes = '') => together(kind, name, minutes),
  },
  {
    pattern: new RegExp(`^(Assoc|QOS)Max${NAME}${MINUTES}(?:Per(Job|Node|User|Account))?(?:Limit)?$`),
    say: (kind = '', name = '', minutes = '', per = '') => each(kind, name, minutes, per),
  },
  {
    pattern: new RegExp(`^Max${NAME}${MINUTES}Per(Account|User)$`),
    say: (name = '', minutes = '', per = '') => each('QOS', name, minutes, per),
  },
  {
    pattern: /^QOSMin([A-Za-z]+?)(?:NotSatisfied)?$/,
    say: (name = '') => ({
      meaning: `it asks for less ${thing(name)} than its QOS is for.`,
      hint: 'ask for more, or for another QOS.',
    }),
  },
];
