import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../helpers/bash.ts';
import { dice } from '../helpers/dice.ts';
import {
  bf16,
  fromBf16,
  type MadeTensor,
  type MadeTensors,
  readSafetensors,
  writeHfFolder,
} from '../helpers/hf-folder.ts';
import { templatesFolder } from '../helpers/templates.ts';

const scratch = mkdtempSync(join(tmpdir(), 'martlet-upcycle '));
afterAll(() => rmSync(scratch, { recursive: true }));

const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
const upcycle = (...words: string[]) => run(['python3', join(templatesFolder, 'engine/upcycle.py'), ...words], { env });

let made = 0;
const place = (): string => join(scratch, String(made++));

const [LAYERS, HIDDEN, FFN, EXPERTS] = [2, 8, 32, 4];
const roll = dice(7);

/** Weights that are exact in bf16, around `mean`. */
const weights = (mean: number, ...shape: number[]): MadeTensor => {
  const items = shape.reduce((all, each) => all * each, 1);
  const values = Array.from({ length: items }, () => mean + Math.round((roll() - 0.5) * 64) / 64);
  return { dtype: 'BF16', shape, data: bf16(values) };
};

const layer = (nth: number): MadeTensors =>
  Object.fromEntries(
    Object.entries({
      'input_layernorm.weight': weights(1, HIDDEN),
      'self_attn.q_proj.weight': weights(0, HIDDEN, HIDDEN),
      'mlp.gate_proj.weight': weights(1, FFN, HIDDEN),
      'mlp.up_proj.weight': weights(-1, FFN, HIDDEN),
      'mlp.down_proj.weight': weights(0, HIDDEN, FFN),
    }).map(([name, value]) => [`model.layers.${nth}.${name}`, value]),
  );

const dense = (more: MadeTensors = {}): string =>
  writeHfFolder(place(), {
    config: { architectures: ['LlamaForCausalLM'], model_type: 'llama', intermediate_size: FFN, hidden_size: HIDDEN },
    shards: {
      'model-00001-of-00002.safetensors': {
        'model.embed_tokens.weight': weights(0, 4, HIDDEN),
        ...layer(0),
        'model.layers.0.self_attn.rotary_emb.inv_freq': weights(0, 2),
      },
      'model-00002-of-00002.safetensors': { ...layer(1), 'lm_head.weight': weights(0, 4, HIDDEN), ...more },
    },
  });

const all = (folder: string): Record<string, ReturnType<typeof readSafetensors>[string]> => {
  const { weight_map: map } = JSON.parse(readFileSync(join(folder, 'model.safetensors.index.json'), 'utf8'));
  const files = new Set(Object.values<string>(map));
  return Object.assign({}, ...[...files].map(file => readSafetensors(join(folder, file))));
};

const words = (base: string, to: string, ratio: number, more: Record<string, string | number> = {}): string[] =>
  Object.entries({
    ...{ base, to, ratio, experts: EXPERTS, 'top-k': 2, seed: 1234, 'router-std': 0.02, form: 'mixtral', jobs: 2 },
    ...more,
  }).map(([name, value]) => `--${name}=${value}`);

let base = '';
let half = '';
beforeAll(() => {
  [base, half] = [dense(), place()];
  expect(upcycle(...words(base, half, 0.5))).toMatchObject({ code: 0, stderr: '' });
}, 60_000);

const DENSE = { w1: 'gate_proj', w3: 'up_proj', w2: 'down_proj' } as const;
const expertName = (nth: number, expert: number, name: keyof typeof DENSE): string =>
  `model.layers.${nth}.block_sparse_moe.experts.${expert}.${name}.weight`;

/** Intermediate units of an expert's matrix that differ from the dense block's: rows, for w2 columns. */
const changedUnits = (folder: string, nth: number, expert: number, name: keyof typeof DENSE): number[] => {
  const old = fromBf16(all(base)[`model.layers.${nth}.mlp.${DENSE[name]}.weight`]?.data ?? Buffer.alloc(0));
  const fresh = fromBf16(all(folder)[expertName(nth, expert, name)]?.data ?? Buffer.alloc(0));
  expect(fresh).toHaveLength(old.length);
  const units = new Set<number>();
  for (const [i, value] of fresh.entries())
    if (value !== old[i]) units.add(name === 'w2' ? i % FFN : Math.floor(i / HIDDEN));
  return [...units].sort((x, y) => x - y);
};

test('ratio 0 copies: every expert is the dense block, bit for bit, and all else is what it was', () => {
  const to = place();
  expect(upcycle(...words(base, to, 0)).code).toBe(0);
  const [old, fresh] = [all(base), all(to)];
  for (let nth = 0; nth < LAYERS; nth++)
    for (let expert = 0; expert < EXPERTS; expert++)
      for (const name of ['w1', 'w3', 'w2'] as const)
        expect(fresh[expertName(nth, expert, name)]).toEqual(old[`model.layers.${nth}.mlp.${DENSE[name]}.weight`]);
  const kept = Object.keys(old).filter(name => !name.includes('.mlp.') && !name.endsWith('inv_freq'));
  for (const name of kept) expect(fresh[name]).toEqual(old[name]);
  const routers = [0, 1].map(nth => `model.layers.${nth}.block_sparse_moe.gate.weight`);
  const experts = LAYERS * EXPERTS * 3;
  expect(Object.keys(fresh)).toHaveLength(kept.length + experts + routers.length);
  for (const name of routers) expect(fresh[name]).toMatchObject({ dtype: 'BF16', shape: [EXPERTS, HIDDEN] });
});

