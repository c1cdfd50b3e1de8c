import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Values } from '../engines/megatron/argparse.ts';
import { inventFolder, logits, readFolder, writeFolder } from './folder.ts';
import { SIZE } from './model.ts';
import { check, leave, say } from './words.ts';

const NOTICE = 'martlet rehearsal: this is not Megatron-Bridge; the byte model is converted for real, bit for bit.';

const isEmpty = (folder: string): boolean => !existsSync(folder) || readdirSync(folder).length === 0;

/** As the Bridge leaves an import: iteration 0, weights alone, run_config.yaml, both trackers. */
function importFolder(a: Values): void {
  inventFolder(a.hf_model);
  const state = new Float64Array(3 * SIZE);
  state.set(readFolder(a.hf_model));
  const folder = join(a.megatron_path, 'iter_0000000');
  mkdirSync(folder, { recursive: true });
  const header = Buffer.from(`${JSON.stringify({ martlet: 1, iteration: 0, consumed: 0, updates: 0 })}\n`);
  writeFileSync(join(folder, '__0_0.distcp'), Buffer.concat([header, Buffer.from(state.buffer)]));
  writeFileSync(join(folder, '.metadata'), 'martlet rehearsal: a line of JSON, then weights as doubles\n');
  writeFileSync(join(folder, 'run_config.yaml'), 'model: {_target_: martlet.rehearsal.ByteModel}\n');
  writeFileSync(join(folder, 'metadata.json'), '{"sharded_backend": "torch_dist", "sharded_backend_version": 1}');
  writeFileSync(join(a.megatron_path, 'latest_train_state.pt'), 'martlet rehearsal\n');
  writeFileSync(join(a.megatron_path, 'latest_checkpointed_iteration.txt'), '0');
}

/** The newest iteration of a folder, or the folder itself when it is one. */
function iterationOf(path: string): string {
  const steps = readdirSync(path)
    .filter(name => /^iter_\d+$/.test(name))
    .sort();
  return steps.length > 0 ? join(path, steps.at(-1)!) : path;
}

/** Weights of a checkpoint that the trainer or an import has written. */
function readCheckpoint(path: string): Float64Array {
  check(existsSync(path), `FileNotFoundError: Megatron checkpoint does not exist: ${path}`);
  const folder = iterationOf(path);
  const bytes = readFileSync(join(folder, '__0_0.distcp'));
  const end = bytes.indexOf(10) + 1;
  check(
    bytes.length === end + 24 * SIZE,
    `CheckpointException: ${folder} is not a whole checkpoint of this rehearsal.`,
  );
  const weights = new Float64Array(SIZE);
  Buffer.from(weights.buffer).set(bytes.subarray(end, end + 8 * SIZE));
  return weights;
}

function exportFolder(a: Values): void {
  const config = join(iterationOf(a.megatron_path), 'run_config.yaml');
  check(existsSync(config), `FileNotFoundError: Could not find run_config.yaml in ${a.megatron_path}.`);
  writeFolder(a.hf_path, readCheckpoint(a.megatron_path), a.hf_model);
}

/** scripts/conversion/run_conversion.py of Megatron-Bridge: `import` or `export`. */
export function convert(command: 'import' | 'export', a: Values): void {
  say(NOTICE, `Selected ${String(a.device).toUpperCase()} backend for ${command} conversion`);
  const to = command === 'import' ? a.megatron_path : a.hf_path;
  check(
    a.overwrite || isEmpty(to),
    `FileExistsError: Destination is not empty: ${to}. Pass --overwrite to replace it.`,
  );
  if (command === 'import') importFolder(a);
  else exportFolder(a);
  say(`${String(a.device).toUpperCase()} ${command} complete: ${to}`);
}

const value = (argv: readonly string[], name: string): string =>
  argv.find(each => each.startsWith(`${name}=`))?.slice(name.length + 1) ??
  leave(2, `error: the following arguments are required: ${name}`);

/** compare.py of Megatron-Bridge: both models' logits after the prompt. */
export function compare(argv: readonly string[]): void {
  const prompt = Buffer.from(value(argv, '--prompt'));
  const one = logits(readFolder(value(argv, '--hf_model_path')), prompt);
  const two = logits(readCheckpoint(value(argv, '--megatron_model_path')), prompt);
  const dot = (x: Float64Array, y: Float64Array): number => x.reduce((sum, each, i) => sum + each * y[i]!, 0);
  const size = Math.sqrt(dot(one, one) * dot(two, two));
  // Two models that know nothing agree.
  const similarity = size === 0 ? Number(dot(one, one) === dot(two, two)) : dot(one, two) / size;
  const where = similarity >= 0.99 ? 'within' : 'outside';
  say(NOTICE, `Cosine similarity: ${similarity.toFixed(6)} (${where} 1% cosine-distance limit)`);
}

/** The machine's own Python, past the stand-ins of a rehearsal. */
const realPython = (): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .filter(folder => folder !== '' && !/\/rehearsal\/(stubs\/)?bin\/?$/.test(folder))
    .map(folder => join(folder, 'python3'))
    .find(existsSync);

/** hf_folder.py runs as it is where there is a Python; the byte model has not the parameters of the recipe's. */
export function checkFolder(script: string, argv: readonly string[]): number {
  const [command, folder = ''] = argv;
  if (command === 'check') inventFolder(folder);
  if (command === 'megatron') {
    const isSame = Buffer.compare(bytesOf(readCheckpoint(folder)), bytesOf(readFolder(value(argv, '--like')))) === 0;
    check(isSame, `martlet: not converted well: ${folder} holds other weights than its source`);
    say(`martlet rehearsal: ${folder} holds the weights of its source, bit for bit.`);
    return 0;
  }
  const python = realPython();
  if (!python) {
    say('martlet rehearsal: there is no python3 on this machine, so hf_folder.py is not run.');
    return 0;
  }
  const words = argv.filter(each => !each.startsWith('--parameters='));
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
  return spawnSync(python, [script, ...words], { stdio: 'inherit', env }).status ?? 1;
}

const bytesOf = (weights: Float64Array): Buffer => Buffer.from(weights.buffer);

/** grow_vocabulary.py and upcycle.py: a byte model has one vocabulary and no experts, so it is copied, and that is said. */
export function changeFolder(script: string, argv: readonly string[]): void {
  const [base, to] = [value(argv, '--base'), value(argv, '--to')];
  inventFolder(base);
  cpSync(base, to, { recursive: true });
  say(`martlet rehearsal: ${script} changes nothing of a byte model; ${to} is a copy of ${base}.`);
}
