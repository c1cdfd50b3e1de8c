import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { StageContext } from '../../src/engines/engine.ts';
import { engineFor } from '../../src/engines/index.ts';
import type { Model, Stage } from '../../src/recipe/schema.ts';
import { run } from '../helpers/bash.ts';
import { type MadeTensors, writeHfFolder } from '../helpers/hf-folder.ts';
import { TEMPLATES } from '../helpers/templates.ts';

const made: string[] = [];
afterAll(() => {
  for (const each of made) rmSync(each, { recursive: true, force: true });
});

/** Llama's form with sizes so small that a test writes it: 4 x 8 x 2 + 8 + one layer. */
const MODEL: Model = {
  base: 'org/tiny',
  architecture: 'llama-3.1-8b',
  num_hidden_layers: 1,
  hidden_size: 8,
  intermediate_size: 4,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  head_dim: 4,
  vocab_size: 4,
};

const bf16 = (...shape: number[]) => ({ dtype: 'BF16' as const, shape });
const TENSORS: MadeTensors = {
  'model.embed_tokens.weight': bf16(4, 8),
  'lm_head.weight': bf16(4, 8),
  'model.norm.weight': bf16(8),
  'model.layers.0.input_layernorm.weight': bf16(8),
  'model.layers.0.post_attention_layernorm.weight': bf16(8),
  'model.layers.0.self_attn.q_proj.weight': bf16(8, 8),
  'model.layers.0.self_attn.k_proj.weight': bf16(4, 8),
  'model.layers.0.self_attn.v_proj.weight': bf16(4, 8),
  'model.layers.0.self_attn.o_proj.weight': bf16(8, 8),
  'model.layers.0.mlp.gate_proj.weight': bf16(4, 8),
  'model.layers.0.mlp.up_proj.weight': bf16(4, 8),
  'model.layers.0.mlp.down_proj.weight': bf16(8, 4),
};
const CONFIG = { tie_word_embeddings: false };

const IMPORT: Stage = { kind: 'import', engine: 'megatron-bridge', from: 'base', resources: {}, verify: 'sizes' };
const EXPORT: Stage = {
  kind: 'export',
  engine: 'megatron-bridge',
  from: 'cpt',
  to: 'huggingface',
  resources: {},
  verify: 'sizes',
};

/** A place whose name a careless script would run, with a model and a stage's script and helpers in it. */
const place = (stage: Stage, gpus = 0) => {
  const dir = join(mkdtempSync(join(tmpdir(), 'martlet-scripts-')), 'it\'s $(touch hacked) `id` "x"');
  made.push(join(dir, '..'));
  mkdirSync(join(dir, 'job'), { recursive: true });
  mkdirSync(join(dir, 'checkpoints'), { recursive: true });
  const huggingFace = writeHfFolder(join(dir, 'hf'), { config: CONFIG, shards: { 'model.safetensors': TENSORS } });
  const context = {
    name: stage.kind,
    stage,
    model: MODEL,
    release: 'v0.6.0',
    shape: { nodes: 1, gpusPerNode: gpus, world: gpus },
    jobDir: join(dir, 'job'),
    checkpoints: join(dir, 'checkpoints', stage.kind),
    tokenizer: huggingFace,
    conversion: {
      huggingFace,
      isBase: true,
      isInvented: false,
      megatron: { dir: join(dir, 'checkpoints/cpt') },
      described: join(dir, 'checkpoints/import'),
      next: { tensor: 1, pipeline: 1, expert: 1 },
    },
  } as unknown as StageContext;
  const engine = engineFor(stage.kind === 'command' ? '' : (stage.engine ?? ''), stage.kind);
  const program = engine?.program(context);
  for (const [name, text] of Object.entries(program?.files ?? {})) writeFileSync(join(dir, 'job', name), text);
  for (const [name, [path]] of Object.entries(program?.templates ?? {}))
    writeFileSync(join(dir, 'job', name), TEMPLATES[path ?? ''] ?? '');
  return { dir, context, script: join(dir, 'job', `${stage.kind}.sh`), made: context.checkpoints };
};

