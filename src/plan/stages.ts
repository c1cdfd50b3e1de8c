import type { Engine } from '../engines/engine.ts';
import { engineFor } from '../engines/index.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { fromsOf, stageOf } from '../recipe/from.ts';
import type { Recipe, Stage } from '../recipe/schema.ts';

/** A stage with its place in the pipeline and what this version can do with it. */
export interface OrderedStage {
  readonly name: string;
  readonly stage: Stage;
  /** Names of stages that must be complete before. */
  readonly parents: readonly string[];
  readonly status: 'planned' | 'later' | 'left-out';
  readonly engine?: Engine | undefined;
  /** A part of another stage's work, with a job of its own: `stage` is that stage. */
  readonly task?: { readonly number: number; readonly of: number; readonly stage: string } | undefined;
  /** Why it is not done, where there is more to say than that its own engine is missing. */
  readonly note?: string | undefined;
}

const mixtureOf = (stage: Stage): string | undefined => ('mixture' in stage ? stage.mixture : undefined);

/** A stage waits for its `from`, and for the stage that prepares its mixture. */
const parentsOf = (name: string, recipe: Recipe): string[] => {
  const stage = recipe.stages[name] as Stage;
  const named = fromsOf(stage)
    .map(stageOf)
    .filter(each => each in recipe.stages);
  const mixture = mixtureOf(stage);
  const prepared = Object.entries(recipe.stages)
    .filter(
      ([other, { kind }]) =>
        other !== name &&
        kind === 'prepare' &&
        stage.kind !== 'prepare' &&
        mixture !== undefined &&
        mixtureOf(recipe.stages[other] as Stage) === mixture,
    )
    .map(([other]) => other);
  return [...new Set([...named, ...prepared])];
};

/** The program's name, also for the kinds that need not name one. */
export const engineName = (stage: Stage): string =>
  stage.kind === 'command' ? 'command' : (stage.engine ?? stage.kind);

/** `prepare.task-3` of `prepare`: names of a recipe have no such end, or the plan says so. */
const taskName = (stage: string, number: number): string => `${stage}.task-${number}`;

/**
 * A stage whose work is shared out is several: one for each task, and after them the stage itself. Each has a job with a
 * folder, a log and an end of its own, on every scheduler alike, and is resumed alone.
 */
const withTasks = (ordered: OrderedStage): OrderedStage[] => {
  const { name, stage, parents, status } = ordered;
  const count = stage.kind === 'prepare' && status === 'planned' ? (stage.tasks ?? 1) : 1;
  if (count === 1) return [ordered];
  const tasks = Array.from({ length: count }, (_, i): OrderedStage => {
    const task = { number: i + 1, of: count, stage: name };
    return { ...ordered, name: taskName(name, i + 1), task };
  });
  return [...tasks, { ...ordered, parents: [...parents, ...tasks.map(each => each.name)] }];
};

/** A conversion of what no stage of this version makes has nothing to convert. */
const sourceLater = (stage: Stage, done: readonly OrderedStage[]): string | undefined => {
  if (stage.kind !== 'import' && stage.kind !== 'export') return undefined;
  return fromsOf(stage)
    .map(stageOf)
    .find(name => done.some(each => each.name === name && each.status === 'later'));
};

/** Parents first, else the order of the recipe. Cycles were refused when the recipe was read. */
export const orderStages = (
  recipe: Recipe,
  chosen: readonly string[] | undefined,
  isRehearsal = false,
): OrderedStage[] => {
  const done: OrderedStage[] = [];
  const visit = (name: string): void => {
    if (done.some(each => each.name === name && !each.task)) return;
    const stage = recipe.stages[name];
    if (!stage) return;
    const parents = parentsOf(name, recipe);
    for (const parent of parents) visit(parent);
    const found = engineFor(engineName(stage), stage.kind);
    const engine = isRehearsal && found?.isLaterInRehearsal ? undefined : found;
    const later = sourceLater(stage, done);
    const isAble = engine !== undefined && later === undefined;
    const status = chosen && chosen.length > 0 && !chosen.includes(name) ? 'left-out' : isAble ? 'planned' : 'later';
    const note = later === undefined ? undefined : `${later}, which it converts, is not in this version`;
    done.push(...withTasks({ name, stage, parents, status, engine, note }));
  };
  for (const name of Object.keys(recipe.stages)) visit(name);
  return done;
};

/** Asking by --stage for what is not there, or not in this version, is an error; without --stage it is a line in the plan. */
export const checkChoice = (ordered: readonly OrderedStage[], chosen: readonly string[] | undefined): Diagnostic[] =>
  (chosen ?? []).flatMap((name): Diagnostic[] => {
    const found = ordered.find(each => each.name === name && each.task === undefined);
    if (!found) {
      const known = ordered.flatMap(each => (each.task ? [] : [each.name])).join(', ');
      return [
        {
          code: 'MRT-P003',
          severity: 'error',
          what: `there is no stage "${name}".`,
          hint: `stages: ${known}.`,
          path: 'stages',
        },
      ];
    }
    if (found.status !== 'later') return [];
    return [
      {
        code: 'MRT-P004',
        severity: 'error',
        what: `stage ${name} (${found.stage.kind} with ${engineName(found.stage)}) is not in this version.`,
        why: found.note && `${found.note}.`,
        hint: 'leave --stage out: stages of later versions are skipped with a line.',
        path: `stages.${name}.kind`,
      },
    ];
  });

/** A task's folder must not be another stage's. */
export const checkTasks = (ordered: readonly OrderedStage[]): Diagnostic[] =>
  ordered
    .filter(each => each.task && ordered.some(other => !other.task && other.name === each.name))
    .map(({ name, task }) => ({
      code: 'MRT-D017',
      severity: 'error',
      what: `a task of ${task?.stage} would have the name of stage ${name}.`,
      hint: 'give the stage another name.',
      path: `stages.${name}`,
    }));
