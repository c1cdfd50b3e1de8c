import { type ModelTraits, nearestUnfit, type Recognised, recogniseArchitecture } from '../architectures/recognise.ts';
import { parseArguments, type Values } from './argparse.ts';
import { FLAGS } from './flags.ts';
import { bestList, FOREIGN_OPTIONS, type KnownList } from './known-lists.ts';
import { traitsOf } from './model-traits.ts';
import { NOT_NEEDED, ruleOf, TOGETHER } from './place-table.ts';
import { type Given, splitArguments } from './split-arguments.ts';

/** A flag of a command line and what became of it. `to`: a path of the stage, `model...` of the recipe, or the overlay. */
export interface Fate {
  readonly flag: string;
  readonly values: readonly string[];
  readonly kind: 'placed' | 'extra' | 'own' | 'default' | 'not-needed' | 'ignored' | 'unknown' | 'no-word';
  readonly to?: string | undefined;
  readonly why?: string | undefined;
}

/** A pretrain_gpt.py command line as parts of a recipe; `problem`: why it cannot be a stage of kind cpt. */
export interface Placement {
  readonly release: string;
  readonly repo: string;
  readonly commit: string;
  readonly values: Values;
  readonly given: readonly Given[];
  readonly fates: readonly Fate[];
  /** Paths below the stage and their values. */
  readonly stage: ReadonlyMap<string, unknown>;
  readonly extra: Readonly<Record<string, unknown>>;
  readonly model?: Recognised | undefined;
  readonly paddedVocabulary?: number | undefined;
  readonly blend: readonly { readonly weight: number; readonly prefix: string }[];
  /** Prefixes had no weights of their own. */
  readonly isUnweighted: boolean;
  readonly base?: string | undefined;
  readonly save?: string | undefined;
  readonly tokenizer?: string | undefined;
  /** What the parser of the release would refuse, in its own words. */
  readonly refused: readonly string[];
  readonly problem?: string | undefined;
}

/** `500000.0` for an integer: forks read a float there, the release refuses it. */
const mended = (given: Given): Given => {
  if (given.option?.type !== 'int') return given;
  return { ...given, values: given.values.map(value => value.replace(/^(\d+)\.0*$/, '$1')) };
};

const wordsOf = ({ name, values }: Given): string[] => [name, ...values];

