import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse, Scalar, stringify } from 'yaml';
import { FLAGS } from '../../../src/engines/megatron/flags.ts';
import { RECORDED } from '../../../src/engines/megatron/recorded.ts';
import { ARGUMENT_RULES } from '../../../src/engines/megatron/rules/index.ts';
import { makePlan } from '../../../src/flows/plan.ts';
import type { RequestOptions } from '../../../src/flows/request.ts';
import { readSources } from '../../../src/flows/sources.ts';
import type { World } from '../../../src/flows/world.ts';
import type { Diagnostic } from '../../../src/model/diagnostic.ts';
import type { PlanFile } from '../../../src/plan/types.ts';
import { quote } from '../../../src/shell/word.ts';
import { readingWorld } from '../../helpers/planning.ts';
import type { Leaf } from './leaves.ts';

export type Doc = Record<string, unknown>;
export interface Docs {
  readonly recipe: Doc;
  readonly overlay: Doc;
}

/** A text in one field, and what became of it. */
export interface Odd {
  readonly file: 'recipe' | 'overlay';
  readonly leaf: Leaf;
  readonly text: string;
  /** What stands in the YAML: a path has the round's folder in front. */
  readonly value: string;
  refused?: Diagnostic | undefined;
}

const yamlOf = (name: string): Doc => parse(readFileSync(join(import.meta.dirname, `${name}.yaml`), 'utf8'));
const RECIPE = yamlOf('recipe');
const OVERLAY = yamlOf('overlay');

export const at = (doc: unknown, path: Leaf['path']): unknown =>
  path.reduce<unknown>((value, key) => (value as Record<string | number, unknown> | undefined)?.[key], doc);

export const put = (doc: unknown, path: Leaf['path'], value: unknown): void => {
  (at(doc, path.slice(0, -1)) as Record<string | number, unknown>)[path.at(-1) as string] = value;
};

/** Flags of Megatron-LM that take any one text, have no word of the recipe and break no rule: as many as a round tries. */
export const EXTRA = RECORDED.filter(
  ({ type, choices, nargs, action, status, flags, dest }) =>
    type === 'str' &&
    !choices &&
    nargs === null &&
    action === 'store' &&
    status === 'ok' &&
    !FLAGS.some(row => flags.includes(row.flag)) &&
    !ARGUMENT_RULES.some(rule => rule.blame.includes(dest)),
)
  .map(({ flags }) => flags[0] as string)
  .slice(0, 50);

const HYPERPOD = { hyperpod: { cluster: 't', group: 't', region: 't', profile: 't' } };

/** The full recipe and overlay of one round, everything in it fine. Rounds differ in what excludes each other. */
export const documents = (round: number, top: string): Docs => {
  const recipe = structuredClone(RECIPE);
  const overlay = JSON.parse(JSON.stringify(OVERLAY).replaceAll('TOP', top)) as Doc;
  put(recipe, ['stages', 'cpt', 'extra'], Object.fromEntries(EXTRA.map(flag => [flag, 't'])));
  overlay.login = [overlay.login, 't', structuredClone(HYPERPOD)][round % 3];
  const own = at(overlay, ['environments', 'megatron-lm']) as Doc;
  Object.assign(own, round % 2 ? { runtime: 'none', ranks: 'per-gpu' } : { runtime: 'singularity' });
  if (round % 4 < 2) return { recipe, overlay };
  // What is not said here comes from elsewhere: paths:, the service of every day, the recipe.
  for (const key of ['image', 'code', 'modules']) delete own[key];
  for (const key of ['reservation', 'wandb']) delete overlay[key];
  return { recipe, overlay };
};

/** YAML in four styles. Half a surrogate pair has no UTF-8, so it can only be written as an escape. */
const textOf = (doc: Doc, round: number): string => {
  const safe = (value: unknown): unknown => {
    if (typeof value === 'string' && !value.isWellFormed())
      return Object.assign(new Scalar(value), { type: 'QUOTE_DOUBLE' });
    if (Array.isArray(value)) return value.map(safe);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, safe(each)]));
  };
  return stringify(safe(doc), {
    lineWidth: round % 2 ? 0 : 80,
    defaultStringType: round % 8 < 4 ? 'PLAIN' : 'QUOTE_DOUBLE',
  });
};

