import type { Code } from '../model/codes.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { formatCount, formatSeconds } from '../model/units.ts';
import { type Composed, isTooLong, MOST_STAGES, type StagePart, worldOf } from './compose.ts';
import type { Asked } from './directives.ts';
import { type Launch, unanswered } from './launches.ts';
import { assignmentOf, lineWith, placeAt, placeOfFlag, type ScriptText } from './script-text.ts';
import { homeOf } from './settings.ts';
import type { Transcript } from './transcript.ts';

/** Everything a rule may look at. */
export interface Looked {
  readonly script: ScriptText;
  readonly asked: Asked;
  readonly transcript: Transcript;
  readonly launches: readonly Launch[];
  readonly composed: Composed;
}

type Rule = (looked: Looked) => Diagnostic[];

const warning = (code: Code, rest: Omit<Diagnostic, 'code' | 'severity'>): Diagnostic => ({
  code,
  severity: 'warning',
  ...rest,
});

/** A rule of one Megatron-LM stage. */
const each =
  (
    rule: (
      part: StagePart & { readonly placement: NonNullable<StagePart['placement']> },
      looked: Looked,
    ) => Diagnostic[],
  ): Rule =>
  looked =>
    looked.composed.parts.flatMap(part => {
      const { placement } = part;
      return placement ? rule({ ...part, placement }, looked) : [];
    });

const at = ({ script }: Looked, part: StagePart, flag: string) =>
  placeOfFlag(script, flag, part.launch.scene, part.placement?.given.find(each => each.name === flag)?.values);

const carriesAll: Rule = ({ asked, script }) =>
  asked.carriesAll === undefined
    ? []
    : [
        warning('MRT-F014', {
          what: `the job takes over the whole environment of the shell that submits it.`,
          why: 'what somebody had set that day becomes a part of the run, and nobody can see it afterwards.',
          hint: 'martlet gives a job only what the recipe, the profile and the overlay say; nothing is to be done.',
          at: placeAt(script, asked.carriesAll),
        }),
      ];

const noTime: Rule = ({ asked, script }) =>
  asked.scheduler === undefined || asked.walltimeSeconds !== undefined
    ? []
    : [
        warning('MRT-F015', {
          what: { pbspro: 'no -l walltime=.', gridengine: 'no -l h_rt=.', slurm: 'no --time=.' }[asked.scheduler],
          why: "the job gets the site's default time, and is ended when that is over.",
          hint: 'write resources: {walltime: 24h} into the stage, or leave it to the plan.',
          at: placeAt(script, 1),
        }),
      ];

const late: Rule = ({ asked, script }) =>
  asked.late.map(directive =>
    warning('MRT-F016', {
      what: `"${directive.text.trim()}" stands behind the first command, where the scheduler does not read.`,
      why: 'the job ran without it, so the recipe is without it, too.',
      hint: 'write it at the stage or in the overlay if it was meant.',
      at: placeAt(script, directive.line),
    }),
  );

const strange: Rule = ({ asked, script }) =>
  asked.unknown.map(({ line, option }) =>
    warning('MRT-F017', { what: `${option} has no place in a recipe or overlay.`, at: placeAt(script, line, option) }),
  );

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

const flags = each((part, looked) =>
  part.placement.fates.flatMap(fate => {
    const said = `${fate.flag}${fate.values.length === 0 ? '' : ` ${fate.values.slice(0, 4).join(' ')}`}`;
    const code = ({ unknown: 'MRT-F007', ignored: 'MRT-F008', 'no-word': 'MRT-F009' } as const)[fate.kind as 'unknown'];
    if (code === undefined) return [];
    const what = {
      'MRT-F007': `${part.placement.release} has no ${fate.flag}.`,
      'MRT-F008': `${said}: ${fate.why}.`,
      'MRT-F009': `${said} has no word in a recipe: ${fate.why}.`,
    }[code as string] as string;
    const why = fate.kind === 'unknown' && !fate.why?.includes('has no such option') ? `${fate.why}.` : undefined;
    return [warning(code, { what, why, at: at(looked, part, fate.flag) })];
  }),
);

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

