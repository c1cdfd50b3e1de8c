import type { Flag } from './flags.ts';
import type { MegatronSpec } from './spec.ts';

const yarn = (s: MegatronSpec) => s.architecture.yarn;
const isClamped = (s: MegatronSpec): boolean => s.architecture.activation === 'clamped-swiglu';

/** YaRN from the command line: new in 0.19. The correction range is not rounded in the released models (config.json). */
const YARN_FLAGS: readonly Flag[] = [
  { path: '/model.architecture', flag: '--rotary-scaling-factor', of: s => yarn(s)?.factor },
  {
    path: '/model.architecture',
    flag: '--yarn-original-max-position-embeddings',
    of: s => yarn(s)?.originalPositions,
  },
  { path: '/model.architecture', flag: '--yarn-beta-fast', of: s => yarn(s)?.betaFast },
  { path: '/model.architecture', flag: '--yarn-beta-slow', of: s => yarn(s)?.betaSlow },
  {
    path: '/model.architecture',
    flag: '--no-yarn-correction-range-round-to-int',
    of: s => yarn(s) !== undefined,
    echo: null,
  },
];

/** Llama 3.1's scaling as the forks spell it; core releases have the same numbers built in. */
const ROPE_FACTOR_FLAGS: readonly Flag[] = [
  ['--rope-factor', '8.0'],
  ['--rope-low-freq-factor', '1.0'],
  ['--rope-high-freq-factor', '4.0'],
  ['--rope-original-max-positional-embeddings', '8192'],
].map(([flag = '', value = '']) => ({
  path: '/model.architecture',
  flag,
  only: 'rope-factors',
  of: (s: MegatronSpec) => (s.architecture.ropeScaling ? value : undefined),
}));

/** GPT-OSS's gate: x * sigmoid(1.702 x) * (y + 1), both clamped at 7. */
const CLAMPED_FLAGS: readonly Flag[] = [
  { path: '/model.architecture', flag: '--quick-geglu', of: isClamped, echo: null },
  { path: '/model.architecture', flag: '--glu-linear-offset', of: s => (isClamped(s) ? '1.0' : undefined) },
  { path: '/model.architecture', flag: '--activation-func-clamp-value', of: s => (isClamped(s) ? '7.0' : undefined) },
];

/** A window no shorter than the sequence hides nothing. */
export const windowOf = (s: MegatronSpec) => {
  const { window } = s.architecture;
  return window && window.tokens < s.stage.sequence_length ? window : undefined;
};

/** What attention needs besides its sizes. Sinks have only a fused kernel (cuDNN, Transformer Engine 2.8 or newer). */
const ATTENTION_FLAGS: readonly Flag[] = [
  {
    path: '/model.architecture',
    flag: '--softmax-type',
    of: s => (s.architecture.sinks ? 'learnable' : undefined),
  },
  {
    path: '/model.architecture',
    flag: '--window-size',
    // The token itself is not counted.
    of: s => {
      const window = windowOf(s);
      return window && `${window.tokens - 1},0`;
    },
    echo: null,
  },
  {
    path: '/model.architecture',
    flag: '--window-attn-skip-freq',
    of: s => (windowOf(s)?.every === 2 ? 2 : undefined),
  },
  {
    path: '/model.architecture',
    flag: '--attention-backend',
    of: s => (s.architecture.sinks ? 'fused' : undefined),
    isKernel: true,
    echo: null,
  },
  // Only plain rope without biases has fused kernels.
  {
    path: '/model.architecture',
    flag: '--no-rope-fusion',
    of: s => yarn(s) !== undefined,
    isKernel: true,
    echo: null,
  },
  {
    path: '/model.architecture',
    flag: '--no-bias-dropout-fusion',
    of: s => s.architecture.biases === true,
    isKernel: true,
    echo: null,
  },
];

/** The model's sizes and kind (megatron/training/arguments.py, core_v0.19.0). */
export const MODEL_FLAGS: readonly Flag[] = [
  { path: '/model.architecture', flag: '--num-layers', of: s => s.architecture.layers },
  { path: '/model.architecture', flag: '--hidden-size', of: s => s.architecture.hidden },
  { path: '/model.architecture', flag: '--ffn-hidden-size', of: s => s.architecture.ffn },
  { path: '/model.architecture', flag: '--num-attention-heads', of: s => s.architecture.heads },
  // --num-query-groups is only read together with --group-query-attention.
  {
    path: '/model.architecture',
    flag: '--group-query-attention',
    of: s => s.architecture.groups < s.architecture.heads,
  },
  { path: '/model.architecture', flag: '--num-query-groups', of: s => s.architecture.groups },
  { path: '/model.architecture', flag: '--kv-channels', of: s => s.architecture.headWidth },
  {
    path: '/model.architecture',
    flag: '--max-position-embeddings',
    of: s => Math.max(s.architecture.maxPositions, s.stage.sequence_length),
  },
  { path: '', flag: '--position-embedding-type', of: s => (s.architecture.yarn ? 'yarn' : 'rope') },
  { path: '/model.rope_theta', flag: '--rotary-base', without: 10000, of: s => s.architecture.rotaryBase },
  {
    path: '/model.architecture',
    flag: '--use-rope-scaling',
    unless: 'rope-factors',
    of: s => s.architecture.ropeScaling,
  },
  ...ROPE_FACTOR_FLAGS,
  ...YARN_FLAGS,
  { path: '/model.architecture', flag: '--qk-layernorm', of: s => s.architecture.queryKeyNorm },
  { path: '/model.initializer_range', flag: '--init-method-std', of: s => s.context.model.initializer_range },
  { path: '', flag: '--normalization', of: () => 'RMSNorm' },
  { path: '/model.rms_norm_eps', flag: '--norm-epsilon', of: s => s.architecture.normEpsilon },
  { path: '', flag: '--swiglu', of: s => s.architecture.activation === undefined, echo: null },
  ...CLAMPED_FLAGS,
  { path: '', flag: '--disable-bias-linear', of: s => !s.architecture.biases, echo: null },
  { path: '/model.tie_word_embeddings', flag: '--untie-embeddings-and-output-weights', of: s => s.architecture.untied },
  // Both dropouts default to 0.1 in Megatron-LM; these models were trained with none.
  { path: '', flag: '--attention-dropout', of: () => '0.0' },
  { path: '', flag: '--hidden-dropout', of: () => '0.0' },
  ...ATTENTION_FLAGS,
];
