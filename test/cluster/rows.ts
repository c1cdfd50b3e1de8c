import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ClusterOptions, type ResolvedCluster, resolveCluster } from '../../src/cluster/resolve.ts';
import { parseLocated } from '../../src/located/parse.ts';
import type { Checked } from '../../src/model/diagnostic.ts';
import type { FindingRow } from '../helpers/findings.ts';

export const profileText = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../clusters', `${name}.yaml`), 'utf8');

/** A profile and perhaps an overlay as flows read them. */
export const resolved = (
  profile: string,
  overlay: string | undefined,
  options: ClusterOptions = {},
  name = 'p',
): Checked<ResolvedCluster> => {
  const read = parseLocated(`${name}.yaml`, profile);
  const mine = overlay === undefined ? undefined : parseLocated(`overlay.yaml`, overlay);
  const diagnostics = [...read.diagnostics, ...(mine?.diagnostics ?? [])];
  if (!read.value || (mine && !mine.value)) return { diagnostics };
  const { value, diagnostics: more } = resolveCluster(read.value, mine?.value, options);
  return { value, diagnostics: [...diagnostics, ...more] };
};

export const SMALL_CLUSTER = `martlet: 1
name: small
title: A small cluster
scheduler: slurm
launcher: srun
runtime: none
login: {host: small}
accounting: {required: false, by: directive}
resource_types:
  node: {gpus: 8, gpu: h100-80gb, nodes: 1-4, walltime: 24h, default: true}
paths: {runs: /w/runs, datasets: /w/d, models: /w/m, images: /w/i, software: /w/s, cache: /w/c, scratch: /tmp}
`;

const row = (
  code: string,
  sentence: string,
  from: string,
  to: string,
  overlay?: string,
  options?: ClusterOptions,
): FindingRow => ({
  code,
  sentence,
  found: () => {
    if (!SMALL_CLUSTER.includes(from)) throw new Error(`not in the text: ${from}`);
    return resolved(SMALL_CLUSTER.replace(from, to), overlay, options).diagnostics;
  },
});
const RUNS = '/w/runs';
const TITLE = 'title: A small cluster';

export const CLUSTER_ROWS: readonly FindingRow[] = [
  row('MRT-R002', 'a misspelt key of a profile is named with its neighbour', 'gpus: 8', 'gpus: 8, wall_time: 24h'),
  row('MRT-R001', 'a walltime has a unit', 'walltime: 24h', 'walltime: 24'),
  row('MRT-R001', 'a range of nodes goes from the smaller to the greater', 'nodes: 1-4', 'nodes: 4-1'),
  row(
    'MRT-R001',
    'a limit of time may be unlimited and nothing else without a unit',
    'walltime: 24h',
    'walltime: forever',
  ),
  row('MRT-R004', 'a scheduler that is not known lists those that are', 'scheduler: slurm', 'scheduler: pbs'),
  row('MRT-R003', 'a profile says where things lie', 'paths: {runs: /w/runs, datasets: /w/d', 'paths: {datasets: /w/d'),
  row('MRT-R002', 'an overlay carries no training choice', TITLE, TITLE, 'martlet: 1\nlr: 1.0e-4\n'),
  row('MRT-R001', 'a limit on money has a currency', TITLE, TITLE, 'martlet: 1\nspend: {max_cost: 1000}\n'),
  row('MRT-R001', 'a copy is called by what it is of', TITLE, TITLE, 'martlet: 1\ncopies: {wiki: /w/wiki}\n'),
  row(
    'MRT-R001',
    'a quiet hour that YAML 1.1 reads as a number of seconds is written in quotes',
    TITLE,
    TITLE,
    'martlet: 1\nnotify: {quiet: {from: 1, to: "07:00"}}\n',
  ),
  row('MRT-R002', 'the hosts of a profile are under login', TITLE, `${TITLE}\nhost: small`),
  row('MRT-C001', 'a placeholder that is not known is an error, not a folder', RUNS, "'/w/{group}/runs'"),
  row('MRT-C001', 'a variable of the job has no braces', RUNS, "'/w/${USER}/runs'"),
  row('MRT-C001', 'a single brace is an error', RUNS, "'/w/{runs'"),
  row(
    'MRT-C002',
    'an account that is not known stands as marked text, with a warning',
    'required: false',
    'required: true',
  ),
  row('MRT-C002', 'a user that is not known stands as marked text, with a warning', RUNS, "'/w/{user}/runs'"),
  row(
    'MRT-C002',
    'a question mark in a profile is a question to the overlay',
    'login: {host: small}',
    "login: {hyperpod: {cluster: '?'}}",
  ),
  row('MRT-C003', 'a resource type that is not there suggests one', TITLE, TITLE, 'martlet: 1\nresource_type: nod\n'),
  row(
    'MRT-C004',
    'a reservation needs a service that takes one',
    TITLE,
    `${TITLE}\nservices: {batch: {default: true}}`,
    undefined,
    { reservation: 'R1' },
  ),
  row(
    'MRT-C004',
    'a service that is not there suggests one',
    TITLE,
    `${TITLE}\nservices: {batch: {default: true}}`,
    'martlet: 1\nservice: bacth\n',
  ),
  row(
    'MRT-C005',
    'a priority that is not there suggests one',
    TITLE,
    `${TITLE}\npriorities: {normal: {value: 0, default: true}, raised: {value: 1}}`,
    undefined,
    { priority: 'risen' },
  ),
  row('MRT-C006', 'an overlay for another cluster is refused', TITLE, TITLE, 'martlet: 1\nname: abci3\n'),
  row(
    'MRT-C007',
    'without a default the first of several types is taken, with a warning',
    'default: true}',
    'exclusive: true}\n  cpu: {gpus: 0}',
  ),
  row(
    'MRT-C008',
    'a limit on money follows a tariff that is there',
    TITLE,
    `${TITLE}\nprices: [{tariff: fy2026, currency: JPY}]`,
    'martlet: 1\nspend: {tariff: fy2025}\n',
  ),
  row(
    'MRT-C009',
    'pyxis cannot be started by mpirun',
    'launcher: srun\nruntime: none',
    'launcher: mpirun\nruntime: pyxis',
  ),
  row(
    'MRT-C009',
    'nor can an environment of one program ask for that',
    TITLE,
    TITLE,
    'martlet: 1\nenvironments: {verl: {runtime: pyxis, launcher: mpirun}}\n',
  ),
  row('MRT-C010', 'a ~ in a path is no folder of that name', RUNS, '~/runs'),
  row('MRT-C010', 'a path starts with a slash', TITLE, TITLE, 'martlet: 1\npaths: {models: models}\n'),
  row('MRT-C010', 'the folder of runs holds no variable of a job', RUNS, '/w/$USER/runs'),
  row('MRT-C010', 'a variable of the job is one of a file system', 'scratch: /tmp', 'scratch: $PBS_LOCALDIR'),
  row('MRT-C010', 'a copy lies at a path too', TITLE, TITLE, 'martlet: 1\ncopies: {hf:a/b: ~/models/b}\n'),
  row('MRT-C010', 'an image has no ~', TITLE, TITLE, 'martlet: 1\nenvironments: {megatron-lm: {image: ~/m.sif}}\n'),
];
