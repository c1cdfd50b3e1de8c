import type { Layer } from '../located/layers.ts';
import { childOf, isMap, keysOf, type Path, pathText } from '../located/path.ts';
import type { Code } from '../model/codes.ts';
import type { Diagnostic } from '../model/diagnostic.ts';

/** What a placeholder becomes; undefined: it stays as it is, because it is filled for each job. */
export type Fillings = Readonly<Record<string, string | undefined>>;

export interface Filled {
  readonly value: unknown;
  readonly diagnostics: readonly Diagnostic[];
  /** Names of the placeholders that were met. */
  readonly used: ReadonlySet<string>;
}

/** Keys whose values are free text or belong to another program: a brace there is a brace. */
const FREE = new Set([
  'title',
  'note',
  'read',
  'env',
  'prices',
  'secrets',
  'notify',
  'wandb',
  'spend',
  'copies',
  'charge',
  'launcher_args',
]);

const CODE: Code = 'MRT-C001';

const wrong = (layer: Layer, path: Path, text: string, known: readonly string[]): Diagnostic => ({
  code: CODE,
  severity: 'error',
  what: `"${text}" is no placeholder.`,
  why: `placeholders are ${known.map(each => `{${each}}`).join(', ')}; any other brace is an error.`,
  hint: text.startsWith('${') ? `write $${text.slice(2, -1)}: a variable of the job has no braces here.` : undefined,
  at: layer.place(path),
  path: pathText(path),
});

const BRACES = /\$?\{[^{}]*\}|[{}]/g;

/** Fills `{account}` and its kind in every value that may hold one. */
export const fillPlaceholders = (layer: Layer, fillings: Fillings): Filled => {
  const diagnostics: Diagnostic[] = [];
  const used = new Set<string>();
  const known = Object.keys(fillings);
  const fill = (text: string, path: Path): string =>
    text.replace(BRACES, match => {
      const name = match.slice(1, -1);
      if (!Object.hasOwn(fillings, name)) diagnostics.push(wrong(layer, path, match, known));
      else used.add(name);
      return fillings[name] ?? match;
    });
  const walk = (value: unknown, path: Path): unknown => {
    if (typeof value === 'string') return fill(value, path);
    if (Array.isArray(value)) return value.map((each, index) => walk(each, [...path, index]));
    if (!isMap(value)) return value;
    return Object.fromEntries(
      keysOf(value).map(key => [
        key,
        isFree(path, key) ? childOf(value, key) : walk(childOf(value, key), [...path, key]),
      ]),
    );
  };
  return { value: walk(layer.value, []), diagnostics, used };
};

const isFree = (path: Path, key: string | number): boolean => path.length === 0 && FREE.has(String(key));