/** Runs a script with a converter of the test in the place of the real one: bash with $OUT and the words as it got them. */
const convert = ({ dir, script }: ReturnType<typeof place>, converter: string) => {
  const bin = join(dir, 'bin');
  mkdirSync(bin, { recursive: true });
  const text = `#!/bin/bash
printf '%s\\n' "$0 $*" >>'${WORDS}'
for word; do case $word in --megatron-path=*) MEGATRON=\${word#*=} ;; --hf-path=*) HF=\${word#*=} ;; --hf-model=*) MODEL=\${word#*=} ;; esac; done
${converter}
`.replace(`'${WORDS}'`, '"$(dirname "$0")/words"');
  for (const name of ['python', 'torchrun']) writeFileSync(join(bin, name), text, { mode: 0o755 });
  // Without its site-packages, so that a torch of this machine does not ask for the metadata of a real checkpoint.
  const real = run(['bash', '-c', 'command -v python3']).stdout.trim();
  writeFileSync(join(bin, 'python3'), `#!/bin/bash\nexec ${real} -S "$@"\n`, { mode: 0o755 });
  return run(['bash', script], {
    cwd: dir,
    env: { PATH: `${bin}:${process.env.PATH}`, PYTHONDONTWRITEBYTECODE: '1' },
  });
};
const WORDS = 'words';

/** What an import of the Bridge leaves: 2 bytes for each of 376 parameters and more. */
const GOOD_IMPORT = `
mkdir -p "$MEGATRON/iter_0000000"
head -c 2000 /dev/zero >"$MEGATRON/iter_0000000/__0_0.distcp"
echo '{}' >"$MEGATRON/iter_0000000/metadata.json"
echo model >"$MEGATRON/iter_0000000/run_config.yaml"
printf 0 >"$MEGATRON/latest_checkpointed_iteration.txt"`;

test('an import is moved in when it was looked at, and nothing in a path is run', () => {
  const it = place(IMPORT);
  const said = convert(it, GOOD_IMPORT);
  expect(said.stderr).toBe('');
  expect(said.code).toBe(0);
  expect(said.stdout).toContain('12 tensors, 376 parameters');
  expect(readdirSync(join(it.made, 'iter_0000000')).sort()).toEqual([
    '__0_0.distcp',
    'metadata.json',
    'run_config.yaml',
  ]);
  expect(existsSync(`${it.made}.part`)).toBe(false);
  expect(existsSync(join(it.dir, 'hacked'))).toBe(false);
});

test.each([
  ['fails', 'exit 7', 7, /^$/],
  ['ends well and makes nothing', ':', 1, /has no tracker that names an iteration/],
  [
    'leaves out half of the weights',
    GOOD_IMPORT.replace('2000', '400'),
    1,
    /holds 400 bytes; 376 parameters in bf16 are more/,
  ],
  ['is killed before its last file', GOOD_IMPORT.replace(/echo '\{\}'.*/, ''), 1, /has no metadata\.json/],
])('a converter that %s leaves nothing in place, and the next try begins anew', (_, converter, code, sentence) => {
  const it = place(IMPORT);
  const said = convert(it, converter);
  expect(said.code).toBe(code);
  expect(said.stderr).toMatch(sentence);
  expect(existsSync(it.made)).toBe(false);
  expect(convert(it, `if [ -e "$MEGATRON" ]; then exit 9; fi\n${GOOD_IMPORT}`).code).toBe(0);
});

test('a base that is not whole is refused before anything is converted', () => {
  const it = place(IMPORT);
  writeFileSync(
    join(it.dir, 'hf/model.safetensors'),
    readFileSync(join(it.dir, 'hf/model.safetensors')).subarray(0, -1),
  );
  const said = convert(it, GOOD_IMPORT);
  expect(said).toMatchObject({ code: 1, stderr: expect.stringContaining('is cut off') });
  expect(existsSync(join(it.dir, 'bin/words'))).toBe(false);
});

test('a base of another size than the recipe’s architecture is refused', () => {
  const it = place(IMPORT);
  writeHfFolder(join(it.dir, 'hf'), { config: CONFIG, shards: { 'model.safetensors': { ...TENSORS, more: bf16(2) } } });
  expect(convert(it, GOOD_IMPORT).stderr).toContain('has 378 parameters; the architecture has 376');
});

const logits = (sentence: string): string =>
  `case "$*" in *compare.py*) echo 'Cosine similarity: 0.98 (${sentence} 1% cosine-distance limit)'; exit 0 ;; esac\n${GOOD_IMPORT}`;

test('logits that differ stop the import, although the program that compares them ends with code 0', () => {
  const it = place({ ...IMPORT, verify: 'logits' } as Stage, 1);
  expect(convert(it, logits('outside'))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('the logits differ'),
  });
  expect(existsSync(it.made)).toBe(false);
  expect(convert(it, logits('within')).code).toBe(0);
  expect(existsSync(it.made)).toBe(true);
});

