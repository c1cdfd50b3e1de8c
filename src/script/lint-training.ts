import { formatCount } from '../model/units.ts';
import { worldOf } from './compose.ts';
import { at, each, type Rule, warning } from './lint-rule.ts';
import { assignmentOf, placeAt } from './script-text.ts';

const refused = each((part, looked) =>
  part.placement.refused.map(message => {
    const flag = /^argument ([^:/]+)/.exec(message)?.[1] ?? /(--?[\w-]+)/.exec(message)?.[1] ?? '';
    return warning('MRT-F010', {
      what: `${part.placement.release} would refuse this: ${message}.`,
      hint:
        flag === '--tokenizer-type'
          ? "martlet gives HuggingFaceTokenizer, which reads the same tokenizer's folder."
          : undefined,
      at: at(looked, part, flag),
    });
  }),
);

/** Flags that are lost, by what became of them. */
const flags = each((part, looked) => {
  const { release, fates } = part.placement;
  return fates.flatMap(fate => {
    const said = [fate.flag, ...fate.values.slice(0, 4)].join(' ');
    const place = at(looked, part, fate.flag);
    if (fate.kind === 'ignored') return [warning('MRT-F008', { what: `${said}: ${fate.why}.`, at: place })];
    if (fate.kind === 'no-word')
      return [warning('MRT-F009', { what: `${said} has no word in a recipe: ${fate.why}.`, at: place })];
    if (fate.kind !== 'unknown') return [];
    const why = fate.why?.includes('has no such option') ? undefined : `${fate.why}.`;
    return [warning('MRT-F007', { what: `${release} has no ${fate.flag}.`, why, at: place })];
  });
});

const dataParallel = each((part, looked) => {
  const { values } = part.placement;
  const world = worldOf(part.launch, looked.asked);
  const split = values.tensor_model_parallel_size * values.pipeline_model_parallel_size;
  const real = world / (split * values.context_parallel_size);
  const variables = Object.entries(part.launch.scene?.variables ?? {});
  return variables
    .filter(
      ([name, text]) =>
        /^(DATA_PARALLEL(_SIZE)?|DP(_SIZE)?)$/i.test(name) && /^\d+$/.test(text) && Number(text) !== real,
    )
    .map(([name, text]) => {
      const left =
        Number(text) === world / split ? 'context parallel' : Number(text) === world ? 'the whole split' : 'something';
      return warning('MRT-F012', {
        what: `${name} is ${text}, but ${world} GPUs / (tensor ${values.tensor_model_parallel_size} x pipeline ${values.pipeline_model_parallel_size} x context ${values.context_parallel_size}) = ${real}.`,
        why: `it leaves ${left} out; names and numbers made from it are wrong, the training is not.`,
        at: placeAt(looked.script, assignmentOf(looked.script, name), name),
      });
    });
});

const divisible = each((part, looked) => {
  const { values } = part.placement;
  const split = values.tensor_model_parallel_size * values.pipeline_model_parallel_size * values.context_parallel_size;
  const world = worldOf(part.launch, looked.asked);
  const unit = (world / split) * values.micro_batch_size;
  if (!values.global_batch_size || !values.micro_batch_size || Number.isInteger(values.global_batch_size / unit))
    return [];
  return [
    warning('MRT-F019', {
      what: `global batch ${values.global_batch_size} is not a multiple of micro batch ${values.micro_batch_size} x data-parallel size ${world / split}.`,
      why: `${world} GPUs / ${split} = ${world / split}; Megatron-LM refuses to start.`,
      at: at(looked, part, '--global-batch-size'),
    }),
  ];
});

const weights = each((part, looked) => {
  const { values, blend, isUnweighted } = part.placement;
  if (isUnweighted)
    return [
      warning('MRT-F013', {
        what: `--data-path names ${blend.length} files without weights.`,
        why: 'Megatron-LM then weighs them by their size; the recipe weighs them equally.',
        hint: 'write each data set’s tokens as its weight.',
        at: at(looked, part, '--data-path'),
      }),
    ];
  const sum = blend.reduce((all, { weight }) => all + weight, 0);
  const steps = values.train_iters ?? 0;
  const tokens = steps * (values.global_batch_size ?? 0) * (values.seq_length ?? 0);
  // Small weights are shares, not tokens.
  if (sum < 1e6 || tokens === 0 || Math.abs(sum - tokens) / tokens < 0.005) return [];
  return [
    warning('MRT-F013', {
      what: `the weights sum to ${formatCount(sum)}, and ${formatCount(tokens)} tokens are trained (${(tokens / sum).toFixed(2)} times as many).`,
      why: `${steps} steps x ${values.global_batch_size} sequences x ${values.seq_length} tokens. Only ratios count, so every data set is seen ${(tokens / sum).toFixed(2)} times its weight.`,
      at: at(looked, part, '--data-path'),
    }),
  ];
});

