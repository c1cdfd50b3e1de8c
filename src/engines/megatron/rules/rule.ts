import type { Values } from '../argparse.ts';

/** The environment validate_args looks at, as torchrun and the job export it. */
export interface RankEnvironment {
  readonly RANK?: string | undefined;
  readonly WORLD_SIZE?: string | undefined;
  readonly CUDA_DEVICE_MAX_CONNECTIONS?: string | undefined;
  readonly PYTORCH_CUDA_ALLOC_CONF?: string | undefined;
}

/** What a rule sees beside the arguments. */
export interface Surroundings {
  readonly environment: RankEnvironment;
  /** Attributes that were given on the command line; all others have their default. */
  readonly given: ReadonlySet<string>;
  /** `h200-141gb` and the like; undefined where the cluster does not say. */
  readonly gpu?: string | undefined;
  /** `4 nodes x 8`, for a sentence. */
  readonly machines?: string;
  /** A rehearsal's divisor of steps, for a hint. */
  readonly scale: number;
}

/** When Megatron-LM would stop, in its own order: these are the costs of a mistake. */
export const PHASES = {
  arguments: 'Megatron-LM would stop as soon as it has its nodes',
  'start-up': 'Megatron-LM would stop while its processes meet, on the nodes',
  model: 'Megatron-LM would stop while it builds the model',
  scheduler: 'Megatron-LM would stop while it sets up the optimizer, after the model is loaded',
  data: 'Megatron-LM would stop while it builds the data sets, minutes after its start',
  step: 'Megatron-LM would stop at the first step, after the model is loaded',
  never: 'Megatron-LM would run, and not do what was asked',
} as const;
export type Phase = keyof typeof PHASES;

/**
 * One rule over the arguments as Megatron-LM has them after filling in what was not given (effective.ts). A number can have
 * several rows: the table of docs/megatron-rules.md has one line a number.
 */
export interface ArgumentRule {
  readonly number: number;
  readonly phase: Phase;
  readonly severity?: 'warning';
  /** Who is at fault, the likeliest first: attributes, or `@` and a path below the stage (`@/` from the root). */
  readonly blame: readonly string[];
  /** The rule itself, without numbers. */
  readonly law: string;
  readonly broken: (a: Values, s: Surroundings) => unknown;
  readonly what: (a: Values, s: Surroundings) => string;
  /** The last line Megatron-LM would print; a bare AssertionError where it gives no reason. */
  readonly says?: (a: Values, s: Surroundings) => string;
  readonly hint?: (a: Values, s: Surroundings) => string | undefined;
}
