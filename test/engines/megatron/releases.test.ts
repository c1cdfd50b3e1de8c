import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseArguments } from '../../../src/engines/megatron/argparse.ts';
import { handoffProblem } from '../../../src/engines/megatron/check-release.ts';
import { FLAGS } from '../../../src/engines/megatron/flags.ts';
import { readLine } from '../../../src/engines/megatron/log.ts';
import { optionOf, optionsOf, RELEASES, releaseOf } from '../../../src/engines/megatron/releases/index.ts';
import type { Release } from '../../../src/engines/megatron/releases/release.ts';
import { wordText } from '../../../src/shell/word.ts';
import { planOf } from '../../helpers/planning.ts';
import { ROOT } from '../../helpers/sandbox.ts';
import { argvOf, errorsOf } from './planned.ts';

const TINY = join(ROOT, 'test/flows/recipes/tiny.yaml');
const ID = 'llama-3.1-8b';
const of = (id: string): Release => {
  const found = releaseOf(id);
  if (!found) throw new Error(id);
  return found;
};
const on = (id: string, ...sets: string[]): string[] => [`software.megatron-lm.release=${id}`, ...sets];
/** The 8B recipe without what only 0.19 has, or can read. */
const BASE = 'stages.cpt.from=scratch';
const SYNC = 'stages.cpt.checkpoint.async=false';
const plain = ['stages.cpt.data.intra_document_masking=false', BASE];

// Options counted when each parser was run: base, ModelOpt's 21 and less, the two of kitchen, and help. Fork by fork.
test.each([
  ['core_v0.19.0', 831],
  ['core_v0.18.2', 772],
  ['core_v0.18.0', 772],
  ['core_v0.13.1', 522],
  ['core_v0.9.0', 347],
  ['okoge-kaz-a06ddb8b', 523],
  ['v0.9.0-abci', 374],
  ['v0.9.0-tsubame', 374],
  ['v0.8.0-aws-hyperpod', 354],
  ['v0.6-tsubame', 304],
])('%s has %d options, as many as its own parser', (id, count) => {
  const options = optionsOf(of(id));
  expect(options).toHaveLength(count);
  expect(new Set(options.flatMap(each => each.flags)).size).toBe(options.flatMap(each => each.flags).length);
});

describe.each(RELEASES.map(each => [each.id, each] as const))('%s', (id, release) => {
  test('removes and changes only what its base has, and adds only what it has not', () => {
    const base = release.base === null ? undefined : of(release.base);
    if (!base) return expect(release.removes).toEqual([]);
    for (const name of [...release.removes, ...release.changes.map(each => each.flag)])
      expect([name, optionOf(name, base)?.flags[0]]).toEqual([name, name]);
    for (const flag of release.adds) {
      const before = optionOf(flag.flags[0] ?? '', base)?.flags[0];
      expect([flag.flags[0], before === undefined || release.removes.includes(before)]).toEqual([flag.flags[0], true]);
    }
    return undefined;
  });

  test('has a full commit, a source, and default values that its own parser would take', () => {
    expect(release.commit).toMatch(/^[0-9a-f]{40}$/);
    expect(release.source).not.toBe('');
    expect(parseArguments(optionsOf(release), []).errors).toEqual([]);
  });

  test('has log lines that are read: the step, the loss, the rate, what was saved and loaded', () => {
    const training = readLine(release.log.training);
    expect(training).toEqual(
      expect.arrayContaining([
        { step: 1200, name: 'iterations', value: 25000 },
        { step: 1200, name: 'lm loss', value: 1.612904 },
        { step: 1200, name: 'learning rate', value: 2.5e-5 },
        { step: 1200, name: 'elapsed time per iteration (ms)', value: 18427.1 },
      ]),
    );
    expect(training.map(each => each.name)).not.toContainEqual(expect.stringContaining(':'));
    expect(readLine(release.log.saved)).toEqual([{ step: 1200, name: 'checkpoint saved', value: 1200 }]);
    expect(readLine(release.log.loaded)).toEqual([{ step: 1200, name: 'checkpoint loaded', value: 1200 }]);
  });

  test('is a release a recipe may name', () => {
    expect(errorsOf(ID, ...on(id)).map(each => each.code)).not.toContain('MRT-E004');
  });
});

test('two numbers between two bars, as the forks print them, are two metrics', () => {
  const { training } = of('v0.9.0-abci').log;
  expect(readLine(training)).toEqual(
    expect.arrayContaining([
      { step: 1200, name: 'iteration time', value: 18.427 },
      { step: 1200, name: 'samples/sec', value: 55.6 },
    ]),
  );
});

