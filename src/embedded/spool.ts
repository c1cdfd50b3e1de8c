import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Identity, readIdentity } from './processes.ts';
import type { Why } from './queue.ts';

export interface SpoolFiles {
  readonly script: Uint8Array;
  readonly environment: Readonly<Record<string, string>>;
}

/** Beside the source and beside the bundle, templates/ is one or two folders up. */
const companionText = (): string => {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, 'templates', 'embedded', 'companion.sh');
    if (existsSync(path)) return readFileSync(path, 'utf8');
  }
  throw new Error('templates/embedded/companion.sh is missing: this martlet is not whole');
};

/**
 * Everything the job needs, as it was at submit: its script, its environment (which may hold secrets: 0600), its companion.
 * A folder that is there is the rest of a submit that was cut off before it had a number.
 */
export const makeSpool = (spool: string, { script, environment }: SpoolFiles): void => {
  rmSync(spool, { recursive: true, force: true });
  mkdirSync(spool, { recursive: true, mode: 0o700 });
  writeFileSync(join(spool, 'script'), script, { mode: 0o700 });
  writeFileSync(join(spool, 'companion.sh'), companionText(), { mode: 0o700 });
  const lines = Object.entries(environment).map(([name, value]) => `${name}=${value}\0`);
  writeFileSync(join(spool, 'environment'), lines.join(''), { mode: 0o600 });
};

export const readEnvironment = (spool: string): Record<string, string> =>
  Object.fromEntries(
    readFileSync(join(spool, 'environment'), 'utf8')
      .split('\0')
      .slice(0, -1)
      .map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );

/** Who runs the job; `taken` when it is nobody, because the claim was made so that nobody can. */
export const readClaim = (spool: string): Identity | undefined => readIdentity(join(spool, 'claim'));

/** Takes the claim so that no companion can; false when one was first. */
export const claimForNobody = (spool: string): boolean => {
  try {
    symlinkSync('0 nobody nowhere', join(spool, 'claim'));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
};

export interface Exit {
  readonly code: number;
  readonly why: Why;
}

/** How the job ended, in its companion's words. */
export const readExit = (spool: string): Exit | undefined => {
  try {
    const [code, why] = readlinkSync(join(spool, 'exit')).split(' ');
    return { code: Number(code), why: why as Why };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

/** A companion that has not claimed its job yet finds this and does not start it. */
export const noteCancel = (spool: string): void => writeFileSync(join(spool, 'cancel'), '');
