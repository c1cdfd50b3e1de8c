import { readFileSync } from 'node:fs';
import { Refusal } from './refusal.ts';

/** What a job gets of the submitter's environment; everything else stays behind, as on a cluster. */
const KEPT: ReadonlySet<string> = new Set([
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'PATH',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'TMPDIR',
]);
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

const entry = (line: string, file: string): [string, string] => {
  const at = line.indexOf('=');
  const name = line.slice(0, at);
  if (at < 0 || !NAME.test(name)) throw new Refusal(`${file} has "${line}", which is not NAME=VALUE`);
  return [name, line.slice(at + 1)];
};

/** Lines of NAME=VALUE, blank ones and those with # in front left out; with NULs between them, values may hold line breaks. */
const readEnvFile = (file: string): [string, string][] => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new Refusal(`the environment file ${file} cannot be read: ${(error as Error).message}`);
  }
  if (text.includes('\0'))
    return text
      .split('\0')
      .filter(line => line !== '' && line !== '\n')
      .map(line => entry(line, file));
  return text
    .split('\n')
    .filter(line => line.trim() !== '' && !line.startsWith('#'))
    .map(line => entry(line, file));
};

/** The job's environment: the clean set, the lines of its files, and who it is. */
export const jobEnvironment = (
  env: NodeJS.ProcessEnv,
  files: readonly string[],
  id: number,
  name: string,
): Record<string, string> => {
  const kept = Object.entries(env).flatMap(([key, value]) =>
    value !== undefined && (KEPT.has(key) || key.startsWith('XDG_')) ? [[key, value] as const] : [],
  );
  return {
    ...Object.fromEntries(kept),
    ...Object.fromEntries(files.flatMap(readEnvFile)),
    MARTLET_LOCAL_JOB_ID: String(id),
    MARTLET_LOCAL_JOB_NAME: name,
  };
};
