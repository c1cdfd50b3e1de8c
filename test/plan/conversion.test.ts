import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { PlannedJob } from '../../src/plan/types.ts';
import { planOf, RECIPE_8B, readingWorld } from '../helpers/planning.ts';
import { ROOT } from '../helpers/sandbox.ts';

const config = mkdtempSync(join(tmpdir(), 'martlet-conversion-'));
afterAll(() => rmSync(config, { recursive: true }));

/** A world whose overlay of abci3 names these copies. */
const withCopies = (copies: Record<string, string>) => {
  const home = mkdtempSync(join(config, 'home-'));
  mkdirSync(join(home, 'clusters'));
  writeFileSync(join(home, 'clusters/abci3.yaml'), JSON.stringify({ martlet: 1, copies }));
  return readingWorld(home);
};

/** A change of a recipe's text, for what --set cannot do: add an entry, take a key away. */
type Edit = (text: string) => string;
type Change = string | Edit;

const replaced =
  (from: string, to: string): Edit =>
  text => {
    if (!text.includes(from)) throw new Error(`not in the recipe: ${from}`);
    return text.replace(from, to);
  };

const software = (name: string, repo: string, release: string): Edit =>
  replaced('\nmodel:\n', `\n  ${name}: {repo: ${repo}, release: ${release}}\nmodel:\n`);
const BRIDGE = software('megatron-bridge', 'NVIDIA-NeMo/Megatron-Bridge', 'v0.6.0');
const LEGACY = (release: string): Edit => software('megatron-convert', 'NVIDIA/Megatron-LM', release);
const UNASKED: Edit = replaced('from: base\n    resources: {gpus: 1}\n', 'from: base\n');
const UNASKED_EXPORT: Edit = replaced('to: huggingface, resources: {gpus: 1}}', 'to: huggingface}');
const AGAIN: Edit = replaced(
  '\nper_cluster:',
  `  again: {kind: cpt, engine: megatron-lm, from: export, mixture: cpt, budget: {steps: 100}, sequence_length: 8192,
    batch: {global_sequences: 1024}, optimizer: {name: adamw, lr: 1.0e-5}, parallel: {tensor: 2, sequence: true}, resources: {gpus: 32}}

per_cluster:`,
);

const STARTER = join(ROOT, 'templates/starters/recipe.yaml');

/** Options of a plan: texts are --set, functions change the recipe's text first. */
const optionsOf = (changes: readonly Change[], { recipe = join(ROOT, RECIPE_8B), ...more }: Partial<Options> = {}) => {
  const edits = changes.filter(each => typeof each === 'function');
  const sets = changes.filter(each => typeof each === 'string');
  let file = recipe;
  if (edits.length > 0) {
    file = join(mkdtempSync(join(config, 'recipe-')), 'r.yaml');
    writeFileSync(
      file,
      edits.reduce((text, edit) => edit(text), readFileSync(recipe, 'utf8')),
    );
  }
  return { cluster: 'abci3', ...more, recipe: file, sets };
};

type Options = Parameters<typeof planOf>[0];
type More = Partial<Options>;

const planned = (changes: readonly Change[] = [], more: More = {}, world = readingWorld()) => {
  const { value, diagnostics } = planOf(optionsOf(changes, more), world);
  if (!value) throw new Error(diagnostics.map(each => `${each.path}: ${each.what}`).join('\n'));
  return value;
};

const jobOf = (stage: string, changes: readonly Change[] = [], more: More = {}): PlannedJob => {
  const found = planned(changes, more).jobs.find(each => each.key.stage === stage);
  if (!found) throw new Error(`no job of ${stage}`);
  return found;
};

const scriptOf = (stage: string, changes: readonly Change[] = [], more: More = {}): string =>
  Object.values(jobOf(stage, changes, more).program.files).join('');

const findings = (changes: readonly Change[], more: More = {}) => planOf(optionsOf(changes, more)).diagnostics;
const errors = (changes: readonly Change[], more: More = {}) =>
  findings(changes, more)
    .filter(each => each.severity === 'error')
    .map(({ code, what, path, at }) => ({ code, what, path, line: at?.line }));

