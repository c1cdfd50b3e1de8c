import { globSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { Trouble } from '../model/trouble.ts';

/**
 * One line of an ssh config (ssh_config(5)). `rest` is the text as it stands, for the commands that are read to the end of the
 * line. There are npm packages that read the format; none knows Include, a negated Match, single quotes and comments as
 * OpenSSH does, and `ssh -G` is not there on the machines this is for.
 */
export interface ConfigLine {
  readonly key: string;
  readonly words: readonly string[];
  readonly rest: string;
  readonly at: string;
}

const unusable = (at: string, said: string): Trouble =>
  new Trouble({
    code: 'MRT-W069',
    doing: 'reading the ssh config',
    said: `${at}: ${said}`,
    left: 'nothing was connected.',
    hint: 'correct the line; or write transport: ssh into login: of the cluster, where the program ssh reads it.',
  });

const isBlank = (char: string | undefined): boolean => char === ' ' || char === '\t';

/** Words as OpenSSH splits them (misc.c, argv_split): both quotes, a backslash before a quote, a blank or itself, # begins a comment. */
const splitWords = (text: string, at: string): string[] => {
  const words: string[] = [];
  for (let i = 0; i < text.length; ) {
    while (isBlank(text[i])) i += 1;
    if (i >= text.length || text[i] === '#') break;
    let word = '';
    let quote = '';
    for (; i < text.length && (quote !== '' || !isBlank(text[i])); i += 1) {
      const [char = '', next = ''] = [text[i], text[i + 1]];
      if (char === '\\' && next !== '' && (`'"\\`.includes(next) || (quote === '' && next === ' '))) {
        word += next;
        i += 1;
      } else if (quote === '' && (char === '"' || char === "'")) quote = char;
      else if (quote !== '' && char === quote) quote = '';
      else word += char;
    }
    if (quote !== '') throw unusable(at, `a quote ${quote} is not closed`);
    words.push(word);
  }
  return words;
};

/** `Key value`, `Key=value`, `Key = value`; keys are alike in any case. */
const readLine = (text: string, at: string): ConfigLine[] => {
  const line = text.trim();
  if (line === '' || line.startsWith('#')) return [];
  const [, key = '', rest = ''] = /^"?([^\s="]+)"?\s*=?\s*(.*)$/.exec(line) ?? [];
  const lower = key.toLowerCase();
  return [{ key: lower, words: lower.endsWith('command') ? [] : splitWords(rest, at), rest, at }];
};

const parseSshConfig = (text: string, file: string): ConfigLine[] =>
  text.split('\n').flatMap((line, i) => readLine(line.replace(/\r$/, ''), `${file}:${i + 1}`));

const escaped = (text: string): string => text.replaceAll(/[.+^$(){}|[\]\\]/g, '\\$&');

/** * and ?, as in ssh_config(5), PATTERNS. */
const matchesPattern = (pattern: string, text: string): boolean =>
  new RegExp(`^${escaped(pattern).replaceAll('*', '.*').replaceAll('?', '.')}$`, 's').test(text);

/** One that is negated and matches decides; else one that matches is enough. */
export const matchesAny = (patterns: readonly string[], text: string): boolean => {
  const negated = patterns.filter(each => each.startsWith('!')).map(each => each.slice(1));
  if (negated.some(each => matchesPattern(each, text))) return false;
  return patterns.some(each => !each.startsWith('!') && matchesPattern(each, text));
};

/** What Match asks about, and what Include needs. */
export interface ConfigAsker {
  /** As it was typed. */
  readonly originalHost: string;
  /** Given by the login, before any config. */
  readonly user?: string | undefined;
  readonly port?: number | undefined;
  readonly localUser: string;
  readonly home: string;
  /** Match exec: whether the command ends with 0. */
  exec(command: string): boolean;
}

/** The first value of each key; of the keys that add up, all. */
export type ConfigValues = ReadonlyMap<string, readonly string[]>;

const ADDING = new Set(['identityfile', 'certificatefile', 'sendenv', 'setenv']);
const DEEPEST = 16;

interface Pass {
  readonly asker: ConfigAsker;
  readonly values: Map<string, string[]>;
  /** What Host patterns are compared with. */
  readonly host: string;
  readonly isFinal: boolean;
  wantsFinal: boolean;
}

const hostNameOf = ({ values, asker }: Pass): string =>
  (values.get('hostname')?.[0] ?? asker.originalHost).replaceAll('%h', asker.originalHost).replaceAll('%%', '%');

const userOf = ({ values, asker }: Pass): string => values.get('user')?.[0] ?? asker.localUser;

const portOf = ({ values }: Pass): string => values.get('port')?.[0] ?? '22';

