import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import type { PlannedJob } from '../../src/plan/types.ts';
import { renderJob } from '../../src/render/job.ts';
import type { RenderSite } from '../../src/render/site.ts';
import { siteOf, trainingJob } from './jobs.ts';
import { TEMPLATES } from './templates.ts';

type Deep<T> = { readonly [K in keyof T]?: T[K] };

/** A run's folder with a blank in its path, and one rendered job whose torchrun is the bash text of the test. */
export interface JobFolder {
  readonly run: string;
  readonly job: string;
  readonly attempt: string;
  readonly checkpoints: string;
  write(path: string, text: string | Uint8Array): void;
  writeProgram(path: string, text: string): void;
  read(path: string): string | undefined;
  exists(path: string): boolean;
  /** A checkpoint with everything a whole one has; the tracker is moved too unless `tracker` is false. */
  save(step: number, options?: { whole?: boolean; tracker?: boolean }): void;
  start(env?: Record<string, string>): Started;
  diary(): { n: number; boot: number; kind: string; what?: string; text?: string; code?: number; outcome?: string }[];
  notes(what: string): string[];
}

export interface Started {
  readonly pid: number;
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
  kill(signal: NodeJS.Signals): void;
}

export interface JobFolderOptions {
  readonly torchrun: string;
  /** Parts of the planned job, when they need no path or when they do. */
  readonly job?: Deep<PlannedJob> | ((run: string) => Deep<PlannedJob>);
  readonly request?: Deep<PlannedJob['request']>;
  readonly site?: Deep<RenderSite>;
  readonly rehearsal?: boolean;
}

// Tests that run at once share one hook: a test's own would be tied to whichever test runs at that moment.
const cleanups: (() => void)[] = [];
afterAll(() => {
  for (const clean of cleanups.splice(0)) clean();
});

/** Saving as the trainer does it, for the bash of tests: save STEP. */
const LIBRARY = `
save() {
  local folder; folder=$(printf '%s/iter_%07d' "$SAVE" "$1")
  mkdir -p "$folder"; echo data >"$folder/__0_0.distcp"; echo '{}' >"$folder/metadata.json"
  printf '%s' "$1" >"$SAVE/latest_checkpointed_iteration.txt"
}
count() { echo x >>"$SAVE/../starts.$MARTLET_NODE_RANK"; wc -l <"$SAVE/../starts.$MARTLET_NODE_RANK"; }
`;

export const jobFolder = (options: JobFolderOptions): JobFolder => {
  const root = mkdtempSync(join(tmpdir(), 'martlet job '));
  cleanups.push(() => rmSync(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  const run = join(root, 'run');
  const job = trainingJob(
    run,
    { nodes: 1, ...options.request },
    typeof options.job === 'function' ? options.job(run) : options.job,
  );
  const site = siteOf(run, {
    code: run,
    prepend: { PATH: [join(run, 'bin')] },
    ...(options.rehearsal === false ? {} : { rehearsal: { node: process.execPath } }),
    ...options.site,
  });
  const rendered = renderJob(job, site, TEMPLATES);
  if (!rendered.value) throw new Error(JSON.stringify(rendered.diagnostics));
  const write = (path: string, text: string | Uint8Array, mode?: number): void => {
    mkdirSync(dirname(join(run, path)), { recursive: true });
    writeFileSync(join(run, path), text, { mode });
  };
  for (const [name, text] of Object.entries(rendered.value)) write(name, text);
  const checkpoints = join(run, 'checkpoints/cpt');
  mkdirSync(checkpoints, { recursive: true });
  for (const bin of ['bin', 'rehearsal/bin'])
    write(`${bin}/torchrun`, `#!/bin/bash\nSAVE='${checkpoints}'\n${LIBRARY}\n${options.torchrun}\n`, 0o755);
  const attempt = join(run, 'cpt-1/A1');
  mkdirSync(attempt, { recursive: true });
  const read = (path: string): string | undefined =>
    existsSync(join(run, path)) ? readFileSync(join(run, path), 'utf8') : undefined;
  const diary: JobFolder['diary'] = () =>
    (read('cpt-1/A1/events.jsonl') ?? '')
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line));
  return {
    run,
    job: join(run, 'cpt-1'),
    attempt,
    checkpoints,
    write: (path, text) => write(path, text),
    writeProgram: (path, text) => write(path, text, 0o755),
    read,
    exists: path => existsSync(join(run, path)),
    save: (step, { whole = true, tracker = true } = {}) => {
      const folder = `checkpoints/cpt/iter_${String(step).padStart(7, '0')}`;
      write(`${folder}/__0_0.distcp`, 'data');
      if (whole) write(`${folder}/metadata.json`, '{}');
      if (tracker) write('checkpoints/cpt/latest_checkpointed_iteration.txt', String(step));
    },
    start: env => startJob(run, env ?? {}),
    diary,
    notes: what => diary().flatMap(each => (each.what === what ? [each.text ?? ''] : [])),
  };
};

const startJob = (run: string, env: Record<string, string>): Started => {
  const child = spawn('bash', [join(run, 'cpt-1/job.sh')], {
    cwd: tmpdir(),
    detached: true,
    stdio: 'ignore',
    env: {
      PATH: process.env.PATH,
      HOME: run,
      PBS_JOBID: '1234.pbs1',
      PBS_JOBNAME: 'mt-demo-cpt-1-1',
      MARTLET_LEAST_FREE_MIB: '1',
      MARTLET_RESTART_PAUSE: '0.1',
      ...env,
    },
  });
  const ended = new Promise<{ code: number | null; signal: string | null }>(resolve =>
    child.on('exit', (code, signal) => resolve({ code, signal })),
  );
  const pid = child.pid ?? 0;
  cleanups.unshift(() => {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended, as it should.
    }
  });
  return { pid, ended, kill: signal => process.kill(pid, signal) };
};

/** Waits for something that another process makes. */
export const until = async (there: () => boolean, ms = 15_000): Promise<void> => {
  const end = Date.now() + ms;
  while (!there()) {
    if (Date.now() > end) throw new Error('it did not come');
    await new Promise(resolve => setTimeout(resolve, 30));
  }
};
