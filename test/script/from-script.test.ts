import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { freshHome, martlet, ROOT } from '../cli/martlet.ts';
import { noSandbox } from './bwrap.ts';

interface Found {
  readonly recipe: string;
  readonly overlay: string;
  readonly cluster: string;
  readonly stages: readonly { readonly name: string; readonly kind: string }[];
  readonly placed: readonly { readonly what: string; readonly to: string; readonly at?: { readonly line: number } }[];
  readonly notPlaced: readonly { readonly what: string; readonly why: string }[];
  readonly differences: readonly { readonly flag: string; readonly because?: string }[];
  readonly findings: readonly {
    readonly code: string;
    readonly what: string;
    readonly at?: { readonly line: number };
  }[];
}

const read = async (script: string, ...args: readonly string[]): Promise<Found> => {
  const folder = mkdtempSync(join(tmpdir(), 'martlet-from-'));
  const path = join(ROOT, 'test/script/scripts', script);
  const out = await martlet(['from-script', path, '-o', folder, '--yes', '--json', ...args]);
  expect(out.code, out.stdout + out.stderr).toBe(0);
  return JSON.parse(out.stdout) as Found;
};

const recipeOf = (found: Found) => parse(readFileSync(found.recipe, 'utf8'));
const overlayOf = (found: Found) => parse(readFileSync(found.overlay, 'utf8'));
const codes = (found: Found): string[] => [...new Set(found.findings.map(each => each.code))].sort();
const lineOf = (found: Found, code: string): number | undefined =>
  found.findings.find(each => each.code === code)?.at?.line;

/** The person's overlay put where it belongs, so that check and render see the cluster as the script had it. */
const home = (found: Found, account = 'my-group'): Record<string, string> => {
  const env = freshHome();
  const folder = join(env.XDG_CONFIG_HOME ?? '', 'martlet/clusters');
  mkdirSync(folder, { recursive: true });
  cpSync(found.overlay, join(folder, `${found.cluster}.yaml`));
  return { ...env, ACCOUNT: account };
};

/** Flags of the job that martlet would send, as the script of the node has them. */
const rendered = async (found: Found): Promise<string[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'martlet-rendered-'));
  const out = await martlet(
    ['render', found.recipe, '--cluster', found.cluster, '--account', 'my-group', '-o', folder],
    home(found),
  );
  expect(out.code, out.stdout + out.stderr).toBe(0);
  const text = readFileSync(join(folder, 'cpt-1/node.sh'), 'utf8');
  return text
    .split('\n')
    .flatMap(line => (/^\s+--?\w/.test(line) || /^\s+\S+ \\$/.test(line) ? [line.trim().replace(/ \\$/, '')] : []));
};

const SCRIPTS = ['abci3-moe.sh', 'tsubame4-dense.sh', 'slurm-wsd.sh', 'slurm-rl.sh', 'sweep.sh'];

