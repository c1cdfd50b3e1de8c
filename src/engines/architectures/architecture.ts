/** Sizes of a dense Llama-like transformer, in config.json's meaning; `source` says where they were read. */
export interface Architecture {
  readonly id: string;
  /** Tokenised data of one family can be shared: `dataset:NAME@llama-3.1` of an overlay. */
  readonly tokenizerFamily: string;
  readonly layers: number;
  readonly hidden: number;
  readonly ffn: number;
  readonly heads: number;
  /** Key-value heads. */
  readonly groups: number;
  /** Width of a head; given on its own because heads x width need not be hidden. */
  readonly headWidth: number;
  readonly rotaryBase: number;
  /** Llama 3.1's fixed scaling (factor 8, low 1, high 4, original 8192): Megatron reads no other factor (arguments.py). */
  readonly ropeScaling: boolean;
  readonly queryKeyNorm: boolean;
  readonly normEpsilon: number;
  readonly maxPositions: number;
  readonly vocabulary: number;
  readonly untied: boolean;
  readonly source: string;
}

/** Parameters by counting matrices: embeddings, attention, gated MLP, norms. */
export const parameterCount = (a: Architecture, vocabulary = a.vocabulary): number => {
  const attention = a.hidden * a.headWidth * (a.heads + 2 * a.groups) + a.heads * a.headWidth * a.hidden;
  const mlp = 3 * a.hidden * a.ffn;
  const norms = 2 * a.hidden + (a.queryKeyNorm ? 2 * a.headWidth : 0);
  return a.layers * (attention + mlp + norms) + a.hidden + vocabulary * a.hidden * (a.untied ? 2 : 1);
};
