import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, onTestFinished } from 'vitest';
import { bootId, carriersOf, isAlive, readIdentity } from '../../src/embedded/processes.ts';
import { freshFolder } from '../store/disks.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** The program as it is shipped, bundled anew: it starts in a third of the time its sources need. */
export const PROGRAM = join(ROOT, 'dist', 'test', `embedded-${process.pid}.mjs`);
buildSync({
  absWorkingDir: ROOT,
  entryPoints: ['src/embedded/main.ts'],
  outfile: PROGRAM,
  bundle: true,
  format: 'esm',
  platform: 'node',
  logLevel: 'silent',
});
afterAll(() => rmSync(PROGRAM, { force: true }));

export interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface PollLine {
  readonly id: string;
  readonly seen: string;
  readonly reason?: string;
  readonly raw: string;
  readonly failure?: string;
  readonly code?: number | null;
}

const pause = (ms: number): Promise<void> => new Promise(done => setTimeout(done, ms));

/** A queue of its own in a folder with an awkward name, its verbs as real processes, and everything ended afterwards. */
export class Local {
  readonly folder = join(freshFolder(), "it's a place é 日本");
  readonly place = join(this.folder, 'queue');
  env: Record<string, string> = {};

  /** `whenOver`: the test's own onTestFinished, which tests that run side by side must hand in; `shared` by the tests of a file. */
  constructor(env: Record<string, string> = {}, whenOver: typeof onTestFinished | 'shared' = onTestFinished) {
    mkdirSync(this.folder);
    this.env = {
      ...(process.env as Record<string, string>),
      MARTLET_EMBEDDED_DIR: this.place,
      MARTLET_EMBEDDED_GRACE_SECONDS: '1',
      MARTLET_EMBEDDED_IDLE_MS: '500',
      ...env,
    };
    if (whenOver !== 'shared') whenOver(() => this.end());
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
    return spawn(process.execPath, [PROGRAM, ...words], { env: this.env, cwd: this.folder, stdio: 'ignore' });
  }

  script(name: string, ...lines: readonly string[]): string {
    const path = join(this.folder, name);
    writeFileSync(path, ['#!/bin/bash', ...lines, ''].join('\n'));
    return path;
  }

  async submit(...words: readonly string[]): Promise<string> {
    return (await this.do('submit', ...words))[0] as string;
  }

  async poll(...ids: readonly string[]): Promise<PollLine[]> {
    return (await this.do('poll', ...ids)).map(line => JSON.parse(line) as PollLine);
  }

  async history(...ids: readonly string[]): Promise<PollLine[]> {
    return (await this.do('history', ...ids)).map(line => JSON.parse(line) as PollLine);
  }

  /** Waits for `seen` of all ids, and gives their raw texts. */
  async until(seen: string, ...ids: readonly string[]): Promise<string[]> {
    for (let i = 0; i < 150; i += 1) {
      const lines = await this.poll(...ids);
      if (lines.length > 0 && lines.every(line => line.seen === seen)) return lines.map(line => line.raw);
      await pause(50);
    }
    throw new Error(`not ${seen}: ${JSON.stringify(await this.poll(...ids))}\n${this.logs()}`);
  }

  /** Lines that jobs appended themselves. */
  lines(name: string): string[] {
    const path = join(this.folder, name);
    return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
  }

  async untilLines(name: string, count: number): Promise<string[]> {
    for (let i = 0; i < 400 && this.lines(name).length < count; i += 1) await pause(25);
    return this.lines(name);
  }

  spool(id: string, name: string): string {
    return join(this.place, 'spool', id, name);
  }

  claimPid(id: string): number {
    return Number(readlinkSync(this.spool(id, 'claim')).split(' ')[0]);
  }

  runnerPid(): number | undefined {
    const who = readIdentity(join(this.place, 'runner'));
    return who && isAlive(who, bootId(this.env)) ? who.pid : undefined;
  }

  logs(): string {
    const path = join(this.place, 'runner.log');
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  async end(): Promise<void> {
    this.env = { ...this.env, MARTLET_EMBEDDED_GRACE_SECONDS: '0' };
    const left = existsSync(this.place) ? await this.poll() : [];
    if (left.length > 0) await this.try('cancel', ...left.map(line => line.id));
    if (left.length > 0) await this.until('ended', ...left.map(line => line.id)).catch(() => undefined);
    const runner = this.runnerPid();
    if (runner !== undefined) process.kill(runner, 'SIGKILL');
  }
}

export const carriers = (cookie: string): number[] => carriersOf(cookie);
export { pause };
