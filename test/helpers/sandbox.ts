import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';

/** The package's own folder. */
export const ROOT = new URL('../..', import.meta.url).pathname;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A home of its own: nothing of the machine's real state, config or scheduler is touched. */
export interface Sandbox {
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
  /** Runs a program and waits. */
  run(argv: readonly string[], extra?: NodeJS.ProcessEnv): Promise<Ended>;
  /** bin/martlet, as a person would type it. */
  martlet(...args: readonly string[]): Promise<Ended>;
  remove(): void;
}

/** Runs a program with nothing on its stdin and waits. */
export const waitFor = (argv: readonly string[], env: NodeJS.ProcessEnv, cwd = ROOT): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(argv[0] ?? '', argv.slice(1), { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', chunk => (stdout += chunk));
    child.stderr.on('data', chunk => (stderr += chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });

/** `slots`: how many jobs the embedded scheduler starts at once. */
export const sandbox = (slots = 2): Sandbox => {
  const dir = mkdtempSync(join(tmpdir(), 'martlet-test-'));
  const env = {
    PATH: process.env.PATH,
    HOME: join(dir, 'home'),
    LANG: 'C.UTF-8',
    NO_COLOR: '1',
    XDG_STATE_HOME: join(dir, 'state'),
    XDG_CONFIG_HOME: join(dir, 'config'),
    MARTLET_LOCAL_SLOTS: String(slots),
  };
  const run = (argv: readonly string[], extra: NodeJS.ProcessEnv = {}) => waitFor(argv, { ...env, ...extra });
  return {
    dir,
    env,
    run,
    martlet: (...args) => run([join(ROOT, 'bin/martlet'), ...args]),
    remove: () => rmSync(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }),
  };
};

/** What is there now: a job that ends takes its folders away while somebody looks. */
const there = <T>(look: () => T, nothing: T): T => {
  try {
    return look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return nothing;
    throw error;
  }
};

const filesBelow = (dir: string): string[] =>
  there(() => readdirSync(dir, { withFileTypes: true }), []).flatMap(each =>
    each.isDirectory() ? filesBelow(join(dir, each.name)) : [join(dir, each.name)],
  );

/** Lines of every file of this name below a folder, each with its path from there. */
export const linesBelow = (dir: string, name: string): { file: string; line: string }[] =>
  filesBelow(dir)
    .filter(path => basename(path) === name)
    .flatMap(path =>
      there(() => readFileSync(path, 'utf8'), '')
        .split('\n')
        .filter(Boolean)
        .map(line => ({ file: relative(dir, path), line })),
    );
