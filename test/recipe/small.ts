import type { Located } from '../../src/located/located.ts';
import { parseLocated } from '../../src/located/parse.ts';
import type { Diagnostic } from '../../src/model/diagnostic.ts';
import { parentMissing, type RecipeOptions, type ResolvedRecipe, resolveRecipe } from '../../src/recipe/resolve.ts';

/** The smallest recipe without findings; rows change one line of it. */
export const SMALL = `martlet: 1
name: small
model: {base: org/model, architecture: llama-3.1-8b}
software:
  megatron-lm: {release: core_v0.19.0}
datasets:
  wiki: {hub: org/wiki}
mixtures:
  cpt:
    - {dataset: wiki, weight: 1}
stages:
  cpt:
    kind: cpt
    engine: megatron-lm
    from: base
    mixture: cpt
    budget: {steps: 100}
    sequence_length: 1024
    batch: {global_sequences: 8}
    optimizer: {name: adamw, lr: 1.0e-4}
`;

export interface Resolved {
  readonly value?: ResolvedRecipe | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a recipe as flows do: the text, then the parents it asks for. */
export const resolveText = (
  text: string,
  options: RecipeOptions = {},
  parents: Readonly<Record<string, string>> = {},
): Resolved => {
  const chain: Located[] = [];
  const diagnostics: Diagnostic[] = [];
  const add = (file: string, content: string): boolean => {
    const read = parseLocated(file, content);
    diagnostics.push(...read.diagnostics);
    if (read.value) chain.push(read.value);
    return read.value !== undefined;
  };
  if (!add('r.yaml', text)) return { diagnostics };
  for (;;) {
    const step = resolveRecipe(chain, options);
    if (step.kind === 'done') return { value: step.value, diagnostics: [...diagnostics, ...step.diagnostics] };
    const parent = parents[step.parent.file];
    if (parent === undefined) return { diagnostics: [...diagnostics, parentMissing(step.parent)] };
    if (!add(step.parent.file, parent)) return { diagnostics };
  }
};

/** SMALL with one piece of text in place of another; throws when the piece is not there, so that no row tests nothing. */
export const changed = (from: string, to: string, text = SMALL): string => {
  if (!text.includes(from)) throw new Error(`not in the text: ${from}`);
  return text.replace(from, to);
};

export const findingsIn = (
  text: string,
  options: RecipeOptions = {},
  parents: Readonly<Record<string, string>> = {},
): readonly Diagnostic[] => resolveText(text, options, parents).diagnostics;
