import type { Diagnostic } from '../../../src/model/diagnostic.ts';
import { wordText } from '../../../src/shell/word.ts';
import { planOf } from '../../helpers/planning.ts';

/** Steps decide, and tokens have to agree. */
export const ofLength = (length: number): string[] => [
  `stages.cpt.sequence_length=${length}`,
  `stages.cpt.budget.tokens=${25000 * 1024 * length}`,
];

/** The 8B recipe with another model in it, on eight GPUs of ABCI 3.0. */
const planned = (architecture: string, ...sets: string[]) =>
  planOf({
    cluster: 'abci3',
    stages: ['cpt'],
    sets: [
      `model.architecture=${architecture}`,
      'model.tokenizer.padded_vocab_size=201088',
      'stages.cpt.resources={gpus: 64}',
      ...sets,
    ],
  });

export const argvOf = (architecture: string, ...sets: string[]): string[] => {
  const { value, diagnostics } = planned(architecture, ...sets);
  const job = value?.jobs.find(each => each.key.stage === 'cpt');
  if (!job) throw new Error(diagnostics.map(each => each.what).join('\n'));
  return job.program.argv.map(wordText);
};

export const errorsOf = (architecture: string, ...sets: string[]): Pick<Diagnostic, 'code' | 'path' | 'what'>[] =>
  planned(architecture, ...sets)
    .diagnostics.filter(each => each.severity === 'error')
    .map(({ code, path, what }) => ({ code, path, what }));