const execTokens = (pass: Pass, command: string): string =>
  command.replaceAll(/%([%hnprudL])/g, (all, token: string) => {
    const filled: Readonly<Record<string, string>> = {
      '%': '%',
      h: hostNameOf(pass),
      n: pass.asker.originalHost,
      p: portOf(pass),
      r: userOf(pass),
      u: pass.asker.localUser,
      d: pass.asker.home,
    };
    return filled[token] ?? all;
  });

const TESTS: Readonly<Record<string, (pass: Pass, list: readonly string[], word: string) => boolean>> = {
  host: (pass, list) => matchesAny(list, hostNameOf(pass).toLowerCase()),
  originalhost: (pass, list) => matchesAny(list, pass.asker.originalHost.toLowerCase()),
  user: (pass, list) => matchesAny(list, userOf(pass)),
  localuser: (pass, list) => matchesAny(list, pass.asker.localUser),
  exec: (pass, _, word) => pass.asker.exec(execTokens(pass, word)),
};

const matchesFinal = (pass: Pass, word: string): boolean => {
  if (word === 'final') pass.wantsFinal = true;
  return pass.isFinal;
};

/** Once a condition does not hold, exec is not run any more. */
const matches = (line: ConfigLine, pass: Pass): boolean => {
  let holds = true;
  for (let i = 0; i < line.words.length; i += 1) {
    const written = (line.words[i] ?? '').toLowerCase();
    const [word, isNegated] = written.startsWith('!') ? [written.slice(1), true] : [written, false];
    if (word === 'all') continue;
    if (word === 'final' || word === 'canonical') {
      holds &&= matchesFinal(pass, word) !== isNegated;
      continue;
    }
    const test = TESTS[word];
    const value = line.words[++i];
    if (!test || value === undefined) throw unusable(line.at, `"Match ${written}" is not known to martlet's ssh2`);
    const list = value.split(',').map(each => (word.endsWith('host') ? each.toLowerCase() : each));
    holds &&= test(pass, list, value) !== isNegated;
  }
  return holds;
};

const takeValue = (line: ConfigLine, { values }: Pass): void => {
  const value = line.key.endsWith('command') ? [line.rest] : line.words;
  if (value.length === 0) throw unusable(line.at, `${line.key} has no value`);
  if (ADDING.has(line.key)) values.set(line.key, [...new Set([...(values.get(line.key) ?? []), ...value])]);
  else if (!values.has(line.key)) values.set(line.key, [...value]);
};

const included = (line: ConfigLine, base: string, home: string): string[] =>
  line.words.flatMap(word => {
    const path = word.startsWith('~/') ? join(home, word.slice(2)) : isAbsolute(word) ? word : join(base, word);
    return /[*?[]/.test(path) ? globSync(path).sort() : [path];
  });

const textOf = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

const walkFile = (path: string, base: string, pass: Pass, isActive: boolean, depth: number): void => {
  const text = textOf(path);
  if (text === undefined) return;
  if (depth > DEEPEST) throw unusable(path, 'files include one another without an end');
  let active = isActive;
  for (const line of parseSshConfig(text, path)) {
    if (line.key === 'host') active = isActive && matchesAny(line.words, pass.host);
    else if (line.key === 'match') active = isActive && matches(line, pass);
    else if (line.key === 'include')
      for (const each of included(line, base, pass.asker.home)) walkFile(each, base, pass, active, depth + 1);
    else if (active) takeValue(line, pass);
  }
};

export interface ConfigFile {
  readonly path: string;
  /** Where a relative Include is looked for: ~/.ssh, or /etc/ssh. */
  readonly base: string;
}

/** `ssh -F` reads one file in place of both. */
export const configFiles = (home: string, configPath: string | undefined): ConfigFile[] =>
  configPath !== undefined
    ? [{ path: configPath, base: join(home, '.ssh') }]
    : [join(home, '.ssh', 'config'), '/etc/ssh/ssh_config'].map(path => ({ path, base: dirname(path) }));

/** What the config says of a host, as `ssh -G` would; the login's own user and port come before it. Throws a Trouble for a line it cannot read. */
export const readSshConfig = (files: readonly ConfigFile[], asker: ConfigAsker): ConfigValues => {
  const values = new Map<string, string[]>();
  if (asker.user !== undefined) values.set('user', [asker.user]);
  if (asker.port !== undefined) values.set('port', [`${asker.port}`]);
  const pass = { asker, values, host: asker.originalHost, isFinal: false, wantsFinal: false };
  for (const { path, base } of files) walkFile(path, base, pass, true, 0);
  if (!pass.wantsFinal) return values;
  // The second time round the name is settled, and Host patterns are compared with it in small letters (ssh.c).
  const last = { ...pass, host: hostNameOf(pass).toLowerCase(), isFinal: true };
  if (!values.has('hostname')) values.set('hostname', [asker.originalHost]);
  for (const { path, base } of files) walkFile(path, base, last, true, 0);
  return values;
};
