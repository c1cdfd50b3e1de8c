/**
 * martlet as a library: a recipe's text to its plan, and a plan's jobs to the text of their files. Nothing here reads a
 * file, asks a clock or a network: texts come in, values go out.
 */
import { type ClusterOptions, type ResolvedCluster, resolveCluster } from './cluster/resolve.ts';
import type { Located } from './located/located.ts';
import { parseLocated } from './located/parse.ts';
import { type Checked, type Diagnostic, hasErrors } from './model/diagnostic.ts';
import { parentMissing, type RecipeOptions, type ResolvedRecipe, resolveRecipe } from './recipe/resolve.ts';

export type { ClusterOptions, ResolvedCluster } from './cluster/resolve.ts';
export type { Checked, Diagnostic, Place } from './model/diagnostic.ts';
export { makePlan, type PlanInput } from './plan/plan.ts';
export type { Plan, PlanChoices, PlannedJob, PlannedMixture, PlannedStage } from './plan/types.ts';
export type { RecipeOptions, ResolvedRecipe } from './recipe/resolve.ts';
export type { Recipe, Stage } from './recipe/schema.ts';
export { renderJob } from './render/job.ts';
export type { Templates } from './render/script.ts';
export { type RenderSite, type SiteOptions, siteFor } from './render/site.ts';

/** A text and the name its findings are printed with. */
export interface NamedText {
  readonly file: string;
  readonly text: string;
}

/** A recipe from its text. `parents`: texts that `base:` may ask for, by path as seen from the recipe's own file. */
export const readRecipe = (
  { file, text }: NamedText,
  options: RecipeOptions & { readonly parents?: Readonly<Record<string, string>> | undefined } = {},
): Checked<ResolvedRecipe> => {
  const chain: Located[] = [];
  const diagnostics: Diagnostic[] = [];
  for (let next: NamedText = { file, text }; ; ) {
    const read = parseLocated(next.file, next.text);
    diagnostics.push(...read.diagnostics);
    if (!read.value) return { diagnostics };
    chain.push(read.value);
    const step = resolveRecipe(chain, options);
    if (step.kind === 'done') {
      const all = [...diagnostics, ...step.diagnostics];
      return { value: hasErrors(all) ? undefined : step.value, diagnostics: all };
    }
    const parent = options.parents?.[step.parent.file];
    if (parent === undefined) return { diagnostics: [...diagnostics, parentMissing(step.parent)] };
    next = { file: step.parent.file, text: parent };
  }
};

/** A cluster profile with a person's overlay, from their texts. */
export const readCluster = (
  profile: NamedText,
  overlay?: NamedText,
  options: ClusterOptions = {},
): Checked<ResolvedCluster> => {
  const [facts, own] = [profile, overlay].map(each => each && parseLocated(each.file, each.text));
  const diagnostics = [...(facts?.diagnostics ?? []), ...(own?.diagnostics ?? [])];
  if (!facts?.value || hasErrors(diagnostics)) return { diagnostics };
  const { value, diagnostics: found } = resolveCluster(facts.value, own?.value, options);
  return { value, diagnostics: [...diagnostics, ...found] };
};
