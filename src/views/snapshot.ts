import type { JobSnapshot, RunState, Snapshot, StageSnapshot } from '../state/snapshot.ts';
import { curve } from './curve.ts';
import { type Look, printable, type Tint, tint } from './look.ts';
import { counted, duration, tokens, value, whole } from './numbers.ts';
import { rehearsalNote } from './report.ts';
import { table } from './table.ts';

/** The present of a run: its stages, its jobs, the loss of the stage that trains, and what to type next (not in a watch). */
export const snapshotText = (snapshot: Snapshot, look: Look, { hint = true } = {}): string =>
  [
    heading(snapshot, look),
    stages(snapshot, look),
    jobs(snapshot, look),
    loss(snapshot, look),
    footer(hint ? snapshot : { ...snapshot, hint: undefined }, look),
  ]
    .filter(Boolean)
    .join('\n\n');

const TINTS: Readonly<Record<string, Tint>> = {
  succeeded: 'green',
  running: 'blue',
  ending: 'blue',
  failed: 'red',
  lost: 'red',
  refused: 'red',
  unsure: 'yellow',
  held: 'yellow',
  cancelled: 'yellow',
  stopped: 'yellow',
  'needs-a-person': 'yellow',
  'partly-submitted': 'yellow',
  later: 'dim',
  'left-out': 'dim',
  planned: 'dim',
};

const WORDS: Readonly<Record<string, string>> = { later: 'not in this version', 'left-out': 'left out' };

const stateCell = (state: string, look: Look): string => {
  const name = TINTS[state];
  const word = WORDS[state] ?? state.replaceAll('-', ' ');
  return name ? tint(look, name, word) : word;
};

const heading = (snapshot: Snapshot, look: Look): string => {
  const facts = [
    ...(snapshot.elapsedSeconds === undefined ? [] : [duration(Math.round(snapshot.elapsedSeconds))]),
    ...(snapshot.etaSeconds === undefined
      ? []
      : [`about ${duration(Math.ceil(snapshot.etaSeconds))} left of this stage`]),
    ...(snapshot.nodeHours > 0 ? [`${snapshot.nodeHours.toFixed(2)} node-hours`] : []),
  ];
  const first = `${tint(look, 'bold', printable(snapshot.title))}, run ${snapshot.run} on ${snapshot.cluster}`;
  const second = [stateCell(snapshot.state, look), ...facts].join(', ');
  return [
    first,
    ...(snapshot.rehearsal ? [tint(look, 'yellow', rehearsalNote(snapshot.rehearsal.scale))] : []),
    second,
  ].join('\n');
};

const COLUMNS = [
  { title: 'STAGE' },
  { title: 'STATE' },
  { title: 'JOBS', align: 'right' },
  { title: 'STEP' },
  { title: 'LOSS', align: 'right' },
  { title: 'VALIDATION', align: 'right' },
  { title: 'LR', align: 'right' },
  { title: 'TOKENS/S', align: 'right' },
  { title: 'TFLOP/S/GPU', align: 'right' },
] as const;

const stages = (snapshot: Snapshot, look: Look): string =>
  table(
    COLUMNS,
    snapshot.stages.map(stage => stageRow(stage, snapshot.rehearsal !== undefined, look)),
    look,
  );

/** A rehearsal's speed is the plan's, not the trainer's; it is not shown. */
const stageRow = (stage: StageSnapshot, isRehearsal: boolean, look: Look): string[] => [
  stage.name,
  stateCell(stage.state, look),
  jobsCell(stage),
  stage.step === undefined || stage.steps === undefined
    ? ''
    : `${bar(stage.step / stage.steps)} ${whole(stage.step)}/${whole(stage.steps)}`,
  lossCell(stage.loss, look),
  lossCell(stage.validationLoss, look),
  value(stage.learningRate),
  isRehearsal || stage.tokensPerSecond === undefined ? '' : tokens(Math.round(stage.tokensPerSecond)),
  isRehearsal || stage.tflopsPerGpu === undefined ? '' : stage.tflopsPerGpu.toFixed(0),
];

/** Segments done of those that are needed; spare ones count only when they were needed. */
const jobsCell = (stage: StageSnapshot): string => {
  if (stage.jobs.length === 0) return '';
  const done = stage.jobs.filter(job => job.state === 'succeeded').length;
  return `${done}/${stage.jobs.length}`;
};

const lossCell = (seen: number | undefined, look: Look): string => {
  if (seen === undefined) return '';
  return Number.isFinite(seen) ? seen.toPrecision(4) : tint(look, 'red', String(seen));
};

const BAR = 12;
const bar = (part: number): string => {
  const full = Math.max(0, Math.min(BAR, Math.round(part * BAR)));
  return '█'.repeat(full) + '░'.repeat(BAR - full);
};

