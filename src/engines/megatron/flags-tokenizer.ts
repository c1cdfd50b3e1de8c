import type { Flag } from './flags.ts';
import type { Release } from './releases/release.ts';
import type { MegatronSpec } from './spec.ts';

/** Tokenizers that the Swallow team's forks trained with, by family: the name, and the file it wants. */
const OWN: Readonly<Record<string, readonly [type: string, file: string]>> = {
  'llama-2': ['Llama2Tokenizer', 'tokenizer.model'],
  'llama-3': ['Llama3Tokenizer', 'tokenizer.json'],
  'llama-3.1': ['Llama3Tokenizer', 'tokenizer.json'],
};

/** The tokenizer's name and its file or folder, as a release wants them; `folder` is the model's. */
export const tokenizerOf = (
  release: Release,
  family: string | undefined,
  folder: string,
): { type: string; model: string } => {
  const own = release.spellings.includes('own-tokenizers') ? OWN[family ?? ''] : undefined;
  return own ? { type: own[0], model: `${folder}/${own[1]}` } : { type: 'HuggingFaceTokenizer', model: folder };
};

const tokenizer = (s: MegatronSpec) => tokenizerOf(s.release, s.architecture.tokenizerFamily, s.context.tokenizer);

/** Rounded up to a multiple of the whole size, every shorter vocabulary becomes exactly that size. */
const divisor = (s: MegatronSpec): number | undefined => {
  const size = s.context.model.tokenizer?.padded_vocab_size;
  const tensor = typeof s.stage.parallel === 'object' ? s.stage.parallel.tensor : 1;
  return size && size / tensor;
};

/** The tokenizer and the size of its vocabulary (tokenizer.py of each release). */
export const TOKENIZER_FLAGS: readonly Flag[] = [
  { path: '', flag: '--tokenizer-type', of: s => tokenizer(s).type },
  { path: '/model.tokenizer.from', flag: '--tokenizer-model', of: s => tokenizer(s).model, echo: null },
  {
    path: '/model.tokenizer.padded_vocab_size',
    flag: '--padded-vocab-size',
    unless: 'divisible-vocabulary',
    of: s => s.paddedVocabulary,
  },
  {
    path: '/model.tokenizer.padded_vocab_size',
    flag: '--make-vocab-size-divisible-by',
    only: 'divisible-vocabulary',
    of: divisor,
    echo: null,
  },
];
