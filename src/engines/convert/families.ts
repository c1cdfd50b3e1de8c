/** How a family's weights are laid out on the hub, which decides what converts them. */
export interface Family {
  readonly form: 'llama' | 'mixtral' | 'own';
  /** Megatron-Bridge 0.6 converts it. */
  readonly isBridged: boolean;
}

/**
 * By the beginning of an architecture's id. Sources: the registered bridges of Megatron-Bridge v0.6.0 (`register_bridge` below
 * src/megatron/bridge/models: none of them is Mixtral's), and what the models' own repositories hold.
 */
const FAMILIES: readonly (readonly [RegExp, Family])[] = [
  [/^(llama-|mistral-|qwen3-|gpt-oss-|gemma-2-)/, { form: 'llama', isBridged: true }],
  [/^(mixtral-|drop-upcycling-|optimal-sparsity-)/, { form: 'mixtral', isBridged: false }],
  [/./, { form: 'own', isBridged: false }],
];

export const familyOf = (architecture: string): Family =>
  FAMILIES.find(([begin]) => begin.test(architecture))?.[1] ?? { form: 'own', isBridged: false };
