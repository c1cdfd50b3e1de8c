import { describe, expect, test } from 'vitest';
import { jobFolder } from '../helpers/job-folder.ts';
import { trainingJob } from '../helpers/jobs.ts';

/** A job whose program writes a Hugging Face folder at checkpoints/cpt: hf NAMES... */
const HF = `
hf() { mkdir -p "$SAVE"; local name; for name; do echo x >"$SAVE/$name"; done; }
index() { printf '{"weight_map": {"a": "%s", "b": "%s"}}' "$1" "$2" >"$SAVE/model.safetensors.index.json"; }
`;

const exporting = (torchrun: string) =>
  jobFolder({
    torchrun: `${HF}\n${torchrun}`,
    job: run => ({
      program: { ...trainingJob(run).program, made: { kind: 'hf-folder', dir: `${run}/checkpoints/cpt` } },
    }),
  });

describe.concurrent('a job that makes a Hugging Face folder', { timeout: 30_000 }, () => {
  test.each([
    ['one file of weights', 'hf config.json tokenizer.json model.safetensors'],
    ['a SentencePiece tokenizer', 'hf config.json tokenizer.model model.safetensors'],
    [
      'every file that its index names',
      'hf config.json tokenizer.json a.safetensors b.safetensors; index a.safetensors b.safetensors',
    ],
  ])('is complete with %s', async (_, program) => {
    const it = exporting(program);
    expect(await it.start().ended).toEqual({ code: 0, signal: null });
    expect(it.read('cpt-1/A1/exit')).toBe('1 0 complete\n');
  });

  test.each([
    [
      'a shard',
      'hf config.json tokenizer.json a.safetensors; index a.safetensors b.safetensors',
      'b.safetensors is missing or empty',
    ],
    [
      'the bytes of a shard',
      'hf config.json tokenizer.json a.safetensors; index a.safetensors b.safetensors; : >"$SAVE/b.safetensors"',
      'b.safetensors is missing or empty',
    ],
    ['its config', 'hf tokenizer.json model.safetensors', 'has no config.json'],
    ['its tokenizer', 'hf config.json model.safetensors', 'has no tokenizer'],
    ['all weights', 'hf config.json tokenizer.json', 'model.safetensors is missing or empty'],
    [
      'the names in its index',
      'hf config.json tokenizer.json a.safetensors; echo "{}" >"$SAVE/model.safetensors.index.json"',
      'names no weights',
    ],
  ])('that lacks %s is not complete, although its program ends with code 0', async (_, program, sentence) => {
    const it = exporting(program);
    expect((await it.start().ended).code).toBe(82);
    expect(it.read('cpt-1/A1/exit')).toBe('1 82 failed\n');
    expect(it.notes('preflight').at(-1)).toContain(sentence);
  });

  test('that is started again when all is there does not start its program', async () => {
    const it = exporting('count >/dev/null; hf config.json tokenizer.json model.safetensors');
    await it.start().ended;
    await it.start().ended;
    expect(it.read('checkpoints/starts.0')).toBe('x\n');
    expect(it.read('cpt-1/A1/exit')).toBe('2 0 complete\n');
  });
});

describe.concurrent('an input', { timeout: 30_000 }, () => {
  const reading = (kind: 'hf-folder' | 'megatron-checkpoint') =>
    jobFolder({
      torchrun: 'save 100',
      job: run => ({ program: { ...trainingJob(run).program, inputs: [{ kind, path: `${run}/in put` }] } }),
    });

  test('that is a Hugging Face folder with a missing shard stops the job before its program', async () => {
    const it = reading('hf-folder');
    for (const name of ['config.json', 'tokenizer.json', 'a.safetensors']) it.write(`in put/${name}`, 'x');
    it.write('in put/model.safetensors.index.json', '{"weight_map": {"x": "a.safetensors", "y": "b.safetensors"}}');
    expect((await it.start().ended).code).toBe(87);
    expect(it.notes('preflight').at(-1)).toMatch(
      /an input is not complete: .*in put\/b\.safetensors is missing or empty/,
    );
    it.write('in put/b.safetensors', 'x');
    expect((await it.start().ended).code).toBe(0);
  });

  test('that is a checkpoint of the legacy format is whole with its first rank’s file', async () => {
    const it = reading('megatron-checkpoint');
    it.write('in put/latest_checkpointed_iteration.txt', '1');
    it.write('in put/iter_0000001/mp_rank_00_000/model_optim_rng.pt', '');
    expect((await it.start().ended).code).toBe(87);
    it.write('in put/iter_0000001/mp_rank_00_000/model_optim_rng.pt', 'x');
    expect((await it.start().ended).code).toBe(0);
  });

  test('that is what an import leaves, iteration 0, is a checkpoint to begin from', async () => {
    const it = reading('megatron-checkpoint');
    it.write('in put/latest_checkpointed_iteration.txt', '0');
    it.write('in put/iter_0000000/metadata.json', '{}');
    expect((await it.start().ended).code).toBe(0);
  });
});
