/**
 * A program in the engine's place that makes at once what its job has to make, so that hundreds of pipelines run in minutes.
 * Scripts, launcher, scheduler and folders are what a person gets. `slow` in a run's environment makes it take its time.
 */
const QUICK_ENGINE = `#!/bin/bash
set -eu
for word in "$@"; do
  case $word in
    --output-prefix=*)
      pair=\${word#*=}_text_document
      zero='\\0\\0\\0\\0\\0\\0\\0'
      # One document of two tokens of two bytes: magic, version 1, dtype 8, 1 sequence, 2 entries, length, offset, entries.
      printf 'ab12' >"$pair.bin"
      printf "MMIDIDX\\0\\0\\1$zero\\10\\1$zero\\2$zero\\2\\0\\0\\0\\0$zero\\0$zero\\1$zero" >"$pair.idx"
      ;;
    --save=*) save=\${word#*=} ;;
    --train-iters=*) steps=\${word#*=} ;;
  esac
done
echo "the engine begins"
sleep "\${MARTLET_TEST_SECONDS:-0}"
if [ -n "\${save:-}" ] && [ "\${MARTLET_NODE_RANK:-0}" = 0 ]; then
  dir=$(printf '%s/iter_%07d' "$save" "$steps")
  mkdir -p "$dir"
  echo '{}' >"$dir/metadata.json"
  echo "$steps" >"$save/latest_checkpointed_iteration.txt"
fi
`;

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
