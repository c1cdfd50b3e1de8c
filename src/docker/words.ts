import { Refusal } from '../embedded/refusal.ts';

/** What was typed behind `submit`. */
export interface SubmitWords {
  readonly name: string;
  readonly token?: string;
  readonly after: readonly { readonly id: string; readonly ok: boolean }[];
  /** Seconds; 0: none. */
  readonly walltime: number;
  readonly hold: boolean;
  /** container.json; or by hand an image, and how many GPUs. */
  readonly container?: string;
  readonly image?: string;
  readonly gpus?: number;
  readonly dir?: string;
  readonly output?: string;
  readonly script: string;
  readonly args: readonly string[];
}

type Draft = { -readonly [K in keyof SubmitWords]?: SubmitWords[K] } & { after: { id: string; ok: boolean }[] };

const usage = (sentence: string): Refusal => new Refusal(sentence, 2);

/** The first 12 digits of a container's id are what `docker ps` shows and what we print; a longer one is cut. */
export const jobId = (text: string): string => {
  if (/^[0-9a-f]{12,64}$/.test(text)) return text.slice(0, 12);
  throw usage(`"${text}" is no job id; ids are 12 hex digits, as docker ps shows them`);
};

/** Engines' own rule for the names of containers. */
const jobName = (text: string): string => {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,199}$/.test(text)) return text;
  throw usage(`--name is ${JSON.stringify(text)}; a container's name has 2 to 200 letters, digits, _ . or -`);
};

const oneLine = (option: string, text: string): string => {
  if (text !== '' && text.length <= 255 && !/[\u0000-\u001f\u007f]/.test(text)) return text;
  throw usage(`${option} is ${JSON.stringify(text)}; it must be 1 to 255 characters on one line`);
};

const dependency = (text: string): { id: string; ok: boolean } => {
  const [, kind, id] = /^(ok|any):(.*)$/.exec(text) ?? [];
  if (kind === undefined || id === undefined)
    throw usage(`--after has "${text}"; it takes ok:ID and any:ID, with commas between`);
  return { id: jobId(id), ok: kind === 'ok' };
};

export const wholeNumber = (option: string, text: string): number => {
  if (!/^[0-9]{1,9}$/.test(text)) throw usage(`${option} is "${text}"; it must be a whole number`);
  return Number(text);
};

const OPTIONS: Readonly<Record<string, (draft: Draft, text: string) => void>> = {
  '--name': (draft, text) => {
    draft.name = jobName(text);
  },
  '--token': (draft, text) => {
    draft.token = oneLine('--token', text);
  },
  '--after': (draft, text) => {
    draft.after.push(...text.split(',').map(dependency));
  },
  '--walltime': (draft, text) => {
    draft.walltime = wholeNumber('--walltime', text);
  },
  '--container': (draft, text) => {
    draft.container = text;
  },
  '--image': (draft, text) => {
    draft.image = oneLine('--image', text);
  },
  '--gpus': (draft, text) => {
    draft.gpus = wholeNumber('--gpus', text);
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
  const draft: Draft = { after: [] };
  let i = 0;
  for (; i < words.length && words[i]?.startsWith('-'); i += 1) {
    const word = words[i] as string;
    if (word === '--hold') {
      draft.hold = true;
      continue;
    }
    const [, option = word, inline] = /^(--[a-z-]+)=(.*)$/s.exec(word) ?? [];
    const take = OPTIONS[option];
    if (!take) throw usage(`submit does not know ${option}; known: ${[...Object.keys(OPTIONS), '--hold'].join(', ')}`);
    const text = inline ?? words[++i];
    if (text === undefined) throw usage(`${option} wants a value`);
    take(draft, text);
  }
  const [script, ...args] = words.slice(i);
  const { name, container, image } = draft;
  if (script === undefined) throw usage('submit wants a script');
  if (name === undefined) throw usage('submit wants --name: it is the name of the container');
  if ((container === undefined) === (image === undefined))
    throw usage('submit wants --container FILE or --image IMAGE');
  return { ...draft, name, walltime: draft.walltime ?? 0, hold: draft.hold ?? false, script, args };
};
