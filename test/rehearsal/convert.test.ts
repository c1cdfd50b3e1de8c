import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { curve, pretrain, remove, shard, tracker, trainer, workplace } from './trainer.ts';

const scratch = mkdtempSync(join(tmpdir(), 'martlet-convert-'));
let work: Awaited<ReturnType<typeof workplace>>;
beforeAll(async () => {
  work = await workplace();
}, 60_000);
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
  remove(work.dir);
});

let made = 0;
const place = (): string => join(scratch, String(made++));

const WORKER = 'scripts/conversion/run_conversion.py';
const importFrom = (model: string, to: string, ...more: string[]) =>
  trainer([WORKER, 'import', '--device=cpu', `--hf-model=${model}`, `--megatron-path=${to}`, ...more]);
const exportFrom = (megatron: string, model: string, to: string, ...more: string[]) =>
  trainer([
    WORKER,
    'export',
    '--device=cpu',
    `--hf-model=${model}`,
    `--megatron-path=${megatron}`,
    `--hf-path=${to}`,
    ...more,
  ]);

const weights = (folder: string): Buffer =>
  Buffer.concat(
    readdirSync(folder)
      .filter(name => name.endsWith('.safetensors'))
      .sort()
      .map(name => {
        const bytes = readFileSync(join(folder, name));
        return bytes.subarray(8 + Number(bytes.readBigUInt64LE()));
      }),
  );

/** Trained, then exported: a Hugging Face folder of a model that knows something. */
let learned = '';
let last = 0;
beforeAll(async () => {
  const [save, base] = [place(), place()];
  await importFrom(base, place());
  expect((await trainer(pretrain(work.data, save))).code).toBe(0);
  last = curve(save).at(-1) ?? 0;
  const step = tracker(save).trim().padStart(7, '0');
  writeFileSync(join(save, `iter_${step}`, 'run_config.yaml'), 'model: x\n');
  learned = place();
  expect(await exportFrom(save, base, learned)).toMatchObject({ code: 0, stderr: '' });
  expect(weights(learned)).toEqual(shardWeights(save, Number(step)));
}, 120_000);

/** Weights alone: a line of JSON, then weights and two moments of equal size. */
const shardWeights = (save: string, step: number): Buffer => {
  const bytes = shard(save, step);
  const body = bytes.subarray(bytes.indexOf(10) + 1);
  return body.subarray(0, body.length / 3);
};

test('training that begins from an imported model begins where that model stood', async () => {
  const [base, save] = [place(), place()];
  expect((await importFrom(learned, base)).code).toBe(0);
  expect((await trainer(pretrain(work.data, save, `--pretrained-checkpoint=${base}`))).code).toBe(0);
  const losses = curve(save);
  // A model that knows nothing begins at ln 257 = 5.549.
  expect(losses[0]).toBeLessThan(last + 0.2);
  expect(losses[0]).toBeLessThan(5.4);
  expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0);
});

test('there and back gives the same bits, tokenizer and chat template', async () => {
  const [megatron, back] = [place(), place()];
  await importFrom(learned, megatron);
  expect((await exportFrom(megatron, learned, back)).code).toBe(0);
  expect(weights(back)).toEqual(weights(learned));
  for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json'])
    expect(readFileSync(join(back, name))).toEqual(readFileSync(join(learned, name)));
  expect(readFileSync(join(back, 'tokenizer_config.json'), 'utf8')).toContain('chat_template');
});

test('an import leaves what the Bridge leaves: iteration 0, run_config.yaml and both trackers', async () => {
  const to = place();
  await importFrom(learned, to);
  expect(tracker(to)).toBe('0');
  expect(readdirSync(to).sort()).toEqual([
    'iter_0000000',
    'latest_checkpointed_iteration.txt',
    'latest_train_state.pt',
  ]);
  expect(readdirSync(join(to, 'iter_0000000')).sort()).toEqual([
    '.metadata',
    '__0_0.distcp',
    'metadata.json',
    'run_config.yaml',
  ]);
});