const number = (text: string): number | undefined => (/^[0-9.]+(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined);

const blendOf = (words: readonly string[]): Pick<Placement, 'blend' | 'isUnweighted'> => {
  const pairs = words.length / 2;
  const weights = Array.from({ length: Math.floor(pairs) }, (_, index) => number(words[2 * index] as string));
  if (words.length > 1 && Number.isInteger(pairs) && weights.every(each => each !== undefined))
    return {
      blend: weights.map((weight, index) => ({ weight: weight as number, prefix: words[2 * index + 1] as string })),
      isUnweighted: false,
    };
  return { blend: words.map(prefix => ({ weight: 1, prefix })), isUnweighted: words.length > 1 };
};

/** What is left for `extra:`: bare, one value with its type, or a list of words. */
const extraOf = ({ option, values }: Given, parsed: Values): unknown => {
  if (option?.action !== 'store') return true;
  if (option.nargs !== null) return [...values];
  const value = parsed[option.dest];
  return typeof value === 'number' ? value : values[0];
};

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const OWN = new Set(FLAGS.filter(row => row.path === '').map(row => row.flag));

const foreignFate = ({ name, values }: Given, release: string): Fate => {
  const known = FOREIGN_OPTIONS[name];
  if (name === '--wandb-name') return { flag: name, values, kind: 'placed', to: 'logging.wandb.name' };
  if (name.startsWith('--rope-') && known)
    return { flag: name, values, kind: 'placed', to: 'model.architecture', why: known.why };
  return { flag: name, values, kind: 'unknown', why: known?.why ?? `${release} has no such option` };
};

/** What becomes of one flag; `set` writes into the stage, `extra` passes through. */
const fateOf = (
  given: Given,
  {
    values,
    list,
    refused,
  }: { readonly values: Values; readonly list: KnownList; readonly refused: ReadonlyMap<string, string> },
  set: (path: string, value: unknown) => void,
  extra: Record<string, unknown>,
): Fate => {
  const { name: flag, values: words, option } = given;
  const fate = (kind: Fate['kind'], rest: Partial<Fate> = {}): Fate => ({ flag, values: words, kind, ...rest });
  if (!option) return foreignFate(given, list.release);
  if (option.status === 'ignored' || option.status === 'rejected')
    return fate('ignored', {
      why: `${list.release} ${option.status === 'ignored' ? 'does nothing with it' : 'refuses it'}`,
    });
  // Its attribute has the default, which nobody asked for.
  const message = refused.get(option.flags[0] ?? '');
  if (message !== undefined && !TOGETHER.has(flag)) return fate('no-word', { why: message });
  const why = NOT_NEEDED[flag];
  if (why !== undefined) return fate('not-needed', { why });
  if (TOGETHER.has(flag)) return fate('placed', { to: togetherTo(flag) });
  // Whose account it is belongs to the person.
  if (flag === '--wandb-entity') return fate('placed', { to: 'overlay wandb.entity' });
  if (/^--eval-(iters|interval)$/.test(flag) && values.eval_iters === 0)
    return fate('not-needed', { why: 'no evaluation: a recipe leaves validation: out' });
  const rule = ruleOf(flag, option.dest);
  if (rule) {
    const value = rule.value(values);
    if (value === undefined) return fate('no-word', { why: `${rule.path} has no word for this value` });
    set(rule.path, value);
    return fate('placed', { to: rule.path });
  }
  if (OWN.has(flag)) return fate('own', { why: 'martlet gives it by itself' });
  if (same(values[option.dest], option.default)) return fate('default', { why: `what ${list.release} does anyway` });
  extra[flag] = extraOf(given, values);
  return fate('extra', { to: `extra.${flag}` });
};

const TOGETHER_TO: Readonly<Record<string, string>> = {
  '--data-path': 'mixture',
  '--load': 'from',
  '--pretrained-checkpoint': 'from',
  '--save': 'the run folder',
};

const togetherTo = (flag: string): string => {
  if (TOGETHER_TO[flag]) return TOGETHER_TO[flag];
  return /token|vocab/.test(flag) ? 'model.tokenizer' : 'model.architecture';
};

/** Rows of one vocabulary that Megatron-LM would make for this architecture; undefined: the architecture's own. */
const paddedOf = (values: Values, vocabulary: number): number | undefined => {
  if (typeof values.padded_vocab_size === 'number' && values.padded_vocab_size !== vocabulary)
    return values.padded_vocab_size;
  const unit = values.make_vocab_size_divisible_by * values.tensor_model_parallel_size;
  const padded = Math.ceil((values.vocab_size ?? vocabulary) / unit) * unit;
  return padded === vocabulary ? undefined : padded;
};

/** `argument --lr: expected one argument`, by the option's first spelling. */
const refusedOf = (errors: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    errors.flatMap(error => {
      const [, name, message] = /^argument (-[^:/]+)[^:]*: (.*)$/s.exec(error) ?? [];
      return name === undefined || message === undefined ? [] : [[name, message] as const];
    }),
  );

/**
 * The inverse of the flag table: every flag of a command line at its recipe word. What has none goes into extra:, and what the
 * release does not know is left over. Values are read as the program's own parser reads them.
 */
export const placeArguments = (argv: readonly string[], hint: string): Placement => {
  const list = bestList(argv);
  const split = splitArguments(list.options, argv);
  const given = split.given.map(mended);
  const parsed = parseArguments(list.options, given.filter(each => each.option).flatMap(wordsOf));
  const refused = refusedOf(parsed.errors);
  const said = new Map(given.map(each => [each.name, each.values] as const));
  const stage = new Map<string, unknown>();
  const extra: Record<string, unknown> = {};
  const set = (path: string, value: unknown) => stage.set(path, value);
  const fates = given.map(each => fateOf(each, { values: parsed.values, list, refused }, set, extra));
  const wandbName = said.get('--wandb-name')?.[0];
  if (wandbName !== undefined) set('logging.wandb.name', wandbName);
  const checkpoints = checkpointsOf(parsed.values);
  const traits = traitsOf(parsed.values, said);
  const model = 'problem' in traits ? undefined : recogniseArchitecture(traits, checkpoints.base ?? '', hint);
  return {
    release: list.release,
    repo: list.repo,
    commit: list.commit,
    values: parsed.values,
    given,
    fates,
    stage,
    extra,
    model,
    paddedVocabulary: model && paddedOf(parsed.values, model.architecture.vocabulary),
    ...blendOf(parsed.values.data_path ?? []),
    ...checkpoints,
    tokenizer: parsed.values.tokenizer_model ?? undefined,
    refused: [...parsed.errors, ...split.stray.map(word => `unrecognized arguments: ${word}`)],
    problem: 'problem' in traits ? traits.problem : problemOf(parsed.values, traits, model),
  };
};

const checkpointsOf = ({
  load,
  save,
  pretrained_checkpoint: pretrained,
}: Values): Pick<Placement, 'base' | 'save'> => ({
  base: pretrained ?? (load !== save ? (load ?? undefined) : undefined),
  save: save ?? undefined,
});

/** What a stage of kind cpt cannot do without. */
const problemOf = (values: Values, traits: ModelTraits, model: Recognised | undefined): string | undefined => {
  if (!model) {
    const near = nearestUnfit(traits);
    return `no architecture of this version is like it: ${near?.id} is otherwise in ${near?.otherwise.join(', ')}`;
  }
  if (!values.data_path?.length) return 'it has no --data-path';
  if (!values.global_batch_size || !values.seq_length) return 'it has no --global-batch-size or no --seq-length';
  if (!values.train_iters && !values.train_samples) return 'it says neither --train-iters nor --train-samples';
  if (values.lr === null || values.lr === undefined) return 'it has no --lr';
  return undefined;
};
