import { familyOf } from '../engines/convert/families.ts';
import { engineFor } from '../engines/index.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { fromsOf, stageOf } from '../recipe/from.ts';
import type { ExportStage, ImportStage, Recipe, Stage } from '../recipe/schema.ts';
import { leaves, reads } from './formats.ts';
import { engineName } from './stages.ts';

/** A recipe with the conversions that were missing in it. */
export interface Completed {
  readonly recipe: Recipe;
  /** Why a stage was put in, by its name. */
  readonly inserted: Readonly<Record<string, string>>;
  readonly diagnostics: readonly Diagnostic[];
}

const BRIDGE = 'megatron-bridge';

const WORDS = {
  huggingface: 'a Hugging Face folder',
  megatron: "Megatron's layout",
  own: 'a format of its own',
} as const;

const freeName = (wanted: string, recipe: Recipe): string =>
  wanted in recipe.stages ? freeName(`${wanted}-2`, recipe) : wanted;

const importFrom = (from: string): ImportStage => ({
  kind: 'import',
  engine: BRIDGE,
  from,
  resources: {},
  verify: 'sizes',
});

const exportFrom = (from: string): ExportStage => ({
  kind: 'export',
  engine: BRIDGE,
  from,
  to: 'huggingface',
  resources: {},
  verify: 'sizes',
});

/** What a reference leads to: base is a Hugging Face folder, unless there is a copy in Megatron's layout for Megatron. */
const formatOf = (from: string, recipe: Recipe) => {
  const source = recipe.stages[stageOf(from)];
  return source ? leaves(source) : 'huggingface';
};

/** A conversion that stands in the recipe already and begins from the same. */
const existing = (kind: Stage['kind'], from: string, recipe: Recipe): string | undefined =>
  Object.entries(recipe.stages).find(
    ([, each]) => each.kind === kind && 'from' in each && each.from === from && engineFor(engineName(each), kind),
  )?.[0];

const before = (recipe: Recipe, consumer: string, name: string, stage: Stage): Recipe => ({
  ...recipe,
  stages: Object.fromEntries(
    Object.entries(recipe.stages).flatMap(([each, value]) =>
      each === consumer
        ? [
            [name, stage],
            [each, value],
          ]
        : [[each, value]],
    ),
  ),
});

const replaceFrom = (recipe: Recipe, consumer: string, from: string, by: string): Recipe => {
  const stage = recipe.stages[consumer] as Stage & { from: string | string[] };
  const changed = Array.isArray(stage.from) ? stage.from.map(each => (each === from ? by : each)) : by;
  return { ...recipe, stages: { ...recipe.stages, [consumer]: { ...stage, from: changed } as Stage } };
};

const cannot = (consumer: string, from: string, why: string): Diagnostic => ({
  code: 'MRT-E047',
  severity: 'error',
  what: `a conversion is missing between ${from} and ${consumer}.`,
  why,
  hint: `add software: {${BRIDGE}: {repo: NVIDIA-NeMo/Megatron-Bridge, release: v0.6.0}}, or a stage that converts.`,
  path: `stages.${consumer}.from`,
});

/** One reference of one stage, mended where it does not fit. */
const mend = (done: Completed, consumer: string, from: string, hasCopy: boolean): Completed => {
  const { recipe } = done;
  const stage = recipe.stages[consumer];
  const wanted = stage && reads(stage);
  const format = formatOf(from, recipe);
  if (!stage || !wanted || from === 'scratch' || wanted === 'own' || format === 'own' || format === wanted) return done;
  const isBase = !(stageOf(from) in recipe.stages);
  if (isBase && hasCopy) return done;
  const kind = wanted === 'megatron' ? 'import' : 'export';
  const found = existing(kind, from, recipe);
  if (found !== undefined) return { ...done, recipe: replaceFrom(recipe, consumer, from, found) };
  const why = `${consumer} reads ${WORDS[wanted]}, and ${from} is ${WORDS[format]}`;
  const isAble = recipe.software[BRIDGE] !== undefined && familyOf(recipe.model.architecture).isBridged;
  // A base may also be provided in Megatron's layout by a person: the plan says where it is expected.
  if (!isAble)
    return isBase ? done : { ...done, diagnostics: [...done.diagnostics, cannot(consumer, from, `${why}.`)] };
  const name = freeName(kind === 'import' ? (isBase ? 'import' : `${consumer}-import`) : `${stageOf(from)}-hf`, recipe);
  const put = before(recipe, consumer, name, kind === 'import' ? importFrom(from) : exportFrom(from));
  return {
    recipe: replaceFrom(put, consumer, from, name),
    inserted: { ...done.inserted, [name]: `put in by martlet: ${why}` },
    diagnostics: done.diagnostics,
  };
};

/**
 * Puts the missing import or export before each stage of this version that reads another format than it is given. `hasCopy`: the
 * overlay names the base in Megatron's layout.
 */
export const complete = (recipe: Recipe, hasCopy: boolean): Completed =>
  Object.entries(recipe.stages)
    .filter(([, stage]) => engineFor(engineName(stage), stage.kind) !== undefined)
    .flatMap(([name, stage]) => fromsOf(stage).map(from => [name, from] as const))
    .reduce<Completed>((done, [name, from]) => mend(done, name, from, hasCopy), {
      recipe,
      inserted: {},
      diagnostics: [],
    });
