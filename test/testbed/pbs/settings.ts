import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/** What can be set while it runs: `pbs-sim set KEY=VALUE`. Seconds where the name says so. */
export interface Settings {
  /** OpenPBS 22.05 or 23: what they print differs (section 5). */
  readonly flavour: 22 | 23;
  readonly hosts: number;
  readonly historySeconds: number;
  /** Between TERM and KILL. */
  readonly killDelaySeconds: number;
  readonly walltimeCheckSeconds: number;
  /** How long a job is in E at least. */
  readonly exitingSeconds: number;
  /** How long it stays in E when its output cannot be delivered. */
  readonly stageoutSeconds: number;
  /** A dead first host is waited for so long. */
  readonly nodeFailSeconds: number;
  /** Substate 41 so long after the start. */
  readonly prerunSeconds: number;
  readonly cycleSeconds: number;
  readonly scheduling: boolean;
  /** A queuejob hook's refusal, instead of taking jobs; empty: none. */
  readonly hook: string;
  readonly arrayLimit: number;
  /** Jobs of one user that run at once in one queue; 0: no limit. */
  readonly userRunLimit: number;
  readonly maxWalltimeSeconds: number;
  /** Queues that take no jobs, and that start none, by name with commas between. */
  readonly disabled: string;
  readonly stopped: string;
  /** Hosts that are dead, and that take no new jobs. */
  readonly down: string;
  readonly offline: string;
}

export const DEFAULTS: Settings = {
  flavour: 22,
  hosts: 4,
  historySeconds: 14 * 86400,
  killDelaySeconds: 10,
  walltimeCheckSeconds: 10,
  exitingSeconds: 0,
  stageoutSeconds: 33,
  nodeFailSeconds: 310,
  prerunSeconds: 2,
  cycleSeconds: 0.3,
  scheduling: true,
  hook: '',
  arrayLimit: 10_000,
  userRunLimit: 0,
  maxWalltimeSeconds: 168 * 3600,
  disabled: '',
  stopped: '',
  down: '',
  offline: '',
};

const parse = (key: string, value: string): unknown => {
  const was = DEFAULTS[key as keyof Settings];
  if (typeof was === 'number') {
    if (!(Number(value) >= 0)) throw new Error(`${key} is a number from 0, not ${value}`);
    return Number(value);
  }
  if (typeof was === 'boolean') return value === 'true' || value === '1' || value === 'on';
  return value;
};

const pairOf = (word: string): [string, unknown] => {
  const at = word.indexOf('=');
  const key = word.slice(0, at);
  if (at < 0 || !(key in DEFAULTS)) throw new Error(`${word}: KEY=VALUE with ${Object.keys(DEFAULTS).join(', ')}`);
  return [key, parse(key, word.slice(at + 1))];
};

/** `KEY=VALUE` words over what is set; an unknown key is refused with the known ones. */
export const changed = (settings: Settings, words: readonly string[]): Settings => ({
  ...settings,
  ...(Object.fromEntries(words.map(pairOf)) as Partial<Settings>),
});

export const readSettings = (path: string): Settings => {
  try {
    return { ...DEFAULTS, ...(JSON.parse(readFileSync(path, 'utf8')) as Partial<Settings>) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return DEFAULTS;
    throw error;
  }
};

export const writeSettings = (path: string, settings: Settings): void => {
  writeFileSync(`${path}.new`, `${JSON.stringify(settings, undefined, 1)}\n`);
  renameSync(`${path}.new`, path);
};

/** Whether a name is in a list such as `disabled` or `down`. */
export const lists = (names: string, name: string): boolean => names.split(',').includes(name);
export const versionOf = (settings: Settings): string => (settings.flavour === 22 ? '22.05.11' : '23.06.06');
