import { readPairs, type SeenPair } from '../engines/megatron/dataset-pair.ts';
import { Trouble } from '../model/trouble.ts';
import { askable, type DataAnswers, type DataQuestion, dataQuestions, judgeData } from '../plan/data-questions.ts';
import type { PlanInput } from '../plan/plan.ts';
import { readTemplate } from './templates.ts';
import type { World } from './world.ts';

/** Thousands of files on a file system with a slow metadata server. */
const PAIRS_MS = 300_000;

/** One command over the connection that is there, however many prefixes. */
const askPairs = async (prefixes: readonly string[], cluster: string, world: World): Promise<readonly SeenPair[]> => {
  const remote = await world.remote(cluster);
  const script = readTemplate(world, 'templates/look/pairs.sh');
  const words = ['bash', '-c', script, 'pairs.sh', String(prefixes.length)];
  const out = await remote.run(words, { stdin: `${prefixes.join('\n')}\n`, timeoutMs: PAIRS_MS });
  const pairs = out.code === 0 ? readPairs(out.stdout, prefixes.length) : undefined;
  if (pairs) return pairs;
  throw new Trouble({
    code: 'MRT-S003',
    doing: `looking at ${prefixes.length} datasets on ${cluster}`,
    said: out.stderr.trim() || out.signal || 'the answer was cut off',
    left: 'nothing was changed there.',
    hint: 'type the same command again; without --connect nobody is asked.',
  });
};

/** What was asked about, and what came of it. */
export interface AskedData extends DataAnswers {
  readonly questions: readonly DataQuestion[];
}

/** Looks at every dataset that a plan of this input would read; nobody is asked where there is none. */
export const askData = async (input: PlanInput, cluster: string, world: World): Promise<AskedData> => {
  const questions = dataQuestions(input);
  const prefixes = askable(questions).map(each => each.prefix);
  const seen = prefixes.length === 0 ? [] : await askPairs(prefixes, cluster, world);
  return { questions, ...judgeData(questions, seen, input) };
};
