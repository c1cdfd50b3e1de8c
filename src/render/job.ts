import { checkCombination } from '../launchers/combination.ts';
import { LAUNCHERS, launcherFor } from '../launchers/index.ts';
import type { Launcher } from '../launchers/launcher.ts';
import type { Checked, Diagnostic } from '../model/diagnostic.ts';
import { hasErrors } from '../model/diagnostic.ts';
import { jobFolder } from '../model/job.ts';
import type { PlannedJob } from '../plan/types.ts';
import { RUNTIMES, runtimeFor } from '../runtimes/index.ts';
import type { Runtime } from '../runtimes/runtime.ts';
import type { Header } from '../schedulers/dialect.ts';
import { SCHEDULERS, schedulerFor } from '../schedulers/index.ts';
import { checkJob } from './check.ts';
import { containerText } from './container.ts';
import { jobScript } from './job-script.ts';
import { nodeScript } from './node-script.ts';
import { pretendScript } from './pretend.ts';
import { script, type Templates, verbatim } from './script.ts';
import type { RenderSite } from './site.ts';

/** The three programs a job is rendered for. */
export interface Programs {
  readonly scheduler: Header;
  readonly launcher: Launcher;
  readonly runtime: Runtime;
}

const unknown = (kind: string, id: string, known: readonly { readonly id: string }[]): Diagnostic => ({
  code: 'MRT-P025',
  severity: 'error',
  what: `${kind} "${id}" is not in this version.`,
  hint: `known: ${known.map(each => each.id).join(', ')}.`,
});

const containerInside = ({ id }: Runtime): Diagnostic => ({
  code: 'MRT-P027',
  severity: 'error',
  what: `runtime "${id}" cannot be used where each job is a container already.`,
  why: 'a container would have to start containers.',
  hint: 'write runtime: none; environments.ENGINE.image names the image of the job.',
});

const programsOf = (site: RenderSite): Checked<Programs> => {
  const scheduler = schedulerFor(site.scheduler);
  const launcher = launcherFor(site.launcher);
  const runtime = runtimeFor(site.runtime);
  const diagnostics = [
    ...(scheduler ? [] : [unknown('scheduler', site.scheduler, SCHEDULERS)]),
    ...(launcher ? [] : [unknown('launcher', site.launcher, LAUNCHERS)]),
    ...(runtime ? [] : [unknown('runtime', site.runtime, RUNTIMES)]),
    ...(launcher && runtime ? checkCombination(launcher, runtime) : []),
    ...(scheduler?.jobIsContainer && runtime && runtime.id !== 'none' ? [containerInside(runtime)] : []),
  ];
  return { value: scheduler && launcher && runtime ? { scheduler, launcher, runtime } : undefined, diagnostics };
};

/** What of templates/ lies beside job.sh: a file as it is, or a bash script of several parts. */
const templateFiles = ({ program }: PlannedJob, templates: Templates): Record<string, string> =>
  Object.fromEntries(
    Object.entries(program.templates ?? {}).map(([name, parts]) => {
      const only = parts.length === 1 ? templates[parts[0] ?? ''] : undefined;
      return [name, only ?? script(['#!/bin/bash', ...parts.map(path => verbatim(templates, path))])];
    }),
  );

/**
 * The files of one job, by path below the run's folder: `cpt-1/job.sh`, `cpt-1/node.sh`, the engine's own. `templates`
 * are the texts of templates/ by path; values come in above them, never into them.
 */
export const renderJob = (
  job: PlannedJob,
  site: RenderSite,
  templates: Templates,
): Checked<Readonly<Record<string, string>>> => {
  const programs = programsOf(site);
  const early = [...programs.diagnostics, ...checkJob(job, site)];
  if (!programs.value || hasErrors(early)) return { diagnostics: early };
  const directives = programs.value.scheduler.directives(job.request);
  const diagnostics = [...early, ...directives.diagnostics];
  if (!directives.value || hasErrors(diagnostics)) return { diagnostics };
  const files = {
    'job.sh': jobScript(job, site, programs.value, directives.value, templates),
    'node.sh': nodeScript(job, site, programs.value, templates),
    ...(programs.value.scheduler.jobIsContainer ? { 'container.json': containerText(job, site) } : {}),
    ...(site.prologue === undefined ? {} : { 'prologue.sh': site.prologue }),
    ...(site.rehearsal?.as === undefined ? {} : { 'as.sh': pretendScript(job, site, programs.value) }),
    ...templateFiles(job, templates),
    ...job.program.files,
  };
  const folder = jobFolder(job.key);
  return {
    value: Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text])),
    diagnostics,
  };
};
