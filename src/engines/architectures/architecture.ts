/** Routed experts in the place of every layer's feed-forward block. */
export interface Experts {
  readonly count: number;
  /** Experts a token goes through. */
  readonly topK: number;
  readonly ffn: number;
  /** What a recipe's `moe.balancing` and `moe.aux_loss` are unless it says so. */
  readonly balancing: 'aux_loss' | 'none';
  readonly auxLoss?: number;
}

/** YaRN's stretched positions, in config.json's meaning. */
export interface Yarn {
  readonly factor: number;
  readonly originalPositions: number;
  readonly betaFast: number;
  readonly betaSlow: number;
}

/** Sizes of a Llama-like transformer, in config.json's meaning; `source` says where they were read. */
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
  readonly yarn?: Yarn;
  readonly queryKeyNorm: boolean;
  readonly normEpsilon: number;
  readonly maxPositions: number;
  readonly vocabulary: number;
  readonly untied: boolean;
  readonly experts?: Experts;
  /** Every linear layer and the router have biases. */
  readonly biases?: true;
  /** Default: SwiGLU. `clamped-swiglu` is GPT-OSS's, `geglu` Gemma's. */
  readonly activation?: 'clamped-swiglu' | 'geglu';
  /** A learned sink for each head. */
  readonly sinks?: true;
  /** Attention sees so many tokens back, in every layer or in every second one. */
  readonly window?: { readonly tokens: number; readonly every: 1 | 2 };
  /** Norms around each half of a layer and not only before it. */
  readonly doubleNorms?: true;
  /** Why pretrain_gpt.py cannot train it. */
  readonly bridgeOnly?: string;
  readonly source: string;
}

/** What most Llama-like models have in common. */
export const LLAMA_LIKE = { ropeScaling: false, queryKeyNorm: false, normEpsilon: 1e-5, untied: true } as const;

const attentionCount = (a: Architecture): number => {
  const query = a.headWidth * a.heads;
  const keyValue = 2 * a.headWidth * a.groups;
  const biases = a.biases ? query + keyValue + a.hidden : 0;
  return a.hidden * (query + keyValue) + query * a.hidden + biases + (a.sinks ? a.heads : 0);
};

/** A gated block: up, gate and down. */
const gatedCount = (a: Architecture, ffn: number): number => 3 * a.hidden * ffn + (a.biases ? 2 * ffn + a.hidden : 0);

/** The feed-forward part of a layer when so many of its experts count. */
const feedForwardCount = (a: Architecture, experts: number): number => {
  if (!a.experts) return gatedCount(a, a.ffn);
  const router = a.experts.count * (a.hidden + (a.biases ? 1 : 0));
  return router + experts * gatedCount(a, a.experts.ffn);
};

const countWith = (a: Architecture, experts: number, vocabulary: number): number => {
  const norms = (a.doubleNorms ? 4 : 2) * a.hidden + (a.queryKeyNorm ? 2 * a.headWidth : 0);
  const layer = attentionCount(a) + feedForwardCount(a, experts) + norms;
  return a.layers * layer + a.hidden + vocabulary * a.hidden * (a.untied ? 2 : 1);
};

/** Parameters by counting matrices: embeddings, attention, gated feed-forward blocks, routers, norms. */
export const parameterCount = (a: Architecture, vocabulary = a.vocabulary): number =>
  countWith(a, a.experts?.count ?? 0, vocabulary);

/** Parameters that one token meets: of a layer's experts only those it is routed to. */
export const activeParameterCount = (a: Architecture, vocabulary = a.vocabulary): number =>
  countWith(a, a.experts?.topK ?? 0, vocabulary);
