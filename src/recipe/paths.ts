import type { Layer } from '../located/layers.ts';
import { childOf, keysOf, type Path, pathText, reach, valueAt } from '../located/path.ts';
import { knownKeys, schemaAt, takesAnyKey } from '../located/shape.ts';
import { didYouMean, nearest } from '../located/suggest.ts';
import type { Checked, Diagnostic } from '../model/diagnostic.ts';
import { recipeSchema } from './schema.ts';

/** Keys that are there, and keys the schema knows by name. */
const keysAt = (value: unknown, path: Path): string[] => {
  const here = schemaAt(recipeSchema, value, path);
  const there = valueAt(value, path);
  return [...new Set([...keysOf(there).map(String), ...(here ? knownKeys(here, there) : [])])];
};

/** As far as a path is there or could be, and the first key that could not. */
const astray = (value: unknown, text: string): { readonly path: Path; readonly next: string } => {
  const { path, rest } = reach(value, text);
  let here = path;
  for (const key of rest.split('.')) {
    const schema = schemaAt(recipeSchema, value, here);
    if (!schema || !knownKeys(schema, valueAt(value, here)).includes(key)) return { path: here, next: key };
    here = [...here, key];
  }
  return { path, next: rest };
};

/** Says that a path names nothing; `arg` is what was typed. */
const unknown = (value: unknown, text: string, arg: string): Diagnostic => {
  const { path, next } = astray(value, text);
  const known = keysAt(value, path);
  const where = path.length === 0 ? 'the recipe' : pathText(path);
  return {
    code: 'MRT-R013',
    severity: 'error',
    what: `${arg}: ${where} has no "${next}".`,
    hint: didYouMean(next, known),
    path: text,
  };
};

/** A path that is there, or that the schema lets be there: an optional key nobody has written yet. */
const exact = (value: unknown, text: string): Path | undefined => {
  const { path, rest } = reach(value, text);
  if (rest === '') return path;
  let here = path;
  for (const key of rest.split('.')) {
    const schema = schemaAt(recipeSchema, value, here);
    const map = valueAt(value, here);
    if (!schema) return undefined;
    // A new stage or dataset is not made by naming it; a new flag of `extra` or a variable is.
    const isNamed = here.length <= 1 && takesAnyKey(schema, map);
    if (isNamed || !(knownKeys(schema, map).includes(key) || takesAnyKey(schema, map))) return undefined;
    here = [...here, key];
  }
  return here;
};

const stageNames = (value: unknown): string[] => keysOf(childOf(value, 'stages')).map(String);

/** The stages a short path fits: first those that have the value, else those that may have it. */
const fitting = (value: unknown, text: string, stages: readonly string[]): string[] => {
  const has = (stage: string): boolean => reach(childOf(childOf(value, 'stages'), stage), text).rest === '';
  const have = stages.filter(has);
  return have.length > 0 ? have : stages.filter(stage => exact(value, `stages.${stage}.${text}`) !== undefined);
};

/** A path below a stage with each misspelt key put right; undefined where a key resembles nothing that could be there. */
const mended = (value: unknown, start: Path, text: string): string | undefined => {
  const path = [...start];
  for (const key of text.split('.')) {
    const near = nearest(key, keysAt(value, path));
    if (near === undefined) return undefined;
    path.push(near);
  }
  return pathText(path);
};

const oneOf = (paths: readonly string[]): string =>
  paths.length === 1 ? `write ${paths[0]}.` : `write one of: ${paths.join(', ')}.`;

/** A path that fits none of the stages asked for: what it fits elsewhere, or would fit if it were spelt like its neighbours. */
const unfitting = (value: unknown, text: string, chosen: readonly string[], arg: string): Diagnostic => {
  const all = stageNames(value);
  const elsewhere = fitting(value, text, all);
  const plain = unknown(value, text, arg);
  if (elsewhere.length > 0) {
    const what = `${arg}: ${chosen.map(stage => `stages.${stage}`).join(' and ')} has no "${text}".`;
    return { ...plain, what, hint: oneOf(elsewhere.map(stage => `stages.${stage}.${text}`)) };
  }
  if (reach(value, text).path.length > 0) return plain;
  const like = all.flatMap(stage => mended(value, ['stages', stage], text) ?? []);
  const written = like.filter(path => reach(value, path).rest === '');
  const meant = written.length > 0 ? written : like;
  return meant.length > 0 ? { ...plain, hint: `did you mean ${meant.join(' or ')}?` } : plain;
};

/**
 * A full or short path to its keys. A short one (`optimizer.lr`) is taken where exactly one of the selected stages has it;
 * else the error lists them. `arg` names what was typed in messages.
 */
export const findPath = (
  value: unknown,
  text: string,
  selected: readonly string[] | undefined,
  arg: string,
): Checked<Path> => {
  const full = exact(value, text);
  if (full) return { value: full, diagnostics: [] };
  const chosen = selected && selected.length > 0 ? selected : stageNames(value);
  const stages = fitting(value, text, chosen);
  const [only] = stages;
  if (only === undefined) return { diagnostics: [unfitting(value, text, chosen, arg)] };
  if (stages.length === 1) return { value: exact(value, `stages.${only}.${text}`), diagnostics: [] };
  const what = `${arg}: "${text}" is in ${stages.length} stages.`;
  return {
    diagnostics: [
      {
        code: 'MRT-R014',
        severity: 'error',
        what,
        hint: oneOf(stages.map(stage => `stages.${stage}.${text}`)),
        path: text,
      },
    ],
  };
};

/** `recipes/x.yaml:4:7`, the argument, or the reason of a default. */
export const originText = (origin: ReturnType<Layer['origin']>): string => {
  if (!origin) return 'not written';
  if (origin.kind === 'written') return `${origin.at.file}:${origin.at.line}:${origin.at.column}`;
  return origin.kind === 'override' ? origin.arg : `default: ${origin.where}`;
};
