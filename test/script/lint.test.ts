import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { sandboxWords } from '../../src/script/sandbox.ts';
import { martlet } from '../cli/martlet.ts';
import { noSandbox } from './bwrap.ts';

interface Finding {
  readonly code: string;
  readonly what: string;
  readonly at?: { readonly line: number };
}

const run = async (lines: readonly string[], ...args: readonly string[]) => {
  const folder = mkdtempSync(join(tmpdir(), 'martlet-lint-'));
  writeFileSync(join(folder, 'run.sh'), `${lines.join('\n')}\n`);
  const out = await martlet([
    'from-script',
    join(folder, 'run.sh'),
    '-o',
    join(folder, 'out'),
    '--yes',
    '--json',
    ...args,
  ]);
  expect(out.code, out.stdout + out.stderr).toBe(0);
  const found = JSON.parse(out.stdout) as { recipe: string; findings: readonly Finding[] };
  return { findings: found.findings, recipe: parse(readFileSync(found.recipe, 'utf8')) };
};

/** A command line of Llama 3 8B that nothing is wrong with, on one line. */
const MODEL =
  '--num-layers 32 --hidden-size 4096 --ffn-hidden-size 14336 --num-attention-heads 32 --group-query-attention --num-query-groups 8 ' +
  '--position-embedding-type rope --rotary-base 500000 --normalization RMSNorm --norm-epsilon 1e-5 --swiglu --disable-bias-linear ' +
  '--untie-embeddings-and-output-weights --tokenizer-type HuggingFaceTokenizer --tokenizer-model /hf/Meta-Llama-3-8B --bf16 ' +
  '--seq-length 4096 --max-position-embeddings 8192 --micro-batch-size 1 --use-distributed-optimizer --overlap-grad-reduce --overlap-param-gather';
const REST = '--lr 1e-4 --split 99,1,0 --eval-interval 10 --eval-iters 1 --attention-dropout 0 --hidden-dropout 0';
const START = '--load /c/base --save /c/out';
const DATA = '--train-iters 10 --global-batch-size 64 --data-path 1 /d/a_text_document';
const train = (...more: readonly string[]): string =>
  `torchrun --nproc-per-node 8 pretrain_gpt.py ${MODEL} ${more.join(' ')}`;
const HEAD = [
  '#!/bin/bash',
  '#SBATCH -N 1',
  '#SBATCH --gpus-per-node=8',
  '#SBATCH -t 60',
  'ls /c/out/latest_checkpointed_iteration.txt',
];

const whats = (findings: readonly Finding[], code: string): string[] =>
  findings.filter(each => each.code === code).map(each => each.what);

