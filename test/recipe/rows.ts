import type { RecipeOptions } from '../../src/recipe/resolve.ts';
import type { FindingRow } from '../helpers/findings.ts';
import { changed, findingsIn, SMALL } from './small.ts';

const row = (code: string, sentence: string, from: string, to: string, options: RecipeOptions = {}): FindingRow => ({
  code,
  sentence,
  found: () => findingsIn(changed(from, to), options),
});
const added = (code: string, sentence: string, text: string, options: RecipeOptions = {}): FindingRow => ({
  code,
  sentence,
  found: () => findingsIn(SMALL + text, options),
});
const LR = 'lr: 1.0e-4';
const STEPS = 'budget: {steps: 100}';
const REASONER = `  rlvr: {kind: rlvr, engine: megatron-lm, from: cpt, mixture: cpt, budget: {steps: 1}, batch: {prompts: 1},
    algorithm: {name: grpo, group_size: 8}, rollout: {engine: vllm, prompt_tokens: 1, response_tokens: 1},
    reward: {function: math-verify}, optimizer: {name: adamw, lr: 0}}
`;

const CHAT = `  wiki: {hub: org/wiki, reasoning: true}
  chat: {hub: tokyotech-llm/lmsys-chat-1m-synth, config: gemma3}
mixtures:
  sft: [{dataset: chat, samples: all}]
`;
const SFT = `  sft: {kind: sft, engine: megatron-lm, from: cpt, mixture: sft, sequence_length: 8, batch: {global_samples: 1},
    budget: {steps: 1}, optimizer: {name: sgd, lr: 0}}
`;
const REASONER_WITH_CHAT = changed('  wiki: {hub: org/wiki}\nmixtures:\n', CHAT) + REASONER + SFT;

