import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterAll } from 'vitest';
import { ROOT } from '../helpers/sandbox.ts';
import { provideImage } from './image.ts';

export type Kind = 'docker' | 'podman';

/** A real engine with the image of the tests. */
export interface TestEngine {
  readonly kind: Kind;
  readonly socket: string;
  readonly docker: Docker;
  /** `daemon-kill`, `api-start`: a verb of the testbed's script; undefined where the engine is somebody else's. */
  readonly fault?: (verb: string) => void;
}

const SCRIPTS = join(ROOT, 'test/testbed');
const GIVEN: Readonly<Record<Kind, readonly string[]>> = {
  docker: ['MARTLET_DOCKER_SOCKET', 'DOCKER_HOST'],
  podman: ['MARTLET_PODMAN_SOCKET'],
};

const given = (kind: Kind): string | undefined => {
  const found = GIVEN[kind].map(name => process.env[name]).find(Boolean);
  return found?.replace(/^unix:\/\//, '');
};

const opened = (kind: Kind, socket: string, fault?: (verb: string) => void): TestEngine => ({
  kind,
  socket,
  docker: new Docker({ socketPath: socket }),
  ...(fault ? { fault } : {}),
});

/** An engine of this file alone, started by the testbed's script, in a folder that goes with it. */
const started = (kind: Kind, env: Record<string, string>): TestEngine | string => {
  const script = join(SCRIPTS, `${kind}.sh`);
  if (!existsSync(script)) return `there is no ${script}, and ${GIVEN[kind].join(' or ')} names no socket`;
  if (process.getuid?.() !== 0) return 'only root can start one';
  const folder = mkdtempSync(join(tmpdir(), 'mt-'));
  const run = (verb: string) =>
    spawnSync('bash', [script, verb], {
      env: { ...process.env, ...env, MARTLET_TESTBED_DIR: folder },
      encoding: 'utf8',
      timeout: 120_000,
    });
  afterAll(() => {
    run('stop');
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });
  const up = run('start');
  if (up.status !== 0) return up.stderr.trim().split('\n').at(-1) ?? 'it did not start';
  return opened(kind, join(folder, kind, `${kind}.sock`), verb => {
    const done = run(verb);
    if (done.status !== 0) throw new Error(`${verb}: ${done.stderr}`);
  });
};

/**
 * The engine that MARTLET_DOCKER_SOCKET, DOCKER_HOST or MARTLET_PODMAN_SOCKET names, else one of the testbed's; undefined, with
 * one visible line, where there is none. `own`: one that may be killed, or that needs settings of its own.
 */
export const provideEngine = async (
  kind: Kind,
  { own = false, env = {} }: { own?: boolean; env?: Record<string, string> } = {},
): Promise<TestEngine | undefined> => {
  const socket = own ? undefined : given(kind);
  const found = socket === undefined ? started(kind, env) : opened(kind, socket);
  if (typeof found === 'string') {
    console.warn(`skipped: no ${kind} engine can be had: ${found}`);
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'mt-image-'));
  try {
    await provideImage(found.docker, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return found;
};

/** dist/docker.cjs as it is shipped: bundled anew when a source has changed. */
export const buildProgram = (): void => {
  execFileSync(process.execPath, [join(ROOT, 'bin/build.mjs'), '--quiet'], { cwd: ROOT });
};