describe.skipIf(noSandbox !== undefined)(
  `findings${noSandbox === undefined ? '' : ` (left out: ${noSandbox})`}`,
  { timeout: 60_000 },
  () => {
    test('a script that nothing is wrong with has no finding', async () => {
      const { findings } = await run([...HEAD, train(REST, START, DATA)]);
      expect(findings).toEqual([]);
    });

    test('a global batch that does not divide, dropout left at its default, and a missing split', async () => {
      const { findings } = await run([...HEAD, train('--lr 1e-4', START, DATA.replace('64', '60'))]);
      expect(whats(findings, 'MRT-F019')[0]).toContain('60 is not a multiple of micro batch 1 x data-parallel size 8');
      expect(whats(findings, 'MRT-F028').sort()).toEqual([
        "--attention-dropout is 0.1 (Megatron-LM's default); martlet gives 0.0.",
        "--hidden-dropout is 0.1 (Megatron-LM's default); martlet gives 0.0.",
      ]);
      expect(whats(findings, 'MRT-F022')).toHaveLength(1);
    });

    test('a start that loads the base every time, and --finetune that stays on', async () => {
      const always = await run([...HEAD.slice(0, 4), train(REST, START, DATA)]);
      expect(whats(always.findings, 'MRT-F020')[0]).toContain('every start loads /c/base');
      const finetune = await run([
        ...HEAD,
        train(REST, '--finetune --load /c/out --save /c/out --pretrained-checkpoint /c/base', DATA),
      ]);
      expect(whats(finetune.findings, 'MRT-F020')[0]).toContain('--finetune stays on');
    });

    test('a start from random weights is one in the recipe, too, and one from a base is not', async () => {
      const { findings, recipe } = await run([...HEAD, train(REST, '--load /c/out --save /c/out', DATA)]);
      expect(recipe.stages.cpt.from).toBe('scratch');
      expect(whats(findings, 'MRT-F029')).toEqual([]);
      expect((await run([...HEAD, train(REST, START, DATA)])).recipe.stages.cpt.from).toBe('base');
    });

    test('weights that are shares are no tokens, tokens that do not sum are said, files without weights too', async () => {
      const of = async (data: string) =>
        whats(
          (await run([...HEAD, train(REST, START, `--train-iters 1000 --global-batch-size 64 ${data}`)])).findings,
          'MRT-F013',
        );
      expect(await of('--data-path 0.7 /d/a 0.3 /d/b')).toEqual([]);
      // 1000 x 64 x 4096
      expect(await of('--data-path 262144000 /d/a')).toEqual([]);
      expect((await of('--data-path 200000000 /d/a 324288000 /d/b'))[0]).toContain(
        'sum to 524.3M, and 262.1M tokens are trained (0.50 times',
      );
      expect((await of('--data-path /d/a /d/b'))[0]).toContain('2 files without weights');
    });

    test('ignored, lost and refused flags, each with its line', async () => {
      const { findings } = await run([
        ...HEAD,
        'MORE="--rampup-batch-size 16 16 100"',
        train('$MORE', REST, START, DATA, '--ckpt-format zarr --whatever 3'),
      ]);
      const at = (code: string) => findings.filter(each => each.code === code).map(each => each.at?.line);
      expect(whats(findings, 'MRT-F008')[0]).toContain(
        '--rampup-batch-size 16 16 100: core_v0.19.0 does nothing with it',
      );
      expect([at('MRT-F008'), at('MRT-F007'), at('MRT-F009')]).toEqual([[6], [7], [7]]);
      expect(whats(findings, 'MRT-F010')[0]).toContain("invalid choice: 'zarr'");
    });

    test('a variable that is not set, one that is empty, and an empty list of options, which is meant', async () => {
      const { findings } = await run([
        ...HEAD,
        'EMPTY=""',
        'EXTRA_ARGS=""',
        'LIST=(--seed 1)',
        'python train.py $EMPTY "$NEVER" $EXTRA_ARGS "${LIST[@]}" $HOME',
      ]);
      expect(findings.filter(each => each.code === 'MRT-F018').map(each => [each.what, each.at?.line])).toEqual([
        ['${EMPTY} is empty in the launch.', 6],
        ['${NEVER} is not set in the launch.', 9],
      ]);
    });

    test('a script that ends with an error is read up to there, and its last words are quoted', async () => {
      const { findings } = await run([...HEAD, 'python train.py', 'echo this is bad >&2; exit 3']);
      expect(whats(findings, 'MRT-F006')).toEqual(['the script ended with code 3.']);
    });

    test('two phases: what loads the save of the one before starts from it', async () => {
      const { recipe, findings } = await run([
        ...HEAD,
        train(REST, START, DATA),
        train(REST.replace('1e-4', '1e-5'), '--load /c/out --save /c/second', DATA.replace('/d/a', '/d/b')),
      ]);
      expect(findings.map(each => each.code)).toEqual([]);
      expect([recipe.stages.cpt.from, recipe.stages['cpt-2'].from]).toEqual(['base', 'cpt']);
      expect(recipe.mixtures['cpt-2']).toEqual([{ dataset: 'b', weight: 1 }]);
    });

    test('a second model in one script becomes a command, because a recipe has one', async () => {
      const { recipe, findings } = await run([
        ...HEAD,
        train(REST, START, DATA),
        train(REST, START, DATA).replace('--num-layers 32', '--num-layers 16'),
      ]);
      expect(recipe.stages['cpt-2'].kind).toBe('command');
      expect(whats(findings, 'MRT-F027')[0]).toContain('its model is another than that of the stage before');
    });

    test('folders and files that it looks for can be said to be there', async () => {
      const lines = [
        ...HEAD,
        '[ -d /groups/g/data ] || exit 1',
        '[ -f /groups/g/list.txt ] || exit 1',
        'python train.py',
      ];
      const { recipe } = await run(lines, '--exists', '/groups/g/data/', '--exists', '/groups/g/list.txt');
      expect(Object.keys(recipe.stages)).toEqual(['train']);
    });
  },
);

test('an older bubblewrap is asked only for what it has', () => {
  const words = (version: string): string[] =>
    sandboxWords({
      path: '/usr/bin/bwrap',
      version,
      kit: '/kit',
      tools: {},
      libraries: [],
      files: {},
      folder: '/w',
      env: {},
      driver: [],
    });
  for (const flag of [
    '--unshare-all',
    '--unshare-user',
    '--die-with-parent',
    '--new-session',
    '--as-pid-1',
    '--cap-drop',
  ])
    for (const version of ['0.4.1', '0.8.0', '1.0.0']) expect(words(version)).toContain(flag);
  for (const flag of ['--size', '--disable-userns']) {
    expect(words('0.4.1')).not.toContain(flag);
    expect(words('0.11.0')).toContain(flag);
  }
  expect(words('0.8.0').slice(0, 4)).toEqual(['env', '-i', 'PATH=/usr/local/bin:/usr/bin:/bin', '/usr/bin/bwrap']);
  expect(words('0.8.0')).not.toContain('--share-net');
});
