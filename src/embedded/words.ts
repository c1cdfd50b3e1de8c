import { Refusal } from './refusal.ts';

/** What was typed behind `submit`. */
export interface SubmitWords {
  readonly name?: string;
  readonly token?: string;
  readonly after: readonly { readonly parent: number; readonly ok: boolean }[];
  /** Seconds; 0: none. */
  readonly walltime: number;
  readonly envFiles: readonly string[];
  readonly hold: boolean;
  readonly dir?: string;
  readonly output?: string;
  readonly script: string;
  readonly args: readonly string[];
}

type Draft = { -readonly [K in keyof SubmitWords]?: SubmitWords[K] } & {
  after: { parent: number; ok: boolean }[];
  envFiles: string[];
};

export const jobNumber = (text: string): number => {
  if (!/^[1-9][0-9]{0,14}$/.test(text)) throw new Refusal(`"${text}" is no job id; ids are numbers`, 2);
  return Number(text);
};

/** Line breaks would break the answers, which are one line a job. */
const oneLine = (option: string, text: string): string => {
  if (text !== '' && text.length <= 255 && !/[\u0000-\u001f\u007f]/.test(text)) return text;
  throw new Refusal(`${option} is ${JSON.stringify(text)}; it must be 1 to 255 characters on one line`, 2);
};

const dependency = (text: string): { parent: number; ok: boolean } => {
  const [, kind, id] = /^(ok|any):(.*)$/.exec(text) ?? [];
  if (kind === undefined || id === undefined)
    throw new Refusal(`--after has "${text}"; it takes ok:ID and any:ID, with commas between`, 2);
  return { parent: jobNumber(id), ok: kind === 'ok' };
};

const seconds = (text: string): number => {
  if (!/^[0-9]{1,9}$/.test(text)) throw new Refusal(`--walltime is "${text}"; it must be whole seconds`, 2);
  return Number(text);
};

const OPTIONS: Readonly<Record<string, (draft: Draft, text: string) => void>> = {
  '--name': (draft, text) => {
    draft.name = oneLine('--name', text);
  },
  '--token': (draft, text) => {
    draft.token = oneLine('--token', text);
  },
  '--after': (draft, text) => {
    draft.after.push(...text.split(',').map(dependency));
  },
  '--walltime': (draft, text) => {
    draft.walltime = seconds(text);
  },
  // Not --env-file: Node itself reads that one, wherever it stands on the command line.
  '--environment': (draft, text) => {
    draft.envFiles.push(text);
  },
  '--chdir': (draft, text) => {
    draft.dir = text;
  },
  '--output': (draft, text) => {
    draft.output = text;
  },
};

/** `submit [OPTIONS] SCRIPT [ARGS]`: what stands behind the script is the script's. `--option=value` is taken too. */
export const readSubmitWords = (words: readonly string[]): SubmitWords => {
  const draft: Draft = { after: [], envFiles: [], hold: false };
  let i = 0;
  for (; i < words.length && words[i]?.startsWith('-'); i += 1) {
    const word = words[i] as string;
    if (word === '--') {
      i += 1;
      break;
    }
    if (word === '--hold') {
      draft.hold = true;
      continue;
    }
    const [, option = word, inline] = /^(--[a-z-]+)=(.*)$/s.exec(word) ?? [];
    const take = OPTIONS[option];
    if (!take)
      throw new Refusal(`submit does not know ${option}; known: ${[...Object.keys(OPTIONS), '--hold'].join(', ')}`, 2);
    const text = inline ?? words[++i];
    if (text === undefined) throw new Refusal(`${option} wants a value`, 2);
    take(draft, text);
  }
  const [script, ...args] = words.slice(i);
  if (script === undefined) throw new Refusal('submit wants a script', 2);
  return { ...draft, walltime: draft.walltime ?? 0, hold: draft.hold ?? false, script, args };
};
