import type { JobSnapshot, RunState, SnapshotPlan } from './snapshot-types.ts';

const firstBad = (jobs: readonly JobSnapshot[]): JobSnapshot | undefined =>
  jobs.find(job => job.state === 'failed' || job.state === 'lost') ?? jobs.find(job => job.state === 'refused');

const HINTS: { readonly [S in RunState]: (plan: SnapshotPlan, jobs: readonly JobSnapshot[]) => string } = {
  planned: () => 'martlet submit sends it; nothing has been sent yet.',
  submitting: ({ run }) =>
    `martlet watch ${run}; if no submit is under way any more, type the same submit again: it goes on and sends nothing twice.`,
  'partly-submitted': () => 'type the same martlet submit again: it sends what is missing and nothing twice.',
  'needs-a-person': ({ run, cluster }, jobs) => {
    const name = jobs.find(job => job.state === 'unsure')?.name;
    return `look for the job ${name} on ${cluster.name}; when it is not there: martlet cancel ${run}, then martlet resume ${run}.`;
  },
  waiting: ({ run }) => `martlet watch ${run}`,
  running: ({ run }) => `martlet watch ${run}, or martlet logs ${run} -f`,
  succeeded: ({ run }) => `martlet report ${run}`,
  failed: ({ run }, jobs) => {
    const bad = firstBad(jobs);
    const at = bad ? `${run}/${bad.stage}/${bad.segment}` : run;
    return bad?.state === 'refused'
      ? `mend what was refused, then martlet resume ${run}`
      : `martlet logs ${at}, then martlet resume ${run}`;
  },
  cancelled: ({ run }) => `martlet resume ${run} goes on from the newest checkpoint`,
  stopped: ({ run }) => `martlet resume ${run} goes on from the newest checkpoint`,
};

/** The next thing to type. */
export const hintFor = (plan: SnapshotPlan, state: RunState, jobs: readonly JobSnapshot[]): string =>
  HINTS[state](plan, jobs);