test('every spelling of a release is one the flag table knows', () => {
  const known = new Set(FLAGS.flatMap(row => [row.only, row.unless]));
  const special = ['own-tokenizers', 'legacy-models'];
  for (const release of RELEASES)
    for (const each of [...release.spellings]) expect([...known, ...special]).toContain(each);
});

describe('a word that a release has no flag for is a finding at the word', () => {
  test.each([
    ['core_v0.19.0', 'stages.cpt.z_loss', ['stages.cpt.z_loss=true'], /no --use-z-loss/],
    ['core_v0.18.2', 'stages.cpt.data.intra_document_masking', [], /no --dataloader-inter-document-masking/],
    ['v0.6-tsubame', 'stages.cpt.checkpoint.async', [], /no --async-save/],
    ['v0.6-tsubame', 'model.architecture', [], /no --rope-factor/],
    ['core_v0.9.0', 'model.architecture', [], /no --use-rope-scaling/],
    ['v0.9.0-abci', 'stages.cpt.offload', ['stages.cpt.offload=[optimizer]'], /no --optimizer-cpu-offload/],
    ['v0.9.0-abci', 'stages.cpt.fp8.recipe', ['stages.cpt.fp8={format: hybrid, recipe: blockwise}'], /no --fp8-recipe/],
  ])('%s: %s', (id, path, sets, what) => {
    expect(errorsOf(ID, ...on(id, ...sets))).toContainEqual({
      code: 'MRT-E020',
      path,
      what: expect.stringMatching(what),
    });
  });

  test.each([
    [
      'z_loss',
      'core_v0.19.0',
      ['stages.cpt.z_loss=true'],
      'v0.9.0-abci, v0.9.0-tsubame, v0.8.0-aws-hyperpod, v0.6-tsubame',
    ],
    [
      'data.intra_document_masking',
      'core_v0.18.2',
      [],
      'core_v0.19.0, v0.9.0-abci, v0.9.0-tsubame, v0.8.0-aws-hyperpod, v0.6-tsubame',
    ],
    [
      'fp8.recipe',
      'v0.9.0-abci',
      ['stages.cpt.fp8={format: hybrid, recipe: blockwise}'],
      'core_v0.19.0, core_v0.18.2, core_v0.18.0, core_v0.13.1, okoge-kaz-a06ddb8b',
    ],
  ])('%s on %s: the hint names the releases that can do it, in whatever spelling', (path, id, sets, releases) => {
    const { diagnostics } = planOf({
      cluster: 'abci3',
      stages: ['cpt'],
      sets: on(id, 'stages.cpt.resources={gpus: 64}', ...sets),
    });
    expect(diagnostics.find(each => each.code === 'MRT-E020' && each.path === `stages.cpt.${path}`)?.hint).toBe(
      `releases that have it: ${releases}.`,
    );
  });

  test('YaRN came with 0.19', () => {
    const errors = errorsOf('gpt-oss-20b', ...on('core_v0.18.2', ...plain, 'stages.cpt.parallel.tensor=1'));
    expect(errors.filter(each => each.code === 'MRT-E020')).toEqual([
      { code: 'MRT-E020', path: 'model.architecture', what: expect.stringMatching(/no --yarn-original-max/) },
    ]);
  });

  test('what a release does by itself needs no flag: delayed scaling, and the rotary base of Llama 2', () => {
    const fp8 = 'stages.cpt.fp8={format: hybrid, recipe: delayed}';
    expect(argvOf(ID, ...on('v0.9.0-abci', fp8, BASE))).toContain('--fp8-format=hybrid');
    const sizes = ofLlama2();
    expect(argvOf('llama-2-7b', ...on('v0.6-tsubame', ...plain, SYNC, ...sizes)).join(' ')).not.toMatch(
      /--rotary-base/,
    );
    expect(
      errorsOf('llama-2-7b', ...on('v0.6-tsubame', ...plain, SYNC, ...sizes, 'model.rope_theta=20000')),
    ).toContainEqual({ code: 'MRT-E020', path: 'model.rope_theta', what: expect.stringMatching(/no --rotary-base/) });
  });

  test('a weight of the z-loss, which no release takes, is a finding of its own', () => {
    expect(errorsOf(ID, ...on('v0.9.0-abci', 'stages.cpt.z_loss=1.0e-4', BASE))).toEqual([
      { code: 'MRT-E002', path: 'stages.cpt.z_loss', what: 'z_loss: 0.0001 is no word of Megatron-LM.' },
    ]);
  });
});

const ofLlama2 = (): string[] => [
  'model.tokenizer.padded_vocab_size=32000',
  'stages.cpt.sequence_length=4096',
  `stages.cpt.budget.tokens=${25000 * 1024 * 4096}`,
];

