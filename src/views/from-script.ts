import type { Line } from '../script/report.ts';
import { type Look, printable, tint } from './look.ts';
import { table } from './table.ts';

interface Shown {
  readonly script: string;
  readonly recipe: string;
  readonly overlay: string;
  readonly cluster?: string | undefined;
  readonly stages: readonly { readonly name: string; readonly kind: string; readonly line?: number | undefined }[];
  readonly placed: readonly Line[];
  readonly notNeeded: readonly Line[];
  readonly notPlaced: readonly Line[];
  readonly differences: readonly {
    readonly flag: string;
    readonly script: unknown;
    readonly martlet: unknown;
    readonly because?: string | undefined;
  }[];
}

const where = ({ at }: Line): string => (at === undefined ? '' : `${at.file}:${at.line}`);

const lines = (title: string, rows: readonly Line[], second: (line: Line) => string, look: Look): string[] =>
  rows.length === 0
    ? []
    : [
        table(
          [{ title: `${title} (${rows.length})`, flexible: 'end' }, { title: '', flexible: 'end' }, { title: '' }],
          rows.map(line => [printable(line.what), printable(second(line)), where(line)]),
          look,
        ),
      ];

const value = (each: unknown): string =>
  each === null || each === undefined ? 'nothing' : String(JSON.stringify(each));

const differenceText = (found: Shown['differences'], look: Look): string[] => {
  const meant = found.filter(each => each.because !== undefined);
  if (meant.length === 0) return [];
  const rows = meant.map(each => [
    each.flag,
    printable(value(each.script)),
    printable(value(each.martlet)),
    each.because ?? '',
  ]);
  const columns = [
    { title: `ON PURPOSE OTHERWISE (${meant.length})` },
    { title: 'SCRIPT', flexible: 'end' as const },
    { title: 'MARTLET', flexible: 'end' as const },
    { title: '', flexible: 'end' as const },
  ];
  return [table(columns, rows, look)];
};

/** What became of a script: where everything went, what has no place, what martlet does otherwise; then the files. */
export const fromScriptText = (found: Shown, look: Look): string => {
  const stages = found.stages.map(({ name, kind }) => `${name} (${kind})`).join(', ');
  const home = found.cluster === undefined ? 'NAME' : found.cluster;
  return [
    ...lines('PLACED', found.placed, line => line.to ?? '', look),
    ...lines('NOT NEEDED', found.notNeeded, line => line.why ?? '', look),
    ...differenceText(found.differences, look),
    ...lines('NOT PLACED', found.notPlaced, line => line.why ?? '', look),
    [
      `${tint(look, 'bold', 'stages')}: ${stages}`,
      `written: ${found.recipe}`,
      `written: ${found.overlay}  (to ~/.config/martlet/clusters/${home}.yaml, after a look)`,
      `next: martlet check ${found.recipe}`,
    ].join('\n'),
  ].join('\n\n');
};