test('at ratio 0.5 half of the units of each expert begin anew, the same ones in all three matrices, others in each expert', () => {
  const drawn = new Set<string>();
  for (let nth = 0; nth < LAYERS; nth++)
    for (let expert = 0; expert < EXPERTS; expert++) {
      const units = changedUnits(half, nth, expert, 'w1');
      expect(units).toHaveLength(FFN / 2);
      expect(changedUnits(half, nth, expert, 'w3')).toEqual(units);
      expect(changedUnits(half, nth, expert, 'w2')).toEqual(units);
      drawn.add(units.join());
    }
  expect(drawn.size).toBe(LAYERS * EXPERTS);
});

const momentsOf = (values: readonly number[]) => {
  const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
  return { mean, deviation: Math.sqrt(values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / values.length) };
};

test('what begins anew has the mean and the deviation of what it replaces', () => {
  for (const [name, mean] of [
    ['w1', 1],
    ['w3', -1],
    ['w2', 0],
  ] as const) {
    const fresh: number[] = [];
    for (let nth = 0; nth < LAYERS; nth++)
      for (let expert = 0; expert < EXPERTS; expert++) {
        const units = new Set(changedUnits(half, nth, expert, name));
        const values = fromBf16(all(half)[expertName(nth, expert, name)]?.data ?? Buffer.alloc(0));
        fresh.push(...values.filter((_, i) => units.has(name === 'w2' ? i % FFN : Math.floor(i / HIDDEN))));
      }
    // 1024 numbers around those of a uniform distribution of width 1: deviation 1/sqrt(12) = 0.289.
    expect(momentsOf(fresh).mean).toBeCloseTo(mean, 1);
    expect(momentsOf(fresh).deviation).toBeCloseTo(0.289, 1);
  }
});

test('the gate is drawn around 0 with the deviation that was asked for', () => {
  const to = place();
  upcycle(...words(base, to, 0, { experts: 64, 'router-std': 0.5 }));
  const { mean, deviation } = momentsOf(
    fromBf16(all(to)['model.layers.0.block_sparse_moe.gate.weight']?.data ?? Buffer.alloc(0)),
  );
  expect(Math.abs(mean)).toBeLessThan(0.08);
  expect(deviation).toBeCloseTo(0.5, 1);
});

test('equal seeds give equal bits with any number of processes, and another seed gives others', () => {
  const [one, other] = [place(), place()];
  upcycle(...words(base, one, 0.5, { jobs: 1 }));
  upcycle(...words(base, other, 0.5, { seed: 7 }));
  expect(all(one)).toEqual(all(half));
  expect(changedUnits(other, 0, 0, 'w1')).not.toEqual(changedUnits(half, 0, 0, 'w1'));
});

test('config.json is that of the form asked for, and the folder is whole', () => {
  expect(JSON.parse(readFileSync(join(half, 'config.json'), 'utf8'))).toMatchObject({
    architectures: ['MixtralForCausalLM'],
    model_type: 'mixtral',
    num_local_experts: EXPERTS,
    num_experts_per_tok: 2,
    intermediate_size: FFN,
    sliding_window: null,
  });
  const parameters =
    2 * 4 * HIDDEN + LAYERS * (HIDDEN + HIDDEN * HIDDEN + EXPERTS * HIDDEN + EXPERTS * 3 * HIDDEN * FFN);
  const check = join(templatesFolder, 'engine/hf_folder.py');
  expect(run(['python3', check, 'check', half, `--parameters=${parameters}`], { env })).toMatchObject({
    code: 0,
    stderr: '',
  });
});

test("Qwen3's form has its own names and keys", () => {
  const to = place();
  upcycle(...words(base, to, 0.5, { form: 'qwen3_moe' }));
  const names = Object.keys(all(to));
  expect(names).toContain('model.layers.1.mlp.experts.3.down_proj.weight');
  expect(names).toContain('model.layers.0.mlp.gate.weight');
  expect(JSON.parse(readFileSync(join(to, 'config.json'), 'utf8'))).toMatchObject({
    model_type: 'qwen3_moe',
    num_experts: EXPERTS,
    moe_intermediate_size: FFN,
  });
});

test.each([
  [
    'a model that has experts already',
    () => missing('mlp.up_proj.weight'),
    /layer 0 of .* has no mlp\.up_proj\.weight/,
  ],
  ['a model without layers', () => noLayers(), /has no tensors called model\.layers\.N/],
  ['a folder that is not there', () => join(scratch, 'nowhere'), /config\.json is missing|is no folder/],
] as const)('%s is refused in one sentence', (_, make, sentence) => {
  const said = upcycle(...words(make(), place(), 0.5));
  expect(said.code).toBe(1);
  expect(said.stderr).toMatch(sentence);
  expect(said.stderr).not.toContain('Traceback');
});

const missing = (name: string): string => {
  const tensors = Object.entries(layer(0)).filter(([each]) => !each.endsWith(name));
  return writeHfFolder(place(), { shards: { 'model.safetensors': Object.fromEntries(tensors) } });
};
const noLayers = (): string =>
  writeHfFolder(place(), { shards: { 'model.safetensors': { 'model.norm.weight': weights(0, HIDDEN) } } });