describe('the same word is spelled as the release has it', () => {
  test.each<[string, readonly string[], readonly string[], readonly RegExp[]]>([
    [
      'v0.9.0-abci',
      ['stages.cpt.z_loss=true', BASE],
      [
        ...['--use-z-loss', '--rope-factor=8.0', '--rope-low-freq-factor=1.0', '--rope-high-freq-factor=4.0'],
        ...['--rope-original-max-positional-embeddings=8192', '--reset-position-ids', '--reset-attention-mask'],
        ...['--wandb-name=preview-cpt', '--ckpt-format=torch_dist', '--async-save', '--rotary-base=500000'],
        '--make-vocab-size-divisible-by=100544',
      ],
      [
        /--use-rope-scaling/,
        /inter-document/,
        /--wandb-exp-name/,
        /persistent/,
        /--no-create-attention-mask/,
        /padded/,
      ],
    ],
    ['v0.8.0-aws-hyperpod', [SYNC, BASE], ['--use-dist-ckpt', '--dist-ckpt-format=torch_dist'], [/--ckpt-format/]],
    [
      'v0.9.0-abci',
      [...[BASE, SYNC], 'stages.cpt.parallel={tensor: 2, pipeline: 4, virtual_pipeline: 2, sequence: true}'],
      ['--num-layers-per-virtual-pipeline-stage=4'],
      [/--num-virtual-stages/, /--async-save/],
    ],
    [
      'core_v0.18.2',
      plain,
      [
        '--use-rope-scaling',
        '--padded-vocab-size=201088',
        '--use-persistent-ckpt-worker',
        '--wandb-exp-name=preview-cpt',
      ],
      [/--rope-factor/, /--use-mpi/],
    ],
  ])('%s with %j', (id, sets, there, absent) => {
    const argv = argvOf(ID, ...on(id, ...sets));
    expect(argv).toEqual(expect.arrayContaining([...there]));
    for (const each of absent) expect(argv.join(' ')).not.toMatch(each);
    expect(parseArguments(optionsOf(of(id)), argv.slice(1).map(bare)).errors).toEqual([]);
  });

  const bare = (text: string): string => text.replace(/"\$\{\w+\}"/g, '1').replace(/^\$\{\w+:\+(.*)\}$/, '$1');

  test('releases with tokenizers of their own name the file beside the model', () => {
    const argv = argvOf('llama-2-7b', ...on('v0.6-tsubame', ...plain, SYNC, ...ofLlama2()));
    expect(argv).toContain('--tokenizer-type=Llama2Tokenizer');
    expect(argv.find(each => each.startsWith('--tokenizer-model='))).toMatch(/\/tokenizer\.model$/);
  });
});

test('a flag of extra: that only other releases have is a finding which names them', () => {
  const { diagnostics } = planOf({
    cluster: 'abci3',
    stages: ['cpt'],
    sets: ['stages.cpt.extra.--rope-factor=8.0', 'stages.cpt.resources={gpus: 64}'],
  });
  expect(diagnostics).toContainEqual(
    expect.objectContaining({
      code: 'MRT-E005',
      path: 'stages.cpt.extra.--rope-factor',
      hint: 'releases that have it: v0.9.0-abci, v0.9.0-tsubame, v0.8.0-aws-hyperpod.',
    }),
  );
});

test('a release of another repository or commit than it was recorded from is a warning at the key', () => {
  const { diagnostics } = planOf({
    cluster: 'abci3',
    stages: ['cpt'],
    sets: on('v0.9.0-abci', BASE, 'software.megatron-lm.commit="22c001db"', 'stages.cpt.resources={gpus: 64}'),
  });
  expect(diagnostics.filter(each => each.code === 'MRT-E023')).toMatchObject([
    { severity: 'warning', path: 'software.megatron-lm.repo', hint: expect.stringMatching(/okoge-kaz\/Megatron-LM/) },
  ]);
  const other = planOf({
    cluster: 'abci3',
    stages: ['cpt'],
    sets: ['software.megatron-lm.commit="0123456"', 'stages.cpt.resources={gpus: 64}'],
  });
  expect(other.diagnostics.map(each => [each.code, each.path])).toContainEqual([
    'MRT-E023',
    'software.megatron-lm.commit',
  ]);
});