test('training begins from what the import of the run makes, and the export reads what training makes', () => {
  const cpt = jobOf('cpt').program;
  expect(cpt.argv.flat()).toContainEqual({
    lit: expect.stringMatching(/^--pretrained-checkpoint=.*\/checkpoints\/import$/),
  });
  expect(cpt.inputs).toContainEqual({
    kind: 'megatron-checkpoint',
    path: expect.stringMatching(/checkpoints\/import$/),
  });
  const { inputs, made } = jobOf('export').program;
  expect(inputs).toContainEqual({ kind: 'file', path: expect.stringMatching(/checkpoints\/import$/) });
  expect(inputs[0]).toMatchObject({ kind: 'megatron-checkpoint', path: expect.stringMatching(/checkpoints\/cpt$/) });
  expect(made).toMatchObject({ kind: 'hf-folder', dir: expect.stringMatching(/checkpoints\/export$/) });
});

test('the step of from: cpt@STEP is the one that is exported; without it the newest', () => {
  expect(scriptOf('export', ['stages.export.from=cpt@20000'])).toContain('\nstep=20000\n');
  expect(scriptOf('export')).toContain('latest_checkpointed_iteration.txt');
});

test('a rehearsal exports the step that its own scale made of it', () => {
  const rehearsed = { cluster: 'local', rehearse: true, scale: 250 };
  expect(scriptOf('export', ['stages.export.from=cpt@20000'], rehearsed)).toContain('\nstep=80\n');
});

test('a conversion that asks for nothing gets the smallest node that holds the model, an import one GPU', () => {
  const [first, last] = [
    planned([UNASKED]).stages[0],
    planned([UNASKED_EXPORT]).stages.find(each => each.name === 'export'),
  ];
  expect(first).toMatchObject({ resourceType: 'rt_HG', gpusPerNode: 1 });
  expect(last).toMatchObject({ resourceType: 'rt_HC', gpusPerNode: 0 });
  expect(scriptOf('export', [UNASKED_EXPORT])).toMatch(
    /python \\\n {4}scripts\/conversion\/run_conversion\.py[\s\S]*--device=cpu/,
  );
});

test('a model that its GPU cannot hold is converted on the processors of a node that can', () => {
  const large = ['model.architecture=gpt-oss-120b', UNASKED];
  const plan = planned(large, { stages: ['import'] });
  expect(plan.stages[0]).toMatchObject({ resourceType: 'rt_HF', gpusPerNode: 1 });
  expect(scriptOf('import', large, { stages: ['import'] })).toContain('--device=cpu');
});

test('on several GPUs experts are spread, and a checkpoint of torch_dist does not remember it', () => {
  const spread = ['model.architecture=gpt-oss-120b', 'stages.import.resources={gpus: 8}'];
  const script = scriptOf('import', spread, { stages: ['import'] });
  for (const word of ['--nproc-per-node=8', '--device=gpu', '--ep=8', '--pp=1']) expect(script).toContain(word);
});

test('a dense model on several GPUs is cut into a pipeline, which a torch_dist checkpoint does not remember', () => {
  const script = scriptOf('import', ['stages.import.resources={gpus: 8}']);
  expect(script).toContain('--pp=8');
  expect(script).toContain('--tp=1');
});

test('a conversion has hours and a price, and a walltime below a day', () => {
  const stage = planned().stages.find(each => each.name === 'import');
  // 600 s to start, and 16 GB read, written and read again at 0.1 GB/s.
  expect(stage?.estimate.seconds).toBeCloseTo(600 + (2 * 8030261248 * 3) / 1e8, 3);
  expect(stage?.walltimeSeconds).toBe(3600);
});