/** Types, words, keys: what zod finds, in our words. */
const TYPES: readonly FindingRow[] = [
  row('MRT-R001', 'a number in quotes is no number', LR, 'lr: "1e-5"'),
  row('MRT-R001', 'a number without quotes may look like 1e-5: only its range is wrong', LR, 'lr: -1e-5'),
  row('MRT-R001', 'a number with underscores is a text', STEPS, 'budget: {steps: 1_000}'),
  row('MRT-R001', 'a number with commas is a text', STEPS, 'budget: {steps: 25,000}'),
  row('MRT-R001', 'a count has a unit that is known', STEPS, 'budget: {tokens: 210 Billion}'),
  row('MRT-R001', 'a time without a unit is no time', STEPS, `${STEPS}\n    resources: {walltime: 24}`),
  row('MRT-R001', 'an amount of memory without a unit is none', STEPS, `${STEPS}\n    resources: {memory: 80}`),
  row('MRT-R001', 'yes is no boolean', STEPS, `${STEPS}\n    z_loss: yes`),
  row('MRT-R001', 'on is no boolean', STEPS, `${STEPS}\n    checkpoint: {every_steps: 1, async: on}`),
  row('MRT-R001', 'a release that looks like a number is text only in quotes', 'core_v0.19.0', '202411'),
  row('MRT-R001', 'a key without a value holds nothing', 'from: base', 'from:'),
  row('MRT-R001', 'a list is wanted where one scalar stands', STEPS, `${STEPS}\n    data: {split: 990}`),
  row('MRT-R001', 'a list of two is not a list of three', STEPS, `${STEPS}\n    data: {split: [990, 10]}`),
  row('MRT-R001', 'a map is wanted where a word stands', 'optimizer: {name: adamw, lr: 1.0e-4}', 'optimizer: adamw'),
  row('MRT-R001', 'half a step does not exist', STEPS, 'budget: {steps: 1.5}'),
  row('MRT-R001', 'zero steps are no training', STEPS, 'budget: {steps: 0}'),
  row('MRT-R001', 'a fraction of memory is at most 1', STEPS, `${STEPS}\n    checkpoint: {every_steps: 0}`),
  row('MRT-R001', 'a title has one line', 'name: small', 'name: small\ntitle: "two\\nlines"'),
  row('MRT-R001', 'half a surrogate pair is no text', STEPS, `${STEPS}\n    env: {X: "\\uD800"}`),
  row('MRT-R001', 'a NUL character is no text', STEPS, `${STEPS}\n    extra: {--x: "a\\0b"}`),
  row(
    'MRT-R002',
    'a misspelt key is named with its nearest neighbour',
    STEPS,
    `${STEPS}\n    schedule: {decay: cosine, warmup_stps: 2}`,
  ),
  row('MRT-R002', 'a key of another program is a hint and no alias', STEPS, `${STEPS}\n    global_batch_size: 1024`),
  row('MRT-R002', 'a key of a stage at the top is told where it belongs', 'name: small', 'name: small\nseed: 1'),
  row(
    'MRT-R002',
    "Hugging Face's warmup_ratio is a hint",
    STEPS,
    `${STEPS}\n    schedule: {decay: cosine, warmup_ratio: 0.1}`,
  ),
  row(
    'MRT-R002',
    'gradient accumulation follows from other values',
    STEPS,
    `${STEPS}\n    gradient_accumulation_steps: 4`,
  ),
  row('MRT-R002', 'a key one level too high is told where it belongs', STEPS, `${STEPS}\n    betas: [0.9, 0.95]`),
  row('MRT-R002', 'an unknown key at the top lists what is there', 'name: small', 'name: small\nfoo: 1'),
  row('MRT-R003', 'a missing key is said at its parent', '\n    sequence_length: 1024', ''),
  row('MRT-R003', 'a stage without a kind is asked for one', '\n    kind: cpt', ''),
  row(
    'MRT-R003',
    'a recipe without a model is no recipe',
    'model: {base: org/model, architecture: llama-3.1-8b}\n',
    '',
  ),
  row('MRT-R004', 'a misspelt kind is named with its neighbour', 'kind: cpt', 'kind: cbt'),
  row('MRT-R004', "another program's word for a kind gets martlet's", 'kind: cpt', 'kind: pretrain'),
  row(
    'MRT-R002',
    'a kind that is another word hides no other mistake of its stage',
    'kind: cpt',
    'kind: train\n    z_los: false\n    precision: bf17',
  ),
  row(
    'MRT-R002',
    'a kind that is no word at all hides neither a key that no kind has nor a value that none takes',
    'kind: cpt',
    'kind: zzz\n    z_los: false\n    precision: bf17',
  ),
  row(
    'MRT-R004',
    'a word of an enum that is not taken lists those that are',
    STEPS,
    `${STEPS}\n    schedule: {decay: polynomial}`,
  ),
  row('MRT-R004', "Norway's no is no word", STEPS, `${STEPS}\n    recompute: no`),
  row('MRT-R004', 'a misspelt word among other kinds of values is found', STEPS, `${STEPS}\n    parallel: atuo`),
  row(
    'MRT-R001',
    'a wrong value inside one of several forms is found inside',
    STEPS,
    `${STEPS}\n    parallel: {tensor: "2"}`,
  ),
  row(
    'MRT-R002',
    'an unknown key inside one of several forms is found inside',
    STEPS,
    `${STEPS}\n    parallel: {tensr: 2}`,
  ),
  row('MRT-R005', 'a name with a blank cannot be a folder', 'name: small', 'name: my first model'),
  row('MRT-R005', 'a stage with a slash in its name cannot be a folder', '  cpt:\n    kind', '  a/b:\n    kind'),
  row('MRT-R005', 'a name that is an option cannot be one', 'dataset: wiki', 'dataset: --wiki'),
  row('MRT-R006', 'a format of the future is refused', 'martlet: 1', 'martlet: 2'),
];

