import { schedulerFor } from '../../schedulers/index.ts';
import { failureOf, outputOf, printed } from '../answer.ts';
import { type Ask, askRun } from '../ask.ts';
import { type Facts, type Site, sourceOf } from '../facts.ts';
import { differs, ok, okIf, type Said, trouble, unknown } from '../finding.ts';
import { atMost, programIn } from './examined.ts';

export const askConfig = (site: Site): Ask => askRun([programIn(site, 'scontrol'), 'show', 'config']);
/** The last hour of anybody's jobs is enough to see whether it answers. */
export const askSacct = (site: Site): Ask =>
  askRun([programIn(site, 'sacct'), '-nPX', '-S', 'now-1hours', '-o', 'JobID'], 15);
/** sacctmgr knows the caller by itself: `where user=` wants a name that we do not have yet. */
export const askAccount = (site: Site): Ask =>
  askRun(
    [
      ...['sh', '-c', '"$1" -nP show assoc where user="$(id -un)" format=Account,Partition,QOS', 'assoc'],
      programIn(site, 'sacctmgr'),
    ],
    15,
  );

/** `Name = value` lines of `scontrol show config`. */
export const configOf = (text: string): ReadonlyMap<string, string> =>
  new Map([...text.matchAll(/^(\w+) *= ?(.*?)\s*$/gm)].map(([, name = '', value = '']) => [name, value]));

/** `300 sec` to 300. */
const secondsOf = (value: string | undefined): number | undefined => {
  const found = /^(\d+) sec/.exec(value ?? '')?.[1];
  return found === undefined ? undefined : Number(found);
};

type Config = ReadonlyMap<string, string>;

const options = (site: Site) => site.profile.dialect_options ?? {};

/** A job that ended must be seen once more: in the queue for MinJobAge, or in accounting. */
const minJobAge = (site: Site, config: Config, hasAccounting: boolean): Said[] => {
  const seconds = secondsOf(config.get('MinJobAge'));
  if (seconds === undefined) return [];
  const pause = options(site).poll_min ?? 30;
  const claimed = hasAccounting ? 'any: accounting remembers' : `two questions (${2 * pause} s) or longer`;
  return [
    okIf(hasAccounting || seconds >= 2 * pause, 'differs', 'MinJobAge', `${seconds} s`, {
      claimed,
      source: sourceOf(site, 'dialect_options.poll_min'),
      todo: `an ended job may be gone before it is seen: write dialect_options: {poll_min: ${Math.max(1, Math.floor(seconds / 2))}s} into the overlay.`,
    }),
  ];
};

/** The time between TERM and KILL is what a cancelled job has to write its exit file. */
const killWait = (config: Config): Said[] => {
  const seconds = secondsOf(config.get('KillWait'));
  const grace = schedulerFor('slurm')?.killGraceSeconds;
  if (seconds === undefined || grace === undefined) return [];
  return [
    okIf(seconds >= grace, 'differs', 'KillWait', `${seconds} s`, {
      claimed: `${grace} s or longer`,
      todo: 'a cancelled job may be killed before it has saved and written its exit file: use martlet stop, which waits, or ask the operators.',
    }),
  ];
};

const arrays = (site: Site, config: Config): Said[] => {
  const claimed = site.profile.limits?.array_tasks;
  const most = Number(config.get('MaxArraySize')) - 1;
  if (claimed === undefined || !Number.isFinite(most)) return [];
  return [
    atMost({
      check: 'limits.array_tasks',
      claimed,
      most,
      text: String,
      source: sourceOf(site, 'limits.array_tasks'),
      todo: `write limits: {array_tasks: ${most}} into the overlay.`,
      note: '(MaxArraySize less one)',
    }),
  ];
};

const accountingOn = (config: Config): boolean => /slurmdbd|mysql/.test(config.get('AccountingStorageType') ?? '');

