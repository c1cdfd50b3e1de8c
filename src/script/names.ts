import { basename, dirname } from 'node:path';

/** A name that a recipe takes: a letter first, then letters, digits, "_", "." and "-", at most 64 characters. */
export const nameFrom = (text: string): string => {
  const plain = text.replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[-_.]+|[-_.]+$/g, '');
  const led = /^[A-Za-z]/.test(plain) ? plain : `x-${plain}`;
  return led.slice(0, 64).replace(/[-_.]+$/, '') || 'unnamed';
};

/** `stem`, `stem-2`, `stem-3`: one that is not taken yet. */
export const freeName = (stem: string, taken: ReadonlySet<string>): string => {
  if (!taken.has(stem)) return stem;
  for (let number = 2; ; number++) {
    const name = `${stem.slice(0, 59)}-${number}`;
    if (!taken.has(name)) return name;
  }
};

/** Too general to be a data set's name without its folder. */
const GENERAL = /^(dump|shard|part|chunk|split|merged|train|data|default|output|text)[-_.]?\d*$/i;

const stemOf = (prefix: string): string =>
  basename(prefix)
    .replace(/(_text|_content)?_document$/, '')
    .replace(/\.jsonl?$/, '');

/** Names of data sets from the prefixes of their files: the file's, with its folder's in front where that says too little. */
export const datasetNames = (prefixes: readonly string[]): string[] => {
  const stems = prefixes.map(stemOf);
  const taken = new Set<string>();
  return prefixes.map((prefix, index) => {
    const stem = stems[index] as string;
    const isVague = GENERAL.test(stem) || stems.filter(each => each === stem).length > 1;
    const name = freeName(nameFrom(isVague ? `${basename(dirname(prefix))}-${stem}` : stem), taken);
    taken.add(name);
    return name;
  });
};

const normal = (text: string): string =>
  text
    .toLowerCase()
    .replace(/^meta-/, '')
    .replace(/[^a-z0-9.]/g, '');

/** `/x/Meta-Llama-3.1-8B/tokenizer.json` to `/x/Meta-Llama-3.1-8B`. */
export const modelFolder = (path: string): string => {
  const bare = path.replace(/\/+$/, '');
  return /\.(json|model|bpe|txt)$/.test(bare) ? dirname(bare) : bare;
};

/** `Qwen3-8B-Base` is of qwen3, `Meta-Llama-3.1-8B` of llama. */
const family = (text: string): string => /^[a-z]+[0-9]*/.exec(text.toLowerCase().replace(/^meta-/, ''))?.[0] ?? '';
const HUB_ID = /^[\w.-]+\/[\w.-]+$/;

/** Folders of a checkpoint that say how it is split or how old it is, not what it is. */
const LAYOUT = /^((tp|pp|cp|ct|ep|dp|etp|mp|vpp)[-_]?\d|iter_|release$|checkpoint|torch_dist$|lr\d)/i;

const nameOfFolder = (path: string): string => {
  const parts = modelFolder(path).split('/').filter(Boolean);
  const name = parts.findLast(part => !LAYOUT.test(part)) ?? parts.at(-1) ?? 'model';
  return name.replace(/[^\w.-]+/g, '-');
};

/**
 * A model's id on the hub: the one of the architecture, or its sibling (`-Instruct`, `-Base`) that a path names. Sizes alone do
 * not make a name: where no path is of its family, the model is called after what the paths say.
 */
export const baseIdFrom = (known: string, paths: readonly string[]): string => {
  const [org = '', id = ''] = known.split('/');
  const parts = paths.flatMap(path => path.split('/')).filter(part => /^[A-Za-z0-9][\w.-]*$/.test(part));
  const siblings = parts.filter(part => normal(part).startsWith(normal(id)));
  const sibling = siblings.find(part => part.replace(/^Meta-/, '').startsWith(id)) ?? siblings[0];
  if (sibling !== undefined) return normal(sibling) === normal(id) ? known : `${org}/${sibling.replace(/^Meta-/, '')}`;
  const hub = paths.find(path => HUB_ID.test(path));
  const isOfFamily = parts.some(part => family(part) === family(id));
  if (paths.length === 0 || isOfFamily) return known;
  return hub ?? `local/${nameOfFolder(paths[0] as string)}`;
};

/** The tokenizer's id where it is another model's than the base; undefined: the base's own. */
export const tokenizerIdFrom = (path: string, base: string): string | undefined => {
  if (HUB_ID.test(path)) return path === base ? undefined : path;
  const folder = basename(modelFolder(path));
  const [org = '', id = ''] = base.split('/');
  if (normal(id).startsWith(normal(folder)) || normal(folder).startsWith(normal(id))) return undefined;
  return family(folder) !== '' && family(folder) === family(id) ? `${org}/${folder}` : folder.replace(/[^\w.-]+/g, '-');
};
