import { chmodSync, writeFileSync } from 'node:fs';

/**
 * A program in the engine's place that makes at once what its job has to make, so that a hundred pipelines run in a minute.
 * Everything else is what a person gets: scripts, scheduler, folders. MARTLET_REHEARSAL_NODE names it. MARTLET_TEST_SECONDS makes
 * it take its time.
 */
export const QUICK_ENGINE = `#!/bin/bash
set -eu
shift
for word in "$@"; do
  case $word in
    --output-prefix=*)
      pair=\${word#*=}_text_document
      zero='\\0\\0\\0\\0\\0\\0\\0'
      # One document of two tokens of four bytes: magic, version 1, dtype 4, 1 sequence, 2 entries, length, offset, entries.
      printf 'ab\\0\\0cd\\0\\0' >"$pair.bin"
      printf "MMIDIDX\\0\\0\\1$zero\\4\\1$zero\\2$zero\\2\\0\\0\\0\\0$zero\\0$zero\\1$zero" >"$pair.idx"
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

export const writeQuickEngine = (path: string): string => {
  writeFileSync(path, QUICK_ENGINE);
  chmodSync(path, 0o755);
  return path;
};