test('only the folder of the base is asked of somebody, and a copy in the overlay is taken', () => {
  expect(findings([]).filter(each => each.code === 'MRT-P006')).toMatchObject([
    { what: expect.stringMatching(/^import expects meta-llama\/Llama-3\.1-8B-Instruct as a Hugging Face folder at /) },
  ]);
  const world = withCopies({ 'hf:meta-llama/Llama-3.1-8B-Instruct': '/groups/g/llama' });
  const { value, diagnostics } = planOf({ cluster: 'abci3' }, world);
  expect(diagnostics.filter(each => each.code === 'MRT-P006')).toEqual([]);
  expect(value?.jobs[0]?.program.inputs).toEqual([{ kind: 'hf-folder', path: '/groups/g/llama' }]);
});

test('a cpt from base gets the missing import where software: names the program for it', () => {
  const plan = planned([BRIDGE], { recipe: STARTER });
  expect(plan.stages.map(each => each.name)).toEqual(['prepare', 'import', 'cpt']);
  expect(plan.stages.find(each => each.name === 'import')?.note).toBe(
    "put in by martlet: cpt reads Megatron's layout, and base is a Hugging Face folder",
  );
  expect(plan.jobs.find(each => each.key.stage === 'cpt')?.needs).toContainEqual({
    job: 'preview/import/1',
    when: 'ok',
  });
});

test('nothing is put in where the overlay has the base in Megatron’s layout, or nobody is there to convert', () => {
  const copy = withCopies({ 'megatron:meta-llama/Llama-3.1-8B': '/groups/g/megatron' });
  expect(planned([BRIDGE], { recipe: STARTER }, copy).stages.map(each => each.name)).not.toContain('import');
  const without = planOf({ cluster: 'abci3', recipe: STARTER });
  expect(without.value?.stages.map(each => each.name)).not.toContain('import');
  expect(without.diagnostics.find(each => each.code === 'MRT-P006')?.what).toMatch(
    /in Megatron's layout at .*: software: names no megatron-bridge to import it with\.$/,
  );
});

test('a second training from an export gets an import of its own', () => {
  const plan = planned([AGAIN]);
  const put = plan.stages.find(each => each.name === 'again-import');
  expect(put).toMatchObject({ kind: 'import', status: 'planned', from: ['export'] });
  const job = plan.jobs.find(each => each.key.stage === 'again-import');
  expect(job?.program.inputs).toEqual([{ kind: 'hf-folder', path: expect.stringMatching(/\/checkpoints\/export$/) }]);
  expect(Object.values(job?.program.files ?? {}).join()).toMatch(/--hf-model=\S*\/checkpoints\/export /);
});

test('an export of a stage that is not in this version is not in this version either, and says why', () => {
  const plan = planned([], { recipe: join(ROOT, 'recipes/qwen3-swallow-8b.yaml') });
  expect(plan.stages.find(each => each.name === 'sft-hf')).toMatchObject({
    status: 'later',
    note: 'sft, which it converts, is not in this version',
  });
  expect(plan.stages.find(each => each.name === 'cpt-hf')).toMatchObject({ status: 'planned' });
});

const only = { stages: ['import'] };
const CONVERT = 'stages.import.engine=megatron-convert';

test("the old converter writes for the next training's split, and the job wants every rank's file", () => {
  const sets = [LEGACY('core_v0.17.1'), CONVERT, 'stages.cpt.parallel={tensor: 2, pipeline: 2, sequence: true}'];
  const { program } = jobOf('import', [...sets, UNASKED], only);
  const script = Object.values(program.files).join('');
  for (const word of [
    '--loader=llama_mistral',
    '--saver=core',
    '--model-size=llama3',
    '--checkpoint-type=hf',
    '--bf16',
  ])
    expect(script).toContain(` ${word} `);
  expect(script).toContain('--target-tensor-parallel-size=2');
  expect(script).toContain('--target-pipeline-parallel-size=2');
  const files = program.made.kind === 'files' ? program.made.paths.map(path => path.split('/import/')[1]) : [];
  expect(files).toEqual([
    'latest_checkpointed_iteration.txt',
    ...['00_000', '00_001', '01_000', '01_001'].map(rank => `iter_0000001/mp_rank_${rank}/model_optim_rng.pt`),
  ]);
});

