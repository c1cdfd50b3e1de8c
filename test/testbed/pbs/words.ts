import { Refusal } from './model.ts';

/** Options and operands of a command line, as getopt reads them: `f` bare, `F:` with a value. Options end at the first operand. */
export interface Words {
  readonly options: readonly (readonly [string, string])[];
  readonly operands: readonly string[];
}

const USAGE: Readonly<Record<string, string>> = {
  qsub: `usage: qsub [-a date_time] [-A account_string] [-c interval]
	[-C directive_prefix] [-e path] [-f ] [-h ] [-I [-X]] [-j oe|eo] [-J X-Y[:Z]]
	[-k keep] [-l resource_list] [-m mail_options] [-M user_list]
	[-N jobname] [-o path] [-p priority] [-P project] [-q queue] [-r y|n]
	[-R o|e|oe] [-S path] [-u user_list] [-W otherattributes=value...]
	[-v variable_list] [-V ] [-z] [script | -- command [arg1 ...]]
       qsub --version`,
  qstat: `usage: 
qstat [-f] [-J] [-p] [-t] [-x] [-E] [-F format] [-D delim] [ job_identifier... | destination... ]
qstat [-a|-i|-r|-H|-T] [-J] [-t] [-u user] [-n] [-s] [-G|-M] [-1] [-w]
	[ job_identifier... | destination... ]
qstat -Q [-f] [-F format] [-D delim] [ destination... ]
qstat -q [-G|-M] [ destination... ]
qstat -B [-f] [-F format] [-D delim] [ server_name... ]
qstat --version`,
  qdel: 'usage: qdel [-W force|suppress_email=X] [-x] job_identifier...\n       qdel --version',
  qhold: 'usage: qhold [-h hold_list] job_identifier...\n       qhold --version',
  qrls: 'usage: qrls [-h hold_list] job_identifier...\n       qrls --version',
  qsig: 'usage: qsig [-s signal] job_identifier...\n       qsig --version',
  qrerun: 'usage: qrerun [-W force] job_identifier...\n       qrerun --version',
  qselect: `usage: qselect [-a [op]date_time] [-A account_string] [-c [op]interval]
	[-h hold_list] [-H] [-J] [-l resource_list] [-N name]
	[-p [op]priority] [-q destination] [-r y|n] [-s states] [-t subopt [op]time]
	[-T] [-P project] [-x] [-u user_name]
       qselect --version`,
  pbsnodes: `usage:
	pbsnodes [-{c|r}][-C comment][-s server] host host ...
	pbsnodes -[o|r][-C comment][-s server] host host ...
	pbsnodes -l[-s server]
	pbsnodes -a[v][-S[j][L]][-F format][-D delim][-s server]`,
};

export const usage = (program: string): Refusal => new Refusal(2, `${USAGE[program] ?? program}\n`);

/** An option's value that cannot be: PBS says so and prints its usage. */
export const illegal = (program: string, option: string): Refusal =>
  new Refusal(2, `${program}: illegal -${option} value\n${USAGE[program]}\n`);

/** `letters` in getopt's way; an unknown option is a usage error. */
export const readWords = (
  program: string,
  argv: readonly string[],
  letters: string,
  fail: () => Refusal = () => usage(program),
): Words => {
  const options: [string, string][] = [];
  let at = 0;
  for (; at < argv.length; at += 1) {
    const word = argv[at] ?? '';
    if (word === '--') break;
    if (!word.startsWith('-') || word === '-') break;
    for (let i = 1; i < word.length; i += 1) {
      const letter = word[i] ?? '';
      const found = letters.indexOf(letter);
      if (letter === ':' || found < 0) throw fail();
      if (letters[found + 1] !== ':') {
        options.push([letter, '']);
        continue;
      }
      const rest = word.slice(i + 1);
      if (rest === '') at += 1;
      const value = rest === '' ? argv[at] : rest;
      if (value === undefined) throw fail();
      options.push([letter, value]);
      break;
    }
  }
  return { options, operands: argv.slice(at) };
};

export const has = (words: Words, letter: string): boolean => words.options.some(([each]) => each === letter);
export const last = (words: Words, letter: string): string | undefined =>
  words.options.findLast(([each]) => each === letter)?.[1];

/** Words of a directive line: blanks separate, quotes hold together and go, a backslash takes the next character as it is. */
export const splitQuoted = (line: string): string[] => {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let i = 0; i < line.length; i += 1) {
    const c = line[i] ?? '';
    if (quote !== '' && c === quote) quote = '';
    else if (quote !== '') word = (word ?? '') + c;
    else if (c === '"' || c === "'") {
      quote = c;
      word = word ?? '';
    } else if (/\s/.test(c)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (c === '\\' && i + 1 < line.length) {
      i += 1;
      word = (word ?? '') + line[i];
    } else word = (word ?? '') + c;
  }
  if (word !== undefined) words.push(word);
  return words;
};

/** `a=1,b=x,y` cut before each NAME=, so that a value may hold commas. */
export const splitAttributes = (text: string): [string, string][] =>
  text.split(/,(?=[A-Za-z_][A-Za-z0-9_.]*=)/).map(pair => {
    const at = pair.indexOf('=');
    return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
  });
