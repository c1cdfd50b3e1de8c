import type { ResolvedCluster } from '../cluster/resolve.ts';
import type { TroubleFacts } from '../model/trouble.ts';
import { schedulerFor } from '../schedulers/index.ts';
import type { Answer } from './answer.ts';
import type { Ask } from './ask.ts';
import type { Said } from './finding.ts';

/** What is looked at: a profile with its overlay in it. */
export type Site = ResolvedCluster;

/** Jobs run on one machine, whose scheduler is a program of ours. */
export const isOneMachine = ({ profile }: Site): boolean => schedulerFor(profile.scheduler)?.isOwn === true;

/** Where a claim is written; undefined for what nobody wrote. */
export const sourceOf = (site: Site, path: string): string | undefined => {
  const found = site.origin(path);
  return found === 'not written' ? undefined : found;
};

/** The entry of a known_hosts file that vouches for the far side. */
export interface HostKey {
  readonly file: string;
  readonly line: number;
  readonly fingerprint: string;
}

/** How the far side was reached. */
export interface Connection {
  /** This machine, with no connection at all. */
  readonly isHere: boolean;
  /** From the first byte sent to the last one heard, milliseconds, with the connecting. */
  readonly milliseconds?: number | undefined;
  /** Nobody was reached, so nothing else is known. */
  readonly trouble?: TroubleFacts | undefined;
  /** Reached, but a later round had no answer. */
  readonly lost?: TroubleFacts | undefined;
  readonly hostKey?: HostKey | undefined;
}

/** The far clock minus ours, and how far off that may be. */
export interface ClockOffset {
  readonly seconds: number;
  readonly error: number;
}

export interface Facts {
  readonly connection: Connection;
  readonly hello: Answer;
  readonly clock?: ClockOffset | undefined;
  /** What a login printed into our answers, which this connection did not keep apart. */
  readonly noise: { readonly stdout: string; readonly stderr: string };
  /** undefined: it was never asked, or its whole round was lost. */
  of(ask: Ask): Answer | undefined;
}

/** One thing to be looked at: the questions, and what their answers mean. */
export interface Topic {
  readonly id: string;
  asks?(site: Site): readonly Ask[];
  read(site: Site, facts: Facts): readonly Said[];
}