/** A checkpoint of training, and the import it once came from. */
const trained = (it: ReturnType<typeof place>, described = true): void => {
  for (const step of ['0000050', '0000100']) {
    const folder = join(it.dir, 'checkpoints/cpt', `iter_${step}`);
    mkdirSync(folder, { recursive: true });
    for (const name of ['.metadata', 'metadata.json', '__0_0.distcp']) writeFileSync(join(folder, name), step);
  }
  writeFileSync(join(it.dir, 'checkpoints/cpt/latest_checkpointed_iteration.txt'), '100\n');
  if (!described) return;
  mkdirSync(join(it.dir, 'checkpoints/import/iter_0000000'), { recursive: true });
  writeFileSync(join(it.dir, 'checkpoints/import/iter_0000000/run_config.yaml'), 'model: of the import\n');
};

const GOOD_EXPORT = 'cp -r "$MODEL" "$HF"; rm "$HF/tokenizer.json"';

test('an export sees the newest checkpoint beside the import’s run_config.yaml, and the training’s folder stays as it is', () => {
  const it = place(EXPORT);
  trained(it);
  writeFileSync(join(it.dir, 'hf/chat_template.jinja'), '{{ messages }}');
  const look = `cp -rP "$MEGATRON" "$(dirname "$0")/seen"\n${GOOD_EXPORT}; rm "$HF/chat_template.jinja"`;
  expect(convert(it, look)).toMatchObject({ code: 0, stderr: '' });
  const seen = join(it.dir, 'bin/seen/iter_0000100');
  expect(readdirSync(seen).sort()).toEqual(['.metadata', '__0_0.distcp', 'metadata.json', 'run_config.yaml']);
  expect(readlinkSync(join(seen, '.metadata'))).toBe(join(it.dir, 'checkpoints/cpt/iter_0000100/.metadata'));
  expect(readFileSync(join(seen, 'run_config.yaml'), 'utf8')).toBe('model: of the import\n');
  expect(readdirSync(join(it.dir, 'checkpoints/cpt/iter_0000100')).sort()).toEqual([
    '.metadata',
    '__0_0.distcp',
    'metadata.json',
  ]);
  expect(readdirSync(it.made).sort()).toEqual([
    'chat_template.jinja',
    'config.json',
    'model.safetensors',
    'tokenizer.json',
  ]);
  expect(existsSync(`${it.made}.megatron`)).toBe(false);
});

test('the step that was asked for is the one that is seen', () => {
  const it = place(EXPORT);
  trained(it);
  const { context } = it;
  const asked = {
    ...context,
    conversion: { ...context.conversion, megatron: { dir: join(it.dir, 'checkpoints/cpt'), step: 50 } },
  };
  const program = engineFor('megatron-bridge', 'export')?.program(asked as StageContext);
  writeFileSync(it.script, program?.files['export.sh'] ?? '');
  convert(it, `ls "$MEGATRON" >"$(dirname "$0")/seen"\n${GOOD_EXPORT}`);
  expect(readFileSync(join(it.dir, 'bin/seen'), 'utf8')).toBe('iter_0000050\n');
});

test.each([
  [
    'no import described the model',
    (it: ReturnType<typeof place>) => trained(it, false),
    /no run_config\.yaml in .*: import the base with megatron-bridge/,
  ],
  [
    'the newest checkpoint is not whole',
    (it: ReturnType<typeof place>) => {
      trained(it);
      rmSync(join(it.dir, 'checkpoints/cpt/iter_0000100/metadata.json'));
    },
    /iter_0000100 is no whole checkpoint/,
  ],
])('where %s, nothing is exported', (_, prepare, sentence) => {
  const it = place(EXPORT);
  prepare(it);
  expect(convert(it, GOOD_EXPORT)).toMatchObject({ code: 1, stderr: expect.stringMatching(sentence) });
  expect(existsSync(it.made)).toBe(false);
});

test.each([
  ['a shard', `${GOOD_EXPORT}; truncate -s -5 "$HF/model.safetensors"`, /is cut off/],
  ['its config', `${GOOD_EXPORT}; rm "$HF/config.json"`, /config\.json is missing/],
  [
    'all its weights',
    `${GOOD_EXPORT}; rm "$HF/model.safetensors"`,
    /has neither model\.safetensors\.index\.json nor model\.safetensors/,
  ],
])('an export that lost %s is not moved in', (_, converter, sentence) => {
  const it = place(EXPORT);
  trained(it);
  expect(convert(it, converter)).toMatchObject({ code: 1, stderr: expect.stringMatching(sentence) });
  expect(existsSync(it.made)).toBe(false);
});
