import { Refusal } from './model.ts';
import { readWords, splitQuoted, type Words } from './words.ts';

export const QSUB_LETTERS = 'a:A:c:C:e:fhIj:J:k:l:m:M:N:o:p:P:q:r:R:S:u:v:VW:Xz';

/** Directive lines: until the first line that is neither blank, nor starts with `#`, nor with `:`; an indented `  #PBS` counts. */
const directiveLines = (script: string, prefix: string): string[] => {
  const lines = script.split('\n');
  const end = lines.findIndex(line => !/^\s*($|#|:)/.test(line));
  return lines
    .slice(0, end < 0 ? lines.length : end)
    .map(line => line.trim())
    .filter(line => line.startsWith(`${prefix} `))
    .map(line => line.slice(prefix.length).trim());
};

const readLine = (line: string): Words => {
  const fail = (): Refusal => new Refusal(1, `qsub: directive error: ${line} \n`);
  const words = readWords('qsub', splitQuoted(line), QSUB_LETTERS, fail);
  if (words.operands.length > 0) throw fail();
  return words;
};

/** The script's options under the command line's: what is said later wins, -l and -v add up. */
export const withDirectives = (words: Words, script: string): Words => {
  const prefix = words.options.find(([letter]) => letter === 'C')?.[1] ?? '#PBS';
  const lines = directiveLines(script, prefix).map(readLine);
  return { options: [...lines.flatMap(line => line.options), ...words.options], operands: words.operands };
};
