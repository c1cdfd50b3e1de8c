import { clock } from './attributes.ts';
import type { Core } from './lifecycle.ts';
import { isOver, SERVER } from './model.ts';
import { wrapped } from './print-text.ts';
import { QUEUES } from './resources.ts';
import { lists, type Settings, versionOf } from './settings.ts';

type Pairs = readonly (readonly [string, string | number])[];

const objectText = (head: string, attributes: Pairs): string =>
  `${head}\n${attributes.map(([name, value]) => wrapped(`    ${name} = ${value}`)).join('\n')}\n\n`;

/** A blank at its end, by which it is wrapped, as the real one has it. */
const counts = (core: Core, queue?: string): Pairs => {
  const here = [...core.store.jobs.values()].filter(
    job => (queue === undefined || job.queue === queue) && !isOver(job),
  );
  const of = (states: string): number => here.filter(job => states.includes(job.state)).length;
  const counted = `Transit:0 Queued:${of('Q')} Held:${of('H')} Waiting:0 Running:${of('R')} Exiting:${of('E')} Begun:${of('B')} `;
  return [
    ['total_jobs', here.length],
    ['state_count', counted],
  ];
};

const flag = (value: boolean): string => (value ? 'True' : 'False');

const perUser = (limit: number): Pairs => (limit > 0 ? [['max_run', `[u:PBS_GENERIC=${limit}]`]] : []);

/** `qstat -Qf`: names and forms of pbs_queue_attributes(7B); no real one was looked at for this. */
export const queueTexts = (core: Core, settings: Settings): string =>
  Object.keys(QUEUES)
    .map(name =>
      objectText(`Queue: ${name}`, [
        ['queue_type', 'Execution'],
        ...counts(core, name),
        ['resources_max.walltime', clock(settings.maxWalltimeSeconds)],
        ...perUser(settings.userRunLimit),
        ['enabled', flag(!lists(settings.disabled, name))],
        ['started', flag(!lists(settings.stopped, name))],
      ]),
    )
    .join('');

/** `qstat -Bf`: names and forms of pbs_server_attributes(7B). */
export const serverText = (core: Core, settings: Settings): string =>
  objectText(`Server: ${SERVER}`, [
    ['server_state', settings.scheduling ? 'Active' : 'Idle'],
    ['server_host', 'login1'],
    ['scheduling', flag(settings.scheduling)],
    ...counts(core),
    ['default_queue', 'workq'],
    ['query_other_jobs', 'True'],
    ['resources_default.walltime', '01:00:00'],
    ['node_fail_requeue', settings.nodeFailSeconds],
    ['max_array_size', settings.arrayLimit],
    ['job_history_enable', 'True'],
    ['job_history_duration', clock(settings.historySeconds)],
    ['pbs_version', versionOf(settings)],
  ]);
