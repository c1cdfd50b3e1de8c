import { existsSync, readFileSync } from 'node:fs';
import ssh2, { type ParsedKey } from 'ssh2';
import type { Prompt } from './options.ts';
import type { HopSettings } from './ssh2-settings.ts';

/** A key to offer: its public half now, a signature when the other side takes it. */
export interface OwnKey {
  /** Its file or the comment the agent has for it. */
  readonly name: string;
  readonly publicKey: ParsedKey;
  sign(data: Buffer, hash: string | undefined): Promise<Buffer>;
}

/** Nobody could type a passphrase; the attempt counts as one that needs a person. */
export class NobodyToAsk extends Error {}

const PASSPHRASE_TRIES = 3;

const oneKey = (parsed: ParsedKey | ParsedKey[] | Error): ParsedKey | Error =>
  Array.isArray(parsed) ? (parsed[0] ?? new Error('no key')) : parsed;

const parse = (text: string | Buffer, passphrase?: string): ParsedKey | Error =>
  oneKey(ssh2.utils.parseKey(text, passphrase) as ParsedKey | ParsedKey[] | Error);

const signWith = (key: ParsedKey, data: Buffer, hash: string | undefined): Buffer => {
  // The types know no errors here; the library gives one back.
  const signature = key.sign(data, hash) as Buffer | Error;
  if (signature instanceof Error) throw signature;
  return signature;
};

const decrypted = async (path: string, text: string, prompt: Prompt | undefined): Promise<ParsedKey> => {
  if (!prompt) throw new NobodyToAsk(`${path} has a passphrase`);
  for (let i = 0; i < PASSPHRASE_TRIES; i += 1) {
    const key = parse(text, await prompt(`Enter passphrase for key '${path}': `, { echo: false }));
    if (!(key instanceof Error)) return key;
  }
  throw new Error(`${path}: the passphrase is wrong`);
};

/**
 * The public half of an encrypted key in OpenSSH's own format, which is not encrypted (PROTOCOL.key): after the magic come
 * cipher, kdf and its options as strings, the number of keys, and the public key as a string.
 */
const publicHalf = (text: string): Buffer | undefined => {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END/.exec(text)?.[1];
  const bytes = Buffer.from(body ?? '', 'base64');
  const magic = 'openssh-key-v1\0';
  if (bytes.toString('latin1', 0, magic.length) !== magic) return undefined;
  let at = magic.length;
  for (let skipped = 0; skipped < 3; skipped += 1) at += 4 + bytes.readUInt32BE(at);
  const length = bytes.readUInt32BE(at + 4);
  return bytes.subarray(at + 8, at + 8 + length);
};

const asPublicLine = (blob: Buffer): string =>
  `${blob.toString('latin1', 4, 4 + blob.readUInt32BE(0))} ${blob.toString('base64')}`;

const textOf = (path: string): string | undefined => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);

/** A key that must be decrypted before it can be used at all (PEM, with no .pub beside it) is decrypted when its turn comes. */
const lockedKey = (path: string, text: string, prompt: Prompt | undefined): OwnKey | string => {
  const blob = publicHalf(text);
  const line = textOf(`${path}.pub`) ?? (blob && asPublicLine(blob));
  const publicKey = line === undefined ? undefined : parse(line);
  if (publicKey === undefined || publicKey instanceof Error)
    return `${path}: encrypted, and its public key is not beside it in ${path}.pub`;
  let key: Promise<ParsedKey> | undefined;
  return {
    name: path,
    publicKey,
    sign: async (data, hash) => {
      key ??= decrypted(path, text, prompt);
      return signWith(await key, data, hash);
    },
  };
};

/** A key file as a key, a public key (its private half is in an agent), nothing, or why it cannot be used. */
const readKeyFile = (path: string, prompt: Prompt | undefined): OwnKey | ParsedKey | string | undefined => {
  const text = textOf(path);
  if (text === undefined) return undefined;
  const key = parse(text);
  if (key instanceof Error)
    return /no passphrase given/.test(key.message) ? lockedKey(path, text, prompt) : `${path}: ${key.message}`;
  if (!key.isPrivateKey()) return key;
  const sign: OwnKey['sign'] = async (data, hash) => signWith(key, data, hash);
  return { name: path, publicKey: key, sign };
};

const agentKeys = (path: string): Promise<OwnKey[] | string> =>
  new Promise(done => {
    const agent = ssh2.createAgent(path);
    agent.getIdentities((error, keys) => {
      if (error || !keys) return done(`the agent at ${path}: ${error?.message ?? 'no answer'}`);
      const own = keys.flatMap((each): OwnKey[] => {
        const publicKey = oneKey(ssh2.utils.parseKey(each as never) as ParsedKey | Error);
        if (publicKey instanceof Error) return [];
        const sign: OwnKey['sign'] = (data, hash) =>
          new Promise((signed, refused) => {
            agent.sign(publicKey, data, hash === undefined ? {} : { hash: hash as 'sha256' }, (fault, signature) =>
              fault || !signature ? refused(fault ?? new Error('the agent did not sign')) : signed(signature),
            );
          });
        return [{ name: publicKey.comment || 'a key of the agent', publicKey, sign }];
      });
      done(own);
    });
  });

const isSame = (a: ParsedKey, b: ParsedKey): boolean => a.getPublicSSH().equals(b.getPublicSSH());

export interface OwnKeys {
  readonly keys: readonly OwnKey[];
  /** Why one or the other could not be used. */
  readonly notes: readonly string[];
}

/**
 * Keys in the order in which ssh offers them: the config's files that the agent has, the agent's others unless
 * IdentitiesOnly, the config's files that only the disk has.
 */
export const ownKeys = async (settings: HopSettings, prompt: Prompt | undefined): Promise<OwnKeys> => {
  const inAgent = settings.agent === undefined ? [] : await agentKeys(settings.agent);
  const agent = typeof inAgent === 'string' ? [] : inAgent;
  const files = settings.identityFiles.map(({ path, isChosen }) => ({
    key: readKeyFile(path, prompt) ?? (isChosen ? `${path} is not there` : undefined),
  }));
  const read = files.flatMap(({ key }) => (key === undefined || typeof key === 'string' ? [] : [key]));
  const publics = read.map(each => ('publicKey' in each ? each.publicKey : each));
  const isChosen = (each: OwnKey): boolean => publics.some(file => isSame(file, each.publicKey));
  const onDisk = read.filter((each): each is OwnKey => 'publicKey' in each);
  return {
    keys: [
      ...agent.filter(isChosen),
      ...(settings.identitiesOnly ? [] : agent.filter(each => !isChosen(each))),
      ...onDisk.filter(each => !agent.some(held => isSame(held.publicKey, each.publicKey))),
    ],
    notes: [
      ...(typeof inAgent === 'string' ? [inAgent] : []),
      ...files.flatMap(({ key }) => (typeof key === 'string' ? [key] : [])),
    ],
  };
};