describe.skipIf(noSandbox !== undefined)(
  `from-script${noSandbox === undefined ? '' : ` (left out: ${noSandbox})`}`,
  { timeout: 120_000 },
  () => {
    const all = new Map<string, Found>();
    beforeAll(async () => {
      for (const script of SCRIPTS) all.set(script, await read(script));
    }, 120_000);
    const of = (script: string): Found => all.get(script) as Found;

    test.each(SCRIPTS)('the recipe of %s has no finding of martlet check', async script => {
      const out = await martlet(['check', of(script).recipe]);
      expect(out.stdout + out.stderr).toContain('no errors, 0 warnings');
      expect(out.code).toBe(0);
    });

    test.each(SCRIPTS.slice(0, 3))(
      'the recipe of %s is right on the cluster it came from, with its own overlay',
      async script => {
        const found = of(script);
        const out = await martlet(
          ['check', found.recipe, '--cluster', found.cluster, '--account', 'my-group', '--json'],
          home(found),
        );
        const { diagnostics } = JSON.parse(out.stdout) as {
          diagnostics: readonly { severity: string; what: string }[];
        };
        expect(diagnostics.filter(each => each.severity === 'error')).toEqual([]);
        expect(out.code).toBe(0);
      },
    );

    test.each(SCRIPTS.slice(0, 3))('compiled back, %s differs only on purpose', script => {
      expect(of(script).differences.filter(each => each.because === undefined)).toEqual([]);
      expect(of(script).differences.length).toBeGreaterThan(5);
      expect(codes(of(script))).not.toContain('MRT-F011');
    });

    test('the job of the MoE script has its numbers again, blend and tokenizer by their own paths', async () => {
      const flags = await rendered(of('abci3-moe.sh'));
      expect(flags).toEqual(
        expect.arrayContaining([
          ...['--num-layers=48', '--hidden-size=2048', '--num-query-groups=4', '--kv-channels=128', '--qk-layernorm'],
          ...['--num-experts=128', '--moe-ffn-hidden-size=768', '--moe-router-topk=8', '--moe-aux-loss-coeff=0.001'],
          ...[
            '--moe-router-dtype=fp32',
            '--moe-permute-fusion',
            '--moe-grouped-gemm',
            '--expert-model-parallel-size=8',
          ],
          ...['--context-parallel-size=2', '--seq-length=32768', '--global-batch-size=256', '--train-iters=2000'],
          ...['--lr=3e-5', '--min-lr=3e-6', '--lr-warmup-iters=100', '--lr-decay-style=cosine', '--adam-beta2=0.95'],
          ...['--rotary-base=1000000', '--norm-epsilon=1e-6', '--split=990,10,0'],
          ...['--async-save', '--use-persistent-ckpt-worker', '--distributed-timeout-minutes=30', '--use-flash-attn'],
          '--tokenizer-model=/groups/gaa00001/hf/Qwen3-30B-A3B-Base',
          '/groups/gaa00001/data/qwen3/web/dump_0_text_document',
          '--data-path 3000000000',
        ]),
      );
    });

    test('the job of the dense script has its numbers again, in the words of the fork that it was written for', async () => {
      const flags = await rendered(of('tsubame4-dense.sh'));
      expect(flags).toEqual(
        expect.arrayContaining([
          ...[
            '--num-layers=32',
            '--ffn-hidden-size=14336',
            '--rope-factor=8.0',
            '--rotary-base=500000',
            '--norm-epsilon=1e-5',
          ],
          ...[
            '--micro-batch-size=2',
            '--global-batch-size=512',
            '--train-iters=12500',
            '--adam-eps=1e-8',
            '--sequence-parallel',
          ],
          ...['--reset-attention-mask', '--use-z-loss', '--no-masked-softmax-fusion', '--wandb-project=Dense'],
          ...['--wandb-name=dense-2.5E-5', '--wandb-entity=my-team', '18000000000'],
        ]),
      );
      expect(flags.join(' ')).not.toMatch(/use-rope-scaling|inter-document-masking|wandb-exp-name/);
    });

    test('the job of the Slurm script has the schedule that its arithmetic makes', async () => {
      const flags = await rendered(of('slurm-wsd.sh'));
      // 100e9 / (512 x 4096), and a fifth of it.
      expect(flags).toEqual(
        expect.arrayContaining([
          ...[
            '--train-iters=47683',
            '--lr-wsd-decay-iters=9536',
            '--lr-decay-style=WSD',
            '--lr-wsd-decay-style=minus_sqrt',
          ],
          ...['--recompute-granularity=selective', '--log-interval=10', '--eval-iters=5', '--lr=3e-4', '--min-lr=0'],
        ]),
      );
    });

    test('architecture, nodes, walltime and what is the person’s are where they belong', () => {
      const found = of('abci3-moe.sh');
      const recipe = recipeOf(found);
      expect(recipe.model).toEqual({ base: 'Qwen/Qwen3-30B-A3B-Base', architecture: 'qwen3-30b-a3b' });
      expect(recipe.stages.cpt.resources).toEqual({ gpus: 128, walltime: '24h' });
      expect(readFileSync(found.recipe, 'utf8')).not.toContain('/groups/');
      const overlay = overlayOf(found);
      expect(overlay).toMatchObject({ account: 'gaa00001', resource_type: 'rt_HF', env: { NCCL_IB_TIMEOUT: '22' } });
      expect(overlay.environments['megatron-lm']).toMatchObject({
        runtime: 'none',
        ranks: 'per-gpu',
        launcher_args: ['--report-bindings'],
      });
      expect(overlay.environments['megatron-lm'].modules.load).toContain('hpcx/2.20');
      expect(overlay.copies).toMatchObject({
        'dataset:web-dump_0@qwen3': '/groups/gaa00001/data/qwen3/web/dump_0_text_document',
      });
    });

    test('every number says which line it is from: that of its variable, else that of its flag', () => {
      const found = of('abci3-moe.sh');
      const text = readFileSync(join(ROOT, 'test/script/scripts/abci3-moe.sh'), 'utf8').split('\n');
      const at = (flag: string): string | undefined =>
        text[(found.placed.find(each => each.what.startsWith(`${flag} `))?.at?.line ?? 0) - 1];
      expect(at('--lr')).toBe('LR=3.0E-5');
      expect(at('--train-iters')).toBe('STEPS=2000');
      expect(at('--seq-length')).toContain('--seq-length 32768');
      const { evidence } = recipeOf(found);
      expect(evidence.find((each: { paths: string[] }) => each.paths[0] === 'stages.cpt.optimizer').note).toContain(
        'lr 34',
      );
    });

    test('a group’s checkout and environment are known where the script names them whole, or with --workdir', async () => {
      expect(overlayOf(of('tsubame4-dense.sh')).environments['megatron-lm']).toMatchObject({
        activate: '/gs/fs/tga-example/venv/bin/activate',
        code: '/gs/fs/tga-example/src/Megatron-LM',
      });
      expect(of('abci3-moe.sh').notPlaced.map(each => each.what)).toContain('source .venv/bin/activate');
      const named = overlayOf(await read('abci3-moe.sh', '--workdir', '/groups/gaa00001/src/Megatron-LM'));
      expect(named.environments['megatron-lm']).toMatchObject({
        activate: '/groups/gaa00001/src/Megatron-LM/.venv/bin/activate',
        code: '/groups/gaa00001/src/Megatron-LM',
      });
    });

    test('what looks wrong is said with its line', () => {
      expect(codes(of('abci3-moe.sh'))).toEqual(['MRT-F008', 'MRT-F012', 'MRT-F013', 'MRT-F014', 'MRT-F021']);
      expect(lineOf(of('abci3-moe.sh'), 'MRT-F012')).toBe(33);
      expect(lineOf(of('abci3-moe.sh'), 'MRT-F014')).toBe(9);
      expect(codes(of('tsubame4-dense.sh'))).toEqual(['MRT-F013', 'MRT-F015', 'MRT-F023', 'MRT-F025']);
      expect(lineOf(of('tsubame4-dense.sh'), 'MRT-F023')).toBe(14);
      expect(codes(of('slurm-wsd.sh'))).toEqual(['MRT-F016', 'MRT-F022', 'MRT-F029']);
      expect(codes(of('slurm-rl.sh'))).toEqual(['MRT-F018', 'MRT-F025', 'MRT-F026', 'MRT-F027']);
      expect(codes(of('sweep.sh'))).toEqual(['MRT-F024', 'MRT-F027']);
    });

    test('a secret of the script is in no file and no output', () => {
      for (const script of ['tsubame4-dense.sh', 'slurm-rl.sh']) {
        const found = of(script);
        const texts = [
          JSON.stringify(found),
          readFileSync(found.recipe, 'utf8'),
          readFileSync(found.overlay, 'utf8'),
        ].join('\n');
        expect(texts).not.toMatch(/0123456789abcdef0123|hf_abcdefgh/);
        expect(found.findings.filter(each => each.code === 'MRT-F025')).toHaveLength(1);
      }
    });

    test('a secret among the words of a program is stars in the recipe, also in the line that a finding shows', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'martlet-from-'));
      writeFileSync(
        join(folder, 'run.sh'),
        'GIT=https://me:s3cretword@host/x python train.py --hf-token hf_abcdefghijklmnopqrstuv --lr 1\n',
      );
      const out = await martlet(['from-script', join(folder, 'run.sh'), '-o', join(folder, 'out'), '--yes']);
      expect(out.code, out.stdout + out.stderr).toBe(0);
      const recipe = readFileSync(join(folder, 'out/run.yaml'), 'utf8');
      expect(recipe + out.stdout + out.stderr).not.toMatch(/hf_abc|s3cret/);
      expect(parse(recipe).stages.train.argv).toEqual([
        'python',
        'train.py',
        '--hf-token',
        '*'.repeat(25),
        '--lr',
        '1',
      ]);
      expect(out.stderr).toContain('MRT-F025');
    });

    test('an unknown trainer becomes a command stage with its words, braces in a file, and waits for the one before', () => {
      const { stages, software } = recipeOf(of('slurm-rl.sh'));
      expect(software).toMatchObject({ verl: { repo: 'verl-project/verl' } });
      expect(stages.prepare).toMatchObject({
        kind: 'command',
        argv: ['python', 'data/prepare.py', '--out', 'data/math'],
      });
      expect(stages.main_ppo).toMatchObject({ kind: 'command', software: 'verl', from: 'prepare', ranks: 'ray' });
      expect(stages.main_ppo.argv).toEqual(['bash', '{files}/command.sh']);
      expect(stages.main_ppo.files['command.sh']).toContain(`'data.filter={"level": [1, 2]}'`);
      expect(stages.main_ppo.resources).toEqual({ gpus: 16, walltime: '2h' });
    });

    test('each turn of a loop is a stage', () => {
      const { stages } = recipeOf(of('sweep.sh'));
      expect(Object.keys(stages)).toEqual(['train', 'train-2', 'train-3']);
      expect(stages['train-3'].argv).toEqual(['python', 'train.py', '--lr', '4e-5', '--out', 'out/4e-5']);
    });

    test('arguments, variables and files that a script expects are given to it', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'martlet-from-'));
      writeFileSync(join(folder, 'site.sh'), 'ROOT_OF_ALL=/data\n');
      writeFileSync(join(folder, 'more.sh'), 'MORE=x\n');
      writeFileSync(
        join(folder, 'run.sh'),
        '. /etc/our/modules.sh\nsource ./site.sh\n. /groups/g/more.sh\npython train.py "$1" "$MODEL" $ROOT_OF_ALL/$MORE\n',
      );
      const out = await martlet([
        'from-script',
        join(folder, 'run.sh'),
        '-o',
        join(folder, 'out'),
        '--yes',
        '--json',
        '--env',
        'MODEL=a b',
        '--with',
        join(folder, 'site.sh'),
        '--with',
        `${join(folder, 'more.sh')}=/groups/g/more.sh`,
        '--',
        'first one',
      ]);
      expect(out.code, out.stdout + out.stderr).toBe(0);
      const { stages } = parse(readFileSync(join(folder, 'out/run.yaml'), 'utf8'));
      expect(stages.train.argv).toEqual(['python', 'train.py', 'first one', 'a b', '/data/x']);
    });

    test('a script that another one writes and submits is read too', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'martlet-from-'));
      writeFileSync(
        join(folder, 'outer.sh'),
        'cat >job.sbatch <<"END"\n#!/bin/bash\n#SBATCH -N 4\n#SBATCH --gpus-per-node=4\n#SBATCH -t 60\nsrun python train.py --seed $1\nEND\nsbatch job.sbatch 7\n',
      );
      const out = await martlet([
        'from-script',
        join(folder, 'outer.sh'),
        '-o',
        join(folder, 'out'),
        '--yes',
        '--json',
      ]);
      expect(out.code, out.stdout + out.stderr).toBe(0);
      const { stages } = parse(readFileSync(join(folder, 'out/outer.yaml'), 'utf8'));
      expect(stages.train.argv).toEqual(['python', 'train.py', '--seed', '7']);
      expect(stages.train.resources).toEqual({ gpus: 16, walltime: '1h' });
    });

    test('nothing that is there is overwritten', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'martlet-from-'));
      const words = ['from-script', join(ROOT, 'test/script/scripts/sweep.sh'), '-o', folder, '--yes'];
      expect((await martlet(words)).code).toBe(0);
      const before = readdirSync(folder);
      const again = await martlet(words);
      expect([again.code, readdirSync(folder)]).toEqual([1, before]);
      expect(again.stderr).toContain('MRT-W012');
    });
  },
);
