# shellcheck shell=bash
# The environment of the program, in this order: prologue, modules, virtual environment, then our own values, which win.

# A secret is read here from its own file: secret NAME FILE. Its text is in no script, no log, no process list.
secret() {
  local mode
  if [ -n "${MARTLET_REHEARSAL:-}" ]; then return; fi
  if [ ! -r "$2" ]; then
    echo "martlet: $NODE_HOST: $1 is not set, because $2 cannot be read" >&2
    return
  fi
  mode=$(stat -Lc %a -- "$2")
  case $mode in
    *00) export "$1=$(cat -- "$2")" ;;
    *) refuse 84 "$2 holds the secret $1 and has mode $mode; it must be 600" ;;
  esac
}

activate() {
  if [ -z "$MARTLET_ACTIVATE" ]; then return; fi
  if [ -n "${MARTLET_REHEARSAL:-}" ] && [ ! -e "$MARTLET_ACTIVATE" ]; then return; fi
  set +u
  # shellcheck disable=SC1090
  . "$MARTLET_ACTIVATE" || refuse 84 "$MARTLET_ACTIVATE could not be read"
  set -u
}

enter_code() {
  local code=$MARTLET_CODE
  # A rehearsal needs no checkout of the training program.
  if [ -n "${MARTLET_REHEARSAL:-}" ] && [ ! -d "$code" ]; then code=$MARTLET_JOB_DIR; fi
  if [ -n "$code" ]; then cd "$code" || refuse 84 "the code folder $code cannot be entered"; fi
}

set_up_site || refuse 84 'the prologue or a module could not be loaded'
activate
# PBS sets it to all cores of the node, which eight ranks would each take.
unset OMP_NUM_THREADS
environment
secrets
# Another site's scratch folder is none of this machine's business: that rehearsal (--as) has a record folder.
if [ -n "${TMPDIR:-}" ] && [ -z "${MARTLET_RECORD_DIR:-}" ]; then
  mkdir -p "$TMPDIR" || refuse 84 "the scratch folder $TMPDIR cannot be made"
fi
enter_code

# torchrun makes these for its ranks; without it the launcher's own numbers are theirs.
if [ "$MARTLET_RANKS" = per-gpu ]; then
  export RANK=$MARTLET_RANK LOCAL_RANK=$MARTLET_LOCAL_RANK WORLD_SIZE=$((MARTLET_NODES * MARTLET_RANKS_PER_NODE))
else
  unset RANK LOCAL_RANK WORLD_SIZE
fi

# A container that starts with an empty environment takes NAME from PREFIXNAME.
if [ -n "$MARTLET_PASS_PREFIX" ]; then
  for name in $MARTLET_PASS; do
    if [ -n "${!name+set}" ]; then export "$MARTLET_PASS_PREFIX$name=${!name}"; fi
  done
fi
