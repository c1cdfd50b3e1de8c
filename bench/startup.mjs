// How long martlet takes to begin, as a multiple of `node -e 0` with the same Node binary, from a clone.
//   node bench/startup.mjs [ROUNDS]        exit code 1 when a ratio is over its limit
// Runs are interleaved, so that a busy machine slows all of them; medians are compared.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const rounds = Number(process.argv[2] ?? 25);
const locked = join(root, 'node_modules', '.bin', 'node');
const node = existsSync(locked) ? locked : process.execPath;
const martlet = join(root, 'bin', 'martlet');

const CASES = {
  'node -e 0': { argv: [node, '-e', '0'] },
  'martlet --version': { argv: [martlet, '--version'], limit: 2, goal: 1.5 },
  'martlet check (the 8B recipe)': {
    argv: [martlet, 'check', 'recipes/llama-3.1-swallow-8b-v0.5.yaml'],
    limit: 5,
    goal: 3,
  },
};

const time = ([program, ...args]) => {
  const started = performance.now();
  const out = spawnSync(program, args, { cwd: root, encoding: 'utf8' });
  if (out.status !== 0)
    throw new Error(`${program} ${args.join(' ')} ended with ${out.status}:\n${out.stdout}${out.stderr}`);
  return performance.now() - started;
};

const median = numbers => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

const times = Object.fromEntries(Object.keys(CASES).map(name => [name, []]));
// Three rounds to build the bundle, fill the compile cache and warm the disk.
for (let round = -3; round < rounds; round += 1)
  for (const [name, { argv }] of Object.entries(CASES)) {
    const took = time(argv);
    if (round >= 0) times[name].push(took);
  }

const base = median(times['node -e 0']);
let isOver = false;
for (const [name, { limit, goal }] of Object.entries(CASES)) {
  const took = median(times[name]);
  const ratio = took / base;
  if (limit !== undefined && ratio > limit) isOver = true;
  const verdict =
    limit === undefined
      ? ''
      : `  ${ratio.toFixed(2)}x  limit ${limit}x, goal ${goal}x  ${ratio <= limit ? 'ok' : 'OVER'}`;
  console.log(`${name.padEnd(32)} ${took.toFixed(1).padStart(6)} ms${verdict}`);
}
process.exitCode = isOver ? 1 : 0;