test.each([
  ['core_v0.9.0', '--model-size=llama3-8B', '--saver=mcore'],
  ['core_v0.15.3', '--model-size=llama3', '--saver=core'],
])('%s has its own words for the same model', (release, size, saver) => {
  const script = scriptOf('import', [LEGACY(release), CONVERT], only);
  expect(script).toContain(` ${size} `);
  expect(script).toContain(` ${saver} `);
});

const MIXTRAL = ['model.architecture=mixtral-8x7b', UNASKED];
const LINE = { from: 59, engine: 58, import: 56 };

/** Bad inputs of a conversion: each is found where it is written. */
test.each([
  [
    'a family that the Bridge does not convert, with the route that is left',
    MIXTRAL,
    only,
    {
      code: 'MRT-E040',
      what: 'Megatron-Bridge v0.6.0 does not convert mixtral-8x7b.',
      path: 'stages.import.engine',
      line: LINE.engine,
    },
  ],
  [
    'a family that nobody converts',
    ['model.architecture=open-sci-ref-1.3b'],
    only,
    { code: 'MRT-E040', what: 'Megatron-Bridge v0.6.0 does not convert open-sci-ref-1.3b.' },
  ],
  [
    'the converter of the release that is broken',
    [LEGACY('core_v0.19.0'), CONVERT],
    only,
    { code: 'MRT-E041', what: 'convert.py of core_v0.19.0 converts nothing.', path: 'stages.import.engine' },
  ],
  [
    'the same under the release that trains',
    ['stages.import.engine=megatron-lm'],
    only,
    { code: 'MRT-E041', what: 'convert.py of core_v0.19.0 converts nothing.' },
  ],
  [
    'a loader that went with its release',
    [LEGACY('core_v0.18.2'), CONVERT],
    only,
    { code: 'MRT-E041', what: 'convert.py of core_v0.18.2 has no loader for llama-3.1-8b.' },
  ],
  [
    'a family that the old converter never had',
    [LEGACY('core_v0.17.1'), CONVERT, 'model.architecture=qwen3-8b'],
    only,
    { code: 'MRT-E040', what: 'convert.py of core_v0.17.1 has no loader for qwen3-8b.' },
  ],
  [
    'a release of the old converter that is not known',
    [LEGACY('core_v0.1'), CONVERT],
    only,
    { code: 'MRT-E004', what: 'megatron-convert core_v0.1 is not known to this version.' },
  ],
  [
    'a release of the Bridge that is not known',
    ['software.megatron-bridge.release=v0.5.0'],
    only,
    { code: 'MRT-E004', what: 'megatron-bridge v0.5.0 is not known to this version.' },
  ],
  [
    'an export with the old converter',
    [LEGACY('core_v0.18.2'), 'stages.export.engine=megatron-convert'],
    { stages: ['export'] },
    {
      code: 'MRT-E041',
      what: 'convert.py of Megatron-LM writes no Hugging Face folder of a language model.',
      path: 'stages.export.engine',
    },
  ],
  [
    'a model that fits nowhere',
    ['model.architecture=llama-3.1-70b', 'stages.import.resources={gpus: 1}'],
    only,
    {
      code: 'MRT-E042',
      what: '70.55B parameters fit neither 1 GPUs nor the node.',
      path: 'stages.import.resources.gpus',
    },
  ],
  [
    'several nodes',
    ['stages.import.resources={gpus: 16}'],
    only,
    { code: 'MRT-E042', what: 'a conversion runs on one node, and 16 GPUs here are 2 nodes.' },
  ],
  [
    'a larger vocabulary without its tokenizer',
    ['stages.import.vocabulary={new_rows: mean}', 'model.vocab_size=130000'],
    only,
    {
      code: 'MRT-E043',
      what: 'vocabulary: wants model.tokenizer.from, the new tokenizer.',
      path: 'stages.import.vocabulary',
    },
  ],
  [
    'a larger vocabulary without its size',
    ['stages.import.vocabulary={}', 'model.tokenizer={from: org/tokenizer}'],
    only,
    { code: 'MRT-E043', what: 'vocabulary: wants model.vocab_size, the rows it is to have.' },
  ],
  [
    'another tokenizer and size, and no word that the import is to make rows for it',
    ['model.tokenizer={from: org/tokenizer}', 'model.vocab_size=130000'],
    only,
    {
      code: 'MRT-E043',
      what: "org/tokenizer is another tokenizer than the base's, and the model gets 130000 rows.",
      path: 'stages.import.from',
      line: LINE.from,
    },
  ],
  [
    'experts of a model that has none',
    ['stages.import.upcycle={ratio: 0.5}'],
    only,
    {
      code: 'MRT-E043',
      what: 'llama-3.1-8b has no experts, so nothing can be upcycled.',
      path: 'stages.import.upcycle',
    },
  ],
  [
    'experts of a form that has biases',
    ['stages.import.upcycle={ratio: 0.5}', 'model.architecture=gpt-oss-20b'],
    only,
    { code: 'MRT-E043', what: 'gpt-oss-20b cannot be made of a dense model here.' },
  ],
  [
    'a step at which nothing is saved',
    ['stages.export.from=cpt@20001'],
    {},
    { code: 'MRT-E044', what: 'cpt saves no checkpoint at step 20001.', path: 'stages.export.from' },
  ],
  [
    'a step that is over before it is exported',
    ['stages.export.from=cpt@20500'],
    {},
    { code: 'MRT-E044', what: 'the checkpoint of cpt at step 20500 is removed before its end.' },
  ],
  [
    'an import of a checkpoint',
    ['stages.import.from=cpt', 'stages.cpt.from=base'],
    { stages: ['import'] },
    {
      code: 'MRT-E045',
      what: 'stage import is an import, and cpt leaves a checkpoint of Megatron.',
      path: 'stages.import.from',
    },
  ],
  [
    'an export of the base',
    ['stages.export.from=base'],
    {},
    {
      code: 'MRT-E045',
      what: 'stage export is an export, and base leaves a Hugging Face folder.',
      path: 'stages.export.from',
    },
  ],
  [
    'an export of what another program has imported',
    [LEGACY('core_v0.17.1'), CONVERT],
    {},
    {
      code: 'MRT-E045',
      what: 'megatron-bridge cannot export what megatron-convert has imported.',
      path: 'stages.export.engine',
    },
  ],
  [
    'an export to another format',
    ['stages.export.to=gguf'],
    {},
    { code: 'MRT-E045', what: 'Megatron-Bridge exports to huggingface, not to "gguf".', path: 'stages.export.to' },
  ],
  [
    'logits without GPUs',
    ['stages.export.verify=logits', UNASKED_EXPORT],
    {},
    { code: 'MRT-E046', what: 'verify: logits wants GPUs that hold the model.', path: 'stages.export.verify' },
  ],
  [
    'an import of the Bridge on processors alone',
    [replaced('resources: {gpus: 1}\n  prepare', 'resources: {type: rt_HC}\n  prepare')],
    only,
    {
      code: 'MRT-E042',
      what: 'an import of Megatron-Bridge v0.6.0 does not begin without a GPU.',
      path: 'stages.import.resources',
    },
  ],
  [
    'logits with the old converter',
    [LEGACY('core_v0.17.1'), CONVERT, 'stages.import.verify=logits'],
    only,
    { code: 'MRT-E046', what: 'convert.py has no comparison of logits.' },
  ],
  [
    'an option that martlet gives itself',
    ['stages.import.extra={--hf-model: x}'],
    only,
    { code: 'MRT-E003', what: '--hf-model is not for extra:.' },
  ],
  [
    'an option that the converter does not have',
    ['stages.import.extra={--tpp: 2}'],
    only,
    { code: 'MRT-E005', what: 'run_conversion.py would refuse this: unrecognized arguments: --tpp=2.' },
  ],
  [
    'an architecture nobody knows',
    ['model.architecture=llama-9'],
    only,
    { code: 'MRT-E001', what: 'architecture "llama-9" is not in this version.' },
  ],
] as const)('%s', (_, sets, more, wanted) => {
  expect(errors(sets, more)).toContainEqual(expect.objectContaining(wanted));
});