test('where nobody has put a model, an untrained one takes its place, and that is said', async () => {
  const [model, to] = [place(), place()];
  const { stdout, code } = await importFrom(model, to);
  expect(code).toBe(0);
  expect(stdout.split('\n')[0]).toContain('this is not Megatron-Bridge');
  expect(stdout).toContain('a byte model that knows nothing yet takes its place');
  expect(weights(model).every(byte => byte === 0)).toBe(true);
});

test('compare.py finds the logits of a model and its import equal, and those of another model not', async () => {
  const to = place();
  await importFrom(learned, to);
  const compare = (model: string) =>
    trainer(['compare.py', `--hf_model_path=${model}`, `--megatron_model_path=${to}`, '--prompt=the swallow at']);
  expect((await compare(learned)).stdout).toMatch(/Cosine similarity: 1\.000000 \(within /);
  const other = place();
  await importFrom(other, place());
  expect((await compare(other)).stdout).toMatch(/\(outside /);
});

test('hf_folder.py of a rehearsal compares an import with its source, bit for bit', async () => {
  const [to, other] = [place(), place()];
  await importFrom(learned, to);
  await importFrom(other, place());
  const program = join(import.meta.dirname, '../../templates/engine/hf_folder.py');
  const look = (like: string) => trainer([program, 'megatron', to, `--like=${like}`]);
  expect(await look(learned)).toMatchObject({ code: 0, stdout: expect.stringContaining('bit for bit') });
  expect(await look(other)).toMatchObject({ code: 1, stderr: expect.stringContaining('holds other weights') });
});

test('hf_folder.py itself runs on an export, with the Python of the machine', async () => {
  const program = join(import.meta.dirname, '../../templates/engine/hf_folder.py');
  const { code, stdout, stderr } = await trainer([program, 'check', learned, '--parameters=8030261248']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('4 tensors, 198404 parameters');
  const cut = readFileSync(join(learned, 'model-00002-of-00002.safetensors'));
  const broken = place();
  await exportFrom(await imported(), learned, broken);
  writeFileSync(join(broken, 'model-00002-of-00002.safetensors'), cut.subarray(0, -8));
  expect(await trainer([program, 'check', broken])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('cut off'),
  });
});

const imported = async (): Promise<string> => {
  const to = place();
  await importFrom(learned, to);
  return to;
};

test.each([
  [
    'an export without run_config.yaml',
    async () => exportFrom(await bare(), learned, place()),
    1,
    /Could not find run_config\.yaml/,
  ],
  ['an export of a folder that is not there', () => exportFrom(place(), learned, place()), 1, /does not exist|ENOENT/],
  ['a destination that is not empty', async () => importFrom(learned, await imported()), 1, /Destination is not empty/],
  ['a device nobody has', () => importFrom(learned, place(), '--device=tpu'), 2, /invalid choice: 'tpu'/],
  ['an option nobody knows', () => importFrom(learned, place(), '--tpp=2'), 2, /unrecognized arguments: --tpp=2/],
  ['a missing option', () => trainer([WORKER, 'import', '--device=cpu']), 2, /required: --hf-model, --megatron-path/],
  ['another command', () => trainer([WORKER, 'roundtrip']), 2, /invalid choice: 'roundtrip'/],
  [
    'a model that is no byte model',
    async () => importFrom(await foreign(), place()),
    1,
    /has no model\.safetensors\.index\.json/,
  ],
] as const)('%s is refused as the real program refuses it', async (_, act, code, sentence) => {
  const ended = await act();
  expect(ended.code).toBe(code);
  expect(ended.stderr).toMatch(sentence);
});

const bare = async (): Promise<string> => {
  const to = await imported();
  rmSync(join(to, 'iter_0000000/run_config.yaml'));
  return to;
};
const foreign = async (): Promise<string> => {
  const to = place();
  await importFrom(to, place());
  rmSync(join(to, 'model.safetensors.index.json'));
  return to;
};

test('a changed vocabulary and experts are copies in a rehearsal, and that is said', async () => {
  const to = place();
  const { stdout } = await trainer(['grow_vocabulary.py', `--base=${learned}`, `--to=${to}`, '--rows=9']);
  expect(stdout).toContain('grow_vocabulary.py changes nothing of a byte model');
  expect(existsSync(join(to, 'model.safetensors.index.json'))).toBe(true);
  expect(weights(to)).toEqual(weights(learned));
});
