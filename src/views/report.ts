import type { Report, ReportRow } from '../state/report.ts';
import { curve } from './curve.ts';
import { type Look, printable, tint } from './look.ts';
import { counted, whole } from './numbers.ts';
import { table } from './table.ts';

/** Asked and seen side by side, the loss curve, and what cuts did to it. */
export const reportText = (report: Report, look: Look): string =>
  [
    heading(report, look),
    stagesTable(report, look),
    rowsTable(report, look),
    curveBlock(report, look),
    remarks(report).join('\n'),
  ]
    .filter(Boolean)
    .join('\n\n');

const heading = (report: Report, look: Look): string => {
  const title = `${tint(look, 'bold', printable(report.title))}, run ${report.run}`;
  return report.rehearsal ? `${title}\n${tint(look, 'yellow', rehearsalNote(report.rehearsal.scale))}` : title;
};

/** The words every rehearsal's numbers stand under. */
export const rehearsalNote = (scale: number): string =>
  `rehearsal, not comparable: a small trainer stood in for the engine, steps divided by ${whole(scale)}`;

const stagesTable = (report: Report, look: Look): string =>
  table(
    [{ title: 'STAGE' }, { title: 'STATE' }, { title: 'JOBS', align: 'right' }, { title: '', flexible: 'end' }],
    report.stages.map(stage => [
      stage.name,
      stateCell(stage.state, look),
      stage.jobs > 0 ? String(stage.jobs) : '',
      [stage.attempts > stage.jobs ? counted(stage.attempts, 'attempt') : '', noteOf(stage)].filter(Boolean).join('; '),
    ]),
    look,
  );

/** A note that only repeats the state is none. */
const noteOf = ({ note, state }: Report['stages'][number]): string => (note && note !== state ? printable(note) : '');

const stateCell = (state: string, look: Look): string => {
  if (state === 'complete') return tint(look, 'green', state);
  if (state === 'failed' || state === 'lost' || state === 'unsure' || state === 'refused')
    return tint(look, 'red', state);
  return state.includes(' ') ? tint(look, 'dim', state) : state;
};

const rowsTable = (report: Report, look: Look): string => {
  if (report.rows.length === 0) return '';
  const columns = [
    { title: 'VALUE' },
    { title: 'ASKED', align: 'right' },
    { title: 'SEEN', align: 'right' },
    { title: 'OK' },
    { title: 'NOTE' },
    { title: 'WRITTEN AT', flexible: 'start' },
  ] as const;
  const rows = report.rows.map(row => [
    row.path,
    printable(row.asked),
    row.seen === null ? '-' : printable(row.seen),
    verdict(row, look),
    row.note ? tint(look, 'dim', printable(row.note)) : '',
    row.origin ?? '',
  ]);
  return table(columns, rows, look);
};

const verdict = (row: ReportRow, look: Look): string => {
  if (row.ok === null) return tint(look, 'dim', 'not seen yet');
  return row.ok ? tint(look, 'green', 'ok') : tint(look, 'red', 'NOT ok');
};

const curveBlock = (report: Report, look: Look): string => {
  if (report.losses.length === 0) return '';
  const title = `${tint(look, 'bold', 'LOSS')}${ends(report)}`;
  return `${title}\n${curve(report.losses, cutSteps(report), look)}`;
};

const ends = ({ losses, validation }: Report): string => {
  const [first, last] = [losses[0], losses.at(-1)];
  if (!first || !last) return '';
  const held = validation.at(-1);
  return `  ${first.loss.toPrecision(4)} at step ${whole(first.step)}, ${last.loss.toPrecision(4)} at step ${whole(last.step)}${
    held ? `; validation ${held.loss.toPrecision(4)}` : ''
  }`;
};

export const cutSteps = (report: Report): number[] => report.cuts.map(cut => cut.step);

/** What happened to training where jobs were cut, and how many rows disagree, as sentences. */
export const remarks = (report: Report): string[] => {
  const wrong = report.rows.filter(row => row.ok === false).length;
  const unseen = report.rows.filter(row => row.ok === null).length;
  return [...cutRemark(report), ...verdictRemark(report.rows.length, wrong, unseen)];
};

const cutRemark = ({ cuts, repeated }: Report): string[] => {
  if (cuts.length === 0 && repeated.steps === 0) return [];
  const times = `Training was cut ${cuts.length === 1 ? 'once' : `${whole(cuts.length)} times`} and went on from ${cuts.length === 1 ? 'a checkpoint' : 'checkpoints'}.`;
  if (repeated.steps === 0) return [`${times} No step was trained twice.`];
  const steps = `${counted(repeated.steps, 'step')} ${repeated.steps === 1 ? 'was' : 'were'} trained twice after a cut`;
  const how = repeated.exact ? 'bit for bit' : 'as printed';
  if (repeated.equal === repeated.steps) return [`${times} ${steps}: every loss equal, ${how}.`];
  return [`${times} ${steps}: ${whole(repeated.steps - repeated.equal)} of them with another loss, NOT ok.`];
};

const verdictRemark = (all: number, wrong: number, unseen: number): string[] => {
  if (all === 0) return [];
  if (wrong > 0)
    return [`${counted(wrong, 'value')} of ${whole(all)} NOT ok: the run does something else than the recipe says.`];
  if (unseen > 0) return [`${whole(all - unseen)} of ${whole(all)} values ok, ${whole(unseen)} not seen yet.`];
  return [`${counted(all, 'value')}, all as asked.`];
};

/** The same as data; numbers that JSON cannot write (a NaN loss) are null. */
export const reportJson = (report: Report) => ({
  run: report.run,
  title: report.title,
  rehearsal: report.rehearsal ?? null,
  comparable: report.rehearsal === undefined,
  stages: report.stages,
  rows: report.rows,
  losses: report.losses,
  validation: report.validation,
  cuts: report.cuts,
  repeated: report.repeated,
});