/** Parents and --set. */
const LAYERS: readonly FindingRow[] = [
  row(
    'MRT-R010',
    'a parent that is not there is said where it is named',
    'name: small',
    'name: small\nbase: parent.yaml',
  ),
  row('MRT-R011', 'a recipe cannot be its own parent', 'name: small', 'name: small\nbase: ./r.yaml'),
  row('MRT-R012', '--set without = is no setting', LR, LR, { sets: ['optimizer.lr'] }),
  row('MRT-R012', '--set without a value is no setting', LR, LR, { sets: ['optimizer.lr='] }),
  row('MRT-R013', '--set of a path that leads nowhere suggests one', LR, LR, { sets: ['stages.cpt.optimiser.lr=1'] }),
  row('MRT-R013', 'a misspelt short path is put right in the stage that has it', LR, LR, { sets: ['optimzer.lr=1'] }),
  row('MRT-R013', 'a short path may be misspelt twice', LR, LR, { sets: ['optimzer.betsa=1'] }),
  row('MRT-R013', 'a short path that resembles nothing lists what a recipe has', LR, LR, { sets: ['zzzzz.lr=1'] }),
  added(
    'MRT-R013',
    'a short path that the stage asked for has not lists the stages that have it',
    '  import: {kind: import, engine: megatron-lm, from: base}\n',
    { sets: ['optimizer.lr=1'], stages: ['import'] },
  ),
  row('MRT-R013', '--set cannot make a stage', LR, LR, { sets: ['stages.sft.kind=sft'] }),
  {
    code: 'MRT-R014',
    sentence: 'a short path in two stages lists both',
    found: () =>
      findingsIn(
        `${SMALL}  again: {kind: cpt, engine: megatron-lm, from: cpt, mixture: cpt, budget: {steps: 1}, sequence_length: 1, batch: {global_sequences: 1}, optimizer: {name: sgd, lr: 1}}\n`,
        { sets: ['optimizer.lr=1'] },
      ),
  },
  row('MRT-R001', 'a value of --set is checked like a written one', LR, LR, { sets: ['stages.cpt.optimizer.lr=fast'] }),
  row('MRT-Y009', 'a value of --set has the traps of YAML', LR, LR, { sets: ['stages.cpt.data.seed=0123'] }),
  row('MRT-R037', '--stage of a stage that is not there suggests one', LR, LR, { stages: ['ctp'] }),
  added(
    'MRT-R002',
    'a mistake in the part for another cluster is found before it is used',
    'per_cluster:\n  tsubame4: {stages: {cpt: {paralel: {tensor: 4}}}}\n',
    { cluster: 'abci3' },
  ),
];

