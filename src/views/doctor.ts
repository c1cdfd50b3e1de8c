import type { Finding, Verdict } from '../doctor/finding.ts';
import { type Look, printable, type Tint, tint, wrap } from './look.ts';
import { counted } from './numbers.ts';
import { table } from './table.ts';

/** What flows/doctor answers with, as far as it is shown. */
export interface ShownExamination {
  readonly cluster: string;
  readonly title: string;
  readonly files: readonly string[];
  readonly overlay: string;
  readonly findings: readonly Finding[];
}

const MARKS: Readonly<Record<Verdict, { readonly word: string; readonly tint: Tint }>> = {
  ok: { word: 'ok', tint: 'green' },
  differs: { word: 'differs', tint: 'yellow' },
  unknown: { word: '?', tint: 'dim' },
  trouble: { word: 'TROUBLE', tint: 'red' },
};

const mark = (verdict: Verdict, look: Look): string => tint(look, MARKS[verdict].tint, MARKS[verdict].word);

const COLUMNS = [
  { title: 'TOPIC' },
  { title: 'CHECK' },
  { title: 'CLAIMED', flexible: 'end' },
  { title: 'FOUND', flexible: 'end' },
  { title: 'OK' },
] as const;

/** A topic is named once, at its first line. */
const rows = (findings: readonly Finding[], look: Look): string[][] =>
  findings.map((each, i) => [
    each.topic === findings[i - 1]?.topic ? '' : tint(look, 'bold', each.topic),
    printable(each.check),
    printable(each.claimed ?? ''),
    printable(each.found),
    mark(each.verdict, look),
  ]);

/** The worst first; advice about what is well comes last. */
const ORDER: readonly Verdict[] = ['trouble', 'differs', 'unknown', 'ok'];

/** What was found stands here whole: the table cuts it on a narrow terminal. */
const todoText = ({ check, topic, verdict, found, todo = '', source }: Finding, look: Look): string => {
  const where = source ? ` (${printable(source)})` : '';
  const head = `  ${mark(verdict, look)} ${tint(look, 'bold', `${topic}, ${printable(check)}`)}${where}`;
  const lines = [`found: ${printable(found)}`, printable(todo)];
  return [head, ...lines.map(line => `      ${wrap(line, look, '      ')}`)].join('\n');
};

const todosText = ({ findings, overlay }: ShownExamination, look: Look): string[] => {
  const open = ORDER.flatMap(verdict => findings.filter(each => each.verdict === verdict && each.todo));
  if (open.length === 0) return [];
  const where = open.some(each => each.todo?.includes('the overlay')) ? `; the overlay is ${printable(overlay)}` : '';
  return ['', `What to do${where}:`, ...open.map(each => todoText(each, look))];
};

const summary = (findings: readonly Finding[]): string => {
  const count = (verdict: Verdict): number => findings.filter(each => each.verdict === verdict).length;
  const parts = [
    `${count('ok')} as claimed`,
    counted(count('differs'), 'differs', 'differ'),
    `${count('unknown')} could not be seen from here`,
    `${count('trouble')} in the way`,
  ];
  return `${counted(findings.length, 'check')}: ${parts.filter((_, i) => i === 0 || !/^0 /.test(parts[i] ?? '')).join(', ')}.`;
};

/** Claimed and found side by side, then what to do, the worst first. */
export const doctorText = (shown: ShownExamination, look: Look): string =>
  [
    `${tint(look, 'bold', printable(shown.title))}, as written in ${shown.files.map(printable).join(' and ')}`,
    '',
    table(COLUMNS, rows(shown.findings, look), look),
    ...todosText(shown, look),
    '',
    summary(shown.findings),
  ].join('\n');

export const doctorJson = ({ cluster, title, files, overlay, findings }: ShownExamination, exitCode: number) => ({
  ok: exitCode === 0,
  cluster,
  title,
  files,
  overlay,
  findings,
});
