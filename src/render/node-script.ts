import type { PlannedJob } from '../plan/types.ts';
import { env } from '../shell/word.ts';
import { insideWords, isPerGpu } from './command.ts';
import { moduleLines, nodeEnvironment, passedNames, secretLines } from './environment.ts';
import type { Programs } from './job.ts';
import { commonValues } from './job-script.ts';
import { bashFunction, commandText, exportsOf, LINT, script, type Templates, verbatim } from './script.ts';
import type { RenderSite } from './site.ts';

/** node.sh itself runs in a container: the launcher's, or the one that the whole job is. */
const runsInside = ({ scheduler, runtime }: Programs): boolean =>
  runtime.around === 'node-script' || scheduler.jobIsContainer === true;

/** Inside a container that node.sh itself runs in, the host's modules are not. */
const insideOnly = (site: RenderSite, { runtime }: Programs): RenderSite =>
  runtime.around === 'node-script' ? { ...site, modules: { use: [], load: [] } } : site;

/** A container has its own working folder, given to it as a flag. */
const codeOf = (site: RenderSite, { runtime }: Programs): string =>
  runtime.id === 'none' || runtime.around === 'node-script' ? (site.code ?? '') : '';

/** The code lies at the same path inside and outside of every container (bindsOf). */
const releaseValues = ({ program }: PlannedJob, { code }: RenderSite): Record<string, string> => {
  const { release } = program;
  return {
    MARTLET_RELEASE: release?.name ?? '',
    MARTLET_RELEASE_FILE: release && code ? `${code}/${release.file}` : '',
    MARTLET_RELEASE_VERSION: release?.version ?? '',
  };
};

const valuesOf = (job: PlannedJob, site: RenderSite, programs: Programs) => ({
  ...commonValues(job, site, programs),
  MARTLET_RANK: [env(programs.launcher.rankVar)],
  MARTLET_LOCAL_RANK: [env(programs.launcher.localRankVar)],
  MARTLET_SIZE: [env(programs.launcher.sizeVar)],
  MARTLET_RANKS: isPerGpu(job, site) ? 'per-gpu' : 'per-node',
  MARTLET_START: job.program.start,
  MARTLET_GPUS: job.request.gpusPerNode > 0 ? 'yes' : 'no',
  MARTLET_ACTIVATE: site.activate ?? '',
  MARTLET_CODE: codeOf(site, programs),
  ...releaseValues(job, site),
  MARTLET_PASS_PREFIX: programs.runtime.passPrefix ?? '',
  MARTLET_PASS: programs.runtime.passPrefix ? passedNames(job, site).join(' ') : '',
});

/** node.sh: what runs once on every node (or for every GPU); the program's words stand one flag a line. */
export const nodeScript = (job: PlannedJob, site: RenderSite, programs: Programs, templates: Templates): string => {
  const inside = insideOnly(site, programs);
  const { run, stage, segment } = job.key;
  const own = Object.keys(templates).filter(path => path.startsWith('job/node-'));
  return script([
    '#!/bin/bash',
    [
      `# ${run}, stage ${stage}, segment ${segment}, on each node. Made by martlet: the same plan gives the same bytes.`,
      LINT,
      ...exportsOf(valuesOf(job, inside, programs)),
    ].join('\n'),
    bashFunction('modules', moduleLines(inside)),
    bashFunction('environment', nodeEnvironment(job, inside)),
    bashFunction('secrets', secretLines(inside, runsInside(programs))),
    bashFunction('program', [`exec ${commandText(insideWords(job, site, programs.runtime), '    ')}`]),
    ...['job/common-site.sh', ...own.sort()].map(path => verbatim(templates, path)),
  ]);
};
