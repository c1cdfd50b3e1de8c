import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Trouble } from '../model/trouble.ts';
import { connectTrouble, type Failure, type Whither } from './connect-trouble.ts';
import { judgeKey, knownLine, knownName, knownTypes, readKnownHosts, saidOf, type Verdict } from './known-hosts.ts';
import { fingerprint } from './openssh-said.ts';
import type { Prompt } from './options.ts';
import type { HopSettings } from './ssh2-settings.ts';

/** Algorithms that ssh2 knows, as ssh prefers them; each with the type of key that it signs with. */
const ALGORITHMS: Readonly<Record<string, string>> = {
  'ssh-ed25519': 'ssh-ed25519',
  'ecdsa-sha2-nistp256': 'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384': 'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521': 'ecdsa-sha2-nistp521',
  'rsa-sha2-512': 'ssh-rsa',
  'rsa-sha2-256': 'ssh-rsa',
  'ssh-rsa': 'ssh-rsa',
};

/** `+more`, `-fewer`, `^first`, or a list (ssh_config(5), HostKeyAlgorithms). */
const fromConfig = (written: string): string[] => {
  const all = Object.keys(ALGORITHMS);
  const list = written.replace(/^[+^-]/, '').split(',');
  const known = list.filter(each => all.includes(each));
  if (written.startsWith('-')) return all.filter(each => !list.includes(each));
  if (written.startsWith('^')) return [...known, ...all.filter(each => !known.includes(each))];
  return written.startsWith('+') ? all : known;
};

/** Types whose keys are known come first: a host has keys of several types, and one that is not known yet is no changed one. */
export const hostKeyAlgorithms = (settings: HopSettings): string[] => {
  if (settings.hostKeyAlgorithms !== undefined) return fromConfig(settings.hostKeyAlgorithms);
  const { host, port } = nameOf(settings);
  const types = knownTypes(readKnownHosts(settings.knownHosts.all), host, port);
  const all = Object.keys(ALGORITHMS);
  const first = all.filter(each => types.includes(ALGORITHMS[each] ?? ''));
  return [...first, ...all.filter(each => !first.includes(each))];
};

/** An alias stands for itself, without a port. */
const nameOf = ({ hostKeyAlias, hostName, port }: HopSettings): { host: string; port: number } =>
  hostKeyAlias === undefined ? { host: hostName, port } : { host: hostKeyAlias, port: 22 };

export interface KeyGuard {
  /** For ssh2's hostVerifier; asked again when keys are exchanged anew. */
  verify(key: Buffer): Promise<boolean>;
  /** Writes down a key that was accepted, once the other side has shown that it has it. */
  remember(): void;
  /** Why the key was not taken. */
  readonly refusal: () => Trouble | undefined;
}

const typeOf = (key: Buffer): string => key.toString('latin1', 4, 4 + key.readUInt32BE(0));

const isYes = (answer: string, print: string): boolean => /^yes$/i.test(answer.trim()) || answer.trim() === print;

/** A last line without its end must not swallow the new one. A file that cannot be written only means one more question. */
const addLine = (path: string, line: string): void => {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const isOpen = existsSync(path) && /[^\n]$/.test(readFileSync(path, 'utf8'));
    appendFileSync(path, `${isOpen ? '\n' : ''}${line}`, { mode: 0o600 });
  } catch {
    // known_hosts may be a read-only file that a site distributes.
  }
};

/** Host keys are checked against known_hosts as ssh does; only a person or `accept-new` takes one that is not there. */
export const guardKeys = (settings: HopSettings, to: Whither, prompt: Prompt | undefined): KeyGuard => {
  const name = nameOf(settings);
  const label = knownName(name.host, name.port);
  const state = {
    refusal: undefined as Trouble | undefined,
    accepted: undefined as Buffer | undefined,
    isWritten: false,
  };

  const refuse = (failure: Failure, said: string, hint?: string): boolean => {
    state.refusal = connectTrouble(failure, to, said, hint);
    return false;
  };

  const refuseKnown = (verdict: Verdict & { kind: 'changed' | 'revoked' }, key: Buffer): boolean => {
    const known = saidOf(verdict.known);
    const shown = `${typeOf(key)} ${fingerprint(key)}`;
    if (verdict.kind === 'revoked') return refuse('changed-key', `the host key ${shown} is marked @revoked: ${known}`);
    const remove = `ssh-keygen -f '${verdict.known.path}' -R '${label}'`;
    return refuse(
      'changed-key',
      `the host key of ${label} has changed\nknown so far: ${known}\nshown now:    ${shown}\nremove the old one with: ${remove}`,
    );
  };

  const decideNew = async (verdict: Verdict & { kind: 'unknown' }, key: Buffer): Promise<boolean> => {
    const [print, type] = [fingerprint(key), typeOf(key)];
    const said = [
      `the host key of ${label} is not known: ${type} ${print}`,
      ...verdict.others.map(each => `known is ${saidOf(each)}`),
    ];
    if (verdict.hasAuthority)
      return refuse(
        'unknown-key',
        [...said, 'known_hosts trusts a certificate authority for it, which ssh2 cannot check'].join('\n'),
        'write transport: ssh into login: of the cluster.',
      );
    if (settings.keyChecking === 'accept-new') return true;
    if (settings.keyChecking === 'yes' || !prompt) return refuse('unknown-key', said.join('\n'));
    const question = `The authenticity of host '${settings.name} (${label})' can't be established.\n${type} key fingerprint is ${print}.\nAre you sure you want to continue connecting (yes/no/[fingerprint])? `;
    return isYes(await prompt(question, { echo: true }), print) || refuse('unknown-key', said.join('\n'));
  };

  return {
    verify: async key => {
      if (state.accepted?.equals(key)) return true;
      const verdict = judgeKey(readKnownHosts(settings.knownHosts.all), name, typeOf(key), key);
      if (verdict.kind === 'known') return true;
      if (verdict.kind !== 'unknown') return refuseKnown(verdict, key);
      if (!(await decideNew(verdict, key))) return false;
      state.accepted = key;
      return true;
    },
    remember: () => {
      const [path] = settings.knownHosts.own;
      if (state.accepted === undefined || state.isWritten || path === undefined || path === '/dev/null') return;
      state.isWritten = true;
      const salt = settings.knownHosts.isHashed ? randomBytes(20) : undefined;
      addLine(path, knownLine(label, typeOf(state.accepted), state.accepted, salt));
    },
    refusal: () => state.refusal,
  };
};
