import type { Made } from '../engines/engine.ts';
import { type CheckpointLayout, layoutText } from '../model/checkpoint-layout.ts';
import { jobFolder } from '../model/job.ts';
import type { PlannedJob } from '../plan/types.ts';
import type { Word } from '../shell/word.ts';
import { env, lineText, lit } from '../shell/word.ts';
import { launchWords, ranksPerNode } from './command.ts';
import { launcherEnvironment, moduleLines } from './environment.ts';
import type { Programs } from './job.ts';
import { bashFunction, commandText, exportsOf, LINT, script, type Templates, verbatim } from './script.ts';
import type { RenderSite } from './site.ts';

const DEFAULT_GRACE_SECONDS = 8;

/** `run/prepare/1` -> `prepare-1`: the folders of jobs whose success is looked at inside the job. */
const neededFolders = (job: PlannedJob): string[] =>
  job.needs.flatMap(({ job: id, when }) => {
    const [, stage, segment] = id.split('/');
    return when === 'ok' && stage ? [jobFolder({ stage, segment: Number(segment) })] : [];
  });

/** interface:bond0, first-host, or an address. */
const masterOf = (site: RenderSite, { launcher }: Programs): string => {
  if (launcher.hosts) return '127.0.0.1';
  const { interface: name, address } = site.network;
  return name === undefined || address === 'first-host' ? 'first-host' : `interface:${name}`;
};

/** The format tells a whole checkpoint; the parts are the files of one that has no marker. */
const layoutValues = (layout: CheckpointLayout): Record<string, string | number> => ({
  MARTLET_FORMAT: layout.format,
  MARTLET_MODEL_PARTS: layout.tensor * layout.pipeline * layout.expert,
  MARTLET_LAYOUT: layoutText(layout),
});

const startValues = ({ base, layout }: Extract<Made, { kind: 'megatron-checkpoint' }>) => ({
  ...(base === undefined ? {} : { MARTLET_START_FROM: base }),
  ...(layout === undefined ? {} : layoutValues(layout)),
});

const madeValues = ({ program }: PlannedJob): Record<string, string | number> => {
  const { made } = program;
  if (made.kind === 'files') return { MARTLET_MADE: 'files' };
  if (made.kind === 'hf-folder') return { MARTLET_MADE: made.kind, MARTLET_MADE_DIR: made.dir };
  return {
    MARTLET_MADE: made.kind,
    MARTLET_MADE_DIR: made.dir,
    MARTLET_MADE_STEP: made.step,
    MARTLET_KEEP: made.keep,
    MARTLET_RETAIN_EVERY: made.retainEverySteps ?? 0,
    ...(made.kind === 'verl-checkpoint' ? { MARTLET_SHARDS: made.shards } : startValues(made)),
  };
};

/** Values shared by job.sh and node.sh. */
export const commonValues = (
  job: PlannedJob,
  site: RenderSite,
  programs: Programs,
): Record<string, string | number> => ({
  MARTLET_RUN: job.key.run,
  MARTLET_RUN_DIR: site.runDir,
  MARTLET_STAGE: job.key.stage,
  MARTLET_SEGMENT: job.key.segment,
  MARTLET_JOB_DIR: job.dir,
  MARTLET_NODES: job.request.nodes,
  MARTLET_GPUS_PER_NODE: job.request.gpusPerNode,
  MARTLET_RANKS_PER_NODE: ranksPerNode(job, site),
  MARTLET_GRACE_SECONDS: programs.scheduler.killGraceSeconds ?? DEFAULT_GRACE_SECONDS,
  MARTLET_UMASK: site.group ? '002' : '022',
  MARTLET_MODULES_INIT: site.modules.init ?? '',
});

const rehearsalValues = ({ rehearsal, runDir }: RenderSite): Record<string, string | number | undefined> =>
  rehearsal && rehearsal.as === undefined
    ? {
        MARTLET_REHEARSAL: 1,
        MARTLET_REHEARSAL_STEP_SECONDS: rehearsal.stepSeconds,
        MARTLET_REHEARSAL_BIN: `${runDir}/rehearsal/bin`,
        MARTLET_NODE: rehearsal.node,
        MARTLET_RESTART_PAUSE: 1,
      }
    : {};

/** `"$1" WORDS`: the function's argument is called with each. */
const calls = (rows: readonly (readonly Word[])[]): string[] => rows.map(words => `"$1" ${lineText(words)}`);

const functionsOf = (job: PlannedJob, site: RenderSite, { scheduler, launcher, runtime }: Programs): string[] => {
  const { made, inputs } = job.program;
  return [
    bashFunction('hosts', [lineText(launcher.hosts?.(job.request.nodes) ?? scheduler.hosts(job.request.options))]),
    bashFunction('modules', moduleLines(site)),
    bashFunction('environment', launcherEnvironment(site)),
    bashFunction('inputs', calls(inputs.map(({ kind, path }) => [lit(kind), lit(path)]))),
    bashFunction('made_files', calls(made.kind === 'files' ? made.paths.map(path => [lit(path)]) : [])),
    bashFunction('launch', [`start ${commandText(launchWords(job, site, launcher, runtime), '    ')}`]),
  ];
};

/** The program below the values, in the order of its names; a launcher's own functions come with it. */
const programOf = (templates: Templates, { launcher }: Programs): string[] => {
  const own = Object.keys(templates).filter(path => /^job\/[0-9]/.test(path));
  const shared = ['job/common-site.sh', ...(launcher.template ? [`job/${launcher.template}`] : [])];
  return [...shared, ...own.sort()].map(path => verbatim(templates, path));
};

/** job.sh: directives, values, the lines that differ between jobs as functions, then templates/job/ as it is. */
export const jobScript = (
  job: PlannedJob,
  site: RenderSite,
  programs: Programs,
  directives: readonly string[],
  templates: Templates,
): string => {
  const { scheduler } = programs;
  const { run, stage, segment } = job.key;
  const values = {
    ...commonValues(job, site, programs),
    MARTLET_JOB_ID: [env(scheduler.jobIdVar)],
    MARTLET_JOB_NAME: [env(scheduler.jobNameVar)],
    MARTLET_WALLTIME_SECONDS: Number.isFinite(job.request.walltimeSeconds) ? job.request.walltimeSeconds : 0,
    MARTLET_MARGIN_SECONDS: job.marginSeconds,
    MARTLET_RESTARTS: 2,
    MARTLET_STALL_SECONDS: job.program.stallSeconds ?? 0,
    MARTLET_NEEDS: neededFolders(job).join(' '),
    ...madeValues(job),
    MARTLET_MASTER: masterOf(site, programs),
    MARTLET_IMAGE: programs.runtime.id === 'none' ? '' : site.image,
    MARTLET_SITE_BIN: site.bin ?? '',
    ...rehearsalValues(site),
  };
  return script([
    ['#!/bin/bash', ...directives].join('\n'),
    [
      `# ${run}, stage ${stage}, segment ${segment}. Made by martlet: the same plan gives the same bytes.`,
      LINT,
      ...exportsOf(values),
    ].join('\n'),
    ...functionsOf(job, site, programs),
    ...programOf(templates, programs),
  ]);
};
