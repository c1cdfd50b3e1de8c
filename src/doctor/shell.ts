import { failureOf, silentSeconds, textOf } from './answer.ts';
import { ask } from './ask.ts';
import type { Facts, Topic } from './facts.ts';
import { ok, okIf, type Said, trouble, unknown } from './finding.ts';
import { FOR_SENDING, NEEDED, USEFUL } from './tools.ts';

const TOOLS = ask('tools', [...NEEDED, ...FOR_SENDING, ...Object.keys(USEFUL)], 5);
const LOCALE = ask('locale', [], 5);
const LOGIN = ask('login', [], 20);

const LEAST_BASH = [4, 2] as const;

/** `5.2.15(1)-release` against the oldest bash that job scripts are written for. */
export const isOldBash = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < LEAST_BASH[0] || (major === LEAST_BASH[0] && minor < LEAST_BASH[1]);
};

const bash = (check: string, version: string | undefined, todo: string): Said => {
  const claimed = `${LEAST_BASH.join('.')} or newer`;
  if (version === undefined) return trouble(check, 'missing', { claimed, todo });
  return okIf(!isOldBash(version), 'trouble', check, version, { claimed, todo });
};

const shells = ({ hello, of }: Facts): Said[] => {
  const found = textOf(hello, 'bash');
  const tools = of(TOOLS);
  const script = textOf(tools, '/bin/bash');
  const newer = 'job scripts need a newer bash: ask the site for one.';
  return [
    bash('bash', found, newer),
    // The one that the first line of a job script names, when it is another one.
    ...(tools && script !== found ? [bash('/bin/bash', script, newer)] : []),
  ];
};

const programs = ({ of }: Facts): Said[] => {
  const tools = of(TOOLS);
  if (!tools?.size || silentSeconds(tools) !== undefined)
    return [unknown('programs', failureOf(tools), { claimed: 'those that our scripts call' })];
  const isMissing = (name: string): boolean => textOf(tools, name) === undefined;
  const missing = [...NEEDED, ...FOR_SENDING].filter(isMissing);
  const count = NEEDED.length + FOR_SENDING.length;
  return [
    okIf(
      missing.length === 0,
      'trouble',
      'programs',
      missing.length ? `missing: ${missing.join(', ')}` : `all ${count}`,
      {
        claimed: `${count} that our scripts call`,
        todo: 'our scripts call them; put their folder on the PATH of non-interactive shells, or ask the site.',
      },
    ),
    ...Object.entries(USEFUL)
      .filter(([name]) => isMissing(name))
      .map(([name, todo]) => ok(name, 'missing', { claimed: 'used where it is', todo })),
  ];
};

const locale = ({ of }: Facts): Said[] => {
  const answer = of(LOCALE);
  const charmap = textOf(answer, 'charmap');
  if (charmap === undefined) return [unknown('locale', failureOf(answer), { claimed: 'UTF-8' })];
  const found = `${charmap}${textOf(answer, 'lang') ? ` (${textOf(answer, 'lang')})` : ''}`;
  if (/utf-?8/i.test(charmap)) return [ok('locale', found, { claimed: 'UTF-8' })];
  const other = textOf(answer, 'utf8') ?? 'C.UTF-8';
  return [
    ok('locale', found, {
      claimed: 'UTF-8',
      todo: `programs may print other than ASCII text wrongly; env: {LC_ALL: ${other}} in the overlay gives jobs UTF-8.`,
    }),
  ];
};

const QUIET =
  'put `case $- in *i*) ;; *) return ;; esac` at the top of the start files: only people need what they print.';
const firstLine = (text: string): string => JSON.stringify(text.trim().split('\n')[0]?.slice(0, 60) ?? '');

/** What a login prints into a stream that programs read. */
const noise = ({ noise: heard, of }: Facts): Said[] => {
  const login = of(LOGIN);
  const claimed = 'none';
  if (heard.stdout.trim() !== '')
    return [trouble('noise of a login', `${firstLine(heard.stdout)} before our own answer`, { claimed, todo: QUIET })];
  if (silentSeconds(login) !== undefined)
    return [
      trouble('noise of a login', `a login ${failureOf(login)}`, {
        claimed,
        todo: 'look at the start files of your shell.',
      }),
    ];
  const printed = textOf(login, 'out') ?? textOf(login, 'err') ?? heard.stderr.trim();
  if (printed === '') return [ok('noise of a login', 'none', { claimed })];
  const kept = 'martlet keeps it apart; scp, rsync and other programs do not.';
  return [ok('noise of a login', firstLine(printed), { claimed, todo: `${kept} ${QUIET}` })];
};

const SLOW_SECONDS = 1;

const loginTime = ({ connection, of }: Facts): Said[] => {
  const milliseconds = Number(textOf(of(LOGIN), 'milliseconds'));
  if (connection.isHere || !Number.isFinite(milliseconds)) return [];
  const found = `${(milliseconds / 1000).toFixed(2)} s`;
  const isSlow = milliseconds > SLOW_SECONDS * 1000;
  return [
    ok('time of a login', found, {
      claimed: `${SLOW_SECONDS} s or less`,
      todo: isSlow ? `each new connection waits for the start files of the shell. ${QUIET}` : undefined,
    }),
  ];
};

/** The shell over there, what it prints by itself, and the programs that our scripts call in it. */
export const shell: Topic = {
  id: 'shell',
  asks: () => [TOOLS, LOCALE, LOGIN],
  read: (_, facts) => [...shells(facts), ...programs(facts), ...locale(facts), ...noise(facts), ...loginTime(facts)],
};