test('a training from an export without anybody to convert between them is an error at its from:', () => {
  const sets = [AGAIN, 'model.architecture=mixtral-8x7b'];
  expect(errors(sets)).toContainEqual(
    expect.objectContaining({
      code: 'MRT-E047',
      what: 'a conversion is missing between export and again.',
      path: 'stages.again.from',
    }),
  );
});

test('the valid neighbours of those mistakes have no errors', () => {
  const valid: readonly (readonly Change[])[] = [
    ['stages.export.from=cpt@20000'],
    ['stages.export.from=cpt@24500'],
    ['stages.export.from=cpt@25000'],
    ['stages.import.verify=logits'],
    ['stages.import.extra={--distributed-timeout-minutes: 30}'],
    [
      'stages.import.vocabulary={}',
      'model.tokenizer={from: org/tokenizer, padded_vocab_size: 130048}',
      'model.vocab_size=130048',
    ],
  ];
  for (const sets of valid) expect([sets, errors(sets)]).toEqual([sets, []]);
  expect(errors([LEGACY('core_v0.18.2'), CONVERT, ...MIXTRAL], only)).toEqual([]);
});

test('the one way of Mixtral is taken with a warning', () => {
  expect(findings([LEGACY('core_v0.18.2'), CONVERT, ...MIXTRAL], only)).toContainEqual(
    expect.objectContaining({
      code: 'MRT-E041',
      severity: 'warning',
      what: expect.stringMatching(/^mixtral_hf of core_v0\.18\.2/),
    }),
  );
});

