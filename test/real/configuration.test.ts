import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { writtenKeys } from '../../src/engines/verl/config.ts';
import { type ConfigName, recordedKey, recordedKeys } from '../../src/engines/verl/recorded.ts';
import { specOf } from '../../src/engines/verl/spec.ts';
import { configText } from '../../src/engines/verl/yaml.ts';
import { parseLocated } from '../../src/located/parse.ts';
import { resolveRecipe } from '../../src/recipe/resolve.ts';
import type { RlvrStage } from '../../src/recipe/schema.ts';
import { jobOf, yamlOf } from '../engines/verl/planned.ts';
import { changed, EXPERTS, FSDP, fixed, MEGATRON, SFT } from '../engines/verl/recipes.ts';
import { RULE_ROWS } from '../engines/verl/rule-rows.ts';
import { planOf } from '../helpers/planning.ts';
import { type Composed, composeForReal, whyAbsent } from './verl.ts';

const absent = whyAbsent();
const folder = mkdtempSync(join(tmpdir(), 'martlet-hydra-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Every leaf by its dotted key; a map without keys and a list are leaves. */
const leaves = (value: unknown, path = ''): [string, unknown][] => {
  if (value === null || typeof value !== 'object' || Array.isArray(value) || Object.keys(value).length === 0)
    return [[path, value]];
  return Object.entries(value).flatMap(([key, each]) => leaves(each, path === '' ? key : `${path}.${key}`));
};

/** The file of a recipe's own: what the shipped recipe becomes on one node. */
const shipped = (): string => {
  const { value } = planOf({
    recipe: 'recipes/qwen3-swallow-8b.yaml',
    cluster: 'abci3',
    stages: ['rlvr'],
    sets: ['stages.rlvr.resources.gpus=8'],
  });
  return value?.jobs[0]?.program.files['verl.yaml'] ?? '';
};

const OVERLONG = changed(FSDP, 'workers: 4', 'workers: 4\n      overlong: {buffer_tokens: 2048, penalty: 1.0}');
const FILES: readonly (readonly [name: string, text: () => string])[] = [
  ['the shipped recipe', shipped],
  ['FSDP', () => yamlOf(FSDP)],
  [
    'FSDP with a length penalty and a KL loss',
    () => yamlOf(changed(OVERLONG, 'kl: none', 'kl: {in: loss, coefficient: 0.001}')),
  ],
  ['Megatron', () => yamlOf(fixed(MEGATRON))],
  ['experts with replay', () => yamlOf(EXPERTS)],
  [
    'a rollout of its own',
    () => yamlOf(changed(FSDP, 'engine: vllm\n', 'engine: sglang\n      placement: separate\n      gpus: 4\n')),
  ],
  ['fine-tuning', () => yamlOf(SFT)],
  ['fine-tuning with Megatron', () => yamlOf(changed(SFT, 'backend: fsdp2', 'backend: megatron'))],
];

const RELEASE: readonly (readonly [ConfigName, string, string[]])[] = [
  ['ppo_dp', 'ppo_trainer', []],
  ['ppo_megatron', 'ppo_trainer', ['model_engine=megatron']],
  ['sft_fsdp', 'sft_trainer_engine', []],
  ['sft_megatron', 'sft_trainer_engine', ['engine=megatron', 'optim=megatron']],
];

/** The file of a recipe that martlet itself refuses: what veRL would have been given. */
const fileOf = (text: string): string | undefined => {
  const read = parseLocated('r.yaml', text).value;
  const step = read && resolveRecipe([read], {});
  const recipe = step?.kind === 'done' ? step.value?.recipe : undefined;
  const stage = recipe?.stages.rlvr;
  if (!recipe || stage?.kind !== 'rlvr') return undefined;
  const row = { dataset: 'd', path: '/d.parquet' };
  const spec = specOf<RlvrStage>({
    name: 'rlvr',
    stage,
    model: recipe.model,
    release: 'v0.9.0',
    shape: { nodes: 1, gpusPerNode: 8, world: 8 },
    ...{ steps: 40, unscaledSteps: 40, scale: 1, jobDir: '/j', checkpoints: '/c', pretrained: '/m', tokenizer: '/m' },
    ...{ origin: {}, isRankPerGpu: false },
    ...{ blend: [], cacheDir: '/x', rawDir: '/x', run: { id: 'r', title: 'r', dir: '/r' } },
    rows: { training: [row], validation: [row] },
  });
  return configText(spec.config, writtenKeys(spec), '/h', 'a test');
};

/** Rules that veRL's own check at the start knows, in its words. The others fail later, on the nodes, or never. */
const SAID_AT_START: Readonly<Record<string, RegExp>> = {
  'dataclass-unknown': /unexpected keyword argument 'repetition'/,
  'bsz-fsdp': /real_train_batch_size \(60\) must be divisible by minimal possible batch size \(8\)/,
  'bsz-megatron': /real_train_batch_size \(512\) must be divisible by minimal possible batch size \(12\)/,
  'rollout-logprob-micro': /\[actor_rollout_ref.rollout\] Please set at least one of/,
  'ref-logprob-micro': /\[actor_rollout_ref.ref\] Please set at least one of/,
  'micro-global-sp': /You have set both/,
  dcp: /max_seqlen_per_dp_cp_rank must be a positive integer/,
  'rollout-ep': /expert_parallel_size must be equal to/,
  'rollout-pp': /not implemented pipeline_model_parallel_size > 1/,
  'rollout-mode': /Rollout mode 'sync' has been removed/,
  'rollout-moetp': /moe_tensor_parallel_size is only supported for trtllm/,
  'val-sample': /validation gen temperature should be greater than 0/,
  'fsdp-sched': /AssertionError/,
};
/** What is not a matter of this check: LoRA is looked at by vLLM, and the adapter's own start is one of the stand-ins. */
const ELSEWHERE = new Set(['lora-rank']);

describe.skipIf(absent)("veRL's own check of what rules look at", () => {
  const rows = RULE_ROWS.filter(each => !ELSEWHERE.has(each.id)).flatMap(({ id, recipe, from, broken, valid }) => {
    const [bad, good] = [broken, valid].map(to => fileOf(changed(recipe, from, to.replace('^', ''))));
    return bad !== undefined && good !== undefined ? [{ id, bad, good }] : [];
  });
  let said: readonly (string | null)[] = [];
  beforeAll(() => {
    const all = rows.flatMap(({ bad, good }) => [bad, good]);
    const dirs = all.map((text, index) => {
      const dir = join(folder, `row-${index}`);
      mkdirSync(dir);
      writeFileSync(join(dir, 'verl.yaml'), text);
      return dir;
    });
    said = composeForReal(dirs.map(dir => ({ dir, name: 'verl', check: true }))).map(each => each.refused);
  }, 900_000);

  test('it has nothing against any valid neighbour', () => {
    expect(rows.length).toBeGreaterThan(70);
    expect(
      rows.flatMap(({ id }, index) => (said[2 * index + 1] === null ? [] : [`${id}: ${said[2 * index + 1]}`])),
    ).toEqual([]);
  });

  test.each(Object.entries(SAID_AT_START))('%s: it refuses the broken one, as the rule says', (id, words) => {
    expect(said[2 * rows.findIndex(each => each.id === id)]).toMatch(words);
  });

  test('of the rest it says nothing: they would fail on the nodes, or do something else in silence', () => {
    const silent = rows.filter(({ id }, index) => !(id in SAID_AT_START) && said[2 * index] === null);
    expect(silent.length).toBeGreaterThan(50);
  });
});

describe.skipIf(absent)(`veRL's configuration, composed by Hydra${absent ? ` (${absent})` : ''}`, () => {
  let own: Composed[] = [];
  let made: Composed[] = [];
  beforeAll(() => {
    FILES.forEach(([, text], index) => {
      mkdirSync(join(folder, String(index)));
      writeFileSync(join(folder, String(index), 'verl.yaml'), text());
    });
    own = composeForReal(RELEASE.map(([, name, overrides]) => ({ dir: null, name, overrides })));
    made = composeForReal(FILES.map((_, index) => ({ dir: join(folder, String(index)), name: 'verl' })));
  }, 600_000);

  test.each(RELEASE.map(([config], index) => [config, index] as const))(
    'the recorded keys and defaults of %s are the release’s own',
    (config, index) => {
      // Some maps are leaves in the record because any key may be added to them.
      const real = new Map(leaves(own[index]?.resolved).filter(([key]) => !key.endsWith('_target_')));
      const unknown = [...real.keys()].filter(
        key => !recordedKey(config, key) && !recordedKeys(config).some(each => key.startsWith(`${each}.`)),
      );
      expect(unknown).toEqual([]);
      const differing = recordedKeys(config).filter(key => {
        const recorded = recordedKey(config, key);
        return (
          real.has(key) && !recorded?.required && JSON.stringify(real.get(key)) !== JSON.stringify(recorded?.default)
        );
      });
      expect(differing).toEqual([]);
    },
  );

  test.each(FILES.map(([name], index) => [name, index] as const))(
    '%s: every value that was written is there as it was written',
    (_, index) => {
      const text = FILES[index]?.[1]() ?? '';
      const { hydra: _hydra, defaults: _defaults, ...tree } = parse(text, { version: '1.1' });
      const real = new Map(leaves(made[index]?.written));
      const wanted = leaves(tree);
      expect(wanted.length).toBeGreaterThan(20);
      for (const [key, value] of wanted) expect([key, real.get(key)]).toEqual([key, value]);
    },
  );

  test('the file of Megatron has Megatron’s classes, the file of FSDP the other ones', () => {
    const target = (index: number): unknown =>
      new Map(leaves(made[index]?.written)).get('actor_rollout_ref.actor.optim._target_');
    expect(target(1)).toBe('verl.workers.config.FSDPOptimizerConfig');
    expect(target(3)).toBe('verl.workers.config.McoreOptimizerConfig');
  });

  test('a text that PyYAML or OmegaConf would take for something else arrives as it is', () => {
    const odd = ['on', '1e3', '0644', '2026-01-01', '12:30:45', 'null', '~', '1_000', '# a', 'a: b'];
    const text = changed(
      FSDP,
      'trainer.log_val_generations: 0',
      `actor_rollout_ref.model.external_lib: ${JSON.stringify(odd)}`,
    );
    mkdirSync(join(folder, 'odd'));
    writeFileSync(join(folder, 'odd/verl.yaml'), jobOf(text).program.files['verl.yaml'] ?? '');
    const [found] = composeForReal([{ dir: join(folder, 'odd'), name: 'verl' }]);
    expect(new Map(leaves(found?.resolved)).get('actor_rollout_ref.model.external_lib')).toEqual(odd);
  });
});
