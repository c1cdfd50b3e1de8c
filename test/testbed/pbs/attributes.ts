import { elementsOf, rangeText } from './array.ts';
import { beforeText, dependText } from './depend.ts';
import type { Job } from './model.ts';
import { isOver, SERVER } from './model.ts';
import { outputPath } from './order.ts';
import { totals } from './resources.ts';

/** An attribute as qstat shows it. `number`: a number also where JSON is honest about kinds. */
export type Value = string | number | readonly (readonly [string, string | number])[];
export type Attributes = readonly (readonly [string, Value])[];

const two = (n: number): string => String(n).padStart(2, '0');
export const clock = (seconds: number): string =>
  `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(Math.floor(seconds) % 60)}`;

/** `Sat Nov 21 17:19:31 2026` in the zone of whoever asks; no format tells the zone. */
export const timeText = (time: number, timeZone: string | undefined): string => {
  const parts = new Intl.DateTimeFormat('en-US', {
    ...{ weekday: 'short', month: 'short', day: '2-digit', year: 'numeric', hourCycle: 'h23' },
    ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', timeZone: timeZone || undefined },
  }).formatToParts(time);
  const of = (type: string): string => parts.find(each => each.type === type)?.value ?? '';
  const day = of('day').replace(/^0/, ' ');
  return `${of('weekday')} ${of('month')} ${day} ${of('hour')}:${of('minute')}:${of('second')} ${of('year')}`;
};

const whenSet = (name: string, value: Value | undefined): Attributes => (value === undefined ? [] : [[name, value]]);

const resourceList = ({ resources }: Job): Value => {
  const { nodect, ncpus, ngpus, memGb } = totals(resources);
  return [
    ...(memGb > 0 ? [['mem', `${memGb}gb`] as const] : []),
    ['ncpus', ncpus],
    ...(ngpus > 0 ? [['ngpus', ngpus] as const] : []),
    ['nodect', nodect],
    ['place', resources.place],
    ['select', resources.select],
    ['walltime', clock(resources.walltimeSeconds)],
  ];
};

const usedList = (job: Job): Attributes => {
  if (!job.used) return [];
  const { walltimeSeconds, cpuSeconds } = job.used;
  const percent = walltimeSeconds > 0 ? Math.round((100 * cpuSeconds) / walltimeSeconds) : 0;
  const list = [
    ['cpupercent', percent],
    ['cput', clock(cpuSeconds)],
    ['mem', '0b'],
    ['ncpus', totals(job.resources).ncpus],
    ['vmem', '0kb'],
    ['walltime', clock(walltimeSeconds)],
  ] as const;
  return [['resources_used', list]];
};

const COUNTED = { Queued: ['Q', 'H'], Running: ['R', 'S'], Exiting: ['E'], Expired: ['X', 'F'] };

const arrayList = (job: Job, jobs: ReadonlyMap<string, Job>): Attributes => {
  if (job.index !== undefined)
    return [
      ['array_id', job.parent ?? ''],
      ['array_index', job.index],
    ];
  if (!job.array) return [];
  const elements = elementsOf(job, jobs);
  const counts = Object.entries(COUNTED).map(
    ([name, states]) => `${name}:${elements.filter(each => states.includes(each.state)).length}`,
  );
  const remaining = elements.filter(each => !isOver(each) && each.state === 'Q').map(each => each.index ?? 0);
  return [
    ['array', 'True'],
    ['array_state_count', `${counts.join(' ')} `],
    ['array_indices_submitted', job.array.text],
    ['array_indices_remaining', rangeText(remaining)],
  ];
};

const holdTypes = (job: Job): string => job.holds || 'n';

/** Section 4: everything that `qstat -f` shows of a job, in its order. */
export const attributesOf = (job: Job, jobs: ReadonlyMap<string, Job>, timeZone: string | undefined): Attributes => {
  const time = (at: number | undefined): string | undefined => (at === undefined ? undefined : timeText(at, timeZone));
  const depends = [dependText(job.depend), beforeText(job.id, jobs.values())].filter(Boolean).join(',');
  return [
    ['Job_Name', job.name],
    ['Job_Owner', `${job.user}@${job.submitHost}`],
    ...usedList(job),
    ['job_state', job.state],
    ['queue', job.queue],
    ['server', SERVER],
    ...whenSet('Account_Name', job.account),
    ['Checkpoint', 'u'],
    ['ctime', time(job.ctime) ?? ''],
    ...whenSet('depend', depends || undefined),
    ['Error_Path', `${job.submitHost}:${outputPath(job, 'e')}`],
    ...whenSet('exec_host', job.execHost),
    ...whenSet('exec_vnode', job.execVnode),
    ['Hold_Types', holdTypes(job)],
    ['Join_Path', job.join],
    ['Keep_Files', job.keep],
    ['Mail_Points', job.mail],
    ['mtime', time(job.mtime) ?? ''],
    ['Output_Path', `${job.submitHost}:${outputPath(job, 'o')}`],
    ['Priority', job.priority],
    ['qtime', time(job.ctime) ?? ''],
    ['Rerunable', job.rerunable ? 'True' : 'False'],
    ['Resource_List', resourceList(job)],
    ...whenSet('stime', time(job.stime)),
    ...whenSet('obittime', time(job.obittime)),
    ...whenSet('session_id', job.sessionId),
    ...whenSet('jobdir', job.stime === undefined ? undefined : job.home),
    ['substate', job.substate],
    ['Variable_List', job.variables],
    ...whenSet('comment', job.comment),
    ['etime', time(job.ctime) ?? ''],
    ['umask', job.umask.replace(/^0+(?=.)/, '')],
    ...whenSet('run_count', job.runCount > 0 ? job.runCount : undefined),
    ...whenSet('Stageout_status', job.stageoutStatus),
    ...whenSet('Exit_status', job.exitStatus),
    ...arrayList(job, jobs),
    ['Submit_arguments', job.submitArguments],
    ...whenSet('history_timestamp', job.historyTime === undefined ? undefined : Math.floor(job.historyTime / 1000)),
    ['project', job.project],
    ['Submit_Host', job.submitHost],
  ];
};
