import type { Flag } from './argparse.ts';
import { optionsOf, RELEASES } from './releases/index.ts';

/** A release and every option its parser knows. */
export interface KnownList {
  readonly release: string;
  readonly repo: string;
  readonly commit: string;
  readonly options: readonly Flag[];
}

/** Releases a command line may be of; the first of equals is taken. */
export const KNOWN_LISTS: readonly KnownList[] = RELEASES.map(each => ({
  release: each.id,
  repo: each.repo,
  commit: each.commit,
  options: optionsOf(each),
}));

/**
 * Options that public forks and older releases have and no list above: what a command line without them has to know.
 * `values`: words that follow. Read in the launch scripts of okoge-kaz/Megatron-LM and in arguments.py of core_v0.9 to v0.15.
 */
export const FOREIGN_OPTIONS: Readonly<Record<string, { readonly values: number; readonly why: string }>> = {
  '--use-mpi': {
    values: 0,
    why: 'a fork reads ranks from mpirun with it; martlet tells every rank by the environment',
  },
  '--use-z-loss': { values: 0, why: 'z-loss of a fork; the release has none for dense models' },
  '--rope-factor': { values: 1, why: 'Llama 3.1 positions of a fork; the release has --use-rope-scaling' },
  '--rope-low-freq-factor': { values: 1, why: 'Llama 3.1 positions of a fork; the release has --use-rope-scaling' },
  '--rope-high-freq-factor': { values: 1, why: 'Llama 3.1 positions of a fork; the release has --use-rope-scaling' },
  '--rope-original-max-positional-embeddings': {
    values: 1,
    why: 'Llama 3.1 positions of a fork; the release has --use-rope-scaling',
  },
  '--rope-theta': { values: 1, why: "a fork's --rotary-base" },
  '--no-query-key-layer-scaling': { values: 0, why: 'older releases; it is what the release does anyway' },
  '--wandb-name': { values: 1, why: "a fork's --wandb-exp-name" },
  '--dist-ckpt-format': { values: 1, why: 'older releases; now --ckpt-format' },
  '--use-dist-ckpt': { values: 0, why: 'older releases; torch_dist is the default now' },
  '--load-checkpoint-format': { values: 1, why: 'older releases; the format is found in the checkpoint' },
};

/** Option-like words of a command line: the spelling without what stands behind `=`. */
const namesIn = (argv: readonly string[]): string[] =>
  argv.filter(word => /^--[A-Za-z]/.test(word)).map(word => word.split('=', 1)[0] as string);

/** The list that knows most of a command line's options. */
export const bestList = (argv: readonly string[]): KnownList => {
  const names = namesIn(argv);
  const unknown = ({ options }: KnownList): number => {
    const known = new Set(options.flatMap(option => option.flags));
    return names.filter(name => !known.has(name)).length;
  };
  return [...KNOWN_LISTS].sort((a, b) => unknown(a) - unknown(b))[0] as KnownList;
};
