import type { JobState } from '../state/events.ts';
import type { Asks, Why } from '../state/why.ts';
import { type Look, printable, tint } from './look.ts';
import { counted, duration } from './numbers.ts';
import { table } from './table.ts';

const shortJob = (job: string): string => job.split('/').slice(1).join('-');

const SENTENCES: Readonly<Partial<Record<JobState, string>>> = {
  planned: 'it has not been sent.',
  submitting: 'it is being sent, or its sending was cut off.',
  running: 'it does not wait: it runs.',
  ending: 'it has left the queue; its exit file has not come yet.',
  succeeded: 'it has ended well.',
  failed: 'it has failed.',
  cancelled: 'it was cancelled or stopped.',
  refused: 'the scheduler refused it.',
  unsure: 'nobody knows whether it was taken.',
  lost: 'it left the queue without an exit file and without a record.',
};

const headline = (why: Why, look: Look): string => {
  const id = why.nativeId ? ` (${printable(why.nativeId)} on ${why.cluster})` : '';
  const said =
    SENTENCES[why.state] ?? `${why.waiting?.state ?? why.state}${why.waiting?.reason ? `: ${why.waiting.reason}` : ''}`;
  return `${tint(look, 'bold', shortJob(why.job))}${id}: ${printable(said)}`;
};

const asksText = (asks: Asks): string =>
  [
    `${counted(asks.nodes, 'node')} of ${asks.resourceType}${asks.gpusPerNode > 0 ? ` (${asks.gpusPerNode} GPUs each)` : ''}`,
    `for ${duration(asks.walltimeSeconds)}`,
    ...(asks.queue ? [`in ${asks.queue}`] : []),
    ...(asks.account ? [`charged to ${asks.account}`] : []),
    ...(asks.service.length > 0 ? [`with ${asks.service.join(' ')}`] : []),
  ].join(', ');

/** Local time of the reader, to the minute: an estimate of a scheduler has no seconds. */
const timeText = (iso: string): string => {
  const at = new Date(iso);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
};

const rows = (why: Why): string[][] => {
  const { waiting, waitsFor, asks, reason } = why;
  const parents = waitsFor.map(each => `${shortJob(each.job)} (${each.state})`).join(', ');
  const facts: [string, string | undefined][] = [
    ['meaning', waiting?.meaning],
    ['reason', waiting ? undefined : reason],
    ['waits for', parents || waiting?.waitsFor.join(', ')],
    ['position', waiting?.position && `${waiting.position.place} of ${waiting.position.of} that wait`],
    [
      'expected',
      waiting?.expectedStart && `start about ${timeText(waiting.expectedStart)}, by the scheduler's own estimate`,
    ],
    ['priority', waiting?.priority],
    ['asks for', asks && asksText(asks)],
    ['behind it', why.behind > 0 ? counted(why.behind, 'job') : undefined],
    ['what to do', waiting?.hint],
  ];
  return facts.flatMap(([name, text]) => (text ? [[name, printable(text)]] : []));
};

/** Why a job waits, in the scheduler's words and in plain ones, with what it asks for and what a person can do. */
export const whyText = (why: Why, look: Look): string =>
  [
    headline(why, look),
    table([{ title: '' }, { title: '' }], rows(why), look, 2),
    ...(why.waiting?.details ?? []).map(line => tint(look, 'dim', `  ${printable(line)}`)),
    ...(why.trouble ? [`  ${tint(look, 'yellow', 'the last question had no answer')}: ${printable(why.trouble)}`] : []),
  ]
    .filter(Boolean)
    .join('\n');
