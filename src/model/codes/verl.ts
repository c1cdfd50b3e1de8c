import type { Codes } from './entry.ts';

/** V: veRL. */
export const VERL_CODES = {
  'MRT-V001': {
    title: 'a key or a value that veRL does not take',
    more: 'The configuration of the release was recorded, every key with its kind and default. A key that is not there is refused by Hydra at the start or by a worker minutes later; a text with ${...} would be looked up instead of taken.',
  },
  'MRT-V002': {
    title: 'a key that veRL takes and does not read',
    more: 'Keys move between releases, and some old ones are still accepted without an effect or a word. The hint says what does their work now.',
  },
  'MRT-V003': {
    title: 'a batch that cannot be shared out',
    more: 'Prompts times answers, mini-batches and micro-batches have to be whole numbers for each data-parallel rank. Most of these rules are broken minutes after the model was loaded.',
  },
  'MRT-V004': { title: 'a layout that does not fit the GPUs or CPUs of a veRL stage' },
  'MRT-V005': { title: 'a rollout engine that would not start' },
  'MRT-V006': {
    title: 'an algorithm that would not do what it says',
    more: 'Some settings of reinforcement learning switch others off in silence, or fail at the first update.',
  },
  'MRT-V007': {
    title: 'a reward that would not arrive',
    more: 'A reward that fails counts as none, and the run goes on: so what can be seen from here is looked at before.',
  },
  'MRT-V008': { title: 'steps, checkpoints or an environment that a veRL run would not survive' },
  'MRT-V009': {
    title: 'a part of veRL that is not in this version',
    more: 'The recipe format can say it, and the engine, the backend or this version of martlet cannot do it.',
  },
} as const satisfies Codes;
