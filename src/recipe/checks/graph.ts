import { didYouMean } from '../../located/suggest.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { fromsOf, stageOf, stepOf } from '../from.ts';
import type { ResolvedRecipe } from '../resolved.ts';
import type { Recipe } from '../schema.ts';
import { finding, nameFinding } from './finding.ts';

/** Kinds of stages that leave a checkpoint for each step. */
const HAS_STEPS = new Set(['cpt', 'sft', 'rlvr']);

/** What a stage may begin from besides another stage: the recipe's base model, or random weights. */
const NO_STAGES = ['base', 'scratch'];

const wrongFrom = (resolved: ResolvedRecipe, name: string, from: string): Diagnostic[] => {
  const { stages } = resolved.recipe;
  const [stage, step] = [stageOf(from), stepOf(from)];
  const path = `stages.${name}.from`;
  const target = stages[stage];
  if (NO_STAGES.includes(stage) && step !== undefined)
    return [
      finding(resolved, 'MRT-R020', path, { what: `"${from}": ${stage} has no steps.`, hint: `write from: ${stage}` }),
    ];
  if (stage === 'scratch' && resolved.recipe.stages[name]?.kind !== 'cpt')
    return [
      finding(resolved, 'MRT-R020', path, {
        what: `"${name}" cannot begin from random weights.`,
        why: 'only a stage of kind cpt trains a model from nothing.',
      }),
    ];
  if (NO_STAGES.includes(stage)) return [];
  if (!target) {
    const hint = didYouMean(stage, [...NO_STAGES, ...Object.keys(stages).filter(each => each !== name)]);
    return [finding(resolved, 'MRT-R020', path, { what: `there is no stage "${stage}".`, hint })];
  }
  if (step === undefined || HAS_STEPS.has(target.kind)) return [];
  const what = `"${from}": ${stage} is a stage of kind ${target.kind}, which has no steps.`;
  return [
    finding(resolved, 'MRT-R020', path, { what, why: 'only cpt, sft and rlvr leave a checkpoint for each step.' }),
  ];
};

/** The stages of a circle that begins and ends with the first one; nothing when there is none. */
const circleFrom = (stages: Recipe['stages'], start: string): string[] => {
  const walk = (name: string, above: readonly string[]): string[] => {
    const next = stages[name] ? fromsOf(stages[name]).map(stageOf) : [];
    if (next.includes(start)) return [...above, name, start];
    for (const each of next) {
      const found = above.includes(each) || each === name ? [] : walk(each, [...above, name]);
      if (found.length > 0) return found;
    }
    return [];
  };
  return walk(start, []);
};

/** Each circle once, at its first stage in the order of the text. */
const circles = (resolved: ResolvedRecipe): Diagnostic[] => {
  const told = new Set<string>();
  return Object.keys(resolved.recipe.stages).flatMap(name => {
    if (told.has(name) || NO_STAGES.includes(name)) return [];
    const circle = circleFrom(resolved.recipe.stages, name);
    for (const each of circle) told.add(each);
    if (circle.length === 0) return [];
    const what = `these stages wait for each other: ${circle.join(' from ')}.`;
    return [
      finding(resolved, 'MRT-R021', `stages.${name}.from`, {
        what,
        hint: 'one of them must begin from: base, or from a stage before.',
      }),
    ];
  });
};

const MEANS: Readonly<Record<string, string>> = {
  base: 'the model the recipe begins with',
  scratch: 'random weights',
};

const reserved = (resolved: ResolvedRecipe): Diagnostic[] =>
  NO_STAGES.filter(each => each in resolved.recipe.stages).map(each =>
    nameFinding(resolved, 'MRT-R036', `stages.${each}`, {
      what: `a stage cannot be called "${each}".`,
      why: `from: ${each} means ${MEANS[each]}.`,
      hint: 'choose another name.',
    }),
  );

/** Every `from:` names something, and the stages can be put in an order. */
export const checkGraph = (resolved: ResolvedRecipe): Diagnostic[] => [
  ...reserved(resolved),
  ...Object.entries(resolved.recipe.stages).flatMap(([name, stage]) =>
    fromsOf(stage).flatMap(from => wrongFrom(resolved, name, from)),
  ),
  ...circles(resolved),
];
