import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { QUICK_ENGINE } from '../helpers/quick-engine.ts';
import type { Sandbox } from '../helpers/sandbox.ts';
import { ssh } from '../testbed/faults.ts';
import type { Alias, Bed, BedId } from './bed.ts';

/** What differs between the testbed's schedulers, in the words of a profile. Sizes are claims; nobody computes anything. */
const LINES: Readonly<Record<BedId, (bed: Bed) => readonly string[]>> = {
  slurm: () => [
    'scheduler: slurm',
    'dialect_options: {accounting: true, poll_min: 1s}',
    'launcher: srun',
    'accounting: {required: false, by: directive, option: --account}',
    'resource_types:',
    '  gpu: {partition: gpu, gpus: 8, gpu: h100-80gb, cpus: 16, memory: 60GB, nodes: 1-4, walltime: 1h, exclusive: true, default: true}',
    '  cpu: {partition: dev, gpus: 0, cpus: 2, memory: 4GB, nodes: 1-2, walltime: 1h}',
  ],
  gridengine: ({ smallest }) => [
    'scheduler: gridengine',
    'dialect_options: {poll_min: 1s}',
    'launcher: local',
    'accounting: {required: true, by: submit, option: -g}',
    `account: ${smallest.account}`,
    'resource_types:',
    '  node_f: {request: node_f, gpus: 8, gpu: h100-80gb, cpus: 192, memory: 768GB, nodes: 1-3, walltime: 1h, exclusive: true, default: true}',
    '  cpu_4: {request: cpu_4, gpus: 0, cpus: 4, memory: 16GB, nodes: 1, walltime: 1h}',
  ],
  pbspro: ({ options }) => [
    'scheduler: pbspro',
    `dialect_options: {bin: ${options.bin}, history: 240h, poll_min: 1s}`,
    'launcher: local',
    'accounting: {required: true, by: directive, option: -P}',
    'account: my-group',
    'resource_types:',
    '  rt_HF: {queue: rt_HF, gpus: 8, gpu: h200-141gb, cpus: 192, memory: 1920GB, nodes: 1-4, walltime: 1h, exclusive: true, default: true}',
    '  rt_HC: {queue: rt_HC, gpus: 0, cpus: 32, memory: 320GB, nodes: 1, walltime: 1h}',
  ],
};

const PLACES = ['runs', 'datasets', 'models', 'images', 'software', 'cache'];

const text = (bed: Bed, name: string, login: string): string =>
  [
    'martlet: 1',
    `name: ${name}`,
    `title: The testbed's ${bed.id} (${bed.kind})`,
    ...LINES[bed.id](bed),
    'runtime: none',
    `login: ${login}`,
    'services: {batch: {default: true, price_factor: 1.0}}',
    'chain: {max_segments: 60}',
    'network: {address: first-host}',
    'ulimit: {core: 0}',
    `filesystems: {home: {path: ${bed.home}, shared: true}}`,
    'paths:',
    ...PLACES.map(place => `  ${place}: ${bed.home}/${place}`),
    '  scratch: /tmp',
    'staging: {where: login}',
    'environments:',
    `  megatron-lm: {code: ${bed.home}/engine, activate: ${bed.home}/engine/activate}`,
    'prices: []',
    'charge: {by: job}',
    '',
  ].join('\n');

/** An `ssh` that reads the testbed's configuration; the real one looks into the home folder of the password file only. */
const laySsh = (box: Sandbox): string => {
  const folder = join(box.dir, 'bin');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'ssh'), `#!/bin/sh\nexec /usr/bin/ssh -F '${ssh.config}' "$@"\n`);
  chmodSync(join(folder, 'ssh'), 0o755);
  return folder;
};

/** As many GPUs as a node of the profile claims; nothing is asked of them. */
const NVIDIA_SMI = `#!/bin/bash
if [ "\${1:-}" = -L ]; then for i in 0 1 2 3 4 5 6 7; do echo "GPU $i: pretended"; done; fi
`;

/** What a site would have: the training program, here one that makes at once what it has to make, and the base model. */
export const layEngine = async (bed: Bed): Promise<void> => {
  await bed.remote.putNew(join(bed.home, 'engine'), {
    activate: `PATH="${bed.home}/engine/bin:$PATH"\n`,
    'bin/python': QUICK_ENGINE,
    'bin/torchrun': QUICK_ENGINE,
    'bin/nvidia-smi': NVIDIA_SMI,
  });
  await bed.remote.putNew(join(bed.home, 'models/megatron/meta-llama/Llama-3.1-8B'), {
    'latest_checkpointed_iteration.txt': '1',
    'iter_0000001/metadata.json': '{}\n',
  });
};

export interface Written {
  /** For `--cluster`. */
  readonly name: string;
  /** For `box.env.PATH`. */
  readonly path: string;
  readonly runs: string;
}

/**
 * A whole profile of a bed in the sandbox's own config folder, reached by an alias of the testbed's ssh configuration.
 * Jobs lie below the bed's home on the far side, which is this machine under another user.
 */
export const writeProfile = (bed: Bed, box: Sandbox, login: Alias = 'mt-login'): Written => {
  const name = `bed-${bed.id}`;
  const folder = join(box.env.XDG_CONFIG_HOME ?? '', 'martlet/clusters');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.yaml`), text(bed, name, login));
  return { name, path: `${laySsh(box)}:${box.env.PATH}`, runs: join(bed.home, 'runs') };
};
