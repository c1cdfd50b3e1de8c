import { redacted, redactedWords } from './redact.ts';

/** A program that was called inside: a stand-in wrote it down (templates/from-script/stub.sh). */
export interface Call {
  readonly id: string;
  readonly name: string;
  /** Line of the script the command begins on; undefined: called by something else than the script. */
  readonly line?: number | undefined;
  /** Id of the scene that holds the variables of that moment. */
  readonly scene: string;
  /** Ids of the calls it was started by, outermost first. */
  readonly under: readonly string[];
  readonly folder: string;
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What the script's own shell knew when a command began. */
export interface Scene {
  readonly id: string;
  readonly line: number;
  /** The command with its variables unexpanded. */
  readonly command: string;
  /** Everything that is set, arrays too. */
  readonly names: ReadonlySet<string>;
  /** Variables with one value; arrays are left out. */
  readonly variables: Readonly<Record<string, string>>;
}

export interface Transcript {
  readonly calls: readonly Call[];
  readonly scenes: readonly Scene[];
  /** Scripts that the script submitted, as text. */
  readonly submitted: readonly { readonly path: string; readonly text: string }[];
  /** What the script printed, the first 64 KiB. */
  readonly output: string;
  /** The script's exit code; undefined: it ran out of time. */
  readonly code?: number | undefined;
  /** False: the driver itself did not come to its end. */
  readonly isWhole: boolean;
}

const decoded = (text: string): string => Buffer.from(text, 'base64').toString('utf8');

/** `SCRIPT:LINE` of the prelude; only lines of the script itself count. */
const lineOf = (at: string, script: string): number | undefined => {
  const split = at.lastIndexOf(':');
  return at.slice(0, split) === script ? Number(at.slice(split + 1)) : undefined;
};

const environmentOf = (entries: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    entries.flatMap(entry => {
      const split = entry.indexOf('=');
      return split > 0 ? [[entry.slice(0, split), redacted(entry.slice(split + 1))]] : [];
    }),
  );

const callOf = (text: string, script: string): Call | undefined => {
  const [name, at, scene, under, folder, count, ...rest] = text.split('\0');
  const words = Number(count);
  if (name === undefined || folder === undefined || !Number.isInteger(words)) return undefined;
  const env = environmentOf(rest.slice(words));
  return {
    id: '',
    name,
    line: lineOf(at ?? '', script),
    scene: scene ?? '',
    under: (under ?? '').split(' ').filter(Boolean),
    folder,
    words: redactedWords(rest.slice(0, words)),
    env,
  };
};

/** `declare -- NAME="value"` of bash, one value each; its own quoting is undone. */
const variablesOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    [
      ...text.matchAll(
        /^declare -[-irtxln]+ ([A-Za-z_]\w*)(?:=(?:"((?:[^"\\]|\\[\s\S])*)"|\$'((?:[^'\\]|\\[\s\S])*)'))?$/gm,
      ),
    ].map(([, name, quoted, ansi]) => [
      name,
      quoted?.replace(/\\(["$`\\])/g, '$1') ?? ansi?.replace(/\\n/g, '\n') ?? '',
    ]),
  );

const sceneOf = (id: string, fields: string): Scene => {
  const [, line, command = '', ...rest] = fields.split('\0');
  const declared = rest.join('\0');
  const names = new Set([...declared.matchAll(/^declare -\S+ ([A-Za-z_]\w*)=/gm)].map(([, name = '']) => name));
  return { id, line: Number(line), command, names, variables: variablesOf(declared) };
};

/** The driver's answer; anything else in it is not taken for one of its lines. */
export const readTranscript = (answer: string, script: string): Transcript => {
  const calls: Call[] = [];
  const scenes: Scene[] = [];
  const submitted: { path: string; text: string }[] = [];
  let output = '';
  let end: string | undefined;
  for (const line of answer.split('\n')) {
    const [word, id = '', text = ''] = line.split(' ');
    if (word === 'call') {
      const call = callOf(decoded(text), script);
      if (call) calls.push({ ...call, id });
    }
    if (word === 'scene') {
      const fields = decoded(text);
      const [kind, path = '', body = ''] = fields.split('\0');
      if (kind === 'submitted') submitted.push({ path, text: body });
      else scenes.push(sceneOf(id, fields));
    }
    if (word === 'output') output = redacted(decoded(id));
    if (word === 'end') end = id;
  }
  return {
    calls,
    scenes,
    submitted,
    output,
    ...(end === undefined || end === 'timeout' ? {} : { code: Number(end) }),
    isWhole: end !== undefined,
  };
};