const noSplit = each((part, looked) =>
  part.placement.values.split || part.placement.blend.length === 0
    ? []
    : [
        warning('MRT-F022', {
          what: 'no --split: the release takes 969, 30, 1.',
          why: 'three per cent of the data are then never trained on.',
          hint: 'write data: {split: [990, 10, 0]}, or what you mean.',
          at: at(looked, part, '--data-path') ?? placeAt(looked.script, part.launch.line),
        }),
      ],
);

/** Llama-like models were trained without dropout; Megatron-LM's default is 0.1. */
const dropout = each((part, looked) =>
  [
    ['--attention-dropout', part.placement.values.attention_dropout],
    ['--hidden-dropout', part.placement.values.hidden_dropout],
  ]
    .filter(([, value]) => value !== 0)
    .map(([flag, value]) =>
      warning('MRT-F028', {
        what: `${flag} is ${value}${part.placement.given.some(each => each.name === flag) ? '' : " (Megatron-LM's default)"}; martlet gives 0.0.`,
        why: 'models of this kind were trained without dropout.',
        at: at(looked, part, flag) ?? placeAt(looked.script, part.launch.line),
      }),
    ),
);

const TRACKER = /latest_checkpointed_iteration|latest_train_state|\biter_/;

/** A first start and a resume are told apart by the script, or not at all. */
const resumes = each((part, looked) => {
  const { values } = part.placement;
  if (!values.load || !values.save) return [];
  const asks = looked.script.lines.some(line => TRACKER.test(line));
  if (values.load !== values.save && !asks && !values.pretrained_checkpoint)
    return [
      warning('MRT-F020', {
        what: `every start loads ${values.load}, also one that goes on after ${values.save} has checkpoints.`,
        why: 'a job that is started again begins at step 0 and writes over what it had.',
        hint: 'martlet loads the base at the first start and the newest checkpoint afterwards; nothing is to be done.',
        at: at(looked, part, '--load'),
      }),
    ];
  if (!values.finetune || values.load !== values.save) return [];
  return [
    warning('MRT-F020', {
      what: '--finetune stays on while --load is the folder that --save writes to.',
      why: 'every resume then begins at step 0 with a fresh optimizer.',
      hint: 'from: takes the weights at the first start only; nothing is to be done.',
      at: at(looked, part, '--finetune'),
    }),
  ];
});

const asynchronous = each((part, looked) =>
  part.placement.values.async_save && part.placement.values.use_persistent_ckpt_worker === false
    ? [
        warning('MRT-F021', {
          what: '--async-save without --use-persistent-ckpt-worker.',
          why: `${part.placement.release} saves synchronously then and says so only in a warning.`,
          hint: 'martlet gives both for checkpoint: {async: true}.',
          at: at(looked, part, '--async-save'),
        }),
      ]
    : [],
);

const start = each((part, looked) => {
  const { placement } = part;
  if (part.data === undefined) return [];
  const { model } = looked.composed;
  const known = placement.model?.architecture.source.split(' ')[0] ?? '';
  const isNamed = model === undefined || known.split('/')[0] === model.base.split('/')[0];
  return [
    ...(isNamed || placement.paddedVocabulary !== undefined
      ? []
      : [
          warning('MRT-F029', {
            what: `the size of the vocabulary is not on the command line; ${placement.model?.architecture.vocabulary} of ${placement.model?.architecture.id} is taken.`,
            hint: "write model.tokenizer: {padded_vocab_size: N}, with N of the model's config.json.",
            at: at(looked, part, '--tokenizer-model') ?? placeAt(looked.script, part.launch.line),
          }),
        ]),
  ];
});

/** What a script asks of Megatron-LM. */
export const TRAINING_RULES: readonly Rule[] = [
  refused,
  flags,
  dataParallel,
  divisible,
  weights,
  noSplit,
  dropout,
  resumes,
  asynchronous,
  start,
];
