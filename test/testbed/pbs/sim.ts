import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll } from 'vitest';
import type { Settings } from './settings.ts';

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Bytes that are no UTF-8 are kept here. */
  readonly bytes: Buffer;
}

const SCRIPT = join(import.meta.dirname, '..', 'pbs.sh');
/** Waits that are ten and more seconds on a site, so that a test sees both sides of them. */
const QUICK =
  'killDelaySeconds=2 walltimeCheckSeconds=0.3 stageoutSeconds=2 prerunSeconds=0.7 cycleSeconds=0.1 nodeFailSeconds=2';

/** pbs.sh takes the 900th port of a range. */
const freePort = (): Promise<number> =>
  new Promise(resolve => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });

const isRoot = process.getuid?.() === 0;

/** Root may not submit, so as root the commands are run as the testbed's user. */
const userWords = (): { words: readonly string[]; home: string; uid?: number; gid?: number } => {
  if (!isRoot) return { words: [], home: process.env.HOME ?? '/' };
  const name = process.env.MARTLET_TESTBED_USER ?? 'mtuser';
  const [, , uid, gid, , home = ''] = execFileSync('getent', ['passwd', name], { encoding: 'utf8' }).trim().split(':');
  return {
    words: ['setpriv', `--reuid=${name}`, `--regid=${name}`, '--init-groups', '--'],
    home,
    uid: Number(uid),
    gid: Number(gid),
  };
};

const execute = (argv: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Said> =>
  new Promise(done => {
    const [program = '', ...words] = argv;
    execFile(program, words, { cwd, env, encoding: 'buffer', maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      done({
        code: typeof error?.code === 'number' ? error.code : error ? -1 : 0,
        ...{ stdout: stdout.toString(), stderr: stderr.toString(), bytes: stdout },
      }),
    );
  });

/** A simulated PBS of a test file's own, in a folder of its own. */
export class Sim {
  private readonly dir = mkdtempSync(join(tmpdir(), 'mt-pbs-'));
  private readonly user = userWords();
  private env: NodeJS.ProcessEnv = {};
  /** Where commands are typed. */
  readonly work = join(this.dir, 'work');

  async start(): Promise<void> {
    chmodSync(this.dir, 0o755);
    mkdirSync(this.work);
    if (this.user.uid !== undefined) chownSync(this.work, this.user.uid, this.user.gid ?? 0);
    const port = await freePort();
    this.env = { ...process.env, MARTLET_TESTBED_DIR: this.dir, MARTLET_TESTBED_PORT: String(port - 900) };
    await this.script('start', { MARTLET_PBS_SETTINGS: QUICK });
  }

  async stop(): Promise<void> {
    await this.script('stop');
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  async script(verb: string, more: NodeJS.ProcessEnv = {}, ...words: readonly string[]): Promise<void> {
    const said = await execute([SCRIPT, verb, ...words], '/', { ...this.env, ...more });
    if (said.code !== 0) throw new Error(`pbs.sh ${verb}: ${said.stderr}`);
  }

  async set(settings: Partial<Settings>): Promise<void> {
    await this.script('set', {}, ...Object.entries(settings).map(([key, value]) => `${key}=${value}`));
  }

  /** A command of PBS, as its user types it. */
  run(...argv: readonly string[]): Promise<Said> {
    const [program = '', ...words] = argv;
    return this.runWith({}, program, ...words);
  }

  runWith(env: NodeJS.ProcessEnv, program: string, ...words: readonly string[]): Promise<Said> {
    const own = {
      HOME: this.user.home,
      PATH: process.env.PATH,
      TZ: 'UTC',
      LANG: 'C.UTF-8',
      SHELL: '/bin/bash',
      ...env,
    };
    return execute([...this.user.words, join(this.dir, 'pbs/bin', program), ...words], this.work, own);
  }

  /** As an operator, who here is whoever runs the tests. */
  operator(program: string, ...words: readonly string[]): Promise<Said> {
    return execute([join(this.dir, 'pbs/bin', program), ...words], this.work, { ...process.env, TZ: 'UTC' });
  }

  file(name: string, ...lines: readonly string[]): string {
    writeFileSync(join(this.work, name), lines.join('\n'));
    return name;
  }

  /** Lines of a script below `#!/bin/bash`. */
  scriptFile(name: string, ...lines: readonly string[]): string {
    return this.file(name, '#!/bin/bash', ...lines, '');
  }

  async submit(...words: readonly string[]): Promise<string> {
    const said = await this.run('qsub', ...words);
    if (said.code !== 0) throw new Error(`qsub ${words.join(' ')}: ${said.code} ${said.stderr}`);
    return said.stdout.trim();
  }

  /** `sh -c TEXT` as a job. */
  shell(text: string, ...words: readonly string[]): Promise<string> {
    return this.submit(...words, '--', '/bin/sh', '-c', text);
  }

  /** Every attribute of a job, by its own name; undefined: unknown. */
  async attributes(id: string): Promise<Readonly<Record<string, string>> | undefined> {
    const { stdout } = await this.run('qstat', '-x', '-f', '-w', id);
    if (!stdout.startsWith('Job Id:')) return undefined;
    return Object.fromEntries([...stdout.matchAll(/^ {4}(\S+) = (.*)$/gm)].map(([, name, value]) => [name, value]));
  }

  async until(
    id: string,
    isWanted: (job: Readonly<Record<string, string>>) => boolean,
    what = 'as wanted',
  ): Promise<Readonly<Record<string, string>>> {
    for (let i = 0; i < 300; i += 1) {
      const job = await this.attributes(id);
      if (job && isWanted(job)) return job;
      await pause(100);
    }
    throw new Error(`${id} is not ${what}: ${JSON.stringify(await this.attributes(id))}`);
  }

  untilState(id: string, ...states: readonly string[]): Promise<Readonly<Record<string, string>>> {
    return this.until(id, job => states.includes(job.job_state ?? ''), states.join(' or '));
  }

  read(name: string): string {
    return existsSync(join(this.work, name)) ? readFileSync(join(this.work, name), 'utf8') : '';
  }
}

/** One for all tests of a file. */
export const simForFile = (): Sim => {
  const sim = new Sim();
  beforeAll(() => sim.start());
  afterAll(() => sim.stop());
  return sim;
};