/** What contradicts something else. */
const CROSS: readonly FindingRow[] = [
  row('MRT-R020', 'from: names a stage that exists', 'from: base', 'from: imprt'),
  row('MRT-R020', 'base has no steps', 'from: base', 'from: base@100'),
  row('MRT-R020', 'random weights have no steps', 'from: base', 'from: scratch@100'),
  added(
    'MRT-R020',
    'only a stage that trains begins from random weights',
    '  export: {kind: export, engine: megatron-lm, from: scratch}\n',
  ),
  added(
    'MRT-R020',
    'a stage that does not train has no steps',
    '  export: {kind: export, engine: megatron-lm, from: cpt}\n  evaluate: {kind: evaluate, engine: megatron-lm, from: export@5, protocol: p}\n',
  ),
  row('MRT-R021', 'a stage cannot begin from itself', 'from: base', 'from: cpt'),
  {
    code: 'MRT-R021',
    sentence: 'a circle of stages is told once, whole',
    found: () =>
      findingsIn(
        changed('from: base', 'from: b') +
          '  a: {kind: export, engine: megatron-lm, from: cpt}\n  b: {kind: import, engine: megatron-lm, from: a}\n',
      ),
  },
  row('MRT-R022', 'a stage names a mixture that exists', 'mixture: cpt', 'mixture: ctp'),
  row('MRT-R022', 'a row names a dataset that exists', 'dataset: wiki', 'dataset: wikki'),
  row(
    'MRT-R022',
    'a validation names datasets that exist',
    STEPS,
    `${STEPS}\n    validation: {every_steps: 1, datasets: [aime]}`,
  ),
  row('MRT-R023', 'a row has one way of weighing', 'weight: 1', 'weight: 1, epochs: 2'),
  row(
    'MRT-R023',
    'a mixture has one way of weighing',
    '    - {dataset: wiki, weight: 1}',
    '    - {dataset: wiki, weight: 1}\n    - {dataset: wiki, share: 0.5}',
  ),
  row('MRT-R023', 'a row has a way of weighing', ', weight: 1', ''),
  row('MRT-R023', 'shares sum to 1', 'weight: 1', 'share: 0.7'),
  added(
    'MRT-R024',
    'evidence is for a path that exists',
    'sources: {me: {title: me}}\nevidence:\n  - {status: script, source: me, paths: [stages.cpt.optimizer.eps]}\n',
  ),
  added(
    'MRT-R025',
    'evidence is from a source that exists',
    'sources: {report: {title: r}}\nevidence:\n  - {status: script, source: reprot, paths: [name]}\n',
  ),
  row('MRT-R026', 'tokens agree with steps to the digits written', STEPS, 'budget: {steps: 100, tokens: 0.81M}'),
  added(
    'MRT-R026',
    'samples agree with steps too',
    '  sft: {kind: sft, engine: megatron-lm, from: cpt, mixture: cpt, sequence_length: 8, batch: {global_samples: 64},\n    budget: {steps: 10, samples: 600}, optimizer: {name: sgd, lr: 0}}\n',
  ),
  row(
    'MRT-R027',
    'a warm-up is no longer than the schedule',
    STEPS,
    `${STEPS}\n    schedule: {decay: cosine, warmup_steps: 101}`,
  ),
  row('MRT-R027', 'the smallest learning rate is not above the peak', LR, `${LR}, min_lr: 1.0e-3`),
  row('MRT-R027', 'a cool-down belongs to wsd', STEPS, `${STEPS}\n    schedule: {decay: cosine, cooldown_steps: 10}`),
  row('MRT-R028', 'a stage that trains says how much', STEPS, 'budget: {}'),
  row('MRT-R029', 'an engine is named in software:', 'engine: megatron-lm', 'engine: megatron'),
  row('MRT-R030', 'an extra flag of Megatron-LM begins with --', STEPS, `${STEPS}\n    extra: {use-flash-attn: true}`),
  row('MRT-R030', 'an extra flag carries its value after the colon', STEPS, `${STEPS}\n    extra: {"--a=1": true}`),
  added(
    'MRT-R031',
    'a brace in the argv of a command is a placeholder that exists',
    "  c: {kind: command, software: megatron-lm, argv: [run, '{data_pth}', '{{x}}']}\n",
  ),
  added('MRT-R032', 'a sweep is over paths that exist', 'sweep: {stages.cpt.optimizer.rl: [1, 2]}\n'),
  added(
    'MRT-R032',
    'the lists of zip are equally long',
    'sweep: {zip: {stages.cpt.optimizer.lr: [1, 2], stages.cpt.batch.global_sequences: [1]}}\n',
  ),
  added('MRT-R032', 'a sweep takes full paths', 'sweep: {optimizer.lr: [1, 2]}\n'),
  added(
    'MRT-R033',
    'a published table belongs to a stage or a model',
    'sources: {r: {title: r}}\npublished:\n  - {of: ctp, protocol: p, source: r, scores: {a: 1}}\n',
  ),
  added('MRT-R034', 'a reasoning model wants reasoning data in continual pre-training', REASONER),
  {
    code: 'MRT-R035',
    sentence: 'Japanese chat without reasoning is no good in the fine-tuning of a reasoning model',
    found: () => findingsIn(REASONER_WITH_CHAT),
  },
  row('MRT-R036', 'no stage can be called base', '  cpt:\n    kind', '  base:\n    kind'),
  row('MRT-R036', 'no stage can be called scratch', '  cpt:\n    kind', '  scratch:\n    kind'),
];

export const RECIPE_ROWS: readonly FindingRow[] = [...TYPES, ...LAYERS, ...CROSS];
