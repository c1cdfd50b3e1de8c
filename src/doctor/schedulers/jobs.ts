import { type Site, sourceOf } from '../facts.ts';
import { ok, okIf, type Said, unknown } from '../finding.ts';

/** How many jobs of ours the queue has now. */
export interface JobCount {
  readonly unfinished: number;
  readonly running?: number | undefined;
}

/** Our unfinished jobs against the limits of the profile: a chain of segments needs room. */
export const jobs = (site: Site, count: JobCount | undefined, failure: string): Said[] => {
  const { jobs_unfinished, jobs_submitted, jobs_running } = site.profile.limits ?? {};
  const limit = jobs_unfinished ?? jobs_submitted;
  const key = jobs_unfinished === undefined ? 'limits.jobs_submitted' : 'limits.jobs_unfinished';
  const claimed = limit === undefined ? undefined : `${limit} at most`;
  const source = limit === undefined ? undefined : sourceOf(site, key);
  if (!count) return [unknown('your unfinished jobs', failure, { claimed, source })];
  const running = count.running === undefined || count.unfinished === 0 ? '' : `, ${count.running} of them running`;
  return [
    okIf(
      limit === undefined || count.unfinished < limit,
      'trouble',
      'your unfinished jobs',
      `${count.unfinished}${running}`,
      {
        claimed,
        source,
        todo: 'no further job is taken until some of them have ended.',
      },
    ),
    ...(jobs_running !== undefined && count.running !== undefined && count.running >= jobs_running
      ? [
          ok('your running jobs', String(count.running), {
            claimed: `${jobs_running} at most`,
            source: sourceOf(site, 'limits.jobs_running'),
            todo: 'a further job waits until one of them has ended.',
          }),
        ]
      : []),
  ];
};
