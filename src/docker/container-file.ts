import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { Refusal } from '../embedded/refusal.ts';

/** A folder or file that the container gets. `missing`: what is done when it is not there. */
export interface Mount {
  readonly from: string;
  /** Default: the same path. */
  readonly to?: string;
  readonly read_only?: boolean;
  readonly missing: 'make' | 'skip' | 'refuse';
}

/** What a job's container is made from: container.json beside its script. */
export interface ContainerFile {
  readonly image: string;
  /** GPUs of the job; 0: none. */
  readonly gpus: number;
  /** Processors it may use at most, and bytes of memory; undefined: all there are. */
  readonly cpus?: number;
  readonly memory_bytes?: number;
  readonly mounts: readonly Mount[];
}

/** Podman turns mounts into words with commas between, and binds have colons. */
const isPath = (path: unknown): boolean => typeof path === 'string' && /^[/~]/.test(path) && !/[,:\n]/.test(path);

const isMount = (each: unknown): each is Mount => {
  const { from, to, missing } = (each ?? {}) as Record<string, unknown>;
  return isPath(from) && (to === undefined || isPath(to)) && ['make', 'skip', 'refuse'].includes(String(missing));
};

const isAmount = (value: unknown): boolean => value === undefined || (typeof value === 'number' && value > 0);

const isContainerFile = (value: unknown): value is ContainerFile => {
  const { image, gpus, cpus, memory_bytes, mounts } = (value ?? {}) as Record<string, unknown>;
  const isNamed = typeof image === 'string' && image !== '' && Number.isInteger(gpus) && Number(gpus) >= 0;
  return isNamed && isAmount(cpus) && isAmount(memory_bytes) && Array.isArray(mounts) && mounts.every(isMount);
};

export const readContainerFile = (path: string): ContainerFile => {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Refusal(`${path} cannot be read: ${(error as Error).message}`);
  }
  if (isContainerFile(value)) return value;
  throw new Refusal(`${path} does not say what a container is made from (image, gpus, mounts)`);
};

export interface ReadyMount {
  readonly from: string;
  readonly to: string;
  readonly readOnly: boolean;
}

const atHome = (path: string): string => path.replace(/^~(?=\/|$)/, process.env.HOME || homedir());

const makeFolder = (path: string): void => {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw new Refusal(`${path} cannot be made: ${(error as Error).message}`);
  }
};

/** The mounts with whole paths, each there: Podman makes a missing folder by itself, as root. */
export const readyMounts = (mounts: readonly Mount[]): ReadyMount[] =>
  mounts.flatMap(({ from, to, read_only, missing }) => {
    const path = atHome(from);
    if (missing === 'make') makeFolder(path);
    if (existsSync(path)) return [{ from: path, to: atHome(to ?? from), readOnly: read_only ?? false }];
    if (missing === 'skip') return [];
    throw new Refusal(`${path} is not there, and the job's container is to be given it`);
  });
