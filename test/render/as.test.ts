import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { renderJob } from '../../src/render/job.ts';
import { siteFor } from '../../src/render/site.ts';
import { run } from '../helpers/bash.ts';
import { expectGolden } from '../helpers/golden.ts';
import { TEMPLATES } from '../helpers/templates.ts';
import { clusterOf, jobsOf } from './sites.ts';

const made: string[] = [];
afterAll(() => {
  for (const dir of made) rmSync(dir, { recursive: true, force: true });
});

/** In the trainer's place: the first rank saves the last checkpoint. What reached it is written down before it runs. */
const TRAINER = `#!/bin/bash
case "\${RANK:-$MARTLET_NODE_RANK}" in 0) ;; *) exit 0 ;; esac
folder=$MARTLET_JOB_DIR/../checkpoints/cpt/iter_0000100
mkdir -p "$folder"; echo '{}' >"$folder/metadata.json"; printf 100 >"$folder/../latest_checkpointed_iteration.txt"
`;

const lay = (runDir: string, files: Readonly<Record<string, string>>): void => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(runDir, name)), { recursive: true });
    writeFileSync(join(runDir, name), text);
    chmodSync(join(runDir, name), 0o755);
  }
};

const stubs = Object.fromEntries(
  Object.entries(TEMPLATES).flatMap(([path, text]) =>
    path.startsWith('stubs/bin/') ? [[`rehearsal/${path}`, text]] : [],
  ),
);

/** The site's own job.sh on two pretend nodes, started as its scheduler would start it. */
const rehearse = (name: string) => {
  const runDir = join(mkdtempSync(join(tmpdir(), 'martlet as ')), 'run');
  made.push(dirname(runDir));
  const cluster = clusterOf(name);
  const job = jobsOf(name, cluster, runDir, 2).find(each => each.key.stage === 'cpt')!;
  const site = siteFor(cluster, job, { runDir, rehearsal: { node: '/usr/bin/node', stepSeconds: 3.5, as: name } });
  const rendered = renderJob({ ...job, needs: [] }, site, TEMPLATES);
  lay(runDir, { ...rendered.value, ...stubs, 'rehearsal/bin/torchrun': TRAINER, 'rehearsal/bin/python': TRAINER });
  const done = run(['bash', `${runDir}/cpt-1/as.sh`], {
    env: {
      PATH: process.env.PATH,
      HOME: runDir,
      LEAK: 'from the submitter',
      MARTLET_LOCAL_JOB_ID: '7',
      MARTLET_LOCAL_JOB_NAME: 'mt-demo-cpt-1-1',
    },
  });
  const read = (path: string): string => readFileSync(join(runDir, path), 'utf8');
  const record = Object.fromEntries(
    readdirSync(join(runDir, 'cpt-1/record')).map(file => [
      file,
      read(`cpt-1/record/${file}`)
        .replaceAll(runDir.replaceAll(' ', '\\ '), 'RUN')
        .replaceAll(runDir, 'RUN')
        .replace(/MARTLET_SIGN=\S+/, 'MARTLET_SIGN=...'),
    ]),
  );
  return { done, record, runDir, read };
};

test.each(['abci3', 'tsubame4', 'hyperpod'])(
  'what reaches each rank on %s is what was recorded',
  name => {
    const { done, record, read } = rehearse(name);
    expect([done.code, read('cpt-1/A1/exit')]).toEqual([0, '1 0 complete\n']);
    expectGolden(join(import.meta.dirname, 'goldens', `as-${name}`), record);
  },
  30_000,
);

test('on ABCI what hpcx sets does not reach the ranks, nor does anything of the submitter', () => {
  const { record } = rehearse('abci3');
  expect(record['modules-1']).toContain('module load hpcx/2.20');
  for (const rank of ['rank-0.env', 'rank-8.env']) {
    expect(record[rank]).not.toMatch(/FI_PROVIDER|HPCX|OMPI_|LEAK|OMP_NUM_THREADS=192/);
    expect(record[rank]).toContain('NCCL_IB_HCA=mlx5_ibn1\\,mlx5_ibn2');
    expect(record[rank]).toContain('CUDA_DEVICE_MAX_CONNECTIONS=1\n');
  }
  expect(record['rank-8.argv']).toContain('--node-rank=1\n--master-addr=127.0.0.1\n');
}, 30_000);

test('on TSUBAME each GPU has a rank of its own', () => {
  const { record } = rehearse('tsubame4');
  const ranks = Object.keys(record).filter(name => /^rank-\d+\.argv$/.test(name));
  expect(ranks).toHaveLength(8);
  expect(record['rank-5.env']).toMatch(/\nLOCAL_RANK=1\n[\s\S]*\nRANK=5\n[\s\S]*\nWORLD_SIZE=8\n/);
}, 30_000);
