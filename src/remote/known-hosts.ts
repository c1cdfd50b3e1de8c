import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fingerprint } from './openssh-said.ts';
import { matchesAny } from './ssh-config.ts';

/** One line of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export interface KnownHost {
  readonly marker?: '@revoked' | '@cert-authority' | undefined;
  /** Names and patterns, or one hashed name `|1|SALT|HASH`. */
  readonly hosts: string;
  readonly keyType: string;
  readonly key: Buffer;
  readonly path: string;
  readonly line: number;
}

const readLine = (text: string, path: string, line: number): KnownHost[] => {
  const words = text.trim().split(/\s+/);
  const marker = words[0]?.startsWith('@') ? words.shift() : undefined;
  const [hosts, keyType, key] = words;
  if (!hosts || hosts.startsWith('#') || !keyType || !key) return [];
  // An unknown marker means nothing that could be trusted.
  if (marker !== undefined && marker !== '@revoked' && marker !== '@cert-authority') return [];
  return [{ marker, hosts, keyType, key: Buffer.from(key, 'base64'), path, line }];
};

const parseKnownHosts = (text: string, path: string): KnownHost[] =>
  text.split('\n').flatMap((each, i) => readLine(each, path, i + 1));

export const readKnownHosts = (paths: readonly string[]): KnownHost[] =>
  paths.flatMap(path => {
    try {
      return parseKnownHosts(readFileSync(path, 'utf8'), path);
    } catch {
      return [];
    }
  });

/** A port other than 22 is part of the name. */
export const knownName = (host: string, port: number): string =>
  port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;

const isFor = ({ hosts }: KnownHost, name: string): boolean => {
  const [, hash, salt, wanted] = /^\|(1)\|([^|]+)\|([^|]+)$/.exec(hosts) ?? [];
  if (hash !== undefined)
    return (
      createHmac('sha1', Buffer.from(salt ?? '', 'base64'))
        .update(name)
        .digest('base64') === wanted
    );
  return matchesAny(hosts.toLowerCase().split(','), name);
};

export type Verdict =
  | { readonly kind: 'known' }
  /** `others`: keys of other types that are known for this name. `hasAuthority`: a certificate would be trusted. */
  | { readonly kind: 'unknown'; readonly others: readonly KnownHost[]; readonly hasAuthority: boolean }
  | { readonly kind: 'changed'; readonly known: KnownHost }
  | { readonly kind: 'revoked'; readonly known: KnownHost };

const judgeFor = (entries: readonly KnownHost[], name: string, keyType: string, key: Buffer): Verdict => {
  const mine = entries.filter(each => isFor(each, name));
  const plain = mine.filter(each => each.marker === undefined);
  const revoked = mine.find(each => each.marker === '@revoked' && each.key.equals(key));
  if (revoked) return { kind: 'revoked', known: revoked };
  if (plain.some(each => each.key.equals(key))) return { kind: 'known' };
  const known = plain.find(each => each.keyType === keyType);
  if (known) return { kind: 'changed', known };
  return { kind: 'unknown', others: plain, hasAuthority: mine.some(each => each.marker === '@cert-authority') };
};

/** What the files say of a key; one with an odd port may be known under the plain name, too (sshconnect.c). */
export const judgeKey = (
  entries: readonly KnownHost[],
  { host, port }: { readonly host: string; readonly port: number },
  keyType: string,
  key: Buffer,
): Verdict => {
  const verdict = judgeFor(entries, knownName(host, port), keyType, key);
  if (verdict.kind !== 'unknown' || port === 22) return verdict;
  const plain = judgeFor(entries, host.toLowerCase(), keyType, key);
  return plain.kind === 'known' || plain.kind === 'revoked' ? plain : verdict;
};

/** Types of the keys known for a name: asked for first, so that a second key of the same host is not taken for a changed one. */
export const knownTypes = (entries: readonly KnownHost[], host: string, port: number): string[] => [
  ...new Set(
    entries.filter(each => each.marker === undefined && isFor(each, knownName(host, port))).map(each => each.keyType),
  ),
];

/** `HashKnownHosts yes` hides the name; `salt` is 20 random bytes. */
export const knownLine = (name: string, keyType: string, key: Buffer, salt: Buffer | undefined): string => {
  const hash = salt && createHmac('sha1', salt).update(name).digest('base64');
  const hosts = salt ? `|1|${salt.toString('base64')}|${hash}` : name;
  return `${hosts} ${keyType} ${key.toString('base64')}\n`;
};

/** For a person: which key, and where it is written. */
export const saidOf = (known: KnownHost): string =>
  `${known.keyType} ${fingerprint(known.key)} (${known.path}:${known.line})`;
