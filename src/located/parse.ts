import type { Document, Node, YAMLError } from 'yaml';
import { parseDocument } from 'yaml';
import type { Checked, Diagnostic } from '../model/diagnostic.ts';
import { newWalk, type Walk } from './findings.ts';
import { type Located, locatedFrom, Places } from './located.ts';
import { isMap } from './path.ts';
import { syntaxFinding } from './syntax.ts';
import { plainOf } from './walk.ts';

/** More than this many syntax errors are echoes of the first ones. */
const MOST_SYNTAX_ERRORS = 10;

interface Parsed {
  readonly walk: Walk;
  readonly root: Node | null;
  readonly errors: readonly Diagnostic[];
}

/** One error a line: what follows on the same line is an echo. */
const syntaxErrors = (document: Document, text: string, places: Places): Diagnostic[] => {
  const lines = new Set<number>();
  const first = (error: YAMLError): boolean => {
    const line = places.lineOf(error.pos[0]);
    return !lines.has(line) && lines.add(line) !== undefined;
  };
  const kept = document.errors.filter(first).slice(0, MOST_SYNTAX_ERRORS);
  return kept.map(error => {
    const { offset = error.pos[0], ...trap } = syntaxFinding(error, text, document.errors);
    return { ...trap, severity: 'error', at: places.at([offset, offset === error.pos[0] ? error.pos[1] : offset + 1]) };
  });
};

/** YAML 1.2 core, whatever a %YAML line says: the meaning of a recipe must not depend on its first line. */
const versionFinding = (document: Document, places: Places): Diagnostic[] => {
  const { yaml } = document.directives ?? {};
  const other = yaml?.explicit === true && yaml.version !== '1.2';
  const unknown = document.warnings.filter(each => each.code === 'BAD_DIRECTIVE');
  if (!other && unknown.length === 0) return [];
  const what = unknown[0] ? `${unknown[0].message.replace(/\.$/, '')}.` : `the text asks for YAML ${yaml?.version}.`;
  const hint = 'take the line with % away: texts are YAML 1.2.';
  return [{ code: 'MRT-Y019', severity: 'error', what, hint, at: places.at(unknown[0]?.pos ?? [0, 1]) }];
};

/** Old Macintosh line endings: to YAML everything would be one line. */
const loneReturn = (text: string, places: Places): Diagnostic[] => {
  const at = text.search(/\r(?!\n)/);
  if (at === -1) return [];
  const what = 'a carriage return without a line feed.';
  return [
    {
      code: 'MRT-Y017',
      severity: 'error',
      what,
      hint: 'save the file with line endings of Unix (LF) or Windows (CRLF).',
      at: places.at([at, at + 1]),
    },
  ];
};

const parse = (file: string, written: string): Parsed => {
  const text = written.startsWith('\uFEFF') ? written.slice(1) : written;
  const places = new Places(file, text);
  const returns = loneReturn(text, places);
  // uniqueKeys is checked by the walk, which knows where the first one is; aliases are counted there too.
  const options = {
    version: '1.2',
    schema: 'core',
    uniqueKeys: false,
    prettyErrors: false,
    strict: true,
  } as const;
  const document = parseDocument(returns.length > 0 ? '' : text, options);
  const errors = [...returns, ...versionFinding(document, places), ...syntaxErrors(document, text, places)];
  return { walk: newWalk(text, places), root: document.contents as Node | null, errors };
};

const wholeFile = (walk: Walk, finding: Pick<Diagnostic, 'code' | 'what' | 'why' | 'hint'>): Checked<Located> => ({
  diagnostics: [...walk.diagnostics, { ...finding, severity: 'error', at: walk.places.at([0, 1]) }],
});

/** Any YAML value, a scalar too: what `--set PATH=VALUE` takes. */
export const parseValue = (file: string, written: string): Checked<Located> => {
  const { walk, root, errors } = parse(file, written);
  if (errors.length > 0) return { diagnostics: errors };
  const value = plainOf(walk, root, []);
  return { value: locatedFrom(file, walk.text, value, walk.entries, walk.places), diagnostics: walk.diagnostics };
};

/**
 * A file's text as a value that knows where each part is written. The whole text must be one map. With a syntax error there
 * is no value; findings about single values (an octal number, a key twice) leave one, so that more can be found.
 */
export const parseLocated = (file: string, written: string): Checked<Located> => {
  const { walk, root, errors } = parse(file, written);
  if (errors.length > 0) return { diagnostics: errors };
  if (root === null)
    return wholeFile(walk, {
      code: 'MRT-Y011',
      what: 'the file is empty.',
      why: 'it holds nothing but blanks and comments.',
      hint: 'martlet init writes one to start from.',
    });
  const value = plainOf(walk, root, []);
  if (walk.stopped) return { diagnostics: walk.diagnostics };
  if (!isMap(value)) {
    const found = Array.isArray(value) ? 'a list' : 'a single value';
    return wholeFile(walk, {
      code: 'MRT-Y013',
      what: `the file holds ${found}.`,
      why: 'a map is wanted: keys, each with a colon and a value.',
    });
  }
  return { value: locatedFrom(file, walk.text, value, walk.entries, walk.places), diagnostics: walk.diagnostics };
};
