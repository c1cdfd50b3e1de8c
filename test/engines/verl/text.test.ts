import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { FILE, jobOf, keyOf, planText, yamlOf } from './planned.ts';
import { changed, FSDP, MEGATRON, SFT } from './recipes.ts';

const EXTRA = 'trainer.log_val_generations: 0';
const withExtra = (line: string): string => changed(FSDP, EXTRA, line);

/** Texts that YAML 1.1, OmegaConf, Hydra or bash would take for something else. */
const ODD = [
  'on',
  'no',
  '1e3',
  '1_000',
  '0644',
  '2026-01-01',
  '12:30:45',
  '~',
  'null',
  '- a',
  '# b',
  'a: b',
  '"',
  "'",
  '{x}',
  '*a',
  '%d',
  '$(id)',
  '`id`',
  'ｶﾅ',
  'a\\b',
];

test.each(ODD)('the text %s stays the text it is', odd => {
  const text = withExtra(`trainer.v1.sampler.custom_sampler.name: ${JSON.stringify(odd)}`);
  for (const version of ['1.1', '1.2'] as const) {
    const [doc] = parseAllDocuments(yamlOf(text), { version });
    expect(doc && 'getIn' in doc && doc.getIn(['trainer', 'v1', 'sampler', 'custom_sampler', 'name'])).toBe(odd);
  }
});

test.each([
  ['${oc.env:HOME}', 'a variable'],
  ['x${trainer.nnodes}', 'another value'],
  ['\\${a}', 'an escape'],
  ['???', 'nothing at all'],
])('%s, which OmegaConf would take for %s, is refused at its place', value => {
  const { diagnostics } = planText(withExtra(`trainer.v1.sampler.custom_sampler.name: '${value}'`));
  const found = diagnostics.filter(each => each.at?.file === FILE);
  expect(found.map(each => [each.code, each.at?.line, each.at?.column])).toEqual([['MRT-V001', 51, 47]]);
});

test('interpolation is refused in a list, in a reward’s path, in a template’s option and in the name of a project', () => {
  const rows: readonly (readonly [string, string])[] = [
    [
      withExtra("actor_rollout_ref.model.external_lib: [a, '${a}']"),
      'stages.rlvr.extra.actor_rollout_ref.model.external_lib',
    ],
    [changed(FSDP, 'function: math-verify', "function: '/opt/${a}.py'"), 'stages.rlvr.reward.function'],
    [
      changed(FSDP, 'data: {seed: 1}', "data: {seed: 1, chat_template_options: {a: '${b}'}}"),
      'stages.rlvr.data.chat_template_options.a',
    ],
    [changed(FSDP, 'env: {A: b}', "logging: {wandb: {project: '${a}'}}"), 'stages.rlvr.logging.wandb.project'],
  ];
  for (const [text, path] of rows)
    expect(planText(text).diagnostics.filter(each => each.at?.file === FILE)).toMatchObject([
      { code: 'MRT-V001', path },
    ]);
});

test('a path that begins with a variable of the job is looked up there, and nothing else of it', () => {
  expect(
    keyOf('reward.custom_reward_function.path', changed(FSDP, 'function: math-verify', 'function: /opt/a b.py')),
  ).toBe('/opt/a b.py');
});

test('behind each value of the file stands its path in the recipe', () => {
  const lines = yamlOf(MEGATRON).split('\n');
  expect(lines).toContain('    clip_ratio_high: 0.28 # stages.rlvr.algorithm.clip.high');
  expect(lines).toContain('      lr: 0.000001 # stages.rlvr.optimizer.lr');
  expect(lines).toContain('  resume_mode: "auto" # martlet\'s own');
});

test('the program is told its folder and file, has a Ray of its own, and no variable that would hide GPUs or find another Ray', () => {
  const { program, dir } = jobOf(FSDP);
  const words = program.argv.map(word =>
    word.map(part => ('lit' in part ? part.lit : `\${${'env' in part ? part.env : ''}}`)).join(''),
  );
  expect(words.join(' ')).toBe(
    `env -u RAY_ADDRESS -u ROCR_VISIBLE_DEVICES RAY_TMPDIR=/tmp/r\${MARTLET_JOB_ID} python3 -m verl.trainer.main_ppo --config-path ${dir} --config-name verl`,
  );
  expect(program.start).toBe('single');
  expect(program.env.CUDA_DEVICE_MAX_CONNECTIONS).toBeUndefined();
  expect(jobOf(MEGATRON).program.env.CUDA_DEVICE_MAX_CONNECTIONS).toBe('1');
});

test('fine-tuning is one torchrun on each node, without Ray', () => {
  const { program } = jobOf(SFT);
  expect(program.start).toBe('torchrun');
  expect(program.argv[1]).toEqual([{ lit: 'verl.trainer.sft_trainer' }]);
});

test('what a job must have made is a whole checkpoint of the last step', () => {
  expect(jobOf(FSDP).program.made).toMatchObject({ kind: 'verl-checkpoint', step: 40, keep: 2, shards: 8 });
  expect(jobOf(MEGATRON).program.made).toMatchObject({ shards: 0 });
});
