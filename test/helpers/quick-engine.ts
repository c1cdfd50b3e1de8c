import { chmodSync, writeFileSync } from 'node:fs';

/**
 * A program in the engine's place that makes at once what its job has to make, so that a hundred pipelines run in a minute.
 * Everything else is what a person gets: scripts, scheduler, folders. MARTLET_REHEARSAL_NODE names it. MARTLET_TEST_SECONDS makes
 * it take its time.
 */
export const QUICK_ENGINE = `#!/bin/bash
set -eu
# A number below 256 in so many bytes: number VALUE BYTES
number() {
  printf "\\\\$(printf '%03o' "$1")"
  head -c $(($2 - 1)) /dev/zero
}
# So many documents of two tokens of four bytes (dtype 4), as preprocess_data.py writes them: pair PREFIX DOCUMENTS
pair() {
  local i
  : >"$1.bin"
  for ((i = 0; i < $2; i++)); do printf 'ab\\0\\0cd\\0\\0' >>"$1.bin"; done
  {
    printf 'MMIDIDX\\0\\0'
    number 1 8
    printf '\\4'
    number "$2" 8
    number $(($2 + 1)) 8
    for ((i = 0; i < $2; i++)); do number 2 4; done
    for ((i = 0; i < $2; i++)); do number $((8 * i)) 8; done
    for ((i = 0; i <= $2; i++)); do number "$i" 8; done
  } >"$1.idx"
}
for word in "$@"; do
  case $word in
    *preprocess_data.py | *merge_datasets.py) tool=\${word##*/} ;;
    --input=*) input=\${word#*=} ;;
    --output-prefix=*) output=\${word#*=} ;;
    --save=*) save=\${word#*=} ;;
    --train-iters=*) steps=\${word#*=} ;;
  esac
done
case \${tool:-} in
  preprocess_data.py) pair "\${output}_text_document" 1 ;;
  merge_datasets.py) pair "$output" "$(find "$input/" -name '*.idx' | wc -l)" ;;
esac
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
