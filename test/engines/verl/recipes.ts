/** The smallest recipe of reinforcement learning without findings, on one node of eight GPUs; rows change one piece of it. */
export const FSDP = `martlet: 1
name: rules
software:
  verl: {release: v0.9.0, image: 'verlai/verl:vllm024.dev2'}
model:
  base: Qwen/Qwen3-8B
  architecture: qwen3-8b
datasets:
  maths: {hub: org/maths}
  check: {hub: org/check}
mixtures:
  rlvr:
    - {dataset: maths, samples: 5000}
stages:
  rlvr:
    kind: rlvr
    engine: verl
    backend: fsdp2
    from: base
    mixture: rlvr
    budget: {steps: 40}
    batch:
      prompts: 64
      mini_prompts: 32
      micro_tokens: 16384
    algorithm:
      name: grpo
      group_size: 8
      clip: {low: 0.2, high: 0.28, dual: 10.0}
      dynamic_sampling: {metric: acc}
      importance_sampling: {level: token, truncate: 2.0}
      kl: none
    rollout:
      engine: vllm
      tensor: 2
      prompt_tokens: 2048
      response_tokens: 8192
      temperature: 1.0
    reward:
      function: math-verify
      workers: 4
    optimizer: {name: adamw, lr: 1.0e-6, clip_grad: 1.0}
    schedule: {decay: constant, warmup_steps: 0}
    parallel: {context: 1}
    data: {seed: 1}
    validation: {every_steps: 10, datasets: [check], samples: 4, temperature: 1.0}
    checkpoint: {every_steps: 10}
    resources: {gpus: 8}
    env: {A: b}
    extra:
      trainer.log_val_generations: 0
`;

/** A text with one piece in place of another; throws when the piece is not there, so that no row tests nothing. */
export const changed = (text: string, from: string, to: string): string => {
  if (text.split(from).length !== 2) throw new Error(`not once in the text: ${from}`);
  return text.replace(from, () => to);
};

export const MEGATRON = changed(
  changed(FSDP, 'backend: fsdp2', 'backend: megatron'),
  'parallel: {context: 1}',
  'parallel: {tensor: 2, pipeline: 1}',
);

/** Batches counted in sequences. */
export const fixed = (text: string): string => changed(text, 'micro_tokens: 16384', 'micro_sequences: 2');

export const EXPERTS = changed(
  changed(
    changed(fixed(MEGATRON), 'architecture: qwen3-8b', 'architecture: qwen3-30b-a3b'),
    'parallel: {tensor: 2, pipeline: 1}',
    'parallel: {tensor: 1, pipeline: 1, expert: 8, expert_tensor: 1}',
  ),
  'kl: none',
  'routing_replay: R3',
);

export const SFT = `martlet: 1
name: rules
software:
  verl: {release: v0.9.0, image: 'verlai/verl:vllm024.dev2'}
model:
  base: Qwen/Qwen3-8B
  architecture: qwen3-8b
datasets:
  talks: {hub: org/talks, reasoning: true}
  check: {hub: org/check}
mixtures:
  sft:
    - {dataset: talks, samples: 5000}
stages:
  sft:
    kind: sft
    engine: verl
    backend: fsdp2
    from: base
    mixture: sft
    budget: {steps: 40}
    sequence_length: 8192
    batch: {global_samples: 64, micro_tokens: 8192}
    optimizer: {name: adamw, lr: 1.0e-5}
    schedule: {decay: cosine, warmup_steps: 4}
    data: {chat_template: qwen3, seed: 1}
    validation: {every_steps: 10, datasets: [check]}
    checkpoint: {every_steps: 10}
    resources: {gpus: 8}
    extra:
      trainer.balance_batch: true
`;
