# shellcheck shell=bash
# Shared by the stand-ins of --rehearse --as SITE: they start real processes on pretend nodes and write down what reached
# them, one word a line in bash's own quoting (%q), under $MARTLET_RECORD_DIR.

# shellcheck disable=SC2034
STUBS=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
# What a login shell of a pretend node knows by itself; everything else has to be sent there.
# shellcheck disable=SC2034
BARE=("HOME=${HOME:-/}" "USER=${USER:-user}" "PATH=/usr/local/bin:/usr/bin:/bin")

# A name that is free: a restart, or a second program of the same rank, is recorded beside the first.
free_name() {
  local name=$MARTLET_RECORD_DIR/$1 n=2
  while [ -e "$name.argv" ]; do
    name=$MARTLET_RECORD_DIR/$1.$n
    n=$((n + 1))
  done
  echo "$name"
}

# record_argv NAME WORDS...
record_argv() {
  local file
  mkdir -p "$MARTLET_RECORD_DIR"
  file=$(free_name "$1")
  shift
  printf '%q\n' "$@" >"$file.argv"
  echo "$file"
}

# Names bash itself makes are no part of what was sent.
record_environment() {
  local entry
  env -0 | LC_ALL=C sort -z | while IFS= read -r -d '' entry; do
    case ${entry%%=*} in
      _ | SHLVL | PWD | OLDPWD | BASH_FUNC_*) ;;
      *) printf '%s=%q\n' "${entry%%=*}" "${entry#*=}" ;;
    esac
  done >"$1.env"
}

# Waits for PIDS...; the first bad code ends the others, and is returned.
wait_for_all() {
  local left=" $* " pid code=0 ended
  trap 'code=143; end_all "$left"' TERM
  while [ -n "${left// /}" ]; do
    for pid in $left; do
      if kill -0 "$pid" 2>/dev/null; then continue; fi
      { wait "$pid"; } 2>/dev/null
      ended=$?
      left=${left/ $pid / }
      if ((ended != 0 && code == 0)); then
        code=$ended
        end_all "$left"
      fi
    done
    sleep 0.1
  done
  return "$code"
}

end_all() {
  local pid
  for pid in $1; do kill -TERM "$pid" 2>/dev/null; done
}

# What a container that starts empty (--cleanenv) gets: what PREFIX carries. run_in_empty PREFIX WORDS...
run_in_empty() {
  local prefix=$1 entry inside=("HOME=${HOME:-/}" "USER=${USER:-user}" "PATH=$STUBS:/usr/local/bin:/usr/bin:/bin")
  shift
  while IFS= read -r -d '' entry; do
    if [[ ${entry%%=*} == "$prefix"* ]]; then inside+=("${entry#"$prefix"}"); fi
  done < <(env -0)
  exec env -i "${inside[@]}" "$@"
}

# `singularity exec` without a container: exec_words PROGRAM PREFIX ARGUMENTS...
exec_words() {
  local program=$1 prefix=$2 clean=''
  shift 2
  record_argv "container-${MARTLET_RANK:-0}" "$program" "$@" >/dev/null
  shift # exec
  while [ $# -gt 0 ]; do
    case $1 in
      -e | --cleanenv) clean=yes && shift ;;
      -B | --bind | --pwd | --env | --env-file | -H | --home | -W | --workdir) shift 2 ;;
      -*) shift ;;
      *) break ;;
    esac
  done
  shift # the image
  if [ -z "$clean" ]; then exec "$@"; fi
  run_in_empty "$prefix" "$@"
}

# A rank, or a program of one process: written down, then the rehearsal's own program goes on.
run_python() {
  record_environment "$(record_argv "rank-${RANK:-0}" "$@")"
  exec "$MARTLET_REHEARSAL_BIN/$1" "${@:2}"
}
