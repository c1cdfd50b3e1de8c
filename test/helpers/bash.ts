import { spawnSync } from 'node:child_process';

/** A program run to its end with text in and text out. */
export const run = (
  argv: readonly string[],
  options: { cwd?: string; env?: Record<string, string | undefined>; input?: string; timeoutMs?: number } = {},
): { code: number | null; stdout: string; stderr: string } => {
  const [program = 'bash', ...rest] = argv;
  const done = spawnSync(program, rest, {
    cwd: options.cwd,
    env: options.env === undefined ? process.env : (options.env as NodeJS.ProcessEnv),
    input: options.input,
    encoding: 'utf8',
    timeout: options.timeoutMs ?? 60_000,
    maxBuffer: 1 << 28,
  });
  return { code: done.status, stdout: done.stdout ?? '', stderr: done.stderr ?? '' };
};

/** Whether a program is to be had here. */
export const has = (program: string): boolean => run(['bash', '-c', `command -v ${program}`]).code === 0;