/** Jobs that are under way or went wrong, and the next few that wait; what went well needs no line. */
const jobs = (snapshot: Snapshot, look: Look): string => {
  const all = snapshot.stages.flatMap(stage => stage.jobs);
  const shown = all.filter(job => job.state !== 'succeeded' && job.state !== 'planned');
  const few = shown.slice(0, MOST_JOBS);
  const rows = few.map(job => [
    `${job.stage}-${job.segment}`,
    stateCell(job.state, look),
    job.nativeId ?? '',
    job.attempt > 1 || job.boot > 1 ? `attempt ${job.attempt}${job.boot > 1 ? `, boot ${job.boot}` : ''}` : '',
    [job.host ? `on ${printable(job.host)}` : '', printable(job.reason ?? lastNote(job))].filter(Boolean).join('; '),
  ]);
  const columns = [
    { title: 'JOB' },
    { title: 'STATE' },
    { title: 'ID' },
    { title: '' },
    { title: '', flexible: 'end' },
  ] as const;
  const rest = shown.length - few.length;
  if (rows.length === 0) return '';
  return table(columns, rows, look) + (rest > 0 ? `\n... and ${counted(rest, 'job')} more (--json has all)` : '');
};

const MOST_JOBS = 12;

const lastNote = (job: JobSnapshot): string => {
  const note = job.notes.at(-1);
  return note ? [note.what, note.text].filter(Boolean).join(': ') : '';
};

const loss = (snapshot: Snapshot, look: Look): string => {
  const training = snapshot.stages.find(stage => stage.state === 'running' && stage.curve.length > 1);
  const stage = training ?? snapshot.stages.findLast(each => each.curve.length > 1);
  return stage ? `${tint(look, 'bold', `LOSS of ${stage.name}`)}\n${curve(stage.curve, [], look, 6)}` : '';
};

const footer = (snapshot: Snapshot, look: Look): string =>
  [
    ...(snapshot.trouble
      ? [
          `${tint(look, 'yellow', 'the last question had no answer')}: ${printable(snapshot.trouble)}; what is shown is what was known before.`,
        ]
      : []),
    ...(snapshot.hint ? [`next: ${snapshot.hint}`] : []),
  ].join('\n');

/** What is new since the last look, a line each: for a log file or a pipe. The first look says where things stand. */
export const changesText = (before: Snapshot | undefined, now: Snapshot, look: Look): string[] => {
  const known = new Map(before?.stages.flatMap(stage => stage.jobs).map(job => [job.id, job]));
  const lines = now.stages
    .flatMap(stage => stage.jobs)
    .flatMap(job => [...stateChange(known.get(job.id), job, look), ...stepChange(known.get(job.id), job)]);
  const trouble = now.trouble && now.trouble !== before?.trouble ? [`no answer: ${printable(now.trouble)}`] : [];
  return [...lines, ...trouble].map(line => `${clockTime(now.at)} ${line}`);
};

/** In the reader's own time zone: `21:25:34`. */
const clockTime = (iso: string): string => {
  const at = new Date(iso);
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map(part => String(part).padStart(2, '0')).join(':');
};

const nameOf = (job: JobSnapshot): string => `${job.stage}-${job.segment}`;

const stateChange = (before: JobSnapshot | undefined, job: JobSnapshot, look: Look): string[] => {
  if (before?.state === job.state && before.attempt === job.attempt && before.boot === job.boot) return [];
  if (!before && job.state === 'planned') return [];
  const why = job.reason ? `: ${printable(job.reason)}` : '';
  const again = job.attempt > 1 || job.boot > 1 ? ` (attempt ${job.attempt}, boot ${job.boot})` : '';
  return [`${nameOf(job)} ${stateCell(job.state, look)}${again}${why}`];
};

/** A line for each tenth of the way. */
const stepChange = (before: JobSnapshot | undefined, job: JobSnapshot): string[] => {
  if (job.step === undefined || !job.steps || job.step === before?.step) return [];
  const tenth = (step: number | undefined): number => Math.floor(((step ?? -1) / (job.steps ?? 1)) * 10);
  if (tenth(before?.step) === tenth(job.step)) return [];
  return [
    `${nameOf(job)} step ${whole(job.step)}/${whole(job.steps)}${job.loss === undefined ? '' : `, loss ${job.loss.toPrecision(4)}`}`,
  ];
};

const ENDINGS: Readonly<Partial<Record<RunState, string>>> = {
  succeeded: 'complete',
  failed: 'failed',
  cancelled: 'cancelled',
  stopped: 'stopped with a checkpoint',
};

/** How it ended, in one line, and what to type next. */
export const endingLine = (snapshot: Snapshot, look: Look): string => {
  const how = tint(
    look,
    TINTS[snapshot.state] ?? 'bold',
    ENDINGS[snapshot.state] ?? snapshot.state.replaceAll('-', ' '),
  );
  const took = snapshot.elapsedSeconds === undefined ? '' : ` after ${duration(Math.round(snapshot.elapsedSeconds))}`;
  return `${snapshot.run}: ${how}${took}.${snapshot.hint ? ` next: ${snapshot.hint}` : ''}`;
};

/** The same as data, one object; numbers that JSON cannot write (a NaN loss) become null. */
export const snapshotJson = (snapshot: Snapshot) => ({
  ...snapshot,
  rehearsal: snapshot.rehearsal ?? null,
  trouble: snapshot.trouble ?? null,
});
