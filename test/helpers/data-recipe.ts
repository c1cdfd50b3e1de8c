/** A recipe of one training stage on these datasets and rows of its mixture: one line of YAML each. */
export const dataRecipe = (options: {
  readonly name: string;
  readonly datasets: readonly string[];
  readonly rows: readonly string[];
  readonly steps?: number;
  readonly resources?: string;
}): string => `martlet: 1
name: ${options.name}
software:
  megatron-lm: {repo: NVIDIA/Megatron-LM, release: core_v0.19.0}
model:
  base: meta-llama/Llama-3.1-8B
  architecture: llama-3.1-8b
datasets:
${options.datasets.map(each => `  ${each}`).join('\n')}
mixtures:
  cpt:
${options.rows.map(each => `    - ${each}`).join('\n')}
stages:
  cpt:
    kind: cpt
    engine: megatron-lm
    from: base
    mixture: cpt
    budget: {steps: ${options.steps ?? 40}}
    sequence_length: 512
    batch: {global_sequences: 32, micro_sequences: 1}
    optimizer: {name: adamw, lr: 2.5e-5, min_lr: 2.5e-6, betas: [0.9, 0.95], eps: 1.0e-8, weight_decay: 0.1, clip_grad: 1.0}
    schedule: {decay: cosine, warmup_steps: 4, decay_steps: ${options.steps ?? 40}}
    parallel: {tensor: 1}
    checkpoint: {every_steps: 20}
    resources: ${options.resources ?? '{gpus: 8}'}
`;
