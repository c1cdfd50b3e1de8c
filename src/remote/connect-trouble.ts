import type { Code } from '../model/codes.ts';
import { Trouble } from '../model/trouble.ts';

/** Why a connection cannot be made; both transports tell the same ones apart. */
export type Failure =
  | 'unknown-name'
  | 'refused'
  | 'timed-out'
  | 'closed'
  | 'unknown-key'
  | 'changed-key'
  | 'denied'
  | 'unasked'
  | 'jump'
  | 'config'
  | 'program';

interface Row {
  readonly code: Code;
  /** `command`: the plain ssh command to the same place. */
  readonly hint: (command: string) => string;
}

const ROWS: Readonly<Record<Failure, Row>> = {
  'unknown-name': {
    code: 'MRT-W060',
    hint: command => `check host in login: of the cluster, and your network or VPN; then type "${command}" to try it.`,
  },
  refused: {
    code: 'MRT-W061',
    hint: command => `type "${command}" to try it; the site's news may tell of maintenance, and a VPN may be needed.`,
  },
  'timed-out': {
    code: 'MRT-W062',
    hint: command => `type "ssh -v${command.slice(3)}" to see where it stops; the site's news may tell of maintenance.`,
  },
  closed: { code: 'MRT-W063', hint: command => `type "ssh -v${command.slice(3)}" to see where it stops.` },
  'unknown-key': {
    code: 'MRT-W064',
    hint: command =>
      `type "${command}" in a terminal, compare the fingerprint with the one that your site publishes, and answer yes.`,
  },
  'changed-key': {
    code: 'MRT-W065',
    hint: () =>
      'ask your site whether it has a new host key. If so, remove the old one with the ssh-keygen command above; if not, somebody may be listening.',
  },
  denied: {
    code: 'MRT-W066',
    hint: command =>
      `type "${command}" to try it; a key with a passphrase must be in the agent (ssh-add), and your site must know the public key.`,
  },
  unasked: {
    code: 'MRT-W067',
    hint: command => `type the same command in a terminal, where it can ask; or "${command}" to see what is asked.`,
  },
  jump: {
    code: 'MRT-W068',
    hint: command => `type "ssh -v${command.slice(3)}" to see which hop fails.`,
  },
  config: { code: 'MRT-W069', hint: () => 'correct the line of your ssh config, then type the same command again.' },
  program: { code: 'MRT-W070', hint: () => 'install it, then type the same command again.' },
};

export interface Whither {
  /** `abc@login`, for sentences. */
  readonly name: string;
  /** `ssh -l abc login`, as it could be typed. */
  readonly command: string;
}

/** `said`: what the other side, or ssh, said, whole. `hint` in place of the usual one. */
export const connectTrouble = (failure: Failure, to: Whither, said: string, hint?: string): Trouble =>
  new Trouble({
    code: ROWS[failure].code,
    doing: `connecting to ${to.name}`,
    command: to.command,
    said: said.trim() || 'nothing was said',
    left: 'nothing was run there.',
    hint: hint ?? ROWS[failure].hint(to.command),
  });
