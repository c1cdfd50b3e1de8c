import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');
export const MARTLET = join(ROOT, 'bin', 'martlet');
export const RECIPE = 'recipes/llama-3.1-swallow-8b-v0.5.yaml';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A home of its own, so that no test sees the person's runs or overlays. */
export const freshHome = (): Record<string, string> => {
  const home = mkdtempSync(join(tmpdir(), 'martlet-home-'));
  return {
    HOME: home,
    XDG_STATE_HOME: join(home, 'state'),
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_CACHE_HOME: join(home, 'cache'),
  };
};

/** Runs a program as a shell would; no terminal on any end. */
export const runProgram = (
  program: string,
  args: readonly string[],
  options: { readonly env?: Record<string, string>; readonly cwd?: string; readonly stdin?: string } = {},
): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd ?? ROOT,
      env: { PATH: process.env.PATH ?? '', ...freshHome(), ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', chunk => (stdout += chunk));
    child.stderr.on('data', chunk => (stderr += chunk));
    child.on('error', reject);
    child.on('close', code => resolve({ code, stdout, stderr }));
    // A program that ends at once has closed its end already.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.stdin ?? '');
  });

export const martlet = (args: readonly string[], env: Record<string, string> = {}): Promise<Ended> =>
  runProgram(MARTLET, args, { env });
