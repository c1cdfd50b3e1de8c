import type { PlannedJob } from '../plan/types.ts';
import { schedulerFor } from '../schedulers/index.ts';
import { lineText, lit } from '../shell/word.ts';
import { bashFunction, commandText, exportsOf, LINT, script, type Templates, verbatim } from './script.ts';

/** One attempt that is to be asked for: its folder below the run's (`cpt-1/A1`), its name on the scheduler. */
export interface WalkEntry {
  readonly folder: string;
  readonly job: PlannedJob;
  readonly name: string;
  /** Its native id, when it was asked for already: written down over there if no answer lies there. */
  readonly known?: string | undefined;
}

/** How the walk is done, the same for all its jobs. */
export interface WalkOptions {
  readonly scheduler: string;
  readonly runDir: string;
  /** The script that is submitted, in each job's folder. `as.sh` where another site's scripts are rehearsed. */
  readonly script?: string | undefined;
  /** The queue commands need the login environment. */
  readonly loginShell?: boolean | undefined;
  readonly group?: boolean | undefined;
}

/** What a scheduler's client may know of the person's environment. */
const KEPT = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'KRB5CCNAME'];

/**
 * The text of RUN/submit-N.sh: one call a job with the scheduler's words, templates/walk/*.sh below. Run any number of
 * times, also at once, it asks for each attempt exactly once and prints one line a job.
 */
export const renderWalk = (entries: readonly WalkEntry[], options: WalkOptions, templates: Templates): string => {
  const scheduler = schedulerFor(options.scheduler);
  if (!scheduler) throw new Error(`scheduler ${options.scheduler} was not checked before use`);
  const calls = entries.flatMap(({ folder, job, name, known }) => {
    if (known !== undefined) return [`known ${lineText([lit(folder), lit(known)])}`];
    const parents = job.request.after.map(each => each.folder).join(' ');
    const words = scheduler.submit(options.script ?? 'job.sh', job.request, name);
    return [`job ${lineText([lit(folder), lit(parents)])} \\\n    ${commandText(words, '      ')}`];
  });
  return script([
    '#!/bin/bash',
    [
      `# Asks ${scheduler.title} for ${entries.length} jobs, each once. Made by martlet; safe to run again.`,
      LINT,
      ...exportsOf({
        MARTLET_RUN_DIR: options.runDir,
        MARTLET_UMASK: options.group ? '002' : '022',
        MARTLET_ID_PATTERN: scheduler.idPattern,
        MARTLET_KEEPS: [...KEPT, ...(scheduler.keeps ?? [])].join(' '),
        MARTLET_LOGIN: options.loginShell ? '-l' : '',
      }),
    ].join('\n'),
    bashFunction('jobs', calls),
    verbatim(templates, 'walk/lock.sh'),
    verbatim(templates, 'walk/ask.sh'),
    verbatim(templates, 'walk/submit.sh'),
  ]);
};