const resumes = each((part, looked) => {
  const { values } = part.placement;
  if (!values.finetune || values.load === null || values.load !== values.save) return [];
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
  part.placement.values.async_save && !part.placement.values.use_persistent_ckpt_worker
    ? [
        warning('MRT-F021', {
          what: '--async-save without --use-persistent-ckpt-worker.',
          why: 'core_v0.19.0 saves synchronously then and says so only in a warning.',
          hint: 'martlet gives both for checkpoint: {async: true}.',
          at: at(looked, part, '--async-save'),
        }),
      ]
    : [],
);

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

const VARIABLE = /\$\{?([A-Za-z_]\w*)(?=\}|\b)(?!\[)/g;

/** Unquoted variables of a launch that had no value. */
const empty: Rule = ({ launches, script }) => {
  const seen = new Set<string>();
  return launches.flatMap(({ scene, line }) => {
    if (!scene) return [];
    const command = scene.command.replace(/'[^']*'/g, '');
    return [...command.matchAll(VARIABLE)].flatMap(([, name = '']) => {
      const value = scene.variables[name];
      // Arrays and the job's own are not among the variables; an empty list of options is on purpose.
      if (value === undefined || value !== '' || seen.has(name) || /(ARGS|OPTIONS|OPTS|FLAGS|OVERLAP)$/.test(name))
        return [];
      seen.add(name);
      return [
        warning('MRT-F018', {
          what: `\${${name}} is empty in the launch.`,
          why: 'without quotes it vanishes, and the flag before it takes the next word for its value.',
          hint: `give it what it has on the cluster: --env ${name}=VALUE.`,
          at: placeAt(script, assignmentOf(script, name) ?? lineWith(script, `\${${name}}`) ?? line, name),
        }),
      ];
    });
  });
};

const fixedPort: Rule = ({ script }) => {
  const index = script.lines.findIndex(line => /^\s*(export\s+)?MASTER_PORT=["']?\d+["']?\s*(#.*)?$/.test(line));
  if (index < 0) return [];
  return [
    warning('MRT-F023', {
      what: 'MASTER_PORT is written down.',
      why: 'two jobs on one node meet there, and a job that starts again finds the port still taken.',
      hint: 'martlet makes it from the id of the job.',
      at: placeAt(script, index + 1, 'MASTER_PORT'),
    }),
  ];
};

const repeated: Rule = ({ launches, script }) => {
  const lines = new Map<number, number>();
  for (const { line } of launches) if (line !== undefined) lines.set(line, (lines.get(line) ?? 0) + 1);
  return [...lines]
    .filter(([, count]) => count > 1)
    .map(([line, count]) =>
      warning('MRT-F024', {
        what: `${count} launches by this one command${launches.length > MOST_STAGES ? `; the first ${MOST_STAGES} of all became stages` : ''}.`,
        hint: 'one stage and a sweep: over what differs says the same in three lines.',
        at: placeAt(script, line),
      }),
    );
};

/** A secret by its name, with a value in the script; the value is never shown. */
const secrets: Rule = ({ script }) =>
  script.lines.flatMap((line, index) => {
    const name = /^\s*(?:export\s+)?([A-Za-z_]\w*)=["']?[^\s"'$]+/.exec(line)?.[1];
    if (name === undefined || homeOf(name) !== 'secret') return [];
    return [
      warning('MRT-F025', {
        what: `${name} has its value in the script; it was not taken over.`,
        why: 'whoever can read the script, or a copy of it, can use it.',
        hint: `put it into a file of mode 0600 on the cluster, and into the overlay: secrets: {${name}: {file: ~/.${name.toLowerCase()}}}.`,
        at: placeAt(script, index + 1, name),
      }),
    ];
  });

/** A word of a launch that was a secret: stars are in its place in the recipe. */
const secretWords: Rule = ({ composed, script }) =>
  composed.parts
    .filter(part => part.launch.argv.some(word => /\*{4,}/.test(word)))
    .map(part =>
      warning('MRT-F025', {
        what: `a word of ${part.launch.program} is a secret; stars stand for it in stage ${part.name}.`,
        hint: 'let the program read it from its environment, and name its file in the overlay, secrets:.',
        at: placeAt(script, part.launch.line),
      }),
    );

const notRun: Rule = ({ transcript, script }) =>
  unanswered(transcript)
    .filter(({ line }) => line !== undefined && /\$\(|`|<\(/.test(script.lines[line - 1] ?? ''))
    .map(({ line }) =>
      warning('MRT-F026', {
        what: 'this value came from Python, which was not run, so it is empty.',
        hint: 'give what it is on the cluster with --env where the script takes it from the environment, or write the number into the recipe.',
        at: placeAt(script, line),
      }),
    );

const trainers: Rule = ({ composed, script }) =>
  composed.parts
    .filter(part => part.stage.kind === 'command')
    .map(part =>
      warning('MRT-F027', {
        what: `${part.launch.program} became a command stage, ${part.name}${part.why === undefined ? '' : `: ${part.why}`}.`,
        why: part.why === undefined ? 'martlet knows its flags only as words.' : undefined,
        at: placeAt(script, part.launch.line),
      }),
    );

const ended: Rule = ({ transcript, launches, script }) => {
  const last = transcript.output.trim().split('\n').slice(-3).join(' / ').slice(0, 300);
  if (transcript.code === undefined)
    return [
      warning('MRT-F004', {
        what: 'the script did not end by itself; what it had started until then was read.',
        why: last === '' ? undefined : `it printed last: ${last}`,
        hint: 'what it waits for may be given with --env or --with.',
      }),
    ];
  if (transcript.code === 0 || launches.length === 0) return [];
  return [
    warning('MRT-F006', {
      what: `the script ended with code ${transcript.code}.`,
      why: last === '' ? undefined : `it printed last: ${last}`,
      hint: 'among stand-ins that may be so; if it stopped early, --env and --with give it what it misses.',
      at: placeAt(script, launches.at(-1)?.line),
    }),
  ];
};

const unplacedType: Rule = ({ asked, script }) => {
  if (asked.resourceType === undefined || !/^rt_(AF|AG|F|G)/.test(asked.resourceType)) return [];
  return [
    warning('MRT-F029', {
      what: `${asked.resourceType} is a type of ABCI 2.0, which is no cluster of martlet.`,
      hint: 'the GPUs are in the recipe; the overlay has the paths of that site, so edit them for another.',
      at: placeAt(script, asked.understood.find(each => each.to === 'resources.gpus')?.line, asked.resourceType),
    }),
  ];
};

const tooLong: Rule = ({ asked, script }) =>
  isTooLong(asked)
    ? [
        warning('MRT-F029', {
          what: `a walltime of ${formatSeconds(asked.walltimeSeconds ?? 0)} is over the limit of ${asked.resourceType} without a reservation; it was left out.`,
          hint: 'the plan makes a chain of jobs; with a reservation write reservation: into the overlay and the walltime at the stage.',
          at: placeAt(script, asked.understood.find(each => each.to === 'resources.walltime')?.line),
        }),
      ]
    : [];

const start = each((part, looked) => {
  const { placement } = part;
  if (part.data === undefined) return [];
  const { model } = looked.composed;
  const known = placement.model?.architecture.source.split(' ')[0] ?? '';
  const isNamed = model === undefined || known.split('/')[0] === model.base.split('/')[0];
  return [
    ...(placement.base === undefined
      ? [
          warning('MRT-F029', {
            what: 'the script starts from random weights; the recipe starts from its base.',
            why: 'from: names what a stage starts from, and has no word for nothing.',
            at: at(looked, part, '--load') ?? placeAt(looked.script, part.launch.line),
          }),
        ]
      : []),
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

const RULES: readonly Rule[] = [
  ...[ended, carriesAll, noTime, late, strange, unplacedType, tooLong],
  ...[trainers, repeated, notRun, empty, secrets, secretWords, fixedPort],
  ...[refused, flags, dataParallel, divisible, weights, noSplit, dropout, resumes, asynchronous, start],
];

/** What looks wrong in a script, whether or not the recipe mends it. */
export const lintScript = (looked: Looked): Diagnostic[] => RULES.flatMap(rule => rule(looked));
