import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResolvedCluster } from '../../src/cluster/resolve.ts';
import { resolveCluster } from '../../src/cluster/resolve.ts';
import { parseLocated } from '../../src/located/parse.ts';
import type { PlannedJob } from '../../src/plan/types.ts';
import { lits } from '../../src/shell/word.ts';
import { trainingJob } from '../helpers/jobs.ts';

const PROFILES = join(import.meta.dirname, '../../clusters');

/** The overlays of the goldens: a container on two sites, and the public scripts' modules, one rank a GPU, on the third. */
const OVERLAYS: Readonly<Record<string, string>> = {
  abci3: `martlet: 1
account: my-group
secrets: {HF_TOKEN: {file: ~/.hf_token}, SLACK_WEBHOOK: {file: ~/.slack}}
notify: {webhook: {secret: SLACK_WEBHOOK}}
`,
  tsubame4: `martlet: 1
account: tga-my-group
environments:
  megatron-lm:
    runtime: none
    modules: {use: [/gs/fs/tga-my-group/modules/modulefiles], load: [ylab/cuda/12.4, ylab/hpcx/2.17.1]}
    activate: /gs/fs/tga-my-group/src/Megatron-LM/.env/bin/activate
    code: /gs/fs/tga-my-group/src/Megatron-LM
    ranks: per-gpu
`,
  hyperpod: `martlet: 1
login: my-hyperpod
resource_types: {p5e: {partition: dev, nodes: 1-4, walltime: unlimited, default: true}}
environments: {megatron-lm: {image: /fsx/ubuntu/images/pytorch-26.06.sqsh}}
secrets: {HF_TOKEN: {file: ~/.hf_token}}
`,
};

const located = (file: string, text: string) => {
  const { value, diagnostics } = parseLocated(file, text);
  if (!value) throw new Error(JSON.stringify(diagnostics));
  return value;
};

/** A shipped profile with the overlay of the goldens, or with another text. */
export const clusterOf = (name: string, overlay = OVERLAYS[name] ?? ''): ResolvedCluster => {
  const profile = located(`clusters/${name}.yaml`, readFileSync(join(PROFILES, `${name}.yaml`), 'utf8'));
  const { value, diagnostics } = resolveCluster(profile, located('overlay.yaml', overlay), { user: 'alice' });
  if (!value) throw new Error(JSON.stringify(diagnostics));
  return value;
};

const TYPES: Readonly<Record<string, Partial<PlannedJob['request']>>> = {
  abci3: { resourceType: 'rt_HF', queue: 'rt_HF', walltimeSeconds: 604800 },
  tsubame4: {
    resourceType: 'node_f',
    request: 'node_f',
    gpusPerNode: 4,
    ranksPerNode: 4,
    accountBy: 'submit',
    accountOption: '-g',
  },
  hyperpod: {
    resourceType: 'p5e',
    queue: 'dev',
    walltimeSeconds: Number.POSITIVE_INFINITY,
    accountOption: '--account',
  },
};

/** The training job as a plan for that cluster would have it, and the stage before it, which is one program of one process. */
export const jobsOf = (name: string, cluster: ResolvedCluster, runDir: string, nodes = 4): readonly PlannedJob[] => {
  const { profile } = cluster;
  const request = {
    ...TYPES[name],
    nodes,
    account: cluster.account,
    siteDirectives: profile.site?.directives ?? [],
    options: { ...profile.dialect_options },
  };
  const training = trainingJob(runDir, { ...request, after: [{ folder: 'prepare-1/A1', when: 'ok' }] });
  const prepare = trainingJob(
    runDir,
    {
      ...request,
      nodes: 1,
      gpusPerNode: 0,
      ranksPerNode: 1,
      exclusive: false,
      walltimeSeconds: 3600,
      name: 'mt-demo-prepare-1-1',
      token: 'mt-demo-prepare-1-1',
      dir: `${runDir}/prepare-1`,
    },
    {
      key: { run: 'demo', stage: 'prepare', segment: 1 },
      id: 'demo/prepare/1',
      kind: 'prepare',
      dir: `${runDir}/prepare-1`,
      marginSeconds: 60,
      program: {
        start: 'single',
        argv: lits('bash', `${runDir}/prepare-1/prepare.sh`),
        env: {},
        files: { 'prepare.sh': '#!/bin/bash\npython tools/preprocess_data.py --workers=32\n' },
        made: {
          kind: 'files',
          paths: [`${runDir}/datasets/ja_text_document.idx`, `${runDir}/datasets/ja_text_document.bin`],
        },
        inputs: [],
      },
    },
  );
  return [prepare, { ...training, needs: [{ job: 'demo/prepare/1', when: 'ok' }], request: { ...training.request } }];
};
