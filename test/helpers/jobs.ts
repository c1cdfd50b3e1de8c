import type { PlannedJob } from '../../src/plan/types.ts';
import type { RenderSite } from '../../src/render/site.ts';
import type { JobRequest } from '../../src/schedulers/dialect.ts';
import { env, lit, lits, word } from '../../src/shell/word.ts';

type Deep<T> = { readonly [K in keyof T]?: T[K] };

/** A request for one training job; the site's words are given by the test. */
export const requestOf = (more: Deep<JobRequest> = {}): JobRequest => ({
  name: 'mt-demo-cpt-1-1',
  resourceType: 'node',
  nodes: 4,
  gpusPerNode: 8,
  cpusPerNode: 192,
  ranksPerNode: 1,
  exclusive: true,
  walltimeSeconds: 86400,
  accountBy: 'directive',
  submitEnv: {},
  submitArgs: [],
  siteDirectives: [],
  dir: '/runs/demo/cpt-1',
  token: 'mt-demo-cpt-1-1',
  after: [],
  options: {},
  ...more,
});

/** One segment of a Megatron training, with a few of its flags. */
export const trainingJob = (
  runDir: string,
  request: Deep<JobRequest> = {},
  more: Deep<PlannedJob> = {},
): PlannedJob => ({
  key: { run: 'demo', stage: 'cpt', segment: 1 },
  id: 'demo/cpt/1',
  engine: 'megatron-lm',
  kind: 'cpt',
  spare: false,
  request: requestOf({ dir: `${runDir}/cpt-1`, ...request }),
  program: {
    start: 'torchrun',
    argv: [
      lit('pretrain_gpt.py'),
      ...lits('--lr=2.5e-5', '--global-batch-size=1024', '--use-flash-attn'),
      word`--save=${runDir}/checkpoints/cpt`,
      word`--exit-duration-in-mins=${env('MARTLET_MINUTES_LEFT')}`,
      ...lits('--data-path', '0.7', '/data/ja_text_document', '0.3', '/data/en_text_document'),
    ],
    env: { CUDA_DEVICE_MAX_CONNECTIONS: '1' },
    files: { 'data-path.txt': '0.7 /data/ja_text_document 0.3 /data/en_text_document\n' },
    made: { kind: 'megatron-checkpoint', dir: `${runDir}/checkpoints/cpt`, step: 100, keep: 2, retainEverySteps: 50 },
    inputs: [],
  },
  needs: [],
  dir: `${runDir}/cpt-1`,
  marginSeconds: 1800,
  ...more,
});

/** A site with nothing but a machine; tests add what they are about. */
export const siteOf = (runDir: string, more: Deep<RenderSite> = {}): RenderSite => ({
  scheduler: 'pbspro',
  launcher: 'local',
  launcherArgs: [],
  runtime: 'none',
  image: '/images/megatron-lm.sif',
  modules: { use: [], load: [] },
  env: {},
  unset: [],
  prepend: {},
  ulimit: {},
  binds: [],
  network: { hca: [], interfaceExclude: [] },
  runDir,
  secrets: {},
  ranks: 'per-node',
  group: false,
  ...more,
});
