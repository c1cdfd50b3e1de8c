# shellcheck shell=bash
# A word for srun that only some machines know: only_where PATH WORD SRUN ARGUMENTS...
only_where() {
  local path=$1 word=$2 program=$3
  shift 3
  if [ -e "$path" ]; then set -- "$word" "$@"; fi
  exec "$program" "$@"
}
