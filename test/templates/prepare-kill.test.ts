import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { StageContext } from '../../src/engines/engine.ts';
import { writeIndex } from '../../src/engines/megatron/indexed-dataset.ts';
import { megatronPrepare } from '../../src/engines/megatron/prepare.ts';
import { run } from '../helpers/bash.ts';
import { templatesFolder } from '../helpers/templates.ts';
import { freshFolder } from '../store/disks.ts';

const dir = freshFolder('martlet-prepare-kill-');
const [bin, data, job] = ['bin', 'data', 'job'].map(name => join(dir, name)) as [string, string, string];
const PREFIX = join(data, 'ja_text_document');

const program = (name: string, text: string): void => {
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, name), `#!/bin/bash\n${text}`);
  chmodSync(join(bin, name), 0o755);
};

const real = (name: string): string => run(['bash', '-c', `type -P ${name}`]).stdout.trim();

/** Each change of the disk is counted; right after the K-th everything that belongs to the job dies at once. */
const counting = (name: string): void =>
  program(
    name,
    `${real(name)} "$@"; code=$?
echo ${name} >>"$COUNTS"
if [ "$(wc -l <"$COUNTS")" -eq "$K" ]; then kill -KILL -- "-$(ps -o pgid= -p $$ | tr -d ' ')"; fi
exit $code
`,
  );

/** Pairs that are there already stand for what the real programs make: only the order of things is looked at here. */
const lay = (): void => {
  for (const name of ['mv', 'rm', 'ln', 'mkdir', 'rmdir', 'mktemp']) counting(name);
  program(
    'python',
    `for word in "$@"; do case $word in --input=*) in=\${word#*=} ;; --output-prefix=*) out=\${word#*=} ;; esac; done
case $1 in *preprocess*) of=$(basename "$in" .jsonl) out=\${out}_text_document ;; *) of=merged ;; esac
cp "${dir}/made/$of.bin" "$out.bin"; cp "${dir}/made/$of.idx" "$out.idx"
`,
  );
  mkdirSync(join(dir, 'raw/ja'), { recursive: true });
  mkdirSync(join(dir, 'made'));
  for (const [name, lengths] of [
    ['0', [3]],
    ['1', [5]],
    ['merged', [3, 5]],
  ] as const) {
    if (name !== 'merged') writeFileSync(join(dir, 'raw/ja', `${name}.jsonl`), '{"text": "x"}\n');
    writeFileSync(join(dir, 'made', `${name}.idx`), writeIndex(lengths, 4));
    writeFileSync(
      join(dir, 'made', `${name}.bin`),
      Buffer.alloc(
        lengths.reduce<number>((sum, each) => sum + 4 * each, 0),
        name,
      ),
    );
  }
  const made = megatronPrepare.program({
    name: 'prepare',
    release: '',
    model: { base: 'org/m', architecture: 'llama-3.1-8b' },
    stage: {
      kind: 'prepare',
      engine: 'megatron-lm',
      mixture: 'm',
      append_eod: true,
      workers: 1,
      resources: { cpus: 1 },
    },
    run: { id: 'r1', title: 'r1', dir },
    jobDir: job,
    tokenizer: '/x',
    blend: [{ dataset: 'ja', prefix: PREFIX, weight: 1 }],
    rawDir: join(dir, 'raw'),
  } as unknown as StageContext);
  mkdirSync(job);
  writeFileSync(join(job, 'prepare.sh'), made.files['prepare.sh'] ?? '');
  const parts = made.templates?.['tokenise.sh'] ?? [];
  writeFileSync(
    join(job, 'tokenise.sh'),
    parts.map(part => readFileSync(join(templatesFolder, part), 'utf8')).join('\n'),
  );
};

/** In a process group of its own, as a job's program is. */
const prepare = (k: number): Promise<number | string | null> => {
  rmSync(join(dir, 'counts'), { force: true });
  const child = spawn('bash', [join(job, 'prepare.sh')], {
    env: { PATH: `${bin}:${process.env.PATH}`, COUNTS: join(dir, 'counts'), K: String(k), PLACING_SECONDS: '1' },
    stdio: 'ignore',
    detached: true,
  });
  return new Promise(done => child.on('close', (code, signal) => done(code ?? signal)));
};

const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

test('killed whole after any of its changes of the disk, the next try ends well with the same pair and nothing left', {
  timeout: 300_000,
}, async () => {
  lay();
  let kills = 0;
  for (let k = 1; ; k += 1) {
    rmSync(data, { recursive: true, force: true });
    const ended = await prepare(k);
    if (ended === 0) break;
    expect(ended, `change ${k}`).toBe('SIGKILL');
    kills += 1;
    // What has a whole name is whole.
    if (existsSync(`${PREFIX}.idx`)) expect(sha256(`${PREFIX}.bin`)).toBe(sha256(join(dir, 'made/merged.bin')));
    expect(await prepare(0), `after change ${k}`).toBe(0);
    for (const end of ['bin', 'idx'])
      expect(sha256(`${PREFIX}.${end}`)).toBe(sha256(join(dir, 'made', `merged.${end}`)));
    expect(JSON.parse(readFileSync(`${PREFIX}.json`, 'utf8'))).toMatchObject({
      documents: 2,
      tokens: 8,
      bin_sha256: sha256(`${PREFIX}.bin`),
    });
    const left = readdirSync(data).filter(name => !/^ja_text_document\.(bin|idx|json)$/.test(name));
    expect(left, `after change ${k}`).toEqual([]);
  }
  expect(kills).toBeGreaterThan(25);
});
