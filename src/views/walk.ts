import { type Look, printable, printableLines, tint } from './look.ts';

/** The way of one value; flows/explain answers with one. */
export interface Walk {
  readonly path: string;
  readonly steps: readonly { readonly title: string; readonly text: string; readonly file?: string | undefined }[];
}

/** One value from YAML to report, a numbered station each. */
export const walkText = (walk: Walk, look: Look): string => {
  const wide = String(walk.steps.length).length;
  const stations = walk.steps.map((step, i) => {
    const file = step.file ? `  ${tint(look, 'dim', printable(step.file))}` : '';
    const body = printableLines(step.text)
      .split('\n')
      .map(line => `${' '.repeat(wide + 3)}${line}`)
      .join('\n');
    return ` ${String(i + 1).padStart(wide)} ${tint(look, 'bold', printable(step.title))}${file}\n${body}`;
  });
  return [tint(look, 'bold', walk.path), ...stations].join('\n');
};
