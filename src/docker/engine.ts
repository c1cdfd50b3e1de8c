import { channel } from 'node:diagnostics_channel';
import { existsSync } from 'node:fs';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import Docker from 'dockerode';
import { Refusal } from '../embedded/refusal.ts';

/** A container engine that answers: Docker's, or Podman's through the same interface. */
export interface Engine {
  /** `unix:///var/run/docker.sock`. */
  readonly address: string;
  readonly docker: Docker;
}

/** An engine that says nothing for so long hangs nobody. */
const PATIENCE_MS = 120_000;

/** Where engines listen when nobody says where: Docker, rootless Docker, Docker Desktop, rootless Podman, Podman. */
const usualSockets = (env: NodeJS.ProcessEnv): string[] => {
  const mine = env.XDG_RUNTIME_DIR || `/run/user/${process.getuid?.() ?? 0}`;
  return [
    '/var/run/docker.sock',
    join(mine, 'docker.sock'),
    join(env.HOME || homedir(), '.docker', 'run', 'docker.sock'),
    join(mine, 'podman', 'podman.sock'),
    '/run/podman/podman.sock',
  ];
};

const bad = (address: string, from: string, why: string): Refusal => new Refusal(`${from} is "${address}": ${why}`, 2);

/** The run's folder and the engine must be on one machine, because folders of it are given to containers by their path. */
const checked = (address: string, from: string): string => {
  if (isAbsolute(address)) return `unix://${address}`;
  if (/^unix:\/\/\/./.test(address)) return address;
  if (/^(tcp|http):\/\/(localhost|127\.[0-9.]+|\[::1\]):[0-9]+\/?$/.test(address)) return address;
  if (address.startsWith('ssh://'))
    throw bad(
      address,
      from,
      'an engine on another machine is reached by login: of the overlay, together with its files',
    );
  throw bad(address, from, 'it must be the path of a socket, unix:///PATH, or tcp://127.0.0.1:PORT');
};

/** The engine's address: as told, $MARTLET_DOCKER_SOCKET, $DOCKER_HOST, else the first usual socket that is there. */
export const engineAddress = (env: NodeJS.ProcessEnv, told?: string): string => {
  if (told !== undefined) return checked(told, '--socket');
  if (env.MARTLET_DOCKER_SOCKET) return checked(env.MARTLET_DOCKER_SOCKET, 'MARTLET_DOCKER_SOCKET');
  if (env.DOCKER_HOST) return checked(env.DOCKER_HOST, 'DOCKER_HOST');
  const usual = usualSockets(env);
  return `unix://${usual.find(existsSync) ?? usual[0]}`;
};

/**
 * The docker library hears of an answer's end and of a question's errors, and not of an answer that ends in its middle: nobody
 * would ever be told. So that is made an error of the question.
 */
const noticeCutAnswers = (message: unknown): void => {
  const { request, response } = message as { request: ClientRequest; response: IncomingMessage };
  response.once('close', () => {
    if (!response.complete)
      request.emit('error', Object.assign(new Error('the connection was lost'), { code: 'ECONNRESET' }));
  });
};
channel('http.client.response.finish').subscribe(noticeCutAnswers);

/** What the docker library would read of the environment by itself is taken away, so that the address alone counts. */
export const openEngine = (address: string, timeout = PATIENCE_MS): Engine => {
  const { DOCKER_HOST: _, ...rest } = process.env;
  process.env = rest;
  const socketPath = /^unix:\/\/(.*)$/s.exec(address)?.[1];
  if (socketPath !== undefined) return { address, docker: new Docker({ socketPath, timeout }) };
  const { hostname, port } = new URL(address);
  return { address, docker: new Docker({ host: hostname, port, protocol: 'http', timeout }) };
};

interface Thrown {
  readonly message: string;
  readonly statusCode?: number;
  readonly code?: string;
  readonly syscall?: string;
  readonly json?: { readonly message?: string };
}

/** The status of an answer that says no; undefined when there was no answer. */
export const statusOf = (error: unknown): number | undefined => (error as Thrown).statusCode;

/** Nothing can have reached the engine: there is no such socket, nobody listens, or it may not be opened. */
export const isNeverAsked = (error: unknown): boolean => (error as Thrown).syscall === 'connect';

const START = 'no engine listens there; start it, or name its socket in DOCKER_HOST or dialect_options.socket';
const JOIN = 'you may not use it; join the group docker, or run a rootless engine';
const HINTS: Readonly<Record<string, string>> = { ENOENT: START, ECONNREFUSED: START, EACCES: JOIN, EPERM: JOIN };

/** What the engine said, in its own words; or that it said nothing, and what can be done. */
export const engineWords = (error: unknown): string => {
  const { statusCode, json, message, code } = error as Thrown;
  if (statusCode !== undefined) return (json?.message ?? message).trim();
  if (isNeverAsked(error)) return `the engine does not answer: ${message} (${HINTS[code ?? ''] ?? START})`;
  return code === 'ECONNRESET' ? `the engine's answer was cut off: ${message}` : message;
};

export interface EngineFacts {
  /** The container's root is the person outside. */
  readonly isRootless: boolean;
  /** Container users are other numbers outside, unless a container asks for the host's. */
  readonly remapsUsers: boolean;
}

/** Docker tells it among its security options, Podman by a word of its own. */
export const askFacts = async ({ docker }: Engine): Promise<EngineFacts> => {
  const info = (await docker.info()) as { SecurityOptions?: readonly string[]; Rootless?: boolean };
  const has = (name: string): boolean =>
    (info.SecurityOptions ?? []).some(each => each.split(',').includes(`name=${name}`));
  return { isRootless: has('rootless') || info.Rootless === true, remapsUsers: has('userns') };
};
