import type { Architecture, Experts } from './architecture.ts';
import { ARCHITECTURES } from './index.ts';

/** What a command line says of a model. Sizes that it leaves open are undefined. */
export interface ModelTraits
  extends Pick<
    Architecture,
    | 'layers'
    | 'hidden'
    | 'ffn'
    | 'heads'
    | 'groups'
    | 'headWidth'
    | 'rotaryBase'
    | 'normEpsilon'
    | 'untied'
    | 'ropeScaling'
    | 'queryKeyNorm'
  > {
  readonly vocabulary?: number | undefined;
  readonly biases: boolean;
  readonly hasWindow: boolean;
  readonly hasYarn: boolean;
  readonly hasSinks: boolean;
  readonly experts?: Pick<Experts, 'count' | 'topK' | 'ffn'> | undefined;
}

/** An architecture and what a recipe has to write beside it, in config.json's names. */
export interface Recognised {
  readonly architecture: Architecture;
  readonly overrides: Readonly<Record<string, number | boolean>>;
}

const NAMES = [
  ['num_hidden_layers', 'layers'],
  ['hidden_size', 'hidden'],
  ['intermediate_size', 'ffn'],
  ['num_attention_heads', 'heads'],
  ['num_key_value_heads', 'groups'],
  ['head_dim', 'headWidth'],
  ['rope_theta', 'rotaryBase'],
  ['rms_norm_eps', 'normEpsilon'],
] as const;

/** What no recipe can write beside a named architecture: a name for it, and whether the two agree. */
const TRAITS: readonly (readonly [string, (a: Architecture, traits: ModelTraits) => boolean])[] = [
  ['Llama 3.1 positions', (a, traits) => a.ropeScaling === traits.ropeScaling],
  ['query-key norms', (a, traits) => a.queryKeyNorm === traits.queryKeyNorm],
  ['biases (--disable-bias-linear)', (a, traits) => Boolean(a.biases) === traits.biases],
  ['YaRN', (a, traits) => Boolean(a.yarn) === traits.hasYarn],
  ['attention sinks', (a, traits) => Boolean(a.sinks) === traits.hasSinks],
  ['a window of attention', (a, traits) => Boolean(a.window) === traits.hasWindow],
  ['experts', (a, traits) => Boolean(a.experts) === Boolean(traits.experts)],
];

const fits = (a: Architecture, traits: ModelTraits): boolean =>
  a.bridgeOnly === undefined && a.activation === undefined && TRAITS.every(([, agree]) => agree(a, traits));

/** The architecture that would be closest, and in what the command line is otherwise. */
export const nearestUnfit = (
  traits: ModelTraits,
): { readonly id: string; readonly otherwise: readonly string[] } | undefined =>
  ARCHITECTURES.filter(each => each.bridgeOnly === undefined && each.activation === undefined)
    .map(each => ({
      id: each.id,
      otherwise: TRAITS.filter(([, agree]) => !agree(each, traits)).map(([name]) => name),
      far: Math.abs(Math.log(each.layers / traits.layers)) + Math.abs(Math.log(each.hidden / traits.hidden)),
    }))
    .sort((a, b) => a.far - b.far || a.otherwise.length - b.otherwise.length)[0];

const overridesOf = (a: Architecture, traits: ModelTraits): Record<string, number | boolean> => {
  const { experts } = traits;
  const own = a.experts;
  return Object.fromEntries<number | boolean>([
    // The feed-forward size of a model whose layers are all routed is read by nobody, and scripts leave it out.
    ...NAMES.filter(([name, key]) => a[key] !== traits[key] && !(experts && name === 'intermediate_size')).map(
      ([name, key]) => [name, traits[key]] as const,
    ),
    ...(a.untied === traits.untied ? [] : [['tie_word_embeddings', !traits.untied] as const]),
    ...(traits.vocabulary === undefined || traits.vocabulary === a.vocabulary
      ? []
      : [['vocab_size', traits.vocabulary] as const]),
    ...(experts && own && experts.count !== own.count ? [['num_experts', experts.count] as const] : []),
    ...(experts && own && experts.topK !== own.topK ? [['num_experts_per_tok', experts.topK] as const] : []),
    ...(experts && own && experts.ffn !== own.ffn ? [['moe_intermediate_size', experts.ffn] as const] : []),
  ]);
};

const words = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/[^a-z0-9.]+/)
    .filter(Boolean);

/** Names of a script that are words of an architecture's name: of equals the one that is meant. */
const named = (a: Architecture, hint: string): number => {
  const said = new Set(words(hint));
  return words(a.id).filter(word => said.has(word)).length;
};

/**
 * The architecture that needs the fewest words beside it to have these sizes; undefined: none can be written so. Sizes of
 * several models are the same (Llama 3.1 and 3.3 70B), so names in `hints` decide, the first before the next: paths of the base,
 * of everything.
 */
export const recogniseArchitecture = (traits: ModelTraits, ...hints: readonly string[]): Recognised | undefined =>
  ARCHITECTURES.filter(each => fits(each, traits))
    .map(architecture => ({
      architecture,
      overrides: overridesOf(architecture, traits),
      named: hints.map(hint => named(architecture, hint)),
    }))
    .sort(
      (a, b) =>
        Object.keys(a.overrides).length - Object.keys(b.overrides).length ||
        hints.reduce((sum, _, at) => sum || (b.named[at] ?? 0) - (a.named[at] ?? 0), 0),
    )
    .map(({ architecture, overrides }) => ({ architecture, overrides }))[0];
