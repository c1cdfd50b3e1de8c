import type { Values } from './argparse.ts';
import { pythonText, pythonScientific as scientific } from './python-text.ts';

/** Of one training step, or the mean since the last line. seconds: of an iteration; norm: of the gradient before clipping. */
export interface TrainingFields {
  readonly iteration: number;
  readonly consumed: number;
  readonly seconds: number;
  readonly rate: number;
  readonly loss: number;
  readonly norm: number;
}

const wide = (n: number, width: number): string => String(n).padStart(width);

/** training_log of Megatron-LM's training.py (0.16 and later): one line, fields in its order. `at`: local time. */
export function trainingLine(a: Values, field: TrainingFields, at: string): string {
  const teraflops = flopsPerBatch(a) / (field.seconds * 1e12 * a.world_size);
  return [
    ` [${at}] iteration ${wide(field.iteration, 8)}/${wide(a.train_iters, 8)}`,
    ` consumed samples: ${wide(field.consumed, 12)}`,
    ` elapsed time per iteration (ms): ${(field.seconds * 1000).toFixed(1)}`,
    ...(a.log_throughput ? [` throughput per GPU (TFLOP/s/GPU): ${teraflops.toFixed(1)}`] : []),
    ` learning rate: ${scientific(field.rate)}`,
    ` global batch size: ${wide(a.global_batch_size, 5)}`,
    ` lm loss: ${scientific(field.loss)}`,
    ' loss scale: 1.0',
    ` grad norm: ${field.norm.toFixed(3)}`,
    ' number of skipped iterations:   0',
    ' number of nan iterations:   0',
    '',
  ].join(' |');
}

/** evaluate_and_print_results of training.py: the line between two lines of dashes. `at`: `iteration 12 on test set`. */
export function validationLines(at: string, loss: number): string[] {
  const perplexity = scientific(Math.exp(Math.min(20, loss)));
  const line = ` validation loss at ${at} | lm loss value: ${scientific(loss)} | lm loss PPL: ${perplexity} | `;
  const dashes = '-'.repeat(line.length + 1);
  return [dashes, line, dashes];
}

/** Lines with which rank 0 starts: the ranks, then the dump of all arguments; `floats` are the dests of type float. */
export function startLines(a: Values, floats: ReadonlySet<string>): string[] {
  const dotted = (name: string): string =>
    `  ${name} ${'.'.repeat(Math.max(0, 48 - name.length))} ${pythonText(a[name], floats.has(name))}`;
  return [
    `using world size: ${a.world_size}, data-parallel size: ${a.data_parallel_size}, context-parallel size: ` +
      `${a.context_parallel_size}, hierarchical context-parallel sizes: ` +
      `${pythonText(a.hierarchical_context_parallel_sizes, false)}, tensor-model-parallel size: ` +
      `${a.tensor_model_parallel_size}, pipeline-model-parallel size: ${a.pipeline_model_parallel_size}`,
    '------------------------ arguments ------------------------',
    ...Object.keys(a).sort().map(dotted),
    '-------------------- end of arguments ---------------------',
    '> initializing torch distributed ...',
    `> initialized tensor model parallel with size ${a.tensor_model_parallel_size}`,
    `> initialized pipeline model parallel with size ${a.pipeline_model_parallel_size}`,
  ];
}

/** num_floating_point_operations of training.py: forward and backward of one global batch, attention counted causal. */
export function flopsPerBatch(a: Values): number {
  const [h, extra, every] = [a.hidden_size, a.mtp_num_layers ?? 0, a.moe_layer_freq];
  const isExpert = (layer: number): boolean =>
    a.num_experts !== null && (Array.isArray(every) ? every[layer] === 1 : layer % every === 0);
  // The extra prediction layers are what the last layer is.
  const experts = Array.from({ length: a.num_layers + extra }, (_, i) => isExpert(Math.min(i, a.num_layers - 1)));
  const [layers, routed] = [experts.length, experts.filter(Boolean).length];
  const heads = a.kv_channels * a.num_attention_heads;
  const keys = a.group_query_attention ? a.kv_channels * a.num_query_groups : heads;
  const chosen = (a.moe_ffn_hidden_size ?? a.ffn_hidden_size) * a.moe_router_topk;
  const ffn = (layers - routed) * a.ffn_hidden_size + routed * (chosen + (a.moe_shared_expert_intermediate_size ?? 0));
  const linear = ffn * (a.swiglu ? 3 : 2) + layers * ((a.attention_output_gate ? 3 : 2) * heads + 2 * keys);
  const output = a.padded_vocab_size * (1 + extra) + extra * (3 + 2 * h);
  return 6 * a.global_batch_size * a.seq_length * (h * (linear + output) + a.seq_length * layers * heads);
}
