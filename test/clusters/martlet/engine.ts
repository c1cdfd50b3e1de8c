import { QUICK_ENGINE } from '../../helpers/quick-engine.ts';

const GPUS = `#!/bin/bash
case "$*" in -L) for i in 0 1 2 3 4 5 6 7; do echo "GPU $i: pretended (UUID: $i)"; done ;; esac
`;

/** A checkout's folder, an activate script that puts the programs first, and a base model as a whole checkpoint. */
export const engineFiles = (home: string): Record<string, string> => ({
  'bin/torchrun': QUICK_ENGINE,
  'bin/python': QUICK_ENGINE,
  'bin/python3': QUICK_ENGINE,
  'bin/nvidia-smi': GPUS,
  activate: `PATH=${home}/engine/bin:$PATH\n`,
  'models/megatron/meta-llama/Llama-3.1-8B/release/metadata.json': '{}\n',
  'models/megatron/meta-llama/Llama-3.1-8B/latest_checkpointed_iteration.txt': 'release',
});
