import type { Output } from '../model/output.ts';
import { runHere } from './run.ts';

/** The entry of a known_hosts file that vouches for a host. */
export interface HostKey {
  readonly file: string;
  readonly line: number;
  /** `ED25519 SHA256:...` */
  readonly fingerprint: string;
}

/** `hostname 10.0.0.1` lines of `ssh -G`, the last word of ssh on what its config means; the first of a name counts. */
const configOf = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text
      .split('\n')
      .filter(Boolean)
      .reverse()
      .map(line => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]),
  );

/** The name an entry has: an alias as it is, a port that is not the usual one in brackets (sshd(8), known_hosts). */
const entryName = (config: ReadonlyMap<string, string>, port: string): string => {
  const alias = config.get('hostkeyalias');
  if (alias !== undefined && alias !== 'none') return alias;
  const name = config.get('hostname') ?? '';
  return port === '22' ? name : `[${name}]:${port}`;
};

/** `# Host NAME found: line 3`, then `NAME ED25519 SHA256:...` */
const readEntry = (file: string, { code, stdout }: Output): HostKey | undefined => {
  const [, line] = /found: line (\d+)/.exec(stdout) ?? [];
  const [, kind, print] = /^\S+ (\S+) (SHA256:\S+)/m.exec(stdout) ?? [];
  if (code !== 0 || line === undefined || kind === undefined) return undefined;
  return { file, line: Number(line), fingerprint: `${kind} ${print}` };
};

/** Looked up with the system's ssh and ssh-keygen; undefined where they or an entry are missing. `config`: another ssh config. */
export const findHostKey = async (host: string, port?: number, config?: string): Promise<HostKey | undefined> => {
  const words = ['ssh', ...(config === undefined ? [] : ['-F', config]), '-G', '--', host];
  const said = await runHere(words, { timeoutMs: 10_000 }, {});
  if (said.code !== 0) return undefined;
  const means = configOf(said.stdout);
  const name = entryName(means, port === undefined ? (means.get('port') ?? '22') : String(port));
  const files = `${means.get('userknownhostsfile') ?? ''} ${means.get('globalknownhostsfile') ?? ''}`
    .split(' ')
    .filter(Boolean);
  for (const file of files) {
    const found = readEntry(
      file,
      await runHere(['ssh-keygen', '-l', '-F', name, '-f', file], { timeoutMs: 10_000 }, {}),
    );
    if (found) return found;
  }
  return undefined;
};
