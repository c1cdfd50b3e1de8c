import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { it, type onTestFinished } from 'vitest';
import { ROOT } from '../helpers/sandbox.ts';
import type { TestEngine } from './engines.ts';
import { IMAGE } from './image.ts';

/** As it is shipped; without the shim, because it is started a thousand times. */
const PROGRAM = join(ROOT, 'dist/docker.cjs');

export interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Line {
  readonly id: string;
  readonly seen: string;
  readonly reason?: string;
  readonly raw: string;
  readonly failure?: string;
  readonly code?: number | null;
  readonly waitsFor?: readonly string[];
  readonly position?: { readonly place: number; readonly of: number };
}

export const pause = (ms: number): Promise<void> => new Promise(done => setTimeout(done, ms));

let count = 0;

/** A place of its own in a folder with an awkward name, verbs as real processes, and every container removed afterwards. */
export class Dock {
  readonly folder = join(mkdtempSync(join(tmpdir(), 'martlet-dock-')), "it's a place é 日本");
  readonly place = join(this.folder, 'spool');
  readonly engine: TestEngine;
  readonly prefix = `t${process.pid}-${++count}`;
  env: Record<string, string>;

  constructor(engine: TestEngine, env: Record<string, string>, whenOver: typeof onTestFinished) {
    mkdirSync(this.folder);
    this.engine = engine;
    this.env = {
      PATH: process.env.PATH ?? '',
      HOME: join(this.folder, 'home'),
      MARTLET_NODE: process.execPath,
      MARTLET_DOCKER_DIR: this.place,
      MARTLET_DOCKER_SOCKET: engine.socket,
      MARTLET_DOCKER_GRACE_SECONDS: '2',
      MARTLET_DOCKER_SLOTS: '8',
      ...env,
    };
    whenOver(() => this.end());
  }

  /** Names on the engine are shared by all tests. */
  name(job: string): string {
    return `${this.prefix}.${job}`;
  }

  /** A verb that may fail. */
  try(...words: readonly string[]): Promise<Said> {
    return new Promise(done => {
      execFile(process.execPath, [PROGRAM, ...words], { env: this.env, cwd: this.folder }, (error, stdout, stderr) =>
        done({ code: error ? (typeof error.code === 'number' ? error.code : null) : 0, stdout, stderr }),
      );
    });
  }

  /** A verb that must not fail; its lines. */
  async do(...words: readonly string[]): Promise<string[]> {
    const { code, stdout, stderr } = await this.try(...words);
    if (code !== 0) throw new Error(`${words.join(' ')}: ${code}: ${stderr}`);
    return stdout.split('\n').filter(Boolean);
  }

  spawn(...words: readonly string[]): ChildProcess {
    return spawn(process.execPath, [PROGRAM, ...words], {
      env: this.env,
      cwd: this.folder,
      stdio: 'ignore',
      detached: true,
    });
  }

  script(name: string, ...lines: readonly string[]): string {
    const path = join(this.folder, name);
    writeFileSync(path, ['#!/bin/bash', ...lines, ''].join('\n'));
    return path;
  }

  container(name: string, facts: Record<string, unknown>): string {
    const path = join(this.folder, name);
    writeFileSync(path, JSON.stringify({ image: IMAGE, gpus: 0, mounts: [], ...facts }));
    return path;
  }

  submitWords(job: string, ...words: readonly string[]): string[] {
    const from = words.some(word => word.startsWith('--container')) ? [] : [`--image=${IMAGE}`];
    return ['submit', `--name=${this.name(job)}`, `--token=${this.name(job)}`, ...from, ...words];
  }

  async submit(job: string, ...words: readonly string[]): Promise<string> {
    return (await this.do(...this.submitWords(job, ...words)))[0] as string;
  }

  private async lines(verb: string, words: readonly string[]): Promise<Line[]> {
    return (await this.do(verb, ...words)).map(line => JSON.parse(line) as Line);
  }

  poll(...ids: readonly string[]): Promise<Line[]> {
    return this.lines('poll', ids);
  }

  history(...ids: readonly string[]): Promise<Line[]> {
    return this.lines('history', ids);
  }

  find(...tokens: readonly string[]): Promise<Line[]> {
    return this.lines('find', tokens);
  }

  async why(id: string): Promise<Line | undefined> {
    return (await this.lines('why', [id]))[0];
  }

  /** Waits for `seen` of all ids, and gives their raw texts in the order of `ids`. */
  async until(seen: string, ...ids: readonly string[]): Promise<string[]> {
    for (let i = 0; i < 150; i += 1) {
      const lines = await this.poll(...ids);
      const raws = ids.map(id => lines.find(line => line.id === id && line.seen === seen)?.raw);
      if (raws.every(raw => raw !== undefined)) return raws as string[];
      // Nothing comes after an end.
      if (seen !== 'ended' && lines.some(line => line.seen === 'ended')) break;
      await pause(200);
    }
    throw new Error(`not ${seen}: ${JSON.stringify(await this.poll(...ids))}`);
  }

  /** Lines that jobs appended themselves. */
  read(name: string): string[] {
    const path = join(this.folder, name);
    return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
  }

  async untilRead(name: string, lines: number): Promise<string[]> {
    for (let i = 0; i < 300 && this.read(name).length < lines; i += 1) await pause(50);
    return this.read(name);
  }

  /** The folder of the last job of this name. */
  spool(job: string): string {
    const found = readdirSync(join(this.place, 'jobs')).find(each => each.startsWith(`${this.name(job)}.`));
    return join(this.place, 'jobs', found ?? 'nothing');
  }

  /** runc gives up now and then on a container that makes processes all the while (old cgroups, freezer). */
  async pauseContainer(id: string): Promise<void> {
    for (let tries = 20; ; tries -= 1)
      try {
        return await this.engine.docker.getContainer(id).pause();
      } catch (error) {
        if (tries === 0) throw error;
        await pause(100);
      }
  }

  async containers(): Promise<Docker.ContainerInfo[]> {
    const all = await this.engine.docker.listContainers({ all: true });
    return all.filter(each => each.Names.some(name => name.startsWith(`/${this.prefix}.`)));
  }

  async end(): Promise<void> {
    for (const { Id } of await this.containers().catch(() => []))
      await this.engine.docker
        .getContainer(Id)
        .remove({ force: true })
        .catch(() => undefined);
    rmSync(join(this.folder, '..'), { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

type MakeDock = (env?: Record<string, string>) => Dock;

/** Other people may use the machine meanwhile. */
const TIMEOUT_MS = 180_000;

/**
 * Tests that run side by side, since most of each is waiting; skipped where the engine is missing. `shared`: what the companion
 * does is the same on every engine, so one engine is enough.
 */
export const testsOn = (
  engine: TestEngine | undefined,
  engines: readonly (readonly [string, TestEngine | undefined])[],
) => {
  const declare =
    (isWanted: boolean) =>
    (sentence: string, act: (dock: MakeDock) => Promise<void>): void => {
      if (engine && !isWanted) return;
      const test = engine ? it.concurrent : it.concurrent.skip;
      test(sentence, { timeout: TIMEOUT_MS }, ({ onTestFinished: whenOver }) =>
        act((env = {}) => new Dock(engine as TestEngine, env, whenOver)),
      );
    };
  const first = engines.find(([, each]) => each !== undefined)?.[1];
  return { test: declare(true), shared: declare(engine === first) };
};
