import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { StageContext } from '../../src/engines/engine.ts';
import { readIndex } from '../../src/engines/megatron/indexed-dataset.ts';
import { megatronPrepare } from '../../src/engines/megatron/prepare.ts';
import { templatesFolder } from '../helpers/templates.ts';
import { layRehearsal } from '../rehearsal/trainer.ts';
import { freshFolder } from '../store/disks.ts';

vi.setConfig({ testTimeout: 60_000 });

const rehearsal = freshFolder('martlet-prepare-python-');
layRehearsal(rehearsal);
mkdirSync(join(rehearsal, 'bin'));
copyFileSync(join(templatesFolder, 'rehearsal/bin/python'), join(rehearsal, 'bin/martlet-python'));
// The rehearsal's own program, which joins and splits for real; it notes what it was started with, and fails where it is told to.
writeFileSync(
  join(rehearsal, 'bin/python'),
  `#!/bin/bash
input=''
for word in "$@"; do case $word in --input=*) input=\${word#--input=} ;; esac; done
echo "\${1##*/} \${input##*/}" >>"$CALLS"
if [ "\${input##*/}" = "\${FAIL:-}" ]; then echo "told to fail" >&2; exit 7; fi
if [ "\${input##*/}" = "\${KILL:-}" ]; then kill -KILL "$PPID"; exit 9; fi
exec martlet-python "$@"
`,
);
for (const name of ['python', 'martlet-python']) chmodSync(join(rehearsal, 'bin', name), 0o755);

let dir = '';
beforeEach(() => {
  dir = freshFolder('martlet-prepare-');
  mkdirSync(join(dir, 'raw'));
});

interface Choice {
  readonly run?: string;
  readonly task?: { readonly number: number; readonly of: number };
  readonly texts?: Readonly<Record<string, string>>;
  readonly rehearsal?: boolean;
  readonly cpus?: number;
  readonly datasets?: readonly string[];
}

const prefixOf = (dataset: string): string => `${dir}/data/${dataset}_text_document`;

/** Puts prepare.sh and tokenise.sh where a job has them, as the engine makes them. */
const laid = ({ run = 'r1', task, texts, rehearsal: made, cpus = 2, datasets = ['ja'] }: Choice): string => {
  const jobDir = join(dir, `${run}-${task?.number ?? 'merge'}`);
  const context = {
    name: 'prepare',
    release: '',
    model: { base: 'org/m', architecture: 'llama-3.1-8b' },
    stage: { kind: 'prepare', engine: 'megatron-lm', mixture: 'm', append_eod: true, workers: 1, resources: { cpus } },
    run: { id: run, title: run, dir },
    jobDir,
    tokenizer: '/models/hf/x',
    blend: datasets.map(dataset => ({ dataset, prefix: prefixOf(dataset), weight: 1, isCopy: dataset === 'copied' })),
    rawDir: join(dir, 'raw'),
    texts,
    rehearsal: made,
    task,
  } as unknown as StageContext;
  const program = megatronPrepare.program(context);
  mkdirSync(jobDir, { recursive: true });
  for (const [name, text] of Object.entries(program.files)) writeFileSync(join(jobDir, name), text);
  for (const [name, parts] of Object.entries(program.templates ?? {}))
    writeFileSync(join(jobDir, name), parts.map(part => readFileSync(join(templatesFolder, part), 'utf8')).join('\n'));
  return jobDir;
};

