import { architectureOf } from '../engines/architectures/index.ts';
import type { Fault, Judged } from '../engines/megatron/dataset-faults.ts';
import { judgePair } from '../engines/megatron/dataset-faults.ts';
import type { SeenPair } from '../engines/megatron/dataset-pair.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { countPrecision, formatCount } from '../model/units.ts';
import { type DataFacts, type DataFile, datasetsOf, filesOf } from './data-files.ts';
import { frameOf, type PlanInput } from './plan.ts';
import { dataHome } from './stage-context.ts';

/** A pair of files that a plan's stages read; whether it is as it should be only the cluster knows. */
export interface DataQuestion extends DataFile {
  /** A prepare stage of the plan makes it when it is not there. */
  readonly isMade: boolean;
}

/** What the cluster said of them: measured sizes, and everything that is wrong. */
export interface DataAnswers {
  readonly facts: DataFacts;
  readonly diagnostics: readonly Diagnostic[];
}

/** A variable of the job, or a fact that nobody has written yet. */
const isUnknownThere = (prefix: string): boolean => !prefix.startsWith('/') || /[A-Z]-NOT-SET/.test(prefix);

/** Every pair that the planned stages train on, each once. A rehearsal makes its own. */
export const dataQuestions = (input: PlanInput): readonly DataQuestion[] => {
  const frame = frameOf(input);
  if (frame.rehearsal) return [];
  const planned = frame.ordered.filter(each => each.status === 'planned');
  const made = new Set(planned.flatMap(({ stage }) => (stage.kind === 'prepare' ? [stage.mixture] : [])));
  const mixtures = new Set(planned.flatMap(({ stage }) => (stage.kind === 'cpt' ? [stage.mixture] : [])));
  const home = dataHome(frame);
  const all = [...mixtures].flatMap(mixture =>
    datasetsOf(mixture, frame.recipe).flatMap(dataset =>
      filesOf(dataset, home).map(file => ({ ...file, isMade: file.copy === undefined && made.has(mixture) })),
    ),
  );
  return [...new Map(all.map(each => [each.prefix, each])).values()];
};

/** Those that can be asked about from a login node. */
export const askable = (questions: readonly DataQuestion[]): readonly DataQuestion[] =>
  questions.filter(each => !isUnknownThere(each.prefix));

const whereOf = ({ dataset, copy }: DataFile, { recipe, cluster }: PlanInput): Pick<Diagnostic, 'at' | 'path'> =>
  copy === undefined
    ? { at: recipe.placeOf(`datasets.${dataset}`, 'key'), path: `datasets.${dataset}` }
    : { at: cluster.placeOf(copy), path: copy };

const unasked = (questions: readonly DataQuestion[], input: PlanInput): Diagnostic[] =>
  questions
    .filter(each => each.prefix.startsWith('$'))
    .map(each => ({
      code: 'MRT-D014',
      severity: 'warning',
      what: `${each.prefix} of ${each.dataset} was not looked at.`,
      why: 'it is known only inside a job.',
      ...whereOf(each, input),
    }));

/** What nobody makes has to be named, so the hint is another one. */
const hinted = (fault: Fault, { copy, dataset }: DataQuestion, family: string): Fault =>
  fault.code === 'MRT-D001' && copy === undefined
    ? {
        ...fault,
        hint: `name its files in copies: dataset:${dataset}@${family}, or add a prepare stage of its mixture.`,
      }
    : fault;

/** To the digits written: `16.1B` is right for 16,148,212,003. */
const disagrees = (written: string | undefined, asked: number, seen: number): boolean =>
  Math.abs(seen - asked) > countPrecision(written ?? String(asked)) * (1 + 1e-9);

const wrongCount = (of: string, written: string, seen: number): Pick<Diagnostic, 'code' | 'severity' | 'what'> => ({
  code: 'MRT-D008',
  severity: 'warning',
  what: `${of} holds ${seen} tokens, not ${written}.`,
});

/** The overlay's number of one file; where it is wrong the measured one counts. */
const fileCounts = (questions: readonly DataQuestion[], facts: DataFacts, { cluster }: PlanInput): Diagnostic[] =>
  questions.flatMap((each): Diagnostic[] => {
    const path = each.copy?.replace(/\.prefix$/, '.tokens');
    const seen = facts[each.prefix]?.tokens;
    const asked = each.tokens;
    if (path === undefined || seen === undefined || asked === undefined) return [];
    const written = cluster.writtenText(path);
    if (!disagrees(written, asked, seen)) return [];
    return [
      {
        ...wrongCount(`${each.prefix}.idx`, written ?? String(asked), seen),
        why: 'it shares out the weight of the dataset, so the measured number is taken.',
        hint: `martlet check RECIPE --cluster ${cluster.name} --connect --write writes it there.`,
        at: cluster.placeOf(path),
        path,
      },
    ];
  });

/** The recipe's number of a whole dataset, where all its files were measured. */
const datasetCounts = (questions: readonly DataQuestion[], facts: DataFacts, { recipe }: PlanInput): Diagnostic[] =>
  [...new Set(questions.map(each => each.dataset))].flatMap((dataset): Diagnostic[] => {
    const path = `datasets.${dataset}.tokens`;
    const asked = recipe.recipe.datasets[dataset]?.tokens;
    const seen = questions
      .filter(each => each.dataset === dataset)
      .reduce((sum, each) => sum + (facts[each.prefix]?.tokens ?? Number.NaN), 0);
    const written = recipe.writtenText(path);
    if (asked === undefined || Number.isNaN(seen) || !disagrees(written, asked, seen)) return [];
    return [
      {
        ...wrongCount(dataset, written ?? String(asked), seen),
        why: 'another tokenizer, revision or filter, or only a part of it; passes are counted by what is there.',
        hint: `write tokens: ${formatCount(seen)} where this is the right data.`,
        at: recipe.placeOf(path),
        path,
      },
    ];
  });

const isToBeMade = ({ isMade }: DataQuestion, { idx, bin }: SeenPair): boolean =>
  isMade && idx.kind === 'missing' && bin.kind === 'missing';

/** `seen`: of each askable question, in order. */
export const judgeData = (
  questions: readonly DataQuestion[],
  seen: readonly SeenPair[],
  input: PlanInput,
): DataAnswers => {
  const { model } = input.recipe.recipe;
  const architecture = architectureOf(model);
  const vocabulary = model.tokenizer?.padded_vocab_size ?? architecture?.vocabulary;
  const family = architecture?.tokenizerFamily ?? model.architecture;
  const judged = askable(questions).flatMap((question, i): { question: DataQuestion; judged: Judged }[] => {
    const pair = seen[i];
    if (!pair || isToBeMade(question, pair)) return [];
    return [{ question, judged: judgePair(question.prefix, pair, vocabulary) }];
  });
  const facts = Object.fromEntries(
    judged.flatMap(({ question, judged: { size } }) =>
      size ? [[question.prefix, { tokens: size.tokens, documents: size.documents }]] : [],
    ),
  );
  const faults = judged.flatMap(({ question, judged: { faults: all } }) =>
    all.map(each => ({ ...hinted(each, question, family), ...whereOf(question, input) })),
  );
  return {
    facts,
    diagnostics: [
      ...faults,
      ...unasked(questions, input),
      ...fileCounts(questions, facts, input),
      ...datasetCounts(questions, facts, input),
    ],
  };
};
