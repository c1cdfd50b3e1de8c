import type { Family } from '../convert/families.ts';

/** What tools/checkpoint/convert.py of one release can do. */
export interface ConvertRelease {
  /** Its module that writes Megatron-Core's checkpoints. */
  readonly saver: 'core' | 'mcore';
  /** --model-size of loader_llama_mistral by the beginning of an architecture's id; missing: the loader is gone. */
  readonly sizes?: Readonly<Record<string, string>>;
  /** Why nothing of it works. */
  readonly broken?: string;
}

const LLAMA_2 = { 'llama-2-7b': 'llama2-7B', 'llama-2-13b': 'llama2-13B', 'llama-2-70b': 'llama2-70B' };
/** One word for all sizes of Llama 3, 3.1 and 3.3 and for Mistral since 0.10: they are read from config.json. */
const BY_CONFIG = { ...LLAMA_2, 'llama-3': 'llama3', 'mistral-': 'mistral' };

const withLlama: ConvertRelease = { saver: 'core', sizes: BY_CONFIG };

/** By release; read in tools/checkpoint of each tag of NVIDIA/Megatron-LM. */
export const RELEASES: Readonly<Record<string, ConvertRelease>> = {
  // The forks that the Swallow models of 2024 and 2025 were trained with branched off here.
  'core_v0.9.0': {
    saver: 'mcore',
    sizes: { ...LLAMA_2, 'llama-3-8b': 'llama3-8B', 'llama-3.1-8b': 'llama3-8B', 'mistral-7b': 'mistral-7B' },
  },
  'core_v0.11.0': withLlama,
  'core_v0.12.3': withLlama,
  'core_v0.13.1': withLlama,
  'core_v0.14.0': withLlama,
  'core_v0.15.3': withLlama,
  'core_v0.16.1': withLlama,
  'core_v0.17.1': withLlama,
  'core_v0.18.2': { saver: 'core' },
  'core_v0.19.0': {
    saver: 'core',
    broken: 'its converter stops with "data parallel group with CP (with GTP_remat) is not initialized" (issue 6989).',
  },
};

/** The loader of a model and its --model-size; undefined: this release has none. */
export const loaderOf = (
  release: ConvertRelease,
  family: Family,
  architecture: string,
): { readonly loader: string; readonly size?: string } | undefined => {
  if (family.form === 'mixtral') return { loader: 'mixtral_hf' };
  const [, size] = Object.entries(release.sizes ?? {}).find(([begin]) => architecture.startsWith(begin)) ?? [];
  return size === undefined ? undefined : { loader: 'llama_mistral', size };
};
