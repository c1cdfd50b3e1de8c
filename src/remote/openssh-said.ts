import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Failure } from './connect-trouble.ts';

/** ssh through a proxy or jump host has no address to name (packet.c). */
const PROXIED = /UNKNOWN port 65535|stdio forwarding failed|channel \d+: open failed/;

export const isProxied = (said: string): boolean => PROXIED.test(said);

/** The AWS CLI's own sentence, and a shell's about what HyperPod needs. */
const NO_PROGRAM = /SessionManagerPlugin is not found|\b(?:aws|session-manager-plugin): (?:command )?not found/;

export const lacksProgram = (said: string): boolean => NO_PROGRAM.test(said);

/** What is behind a jump host fails like the jump host itself; what ssh says of keys and passwords is clear either way. */
const unlessProxied =
  (failure: Failure) =>
  (said: string): Failure =>
    isProxied(said) ? 'jump' : failure;

/** In this order: ssh says the cause first and then, alike for all, that the connection is closed. OpenSSH 7.4 to 10. */
const ROWS: readonly (readonly [RegExp, (said: string) => Failure])[] = [
  [/REMOTE HOST IDENTIFICATION HAS CHANGED|marked as revoked|REVOKED HOST KEY/, () => 'changed-key'],
  [/No \S+ host key is known for|Host key verification failed/, () => 'unknown-key'],
  [/Bad configuration option|bad configuration options|Bad owner or permissions|: line \d+: /, unlessProxied('config')],
  [NO_PROGRAM, () => 'program'],
  [/Permission denied \(|Too many authentication failures|No supported authentication methods/, () => 'denied'],
  [/Could not resolve hostname|Name or service not known/, unlessProxied('unknown-name')],
  [/[Tt]imed out|Timeout, server/, unlessProxied('timed-out')],
  [/Connection refused|No route to host|Network is unreachable|Host is down/, unlessProxied('refused')],
];

const NEVER_CONNECTED =
  /^ssh: (?:connect to host|Could not resolve hostname)|^Host key verification failed|^\S+: Permission denied \(/m;

/** ssh's last word is that it did not get as far as running anything; what it says of a connection that broke is not among these. */
export const hasNeverConnected = (said: string): boolean => NEVER_CONNECTED.test(said);

const OFFERED_FOR_A_PERSON = /Permission denied \([^)]*(?:password|keyboard-interactive)/;

/** Why ssh ended with 255. With nobody to ask, a login that takes passwords or codes is not a login refused. */
export const readSshFailure = (said: string, { hasTerminal }: { readonly hasTerminal: boolean }): Failure => {
  const failure = ROWS.find(([pattern]) => pattern.test(said))?.[1](said) ?? unlessProxied('closed')(said);
  return failure === 'denied' && !hasTerminal && OFFERED_FOR_A_PERSON.test(said) ? 'unasked' : failure;
};

const lineOf = (path: string, line: number): string | undefined => {
  try {
    return readFileSync(path, 'utf8').split('\n')[line - 1];
  } catch {
    return undefined;
  }
};

/** SHA256 as ssh-keygen -l writes it. */
export const fingerprint = (key: Buffer): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;

/** ssh names the new key's fingerprint and only the place of the old one: both are needed to compare. */
export const withOldFingerprint = (said: string): string => {
  const [, path, line] = /^Offending .*key in (.+):(\d+)\s*$/m.exec(said) ?? [];
  const known = path === undefined ? undefined : lineOf(path, Number(line));
  const key = known
    ?.trim()
    .split(/\s+/)
    .find(word => word.startsWith('AAAA'));
  return key === undefined
    ? said
    : `${said.trim()}\nThe fingerprint of the key known so far is ${fingerprint(Buffer.from(key, 'base64'))}.`;
};