const start = async (choice: Choice = {}, env: Record<string, string> = {}) => {
  const jobDir = laid(choice);
  const child = spawn('bash', [join(jobDir, 'prepare.sh')], {
    cwd: dir,
    env: {
      PATH: `${rehearsal}/bin:${process.env.PATH}`,
      CALLS: join(dir, 'calls'),
      MARTLET_NODE: process.execPath,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout.on('data', chunk => (said += chunk));
  child.stderr.on('data', chunk => (said += chunk));
  const code = await new Promise<number | null>(done => child.on('close', done));
  return { code, said, done: existsSync(join(jobDir, 'tokenised')) };
};

const calls = (): string[] =>
  (existsSync(join(dir, 'calls')) ? readFileSync(join(dir, 'calls'), 'utf8') : '').split('\n').filter(Boolean).sort();
const forget = (): void => rmSync(join(dir, 'calls'), { force: true });

const texts = (dataset: string, count: number, folder = join(dir, 'raw', dataset)): void => {
  mkdirSync(folder, { recursive: true });
  for (let i = 0; i < count; i += 1)
    writeFileSync(join(folder, `${i}.jsonl`), `{"text": "${dataset} ${i} a"}\n{"text": "${dataset} ${i} b"}\n`);
};

/** Documents of a pair; a full stop for the end. */
const documents = (prefix: string): string[] => {
  const index = readIndex(readFileSync(`${prefix}.idx`));
  if (typeof index === 'string') return expect.fail(index);
  const bytes = readFileSync(`${prefix}.bin`);
  expect(bytes.length).toBe(index.bytes);
  const tokens = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
  return [...index.starts.subarray(1)].map((end, i) =>
    [...tokens.subarray(index.starts[i], end)].map(each => (each < 256 ? String.fromCharCode(each) : '.')).join(''),
  );
};

const wanted = (dataset: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => [`${dataset} ${i} a.`, `${dataset} ${i} b.`]).flat();

const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

test('the files of a folder become one pair in the order of their names, with a manifest that tells the truth', async () => {
  texts('ja', 3);
  expect(await start()).toMatchObject({ code: 0 });
  expect(documents(prefixOf('ja'))).toEqual(wanted('ja', 3));
  const manifest = JSON.parse(readFileSync(`${prefixOf('ja')}.json`, 'utf8'));
  expect(manifest).toMatchObject({
    dataset: 'ja',
    made_by: 'r1',
    documents: 6,
    tokens: 42,
    bin_sha256: sha256(`${prefixOf('ja')}.bin`),
    idx_sha256: sha256(`${prefixOf('ja')}.idx`),
  });
  expect(
    manifest.shards.map((each: { input: string; documents: number; tokens: number }) => [
      each.input,
      each.documents,
      each.tokens,
    ]),
  ).toEqual([0, 1, 2].map(i => [join(dir, 'raw/ja', `${i}.jsonl`), 2, 14]));
  expect(readdirSync(join(dir, 'data')).sort()).toEqual(['bin', 'idx', 'json'].map(end => `ja_text_document.${end}`));
});

test('one file is one shard, and nothing is merged; what a copy has is not touched', async () => {
  writeFileSync(join(dir, 'raw/ja.jsonl'), '{"text": "one"}\n');
  expect(await start({ datasets: ['ja', 'copied'] })).toMatchObject({ code: 0 });
  expect(documents(prefixOf('ja'))).toEqual(['one.']);
  expect(calls()).toEqual(['preprocess_data.py ja.jsonl']);
  expect(existsSync(`${prefixOf('copied')}.idx`)).toBe(false);
});

test('run again it leaves everything as it is', async () => {
  texts('ja', 2);
  await start();
  const before = sha256(`${prefixOf('ja')}.bin`);
  forget();
  const again = await start();
  expect([again.code, calls(), sha256(`${prefixOf('ja')}.bin`)]).toEqual([0, [], before]);
  expect(again.said).toContain('is there, so it is left as it is');
});

test('a dataset that is there and broken is refused with the numbers, and not written over', async () => {
  texts('ja', 2);
  await start();
  truncateSync(`${prefixOf('ja')}.bin`, 10);
  forget();
  const out = await start();
  expect([out.code, calls()]).toEqual([1, []]);
  expect(out.said).toContain(`${prefixOf('ja')}.bin has 10 bytes, ${prefixOf('ja')}.idx asks for 56`);
  expect(out.said).toContain('is there, but not whole: remove its .idx and .bin');
  rmSync(`${prefixOf('ja')}.bin`);
  expect((await start()).code).toBe(1);
});

describe('what was cut off', () => {
  test.each([
    ['a program that fails', { FAIL: '2.jsonl' }],
    ['a shell that is killed', { KILL: '2.jsonl' }],
  ])('%s: only the missing shard is made by the next try', async (_, env) => {
    texts('ja', 4);
    expect(await start({ cpus: 1 }, env)).toMatchObject({
      code: 1,
      said: expect.stringContaining('2.jsonl could not be tokenised'),
    });
    expect(existsSync(`${prefixOf('ja')}.idx`)).toBe(false);
    forget();
    expect(await start()).toMatchObject({ code: 0 });
    expect(calls().filter(each => each.startsWith('preprocess'))).toEqual(['preprocess_data.py 2.jsonl']);
    expect(documents(prefixOf('ja'))).toEqual(wanted('ja', 4));
  });

  /** Three tasks are done; the merge is to come. */
  const shards = async (): Promise<string> => {
    texts('ja', 3);
    expect(await start({ task: { number: 1, of: 1 } })).toMatchObject({ code: 0, done: true });
    forget();
    const folder = readdirSync(join(dir, 'data'))[0] ?? '';
    expect(folder).toMatch(/^ja_text_document\.shards-[0-9a-f]{8}\.r1$/);
    return join(dir, 'data', folder);
  };

  test.each(['bin', 'idx'])('a shard with a short .%s is made anew', async end => {
    truncateSync(join(await shards(), `ja.00001.${end}`), 5);
    expect(await start()).toMatchObject({ code: 0 });
    expect(calls()[1]).toBe('preprocess_data.py 1.jsonl');
    expect(documents(prefixOf('ja'))).toEqual(wanted('ja', 3));
  });

  test('a shard without its marker is made anew, because nobody knows whether it is whole', async () => {
    rmSync(join(await shards(), 'ja.00001.done'));
    expect(await start()).toMatchObject({ code: 0 });
    expect(calls().slice(1)).toEqual(['preprocess_data.py 1.jsonl']);
  });

  test('a text that has changed is tokenised anew, also when it kept its size', async () => {
    await shards();
    const path = join(dir, 'raw/ja/1.jsonl');
    writeFileSync(path, readFileSync(path, 'utf8').replace('ja 1 a', 'ja 1 X'));
    utimesSync(path, 1, 1);
    expect(await start()).toMatchObject({ code: 0 });
    expect(documents(prefixOf('ja'))[2]).toBe('ja 1 X.');
  });

  test('what a killed merge left is taken away by the next one', async () => {
    const folder = await shards();
    mkdirSync(join(folder, '.merge.AAAAAA/in'), { recursive: true });
    mkdirSync(join(folder, '.ja.00002.BBBBBB'));
    expect(await start()).toMatchObject({ code: 0 });
    expect(readdirSync(join(dir, 'data')).sort()).toEqual(['bin', 'idx', 'json'].map(end => `ja_text_document.${end}`));
  });
});

test('tasks share the files out, each marks its end, and the merge makes the same bytes as one job alone', async () => {
  texts('ja', 7);
  texts('en', 2);
  const datasets = ['ja', 'en'];
  const tasks = [1, 2, 3].map(number => start({ datasets, task: { number, of: 3 } }));
  expect((await Promise.all(tasks)).map(({ code, done }) => [code, done])).toEqual([1, 2, 3].map(() => [0, true]));
  expect(calls()).toHaveLength(9);
  expect(existsSync(`${prefixOf('ja')}.idx`)).toBe(false);
  forget();
  expect(await start({ datasets })).toMatchObject({ code: 0 });
  expect(calls()).toEqual(['merge_datasets.py in', 'merge_datasets.py in']);
  const together = datasets.map(each => sha256(`${prefixOf(each)}.bin`));
  rmSync(join(dir, 'data'), { recursive: true });
  await start({ datasets, run: 'r2' });
  expect(datasets.map(each => sha256(`${prefixOf(each)}.bin`))).toEqual(together);
  expect(documents(prefixOf('ja'))).toEqual(wanted('ja', 7));
});

test('two runs that prepare one dataset at once both end well, and the pair is whole', async () => {
  texts('ja', 4);
  const both = await Promise.all(['r1', 'r2', 'r3'].map(run => start({ run })));
  expect(
    both.map(({ code }) => code),
    both.map(({ said }) => said).join('\n---\n'),
  ).toEqual([0, 0, 0]);
  expect(documents(prefixOf('ja'))).toEqual(wanted('ja', 4));
  expect(JSON.parse(readFileSync(`${prefixOf('ja')}.json`, 'utf8')).bin_sha256).toBe(sha256(`${prefixOf('ja')}.bin`));
  expect(existsSync(`${prefixOf('ja')}.placing`)).toBe(false);
});

test('a new run takes over the shards that one which died has made, and names what it left', async () => {
  texts('ja', 3);
  expect(await start({}, { FAIL: '1.jsonl' })).toMatchObject({ code: 1 });
  forget();
  const next = await start({ run: 'r2' });
  expect(next.code, next.said).toBe(0);
  expect(calls()).toEqual(['merge_datasets.py in', 'preprocess_data.py 1.jsonl']);
  expect(next.said).toMatch(/shards-[0-9a-f]{8}\.r1\/ holds shards of another run/);
  expect(documents(prefixOf('ja'))).toEqual(wanted('ja', 3));
});

test('a lock whose owner was killed is taken over', async () => {
  texts('ja', 2);
  mkdirSync(`${prefixOf('ja')}.placing`, { recursive: true });
  expect(await start({}, { PLACING_SECONDS: '1' })).toMatchObject({ code: 0 });
  expect(documents(prefixOf('ja'))).toEqual(wanted('ja', 2));
});

test('the overlay says where texts lie: a file, a folder, a pattern; and nothing in it is run', async () => {
  const odd = join(dir, "it's $(touch ran) here");
  texts('ja', 2, odd);
  for (const [i, path] of [odd, join(odd, '*.jsonl'), join(odd, '1.jsonl')].entries()) {
    rmSync(join(dir, 'data'), { recursive: true, force: true });
    const out = await start({ texts: { ja: path } });
    expect(out.code, out.said).toBe(0);
    expect(documents(prefixOf('ja'))).toHaveLength(i === 2 ? 2 : 4);
  }
  expect(existsSync(join(dir, 'ran'))).toBe(false);
});

test('files without a token are left out; a dataset of nothing else, and one that is compressed, are refused by name', async () => {
  texts('ja', 2);
  writeFileSync(join(dir, 'raw/ja/00.jsonl'), '');
  writeFileSync(join(dir, 'raw/ja/1.jsonl'), '');
  const some = await start();
  expect(some.code, some.said).toBe(0);
  expect(documents(prefixOf('ja'))).toEqual(wanted('ja', 1));
  texts('en', 1);
  writeFileSync(join(dir, 'raw/en/0.jsonl'), '');
  expect(await start({ datasets: ['en'] })).toMatchObject({
    code: 1,
    said: expect.stringContaining('the texts of en hold no token'),
  });
  writeFileSync(join(dir, 'raw/x.jsonl.gz'), '');
  const packed = await start({ datasets: ['x'], texts: { x: join(dir, 'raw/*.gz') } });
  expect(packed).toMatchObject({ code: 1, said: expect.stringContaining('x.jsonl.gz is compressed') });
});

test('a rehearsal without texts makes two files up, tokenises and merges them', async () => {
  expect(await start({ rehearsal: true })).toMatchObject({ code: 0 });
  expect(calls()).toEqual(['merge_datasets.py in', 'preprocess_data.py ja-1.jsonl', 'preprocess_data.py ja-2.jsonl']);
  expect(documents(prefixOf('ja'))).toHaveLength(200);
});