/** Ext4 writes a file to the disk that was cut and is written again, 20 times the price of a new one. */
const writeAnew = (path: string, text: string): void => {
  rmSync(path, { force: true });
  writeFileSync(path, text, { mode: 0o600 });
};

/** What an overlay's paths name over there lies here; each file that is read says its own name. */
const layFiles = (overlay: Doc): void => {
  const file = (path: unknown, textFor: (path: string) => string): void => {
    if (typeof path !== 'string' || path.includes('\0')) return;
    mkdirSync(dirname(path), { recursive: true });
    writeAnew(path, textFor(path));
  };
  const init = (path: string) =>
    `module() { printf '%s\\0' "$@" >"$RECORDS/argv.module.$RANDOM$RANDOM"; }\nexport SEEN_INIT=${quote(path)}\n`;
  const own = ['environments', 'megatron-lm'];
  file(at(overlay, ['modules', 'init']), init);
  file(at(overlay, [...own, 'modules', 'init']), init);
  file(at(overlay, [...own, 'activate']), path => `export SEEN_ACTIVATE=${quote(path)}\n`);
  file(overlay.prologue, path => `export SEEN_PROLOGUE=${quote(path)}\n`);
  file(at(overlay, ['secrets', 'HIDDEN', 'file']), path => path);
  const software = at(overlay, ['paths', 'software']);
  for (const folder of [at(overlay, [...own, 'code']), `${software}/megatron-lm`])
    if (typeof folder === 'string' && !folder.includes('\0')) mkdirSync(folder, { recursive: true });
};

export const worldAt = (top: string): World => {
  const reading = readingWorld(join(top, 'config'));
  return { ...reading, here: { ...reading.here, cwd: top } };
};

/** Writes recipe and overlay to where a person has them. */
export const writeDocs = (docs: Docs, round: number, top: string): RequestOptions => {
  mkdirSync(join(top, 'config/clusters'), { recursive: true });
  writeAnew(join(top, 'recipe.yaml'), textOf(docs.recipe, round));
  writeAnew(join(top, 'config/clusters/abci3.yaml'), textOf(docs.overlay, round));
  layFiles(docs.overlay);
  return { recipe: join(top, 'recipe.yaml'), cluster: 'abci3', run: 'odd' };
};

/** The finding's own field: by its path, or by the text it names. */
const blamed = (finding: Diagnostic, odd: readonly Odd[]): Odd[] => {
  const file = finding.at && (finding.at.file.endsWith('recipe.yaml') ? 'recipe' : 'overlay');
  const open = odd.filter(each => !each.refused && (file === undefined || each.file === file));
  const byPath = open.filter(each => each.leaf.path.join('.') === finding.path);
  return byPath.length ? byPath : open.filter(each => finding.what.includes(JSON.stringify(each.value).slice(1, -1)));
};

export interface Tried {
  readonly plan: PlanFile;
  readonly sources: ReturnType<typeof readSources>;
}

/** Plans with all of them; takes back what is refused, each with its finding, until the rest is a plan. */
export const tryAll = async (odd: readonly Odd[], round: number, top: string): Promise<Tried> => {
  for (;;) {
    const docs = documents(round, top);
    for (const each of odd) if (!each.refused) put(docs[each.file], each.leaf.path, each.value);
    const request = writeDocs(docs, round, top);
    const { value, diagnostics } = await makePlan(request, worldAt(top));
    if (value) return { plan: value, sources: readSources(request, worldAt(top)) };
    const errors = diagnostics.filter(each => each.severity === 'error');
    const found = errors.map(finding => [finding, blamed(finding, odd)] as const);
    if (found.every(([, fields]) => fields.length === 0)) throw new Error(`whose is ${JSON.stringify(errors[0])}?`);
    for (const [finding, fields] of found) for (const each of fields) each.refused = finding;
  }
};

export const isPath = (each: { readonly file: string; readonly leaf: Leaf }): boolean =>
  each.file === 'overlay' && String(at(OVERLAY, each.leaf.path)).startsWith('TOP');

export const nameOf = ({ file, leaf }: { readonly file: string; readonly leaf: Leaf }): string =>
  `${file} ${leaf.pattern}`;