describe('the first start of a release that loads its base', () => {
  const job = (recipe = TINY) => {
    const { value } = planOf({ recipe, cluster: 'local', sets: on('v0.9.0-abci') });
    return value?.jobs.findLast(each => each.kind === 'cpt')?.program;
  };

  test('is left to the job, which is told the base', () => {
    const program = job();
    const base = program?.made.kind === 'megatron-checkpoint' ? program.made.base : undefined;
    expect(base).toMatch(/megatron\/meta-llama\/Llama-3\.1-8B$/);
    const words = program?.argv.map(wordText) ?? [];
    expect(words.filter(each => /load=|no-load|pretrained/.test(each))).toEqual([
      '--load="${MARTLET_LOAD}"',
      '${MARTLET_FIRST:+--no-load-rng}',
      '${MARTLET_FIRST:+--no-load-optim}',
    ]);
  });

  test('takes the checkpoint of an earlier training as pretrained: its step is not gone on from', () => {
    const folder = mkdtempSync(join(tmpdir(), 'martlet-two-'));
    const [, stage = ''] = readFileSync(TINY, 'utf8').split('  cpt:\n    kind');
    const more = `  more:\n    kind${stage.replace('from: base', 'from: cpt')}`;
    writeFileSync(join(folder, 'two.yaml'), `${readFileSync(TINY, 'utf8')}${more}`);
    const program = job(join(folder, 'two.yaml'));
    rmSync(folder, { recursive: true });
    const words = program?.argv.map(wordText) ?? [];
    expect(words.filter(each => /load=|no-load|pretrained/.test(each))).toEqual([
      expect.stringMatching(/^--load=.*\/checkpoints\/more$/),
      expect.stringMatching(/^--pretrained-checkpoint=.*\/checkpoints\/cpt$/),
    ]);
    expect(program?.made).not.toHaveProperty('base');
  });
});

test('a stage that tokenises names the tokenizer as the release wants it', () => {
  const sets = on('v0.6-tsubame', 'model.architecture=llama-2-7b', 'model.tokenizer.padded_vocab_size=32000');
  const { value } = planOf({ recipe: TINY, cluster: 'local', stages: ['prepare'], sets });
  const text = value?.jobs[0]?.program.files['prepare.sh'] ?? '';
  expect(text).toContain('--tokenizer-type=Llama2Tokenizer');
  expect(text).toMatch(/--tokenizer-model=\S+\/tokenizer\.model/);
});

describe('what one release leaves, another may not read', () => {
  test.each([
    ['core_v0.19.0', 'core_v0.18.2', /no common\.pt/],
    ['core_v0.19.0', 'v0.9.0-abci', /no common\.pt/],
    ['core_v0.18.2', 'core_v0.19.0', undefined],
    ['v0.9.0-abci', 'core_v0.19.0', undefined],
    ['v0.6-tsubame', 'v0.9.0-abci', undefined],
  ])('%s to %s', (from, to, problem) => {
    const { writes } = of(from).checkpoint;
    const said = handoffProblem({ writes, iterationZero: false }, of(to));
    if (problem) expect(said).toMatch(problem);
    else expect(said).toBeUndefined();
  });

  test('iteration 0, as an import leaves it, is a broken tracker before 0.17', () => {
    const imported = { writes: 'torch_dist-common', iterationZero: true } as const;
    expect(handoffProblem(imported, of('core_v0.13.1'))).toMatch(/iteration 0/);
    expect(handoffProblem(imported, of('core_v0.18.2'))).toBeUndefined();
  });

  test('an import by Megatron-Bridge before a fork is a finding at from:', () => {
    expect(errorsOf(ID, ...on('v0.9.0-abci'))).toEqual([
      {
        code: 'MRT-E022',
        path: 'stages.cpt.from',
        what: 'v0.9.0-abci cannot start from the checkpoint of import (megatron-bridge v0.6.0).',
      },
    ]);
  });

  test('an import by an older Megatron-Bridge, whose form nobody knows, is none for a release that reads iteration 0', () => {
    const sets = ['software.megatron-bridge.release=v0.5.0', 'stages.cpt.data.intra_document_masking=false'];
    expect(errorsOf(ID, ...on('core_v0.18.2', ...sets))).toEqual([]);
    expect(errorsOf(ID, ...on('core_v0.13.1', ...sets)).map(each => [each.code, each.path])).toEqual([
      ['MRT-E022', 'stages.cpt.from'],
    ]);
    const newer = on('core_v0.18.2', 'stages.cpt.data.intra_document_masking=false');
    expect(errorsOf(ID, ...newer).map(each => each.code)).toEqual(['MRT-E022']);
  });

  test('a format that the release does not write is a finding at the format', () => {
    expect(errorsOf(ID, ...on('core_v0.13.1', ...plain, 'stages.cpt.checkpoint.format=fsdp_dtensor'))).toContainEqual({
      code: 'MRT-E021',
      path: 'stages.cpt.checkpoint.format',
      what: 'core_v0.13.1 does not write fsdp_dtensor.',
    });
  });
});