test('what has no stand-in is not planned for a rehearsal', () => {
  const said = errors([LEGACY('core_v0.17.1'), CONVERT], { cluster: 'local', rehearse: true, stages: ['import'] });
  expect(said).toEqual([expect.objectContaining({ code: 'MRT-P010' })]);
});

test('a grown vocabulary is what training, export and their checks see', () => {
  const sets = [
    'stages.import.vocabulary={new_rows: mean}',
    'model.vocab_size=130048',
    'model.tokenizer={from: org/tokenizer, padded_vocab_size: 130048}',
  ];
  const script = scriptOf('import', sets);
  expect(script).toMatch(
    /grow_vocabulary\.py \\\n[\s\S]*--tokenizer=\S*\/hf\/org\/tokenizer \\\n\s+--rows=130048 \\\n\s+--to=\S*\/checkpoints\/import\.hf\n/,
  );
  expect(script).toMatch(/--hf-model=\S*\/checkpoints\/import\.hf /);
  expect(Object.keys(jobOf('import', sets).program.templates ?? {})).toEqual(
    expect.arrayContaining(['grow_vocabulary.py', 'bpe_pieces.py', 'float_bytes.py', 'hf_folder.py', 'st_files.py']),
  );
  // 128256 to 130048 rows in two tables of 4096 columns.
  const parameters = 8030261248 + (130048 - 128256) * 4096 * 2;
  expect(script).toContain(`--parameters=${parameters}`);
  const exported = scriptOf('export', sets);
  expect(exported).toContain(`--parameters=${parameters}`);
  expect(exported).toMatch(/--hf-model=\S*\/checkpoints\/import\.hf /);
});

test('Drop-Upcycling is words of the recipe that reach the program', () => {
  const script = scriptOf(
    'import',
    [
      LEGACY('core_v0.18.2'),
      CONVERT,
      'model.architecture=drop-upcycling-8x3.7b',
      'stages.import.upcycle={ratio: 0.5}',
      UNASKED,
    ],
    only,
  );
  for (const word of ['--experts=8', '--top-k=2', '--ratio=0.5', '--seed=1234', '--router-std=0.02', '--form=mixtral'])
    expect(script).toContain(` ${word} `);
  expect(script).toContain('--loader=mixtral_hf');
});

test('another tokenizer than the base’s travels along without new rows, where the vocabulary is the same', () => {
  const script = scriptOf('export', ['model.tokenizer={from: org/chat, padded_vocab_size: 128256}']);
  expect(script).toMatch(/hf_folder\.py \\\n\s+complete \\\n[\s\S]*--tokenizer=\S*\/hf\/org\/chat\n/);
});
