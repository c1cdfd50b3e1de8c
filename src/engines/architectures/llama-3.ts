import type { Architecture } from './architecture.ts';
import { llama318b } from './llama-3.1-8b.ts';
import { llama3170b } from './llama-3.1-70b.ts';

/** Llama 3.1's sizes without its scaled positions. */
const llama3 = { tokenizerFamily: 'llama-3', ropeScaling: false, maxPositions: 8192 } as const;

export const llama38b: Architecture = {
  ...llama318b,
  ...llama3,
  id: 'llama-3-8b',
  source: 'meta-llama/Meta-Llama-3-8B config.json',
};

export const llama370b: Architecture = {
  ...llama3170b,
  ...llama3,
  id: 'llama-3-70b',
  source: 'meta-llama/Meta-Llama-3-70B config.json',
};