const accounting = (site: Site, { of }: Facts, config: Config): Said => {
  const claim = options(site).accounting;
  const claimed = claim === undefined ? 'not said' : claim === 'maybe' ? 'maybe' : claim ? 'there' : 'not there';
  const source = sourceOf(site, 'dialect_options.accounting');
  const isOn = accountingOn(config);
  const answer = of(askSacct(site));
  const answers = outputOf(answer)?.code === 0;
  const write = (value: boolean): string => `write dialect_options: {accounting: ${value}} into the overlay.`;
  const found = !isOn
    ? `none (AccountingStorageType = ${config.get('AccountingStorageType')})`
    : answers
      ? 'there, sacct answers'
      : `there, but sacct: ${failureOf(answer)}`;
  if (isOn && !answers)
    return trouble('accounting', found, {
      claimed,
      source,
      todo: `how an ended job ended cannot be asked: ask the operators, or ${write(false)}`,
    });
  if (claim === true && !isOn) return differs('accounting', found, { claimed, source, todo: write(false) });
  const isSettled = claim === isOn;
  return ok('accounting', found, { claimed, source, todo: isSettled ? undefined : `to settle it, ${write(isOn)}` });
};

const account = (site: Site, { of }: Facts, config: Config): Said[] => {
  if (!accountingOn(config) || site.placeholders.includes('account')) return [];
  const text = printed(of(askAccount(site)));
  const claimed = site.account ?? 'none needed';
  const source = site.account === undefined ? undefined : sourceOf(site, 'account');
  if (text === undefined) return [unknown('account', failureOf(of(askAccount(site))), { claimed, source })];
  const known = [...new Set(text.split('\n').flatMap(line => line.split('|')[0] || []))];
  const isEnforced = /associations|limits|safe|all/i.test(config.get('AccountingStorageEnforce') ?? '');
  const found = known.length ? `yours: ${known.join(', ')}` : 'none of yours is known to accounting';
  const more = {
    claimed,
    source,
    todo: `write account: ${known[0] ?? 'NAME'} into the overlay, or ask for one.`,
  };
  if (site.account === undefined && (known.length > 0 || !isEnforced)) return [ok('account', found, { claimed })];
  if (known.includes(claimed)) return [ok('account', found, { claimed, source })];
  return [isEnforced ? differs('account', found, more) : ok('account', `${found}; not enforced`, more)];
};

/** What cannot be wrong, but explains much. */
const told = (config: Config): Said[] => {
  const limits = config.get('EnforcePartLimits');
  const requeue = config.get('JobRequeue');
  return [
    ...(limits === undefined
      ? []
      : [
          ok(
            'EnforcePartLimits',
            /^no$/i.test(limits) ? 'NO: an impossible request waits for ever; martlet why says so' : limits,
          ),
        ]),
    ...(requeue === undefined ? [] : [ok('JobRequeue', `${requeue}; each job says itself whether it may be requeued`)]),
  ];
};

/** GPUs are counted by a plug-in that knows trackable resources. */
const selectType = (site: Site, config: Config): Said[] => {
  const found = config.get('SelectType');
  const wantsGpus = Object.values(site.profile.resource_types).some(each => each.gpus > 0);
  if (found === undefined || !wantsGpus) return [];
  return [
    ok('SelectType', found, {
      todo: /cons_tres/.test(found)
        ? undefined
        : 'this one counts no GPUs: ask for whole nodes (exclusive: true in the resource type).',
    }),
  ];
};

/** What slurm.conf says, against what the profile and martlet suppose. */
export const readConfig = (site: Site, facts: Facts): Said[] => {
  const answer = facts.of(askConfig(site));
  const text = printed(answer);
  if (text === undefined) return [unknown('slurm.conf', failureOf(answer), { claimed: 'as the profile says' })];
  const config = configOf(text);
  return [
    accounting(site, facts, config),
    ...account(site, facts, config),
    ...minJobAge(site, config, accountingOn(config)),
    ...killWait(config),
    ...arrays(site, config),
    ...selectType(site, config),
    ...told(config),
  ];
};
